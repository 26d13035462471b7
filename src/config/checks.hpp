// What makes a single value good: names, prefix templates, policy rules, passwords. Any thread.
#pragma once

#include "bulkhead/config/config.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace bulkhead::config {

// Why not, as the rest of a sentence that begins with the value; or nothing when it is good.
using WhyNot = std::optional<std::string>;

// Tenants, features and backends: their names become parts of prefixes and labels of metrics.
WhyNot why_not_name(std::string_view name);

WhyNot why_not_user_name(std::string_view name);

// The shape of a template. Its length is known only when it is expanded.
WhyNot why_not_prefix(std::string_view prefix);

// The shape of a rule: +get, -client|kill, +@read. Whether there is such a command or category is
// for the policy to say.
WhyNot why_not_rule(std::string_view rule);

// "#" and the 64 hex digits of a SHA-256. The answer never repeats the text: it may be a password.
WhyNot parse_password(std::string_view text, Password& out);

}  // namespace bulkhead::config
