// Prefix templates: "{tenant}:" becomes "acme:". Expanded at load and on reload, never on the way
// of a command, and never over bytes that a client sent.
#pragma once

#include <string>
#include <string_view>

namespace bulkhead::config {

// The longest expanded prefix that loading accepts: it stands in front of every name.
inline constexpr std::size_t kPrefixMax = 256;

// Stands for {feature} in the prefix of channels, which belong to no feature.
inline constexpr std::string_view kChannelsFeature = "channels";

// Puts the names in the places of {tenant} and {feature}. The template is one that was loaded.
std::string expand_prefix(std::string_view prefix, std::string_view tenant,
                          std::string_view feature);

// Whether the expanded prefix differs from feature to feature.
bool depends_on_feature(std::string_view prefix);

}  // namespace bulkhead::config
