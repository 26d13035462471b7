#include "mentions.hpp"

#include <algorithm>

namespace bulkhead::rewrite::script {
namespace {

constexpr std::size_t kLongestCommand = 64;

bool is_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}
bool is_blank(char c) {
  return c == ' ' || (c >= '\t' && c <= '\r');
}

std::size_t word_end(std::string_view text, std::size_t at) {
  while (at < text.size() && is_word(text[at])) ++at;
  return at;
}
std::size_t blank_end(std::string_view text, std::size_t at) {
  while (at < text.size() && is_blank(text[at])) ++at;
  return at;
}

// The field behind a word that ends at `at`: "x" of " . x"; empty when there is something else.
std::string_view field_behind(std::string_view text, std::size_t at) {
  at = blank_end(text, at);
  if (at >= text.size() || text[at] != '.') return {};
  at = blank_end(text, at + 1);
  return text.substr(at, word_end(text, at) - at);
}

void note_word(std::string_view text, std::size_t at, std::size_t end, Mentions& out) {
  const std::string_view word = text.substr(at, end - at);
  out.words.emplace(word);
  if (word == "redis" || word == "server") {
    const std::string_view field = field_behind(text, end);
    if (field.empty()) out.all_of_redis = true;
    out.redis_fields.emplace(field);
  } else if (word == "cjson") {
    const std::string_view field = field_behind(text, end);
    if (field != "encode" && field != "decode" && field != "null") out.settings_of_cjson = true;
  } else if (word == "math") {
    const std::string_view field = field_behind(text, end);
    if (field.empty() || field == "randomseed") out.seeds_random = true;
  }
}

void note_quoted(std::string_view text, std::size_t at, Mentions& out) {
  std::size_t end = at + 1;
  while (end < text.size() && (is_word(text[end]) || text[end] == '.')) ++end;
  const std::size_t length = end - at - 1;
  if (length == 0 || length > kLongestCommand || end >= text.size() || text[end] != text[at])
    return;
  out.quoted.emplace(text.substr(at + 1, length));
}

}  // namespace

Mentions mentions_of(std::string_view body) {
  Mentions out;
  for (std::size_t at = 0; at < body.size();) {
    if (is_word(body[at])) {
      const std::size_t end = word_end(body, at);
      note_word(body, at, end, out);
      at = end;
    } else {
      if (body[at] == '\'' || body[at] == '"') note_quoted(body, at, out);
      ++at;
    }
  }
  const bool reaches_globals = out.has("_G") || out.has("loadstring") || out.has("load") ||
                               out.has("getfenv") || out.has("setfenv");
  if (reaches_globals) out.all_of_redis = out.settings_of_cjson = out.seeds_random = true;
  return out;
}

std::optional<int> tail_call(std::string_view body) {
  int line = 1;
  while (!body.empty()) {
    const std::size_t end = std::min(body.find('\n'), body.size());
    const std::string_view text = body.substr(0, end);
    for (std::size_t at = text.find("return"); at != text.npos; at = text.find("return", at + 1)) {
      if (text.find("call", at) != text.npos) return line;
    }
    body.remove_prefix(std::min(end + 1, body.size()));
    ++line;
  }
  return std::nullopt;
}

int tail_call_line(std::string_view body) {
  return tail_call(body).value_or(1);
}

}  // namespace bulkhead::rewrite::script
