#include "bulkhead/session/monitor.hpp"

#include <string_view>

namespace bulkhead::session {
namespace {

constexpr std::string_view kHidden = "\"(redacted)\"";

// As Redis' sdscatrepr (sds.c).
void append_quoted(std::string& out, std::string_view text) {
  static constexpr char kHex[] = "0123456789abcdef";
  out += '"';
  for (const char c : text) {
    switch (c) {
      case '\\':
      case '"':
        (out += '\\') += c;
        break;
      case '\n':
        out += "\\n";
        break;
      case '\r':
        out += "\\r";
        break;
      case '\t':
        out += "\\t";
        break;
      case '\a':
        out += "\\a";
        break;
      case '\b':
        out += "\\b";
        break;
      default: {
        const auto byte = static_cast<unsigned char>(c);
        if (byte >= 0x20 && byte < 0x7f)
          out += c;
        else
          (((out += "\\x") += kHex[byte >> 4]) += kHex[byte & 15]);
      }
    }
  }
  out += '"';
}

}  // namespace

std::string shown_words(const command::Row& row, const resp::Args& args) {
  std::string words;
  append_quoted(words, args[0]);
  for (std::size_t i = 1; i < args.size(); ++i) {
    words += ' ';
    if (row.has(command::kSecret))
      words += kHidden;
    else
      append_quoted(words, args[i]);
  }
  return words;
}

}  // namespace bulkhead::session
