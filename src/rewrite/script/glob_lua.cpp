#include "glob_lua.hpp"

#include "bulkhead/base/glob.hpp"
#include "lua_text.hpp"

#include <vector>

namespace bulkhead::rewrite::script {
namespace {

// The literal text before, between and behind the stars, as Lua patterns in which every item stands
// for one byte: so the leftmost match of a segment is the right one, and nothing goes back.
struct Segment {
  std::string pattern;
  std::size_t length = 0;
  std::string literal;
  bool is_literal = true;
};

// Lua's magic characters are all punctuation, and '%' before any punctuation is legal.
std::string item_of(unsigned char byte) {
  if (byte == 0) return "%z";
  const bool alphanumeric = (byte >= '0' && byte <= '9') || (byte >= 'A' && byte <= 'Z') ||
                            (byte >= 'a' && byte <= 'z') || byte == '_';
  const bool punctuation = byte > 0x20 && byte < 0x7f && !alphanumeric;
  return (punctuation ? "%" : "") + std::string(1, static_cast<char>(byte));
}

// Which bytes a class matches, the matcher itself says.
std::string set_of(std::string_view glob_class) {
  std::string in;
  std::size_t count = 0;
  for (unsigned byte = 0; byte < 256; ++byte) {
    const char c = static_cast<char>(byte);
    if (!glob_matches(glob_class, std::string_view(&c, 1))) continue;
    in += item_of(static_cast<unsigned char>(byte));
    ++count;
  }
  if (count == 256) return ".";
  if (count == 0) return "";
  return "[" + in + "]";
}

std::size_t class_end(std::string_view glob, std::size_t at) {
  std::size_t i = at + 1;
  if (i < glob.size() && glob[i] == '^') ++i;
  while (i < glob.size() && glob[i] != ']') {
    if (glob[i] == '\\' && i + 1 < glob.size())
      i += 2;
    else if (i + 2 < glob.size() && glob[i + 1] == '-')
      i += 3;
    else
      ++i;
  }
  return i < glob.size() ? i + 1 : glob.size();
}

// False when the glob matches nothing at all.
bool split_at_stars(std::string_view glob, std::vector<Segment>& segments) {
  segments.emplace_back();
  for (std::size_t at = 0; at < glob.size();) {
    if (glob[at] == '*') {
      segments.emplace_back();
      ++at;
      continue;
    }
    Segment& segment = segments.back();
    ++segment.length;
    if (glob[at] == '?' || glob[at] == '[') {
      const std::size_t end = glob[at] == '?' ? at + 1 : class_end(glob, at);
      const std::string set = set_of(glob.substr(at, end - at));
      if (set.empty()) return false;
      segment.pattern += set;
      segment.is_literal = false;
      at = end;
      continue;
    }
    if (glob[at] == '\\' && at + 1 < glob.size()) ++at;
    segment.pattern += item_of(static_cast<unsigned char>(glob[at]));
    segment.literal += glob[at++];
  }
  return true;
}

std::string front_condition(const std::string& literal) {
  if (literal.empty()) return "true";
  if (literal.find(':') == literal.size() - 1) return "h==" + lua_quoted(literal);
  return "string.sub(k,1," + std::to_string(literal.size()) + ")==" + lua_quoted(literal);
}

}  // namespace

std::string glob_condition(std::string_view glob, bool& helper) {
  std::vector<Segment> segments;
  if (!split_at_stars(glob, segments)) return "false";
  const Segment& first = segments.front();
  const Segment& last = segments.back();
  if (segments.size() == 1) {
    if (first.is_literal) return "k==" + lua_quoted(first.literal);
    return "string.find(k," + lua_quoted("^" + first.pattern + "$") + ")~=nil";
  }
  if (segments.size() == 2 && first.is_literal && last.length == 0) {
    return front_condition(first.literal);
  }
  if (segments.size() == 3 && first.length == 0 && last.length == 0 && segments[1].is_literal &&
      segments[1].length > 0) {
    return "string.find(k," + lua_quoted(segments[1].literal) + ",1,true)~=nil";
  }
  helper = true;
  std::string middle;
  for (std::size_t i = 1; i + 1 < segments.size(); ++i) {
    if (segments[i].length > 0) middle += lua_quoted(segments[i].pattern) + ",";
  }
  return "g(" + lua_quoted("^" + first.pattern) + ",{" + middle + "}," +
         lua_quoted("^" + last.pattern) + "," + std::to_string(last.length) + ")";
}

}  // namespace bulkhead::rewrite::script
