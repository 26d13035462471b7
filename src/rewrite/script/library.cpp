#include "library.hpp"

#include "bulkhead/base/sentences.hpp"
#include "bulkhead/base/text.hpp"
#include "bulkhead/resp/inline_split.hpp"
#include "bulkhead/rewrite/script_library.hpp"
#include "library_lua.hpp"
#include "lua_text.hpp"
#include "pieces.hpp"
#include "routes.hpp"
#include "shim_lua.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace bulkhead::rewrite::script {
namespace {

// What of `redis` is there while a library is loaded, besides register_function.
constexpr std::array kThereAtLoad = {"LOG_DEBUG",   "LOG_VERBOSE",   "LOG_NOTICE",
                                     "LOG_WARNING", "REDIS_VERSION", "REDIS_VERSION_NUM"};

// What stands behind the first line, so that the client's text can be had again: the tenant for
// operators to read, the mark, the client's first line in hex, where its other lines begin, and how
// much of ours stands behind them.
constexpr std::string_view kHeader = "--[[bulkhead 1 ";
constexpr std::string_view kHeaderEnd = "]] ";
constexpr std::size_t kOffsetDigits = 9;
constexpr std::string_view kNestedBegin = "return (function() ";
constexpr std::string_view kNestedEnd = "\nend)()";

std::string_view first_line(std::string_view code) {
  return code.substr(0, code.find('\n'));
}

std::string hex(std::string_view bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string out;
  for (char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    out += kDigits[byte >> 4];
    out += kDigits[byte & 15];
  }
  return out;
}

std::optional<std::string> unhex(std::string_view digits) {
  if (digits.size() % 2 != 0) return std::nullopt;
  std::string out;
  for (std::size_t i = 0; i < digits.size(); i += 2) {
    unsigned byte = 0;
    const char* end = digits.data() + i + 2;
    if (std::from_chars(digits.data() + i, end, byte, 16).ptr != end) return std::nullopt;
    out += static_cast<char>(byte);
  }
  return out;
}

std::optional<std::size_t> number(std::string_view digits) {
  std::size_t value = 0;
  const char* end = digits.data() + digits.size();
  if (std::from_chars(digits.data(), end, value).ptr != end || digits.empty()) return std::nullopt;
  return value;
}

bool is_valid_name(std::string_view name) {
  return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  });
}

Refusal metadata(std::string_view sentence) {
  return refuse::generic("ERR " + std::string(sentence));
}

// For the functions in the order of their registration: the line of the first `return ...call(`
// behind where it stands, or else before. A guess, as good as the text is plain.
std::string tail_call_lines(std::string_view code) {
  std::string out;
  constexpr std::string_view kRegister = "register_function";
  std::size_t before = 0;
  for (std::size_t at = code.find(kRegister); at != code.npos;) {
    const std::size_t next = code.find(kRegister, at + 1);
    std::size_t from = at;
    std::string_view part = code.substr(at, next - at);
    if (!tail_call(part)) {
      from = before;
      part = code.substr(before, at - before);
    }
    const auto line = tail_call(part);
    const auto above =
        std::count(code.begin(), code.begin() + static_cast<std::ptrdiff_t>(from), '\n');
    out += line ? std::to_string(above + *line) + "," : "false,";
    before = at;
    at = next;
  }
  return out;
}

// The client's functions as Redis is to know them.
std::string callback(const LibraryOf& of, std::string_view code) {
  const Shape& shape = of.shape;
  const bool many = shape.prefix_per_feature;
  const std::string strip =
      !shape.adds_prefix ? "" : filled(many ? kStripKeysOfFeatures : kStripKeys);
  return filled(
      kLibraryCallback,
      {{"MARK", of.mark},
       {"STALE", kStaleLibrary},
       {"TAILS", tail_call_lines(code)},
       {"TAIL", std::to_string(tail_call_line(code))},
       {"SPLIT", many ? filled(kLibrarySplit) : ""},
       {"STRIPKEYS", strip},
       {"FIRST", many ? "nil" : "K[1]"},
       {"SELECTED", selected_place(shape)},
       {"ROUTES", shape.expires() && shape.merged ? "M=m~='" + std::string(of.mark) + "s'" : ""},
       {"ROUTED", shape.merged ? "R" : "nil"}});
}

