#include "bulkhead/config/prefix.hpp"

namespace bulkhead::config {

namespace {

constexpr std::string_view kTenant = "{tenant}";
constexpr std::string_view kFeature = "{feature}";

void replace_all(std::string& text, std::string_view what, std::string_view with) {
  for (std::size_t at = text.find(what); at != text.npos; at = text.find(what, at + with.size())) {
    text.replace(at, what.size(), with);
  }
}

}  // namespace

// Names have no braces, so what is put in is never taken for a placeholder.
std::string expand_prefix(std::string_view prefix, std::string_view tenant,
                          std::string_view feature) {
  std::string expanded(prefix);
  replace_all(expanded, kTenant, tenant);
  replace_all(expanded, kFeature, feature);
  return expanded;
}

bool depends_on_feature(std::string_view prefix) {
  return prefix.find(kFeature) != prefix.npos;
}

}  // namespace bulkhead::config
