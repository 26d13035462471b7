#include "bulkhead/resp/inline_split.hpp"

namespace bulkhead::resp {
namespace {

bool is_space(char c) {
  return c == ' ' || (c >= '\t' && c <= '\r') || c == '\0';
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// Reads one escape behind a backslash in double quotes; returns how many bytes it took.
std::size_t unescape(std::string_view rest, std::string& bytes) {
  if (rest.size() >= 3 && rest[0] == 'x' && hex_digit(rest[1]) >= 0 && hex_digit(rest[2]) >= 0) {
    bytes += static_cast<char>(hex_digit(rest[1]) * 16 + hex_digit(rest[2]));
    return 3;
  }
  switch (rest[0]) {
    case 'n':
      bytes += '\n';
      break;
    case 'r':
      bytes += '\r';
      break;
    case 't':
      bytes += '\t';
      break;
    case 'b':
      bytes += '\b';
      break;
    case 'a':
      bytes += '\a';
      break;
    default:
      bytes += rest[0];
  }
  return 1;
}

// Reads a quoted run behind its opening quote. Returns its length with the closing one, 0 if it is
// not closed properly.
std::size_t read_quoted(std::string_view rest, char quote, std::string& bytes) {
  for (std::size_t i = 0; i < rest.size(); ++i) {
    const char c = rest[i];
    if (c == quote) return i + 1 == rest.size() || is_space(rest[i + 1]) ? i + 1 : 0;
    if (c == '\\' && quote == '"' && i + 1 < rest.size()) {
      i += unescape(rest.substr(i + 1), bytes);
    } else if (c == '\\' && quote == '\'' && rest.substr(i + 1).starts_with('\'')) {
      bytes += '\'';
      ++i;
    } else {
      bytes += c;
    }
  }
  return 0;
}

}  // namespace

bool split_inline(std::string_view line, std::string& bytes, std::vector<Slice>& slices) {
  bytes.clear();
  std::size_t i = 0;
  for (;;) {
    while (i < line.size() && is_space(line[i])) ++i;
    if (i == line.size()) return true;
    const std::size_t begin = bytes.size();
    while (i < line.size() && !is_space(line[i])) {
      const char c = line[i++];
      if (c != '"' && c != '\'') {
        bytes += c;
        continue;
      }
      const std::size_t quoted = read_quoted(line.substr(i), c, bytes);
      if (quoted == 0) return false;
      i += quoted;
    }
    slices.push_back(
        {static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(bytes.size() - begin)});
  }
}

}  // namespace bulkhead::resp