bool wanted(const Mentions& mentions, std::string_view field) {
  return mentions.all_of_redis || mentions.redis_fields.contains(field);
}

std::string fields_at_load(const Mentions& mentions) {
  std::string out;
  for (const char* field : kThereAtLoad) {
    if (wanted(mentions, field)) out += "F." + std::string(field) + "=redis." + field + " ";
  }
  for (const char* field : kSilenced) {
    if (wanted(mentions, field)) out += "F." + std::string(field) + "=function() end ";
  }
  return out;
}

std::string fields_at_call(const LibraryOf& of, const Mentions& mentions, const std::string& hot,
                           const Origin& origin) {
  std::string out;
  if (wanted(mentions, "call")) out += "F.call=" + caller(of.shape, hot, origin, true) + " ";
  if (wanted(mentions, "pcall")) out += "F.pcall=" + caller(of.shape, hot, origin, false) + " ";
  for (const char* field : kHarmless) {
    const std::string name = field;
    if (wanted(mentions, name)) out += "F." + name + "=rawget(redis,'" + name + "') ";
  }
  if (wanted(mentions, "acl_check_cmd")) {
    out += "F.acl_check_cmd=function(c,k,...) local r=X(6,c,k,...) return r end ";
  }
  return out;
}

// "math,cjson" with something before each.
std::string listed(const std::vector<std::string>& names, std::string_view before) {
  std::string out;
  for (const std::string& name : names) {
    if (!out.empty()) out += ',';
    out += before;
    out += name;
  }
  return out;
}

}  // namespace

std::string library_prelude(const LibraryOf& of, std::string_view code) {
  const Mentions mentions = mentions_of(code);
  const std::vector<std::string> shadows = shadows_of(mentions);
  const HotWords hot = hot_words(of.shape, mentions);
  const bool table = !hot.table.empty();
  const Origin origin{"st", 1, "user_function", "tl"};
  std::string out = "local redis";
  for (const std::string& name : shadows) out += "," + name;
  out += "=(function() " + filled(kLibraryOpening, {{"TABLE", table ? ",S" : ""},
                                                    {"WORDS", table ? "," + hot.table : ""}});
  if (of.shape.merged) out += filled(kLibraryRoute, {{"ROUTED", routing_function(of.shape)}});
  out += expire_piece(of.shape, of.shape.merged) + cold(of.shape, of.classes, origin, code) +
         callback(of, code) + filled(kLibraryRegister, {{"TAG", of.tag}}) +
         fields_at_load(mentions);
  const std::string fill = shadows.empty() ? "" : "Z(" + listed(shadows, "Y.") + ")";
  out += filled(kLibraryInit, {{"FIELDS", fields_at_call(of, mentions, hot.chain, origin)},
                               {"SHADOWS", shadow_pieces(shadows)},
                               {"FILL", fill}});
  if (shadows.empty()) return out + "return F end)(); ";
  out += "return function(z) Z=z return F end end)() redis=redis(function(";
  for (std::size_t i = 0; i < shadows.size(); ++i) out += (i == 0 ? "z" : ",z") + std::to_string(i);
  out += ") " + listed(shadows, "") + "=";
  for (std::size_t i = 0; i < shadows.size(); ++i) out += (i == 0 ? "z" : ",z") + std::to_string(i);
  out += " end) ";
  // Valkey's other name for `redis` is there while a library is loaded, too.
  if (mentions.has("server")) out += "server=redis ";
  return out + "; ";
}

