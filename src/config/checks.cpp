#include "config/checks.hpp"

#include <algorithm>

namespace bulkhead::config {

namespace {

constexpr std::size_t kNameMax = 64;
constexpr std::size_t kUserNameMax = 256;

bool is_lower_or_digit(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

bool is_name_char(char c) {
  return is_lower_or_digit(c) || c == '_' || c == '-';
}

bool is_rule_char(char c) {
  return is_name_char(c) || (c >= 'A' && c <= 'Z') || c == '.';
}

// Redis' ACL takes neither blanks nor control characters in user names and patterns.
bool is_blank_or_control(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte <= 0x20 || byte == 0x7f;
}

bool is_word(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), is_rule_char);
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

bool parse_hex(std::string_view digits, Password& out) {
  if (digits.size() != out.sha256.size() * 2) return false;
  for (std::size_t i = 0; i < out.sha256.size(); ++i) {
    const int high = hex_digit(digits[2 * i]);
    const int low = hex_digit(digits[2 * i + 1]);
    if (high < 0 || low < 0) return false;
    out.sha256[i] = static_cast<unsigned char>(high * 16 + low);
  }
  return true;
}

// Walks from placeholder to placeholder; whatever else has to do with braces is a mistake.
WhyNot why_not_braces(std::string_view prefix) {
  while (true) {
    const std::size_t brace = prefix.find_first_of("{}");
    if (brace == prefix.npos) return std::nullopt;
    prefix.remove_prefix(brace);
    const std::size_t end = prefix.find('}');
    if (prefix[0] == '}' || end == prefix.npos) return "has a brace without its counterpart";
    const std::string_view placeholder = prefix.substr(0, end + 1);
    if (placeholder != "{tenant}" && placeholder != "{feature}") {
      return "knows only the placeholders {tenant} and {feature}";
    }
    prefix.remove_prefix(placeholder.size());
  }
}

}  // namespace

WhyNot why_not_name(std::string_view name) {
  const bool good = !name.empty() && name.size() <= kNameMax &&
                    std::all_of(name.begin(), name.end(), is_name_char);
  if (good) return std::nullopt;
  return "must be 1 to 64 characters out of a-z, 0-9, '_' and '-'";
}

WhyNot why_not_user_name(std::string_view name) {
  if (name.empty()) return "must not be empty";
  if (name.size() > kUserNameMax) return "must not be longer than 256 bytes";
  if (std::any_of(name.begin(), name.end(), is_blank_or_control)) return "must not hold blanks";
  return std::nullopt;
}

WhyNot why_not_prefix(std::string_view prefix) {
  if (prefix.empty()) return "must not be empty, for nothing would separate the tenants";
  if (std::any_of(prefix.begin(), prefix.end(), is_blank_or_control)) {
    return "must not hold blanks or control characters, which Redis' ACL refuses in a pattern";
  }
  return why_not_braces(prefix);
}

WhyNot why_not_rule(std::string_view rule) {
  const std::string_view all = rule;
  if (!all.starts_with('+') && !all.starts_with('-')) {
    return "must begin with '+' to permit or '-' to deny";
  }
  rule.remove_prefix(1);
  if (rule.starts_with('@')) {
    return is_word(rule.substr(1)) ? WhyNot() : "must name a category after '@', as in +@read";
  }
  const std::size_t bar = rule.find('|');
  const bool good =
      is_word(rule.substr(0, bar)) && (bar == rule.npos || is_word(rule.substr(bar + 1)));
  return good ? WhyNot() : "must name a command, as in +get or -client|kill";
}

WhyNot parse_password(std::string_view text, Password& out) {
  if (text.starts_with('#') && parse_hex(text.substr(1), out)) return std::nullopt;
  if (parse_hex(text, out)) return "lacks the '#' in front of its 64 hex digits";
  return "is not a hash: it must be '#' and the 64 hex digits of the password's SHA-256, which "
         "`bulkhead hash-password` prints";
}

}  // namespace bulkhead::config
