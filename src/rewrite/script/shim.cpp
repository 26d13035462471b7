#include "bulkhead/base/text.hpp"
#include "bulkhead/command/table.hpp"
#include "bulkhead/rewrite/script_shim.hpp"
#include "classes.hpp"
#include "cold_lua.hpp"
#include "lua_text.hpp"
#include "mentions.hpp"
#include "routes.hpp"
#include "shadows_lua.hpp"
#include "shim_lua.hpp"

#include <array>

namespace bulkhead::rewrite::script {
namespace {

constexpr std::size_t kMostCompared = 6;  // words that are compared rather than looked up
constexpr std::size_t kMostWords = 64;    // of the hot table; a longer list is rather a dictionary

// What a script may use of `redis` besides call and pcall: pure functions and constants. log would
// write into the log of all tenants' server, set_repl would keep writes from the replicas.
constexpr std::array kHarmless = {
    "error_reply", "status_reply",  "sha1hex",     "setresp",           "replicate_commands",
    "breakpoint",  "REDIS_VERSION", "LOG_DEBUG",   "REDIS_VERSION_NUM", "LOG_VERBOSE",
    "LOG_NOTICE",  "LOG_WARNING",   "REPL_AOF",    "REPL_SLAVE",        "REPL_REPLICA",
    "REPL_ALL",    "REPL_NONE",     "SERVER_NAME", "SERVER_VERSION",    "SERVER_VERSION_NUM",
    "debug",
};
constexpr std::array kSilenced = {"log", "set_repl"};
// Functions that a Redis without the fix of CVE-2025-46818 has, and this one has not.
constexpr std::array kNotThere = {"getfenv", "setfenv", "newproxy"};

// What Redis has no word of in scripts is not worth a place in the shim.
bool worth_knowing(const command::Row& row, const std::string& its_class) {
  return row.since != command::Since::module || its_class != "-";
}

std::string class_for(const Shape& shape, const command::Row& row) {
  std::string own = class_of(row);
  if (own == "-" || own == "/") return own;
  if (shape.expires()) own += lifetime_class(row);
  if (!shape.allows) return own;
  return shape.allows(command::index_of(row)) ? own : "!";
}

// KEYS is a tenant's only when it is granted by name.
std::string final_class(const Shape& shape, const command::Row& row) {
  const std::string own = class_for(shape, row);
  return own == "L" && !shape.allows ? "-" : own;
}

// The commands that the text spells as words, for the fast path.
struct HotWords {
  std::string table;  // of Lua; for many words
  std::string chain;  // an expression; faster for a few
};

HotWords hot_words(const Shape& shape, const Mentions& mentions) {
  std::array<std::string, 5> tests;  // by class
  std::string table;
  std::size_t count = 0;
  for (const std::string& word : mentions.quoted) {
    const command::Row* row = command::find_row(std::string_view(word));
    if (row == nullptr || count == kMostWords) continue;
    const int hot = hot_class(final_class(shape, *row));
    if (hot == 0) continue;
    ++count;
    table += "[" + lua_quoted(word) + "]=" + std::to_string(hot) + ",";
    std::string& test = tests.at(static_cast<std::size_t>(hot));
    test += (test.empty() ? "(c==" : " or c==") + lua_quoted(word);
  }
  if (count > kMostCompared) return {"{" + table + "}", "S[c]"};
  std::string chain;
  for (std::size_t hot = 1; hot < tests.size(); ++hot) {
    if (!tests[hot].empty()) chain += tests[hot] + ") and " + std::to_string(hot) + " or ";
  }
  return {"", chain + "nil"};
}

bool grants_keys(const std::string& classes) {
  return classes.find(":L ") != classes.npos;
}

// "k1,k2" and the like, for the keys whose database is known.
std::string known_keys(Start start, std::string_view before, std::string_view between,
                       std::string_view after) {
  std::string out;
  for (int i = 1; i <= std::max(start.known, 1); ++i) {
    if (i > 1) out += between;
    out += before;
    out += std::to_string(i);
    out += after;
  }
  return out;
}

std::string select_piece(const Shape& shape, Start start) {
  std::string out;
  const std::string forget = known_keys(start, "k", ",", "") + "=nil";
  if (shape.merged) {
    out += filled(kSelectMerged, {{"ROUTED", routing_function(shape)},
                                  {"FORGET", forget},
                                  {"ROUTES", shape.expires() ? "M=true" : ""}});
  }
  return out + filled(kSelect, {{"DATABASES", selectable(shape)},
                                {"FORGET", forget},
                                {"ROUTES", shape.expires() ? "M=false" : ""},
                                {"SELECTED", selected_place(shape)}});
}

std::string keys_piece(const Shape& shape) {
  const bool many = shape.prefix_per_feature;
  return filled(kKeys, {{"PLACES", all_places(shape)},
                        {"PLACEPREFIX", many ? "Q[v]" : "P"},
                        {"PLACEDB", many ? "(" + databases_of_features(shape) + ")[v]" : "v"},
                        {"KEYSPATTERN", shape.adds_prefix ? "g..W(1)" : "W(1)"},
                        {"KEYSNAME", shape.adds_prefix ? "string.sub(r[i],#p+1)" : "r[i]"}});
}

std::string name_piece(const Shape& shape) {
  const std::string dbs = databases_of_features(shape);
  if (shape.adds_prefix) {
    return shape.prefix_per_feature ? filled(kNameOfFeature, {{"DBS", dbs}}) : filled(kName);
  }
  return shape.prefix_per_feature ? filled(kRequiredNameOfFeature, {{"DBS", dbs}})
                                  : filled(kRequiredName);
}

std::string strip_piece(const Shape& shape) {
  if (!shape.adds_prefix) return filled(kNoStrip);
  return filled(shape.prefix_per_feature ? kStripOfFeatures : kStrip);
}

std::string strip_text_piece(const Shape& shape) {
  if (!shape.adds_prefix) return filled(kNoStripText);
  return filled(kStripText, {{"PREFIXES", shape.prefix_per_feature ? "Q" : "{P}"}});
}

// Redis takes a first line "#!lua ..." for itself and leaves its line feed.
std::size_t behind_shebang(std::string_view body) {
  if (!body.starts_with("#!")) return 0;
  const std::size_t end = body.find('\n');
  return end == body.npos ? body.size() : end + 1;
}

std::string run_piece(const Shape& shape) {
  const bool expires = shape.expires();
  const auto wanted = [expires](std::string_view piece) {
    return expires ? filled(piece) : std::string();
  };
  const std::string keep = wanted(kKeep), kept = wanted(kKept), expire = wanted(kExpireCold),
                    each = wanted(kExpireEach);
  return filled(kRun, {{"ANYPREFIX", shape.prefix_per_feature ? "table.concat(Q)" : "P"},
                       {"KEEP", keep},
                       {"KEPT", kept},
                       {"EXPIRE", expire},
                       {"EXPIREEACH", each}});
}

std::string cold(const Shape& shape, const std::string& classes, Start start,
                 std::string_view body) {
  std::string find = filled(kFind, {{"SELECT", select_piece(shape, start)}});
  if (grants_keys(classes)) find = keys_piece(shape) + find;
  return filled(kCold, {{"NAME", name_piece(shape)},
                        {"CHANNEL", filled(shape.adds_prefix ? kChannel : kRequiredChannel)},
                        {"STRIP", strip_piece(shape)},
                        {"STRIPTEXT", strip_text_piece(shape)},
                        {"CLASSES", lua_quoted(classes)},
                        {"FIND", find},
                        {"RUN", run_piece(shape)}}) +
         filled(kRaise, {{"TAIL", std::to_string(tail_call_line(body))},
                         {"LINE", behind_shebang(body) == 0 ? "1" : "2"}});
}

std::string caller(const Shape& shape, const std::string& hot, Start start, bool raises) {
  const bool fast = shape.adds_prefix && !shape.prefix_per_feature;
  const char* const error_how = raises ? "2" : "5";
  std::string expire;
  if (shape.expires()) expire = filled(kExpireHot, {{"ERRORHOW", error_how}});
  return filled(fast ? kHot : kPlain, {{"CLASS", hot},
                                       {"KISKNOWN", known_keys(start, "k==k", " or ", "")},
                                       {"LISKNOWN", known_keys(start, "l==k", " or ", "")},
                                       {"START", std::to_string(start.db)},
                                       {"SELECTHOW", raises ? "3" : "4"},
                                       {"ERRORHOW", error_how},
                                       {"FOUR", shape.expires() ? " or s==4" : ""},
                                       {"EXPIRE", expire},
                                       {"HOW", raises ? "1" : "0"}});
}

// The table that the script knows as `redis`.
std::string facade(const Shape& shape, const Mentions& mentions, const std::string& hot,
                   Start start) {
  const auto wanted = [&](std::string_view field) {
    return mentions.all_of_redis || mentions.redis_fields.contains(field);
  };
  std::string out = "{";
  if (wanted("call")) out += "call=" + caller(shape, hot, start, true) + ",";
  if (wanted("pcall")) out += "pcall=" + caller(shape, hot, start, false) + ",";
  for (const char* field : kHarmless) {
    if (wanted(field)) out += std::string(field) + "=redis." + field + ",";
  }
  for (const char* field : kSilenced) {
    if (wanted(field)) out += std::string(field) + "=function() end,";
  }
  if (wanted("acl_check_cmd")) {
    out += "acl_check_cmd=function(c,k,...) local r=X(6,c,k,...) return r end,";
  }
  return out + "}";
}

// The shadows besides `redis`, in the order in which they are declared.
std::vector<std::string> shadows_of(const Mentions& mentions) {
  std::vector<std::string> names;
  const bool deep = mentions.has("_G") || mentions.has("loadstring") || mentions.has("load");
  for (const char* name : kNotThere) {
    if (mentions.has(name)) names.emplace_back(name);
  }
  if (mentions.settings_of_cjson) names.emplace_back("cjson");
  if (mentions.seeds_random) names.emplace_back("math");
  if (mentions.has("collectgarbage") || deep) names.emplace_back("collectgarbage");
  if (mentions.has("server") || deep) names.emplace_back("server");
  if (deep) {
    for (const char* name : {"loadstring", "load", "_G"}) names.emplace_back(name);
  }
  return names;
}

std::string shadow_pieces(const std::vector<std::string>& names) {
  std::string out;
  for (const std::string& name : names) {
    if (name == "cjson") out += filled(kCjson);
    if (name == "math") out += filled(kRandom);
    if (name == "collectgarbage") out += filled(kCollect);
    if (name == "server") out += filled(kServer);
    if (name == "loadstring") out += filled(kLoad);
    if (name == "_G") out += filled(kGlobals);
    for (const char* absent : kNotThere) {
      if (name == absent) out += filled(kAbsent, {{"ABSENT", name}});
    }
  }
  return out;
}

// Everything of the shape that prelude() looks at.
std::string fingerprint_of(const Shape& shape, const std::string& classes) {
  const auto bit = [](bool set) { return set ? "1" : "0"; };
  return sha1_hex(classes + routing_function(shape) + databases_of_features(shape) +
                  selectable(shape) + selected_place(shape) + all_places(shape) +
                  lifetime_function(shape) + lifetimes_by_database(shape) + bit(shape.adds_prefix) +
                  bit(shape.prefix_per_feature) + bit(shape.merged));
}

Wrapped wrapped(std::string text) {
  std::string sha = sha1_hex(text);
  return {std::move(text), std::move(sha)};
}

}  // namespace

Shim::Shim(Shape shape) : shape_(std::move(shape)) {
  classes_ = " ";
  for (const command::Row& row : command::rows()) {
    const std::string its_class = final_class(shape_, row);
    const bool there = !shape_.backend_has || shape_.backend_has(command::index_of(row));
    if (there && worth_knowing(row, its_class)) {
      classes_ += std::string(row.name) + ":" + its_class + " ";
    }
  }
  fingerprint_ = fingerprint_of(shape_, classes_);
}

std::string Shim::prelude(std::string_view body, Start start) const {
  const Mentions mentions = mentions_of(body);
  const std::vector<std::string> shadows = shadows_of(mentions);
  std::string out = "local redis";
  for (const std::string& name : shadows) out += "," + name;
  const HotWords hot = hot_words(shape_, mentions);
  const bool table = !hot.table.empty();
  out += "=(function() " +
         filled(kOpening, {{"TABLE", table ? ",S" : ""}, {"WORDS", table ? "," + hot.table : ""}});
  if (shape_.prefix_per_feature) out += filled(kSplitPrefixes);
  if (shape_.adds_prefix) {
    out += filled(shape_.prefix_per_feature ? kStripKeysOfFeatures : kStripKeys);
  }
  // The first keys lie where the script begins; by the name alone with one prefix.
  if (shape_.prefix_per_feature) start.known = 0;
  out += filled(kState, {{"KNOWN", known_keys(start, "k", ",", "")},
                         {"FIRST", start.known == 0 ? "nil" : known_keys(start, "K[", ",", "]")},
                         {"START", std::to_string(start.db)}});
  const bool routed = shape_.merged && !start.selected;
  if (shape_.expires()) {
    out += filled(kExpire, {{"MERGED", routed ? "true" : "false"},
                            {"LIFETIME", lifetime_function(shape_)},
                            {"BYDATABASE", lifetimes_by_database(shape_)}});
  }
  out += "D=";
  out += routed ? routing_function(shape_)
                : filled(kFixed, {{"PLACE", fixed_place(shape_, start.db)}});
  out += cold(shape_, classes_, start, body);
  if (shadows.empty())
    return out + "return " + facade(shape_, mentions, hot.chain, start) + " end)(); ";
  out += "local Y={} Y.redis=" + facade(shape_, mentions, hot.chain, start) + " " +
         shadow_pieces(shadows);
  out += "return Y.redis";
  for (const std::string& name : shadows) out += ",Y." + name;
  return out + " end)(); ";
}

Wrapped Shim::wrap(std::string_view body, Start start) const {
  const std::size_t begin = behind_shebang(body);
  std::string text(body.substr(0, begin));
  const bool endless = begin > 0 && body.find('\n') == body.npos;
  if (!endless) text += prelude(body, start);  // else Redis refuses it whole
  text += body.substr(begin);
  return wrapped(std::move(text));
}

Wrapped Shim::wrap_nested(std::string_view body, Start start) const {
  const std::size_t begin = behind_shebang(body);
  std::string text(body.substr(0, begin));
  text += prelude(body, start) + "return (function() ";
  text += body.substr(begin);
  text += "\nend)()";
  return wrapped(std::move(text));
}

std::string hidden_argument(const tenant::Tenant& tenant) {
  std::string out;
  for (const tenant::Prefix& prefix : tenant.prefixes) {
    if (!out.empty()) out += ' ';
    out += prefix.plain;
  }
  return out;
}

}  // namespace bulkhead::rewrite::script