std::string library_tag(const tenant::Tenant& tenant) {
  return "t" + sha1_hex(tenant.name) + "_";
}

Result<std::string> library_name(std::string_view code) {
  if (!code.starts_with("#!")) return metadata("Missing library metadata");
  const std::string_view line = first_line(code);
  if (line.size() == code.size() || line.find('\0') != line.npos) {
    return metadata("Invalid library metadata");
  }
  std::string bytes;
  std::vector<resp::Slice> slices;
  if (!resp::split_inline(line, bytes, slices)) return metadata("Invalid library metadata");
  const resp::Args parts(bytes.data(), slices);
  std::optional<std::string> name;
  for (std::size_t i = 1; i < parts.size(); ++i) {
    const std::string part(parts[i]);
    if (!lowered(part).starts_with("name=")) {
      return metadata("Invalid metadata value given: " + part);
    }
    if (name) return metadata("Invalid metadata value, name argument was given multiple times");
    name = part.substr(5);
  }
  if (!name) return metadata("Library name was not given");
  if (!is_valid_name(*name)) {
    return metadata(
        "Library names can only contain letters, numbers, or underscores(_) and must be at least "
        "one character long");
  }
  const std::string_view engine = parts[0].substr(2);
  if (lowered(engine) != "lua") return metadata("Engine '" + std::string(engine) + "' not found");
  return *name;
}

std::string wrap_library(const Shim& shim, const tenant::Tenant& tenant, std::string_view code,
                         bool nested) {
  const std::string_view line = first_line(code);
  const std::string tag = library_tag(tenant);
  std::string text = "#!lua name=" + tag + *library_name(code) + "\n";
  text += std::string(kHeader) + tenant.name + " " + shim.library_mark() + " " + hex(line) + " ";
  const std::size_t offset_at = text.size();
  text += std::string(kOffsetDigits, '0') + (nested ? " n" : " p") + std::string(kHeaderEnd);
  text += library_prelude({shim.shape(), shim.classes(), tag, shim.library_mark()}, code);
  if (nested) text += kNestedBegin;
  const std::string offset = std::to_string(text.size());
  text.replace(offset_at + kOffsetDigits - offset.size(), offset.size(), offset);
  text += code.substr(line.size() + 1);
  if (nested) text += kNestedEnd;
  return text;
}

std::optional<UnwrappedLibrary> unwrap_library(std::string_view text) {
  std::string_view rest = text.substr(std::min(first_line(text).size() + 1, text.size()));
  if (!rest.starts_with(kHeader)) return std::nullopt;
  rest = rest.substr(kHeader.size(), rest.find(kHeaderEnd) - kHeader.size());
  std::array<std::string_view, 5> words;  // tenant, mark, first line, offset, how
  for (std::string_view& word : words) {
    word = rest.substr(0, rest.find(' '));
    rest.remove_prefix(std::min(word.size() + 1, rest.size()));
  }
  const auto line = unhex(words[2]);
  const auto offset = number(words[3]);
  const std::size_t behind = words[4] == "n" ? kNestedEnd.size() : 0;
  if (!line || !offset || *offset + behind > text.size()) return std::nullopt;
  const std::string_view body = text.substr(*offset, text.size() - *offset - behind);
  return UnwrappedLibrary{*line + "\n" + std::string(body), std::string(words[1])};
}

std::array<std::string, kHiddenArguments> hidden_arguments(const Shim& shim,
                                                           const tenant::Tenant& tenant,
                                                           Start start) {
  const bool routed = shim.shape().merged && !start.selected;
  return {std::to_string(start.db), hidden_argument(tenant),
          shim.library_mark() + (routed ? "r" : "s")};
}

void remove_tag(std::string& line, std::string_view tag) {
  for (std::size_t at = line.find(tag); at != line.npos; at = line.find(tag, at)) {
    line.erase(at, tag.size());
  }
}

}  // namespace bulkhead::rewrite::script
