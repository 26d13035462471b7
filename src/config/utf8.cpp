#include "config/utf8.hpp"

#include <cstdint>

namespace bulkhead::config {

namespace {

constexpr std::size_t kQuotedMax = 60;

struct Lead {
  std::size_t length;      // of the whole character
  std::uint32_t bits;      // of the first byte
  std::uint32_t smallest;  // code point that needs this length
};

Lead lead_of(unsigned char c) {
  if (c < 0x80) return {1, c, 0};
  if ((c & 0xe0) == 0xc0) return {2, c & 0x1fu, 0x80};
  if ((c & 0xf0) == 0xe0) return {3, c & 0x0fu, 0x800};
  if ((c & 0xf8) == 0xf0) return {4, c & 0x07u, 0x10000};
  return {0, 0, 0};
}

bool is_scalar_value(std::uint32_t point) {
  return point <= 0x10ffff && (point < 0xd800 || point > 0xdfff);
}

}  // namespace

std::size_t utf8_length(std::string_view text) {
  const Lead lead = lead_of(static_cast<unsigned char>(text[0]));
  if (lead.length == 0 || lead.length > text.size()) return 0;
  std::uint32_t point = lead.bits;
  for (std::size_t i = 1; i < lead.length; ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    if ((c & 0xc0) != 0x80) return 0;
    point = (point << 6) | (c & 0x3fu);
  }
  return point >= lead.smallest && is_scalar_value(point) ? lead.length : 0;
}

std::string in_quotes(std::string_view value) {
  std::string out = "'";
  while (!value.empty()) {
    const std::size_t length = utf8_length(value);
    if (out.size() + length > kQuotedMax) return out + "...'";
    const auto byte = static_cast<unsigned char>(value[0]);
    if (length == 0 || byte < 0x20 || byte == 0x7f) {
      out += '?';
    } else {
      out += value.substr(0, length);
    }
    value.remove_prefix(length == 0 ? 1 : length);
  }
  return out + "'";
}

}  // namespace bulkhead::config
