// Lua as text: quoting, and putting values in the places of $NAME$. Private to the module.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

namespace bulkhead::rewrite::script {

// A string literal that means exactly these bytes.
inline std::string lua_quoted(std::string_view bytes) {
  std::string out = "'";
  for (char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '\'' || c == '\\') {
      out += '\\';
      out += c;
    } else if (byte >= 0x20 && byte < 0x7f) {
      out += c;
    } else {
      const std::string digits = std::to_string(byte);
      out += '\\' + std::string(3 - digits.size(), '0') + digits;
    }
  }
  return out + "'";
}

using Place = std::pair<std::string_view, std::string_view>;

// The piece with its line feeds and indentation gone and the places filled. What is put in is not
// looked through again.
inline std::string filled(std::string_view piece, std::initializer_list<Place> places = {}) {
  std::string out;
  for (std::size_t at = 0; at < piece.size();) {
    if (piece[at] == '\n') {
      at = piece.find_first_not_of("\n ", at);
      if (at == piece.npos) break;
      if (!out.empty() && out.back() != ' ') out += ' ';
      continue;
    }
    const std::size_t end = piece[at] == '$' ? piece.find('$', at + 1) : piece.npos;
    const Place* found = nullptr;
    for (const Place& place : places) {
      if (end != piece.npos && piece.substr(at + 1, end - at - 1) == place.first) found = &place;
    }
    if (found != nullptr) {
      out += found->second;
      at = end + 1;
    } else {
      out += piece[at++];
    }
  }
  if (!out.empty() && out.back() != ' ') out += ' ';
  return out;
}

}  // namespace bulkhead::rewrite::script
