#include "pieces.hpp"

#include "bulkhead/command/table.hpp"
#include "classes.hpp"
#include "cold_lua.hpp"
#include "lua_text.hpp"
#include "routes.hpp"
#include "shadows_lua.hpp"
#include "shim_lua.hpp"

namespace bulkhead::rewrite::script {
namespace {

constexpr std::size_t kMostCompared = 6;  // words that are compared rather than looked up
constexpr std::size_t kMostWords = 64;    // of the hot table; a longer list is rather a dictionary

// Functions that a Redis without the fix of CVE-2025-46818 has, and this one has not.
constexpr std::array kNotThere = {"getfenv", "setfenv", "newproxy"};

std::string class_for(const Shape& shape, const command::Row& row) {
  std::string own = class_of(row);
  if (own == "-" || own == "/") return own;
  if (shape.expires()) own += lifetime_class(row);
  if (!shape.allows) return own;
  return shape.allows(command::index_of(row)) ? own : "!";
}

bool grants_keys(const std::string& classes) {
  return classes.find(":L ") != classes.npos;
}

std::string select_piece(const Shape& shape, const Origin& origin) {
  std::string out;
  const std::string forget = known_keys(origin.known, "k", ",", "") + "=nil";
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

}  // namespace

// KEYS is a tenant's only when it is granted by name.
std::string final_class(const Shape& shape, const command::Row& row) {
  const std::string own = class_for(shape, row);
  return own == "L" && !shape.allows ? "-" : own;
}

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

std::string known_keys(int known, std::string_view before, std::string_view between,
                       std::string_view after) {
  std::string out;
  for (int i = 1; i <= known; ++i) {
    if (i > 1) out += between;
    out += before;
    out += std::to_string(i);
    out += after;
  }
  return out;
}

std::size_t behind_shebang(std::string_view text) {
  if (!text.starts_with("#!")) return 0;
  const std::size_t end = text.find('\n');
  return end == text.npos ? text.size() : end + 1;
}

std::string cold(const Shape& shape, const std::string& classes, const Origin& origin,
                 std::string_view text) {
  std::string find = filled(kFind, {{"SELECT", select_piece(shape, origin)}});
  if (grants_keys(classes)) find = keys_piece(shape) + find;
  return filled(kCold, {{"NAME", name_piece(shape)},
                        {"CHANNEL", filled(shape.adds_prefix ? kChannel : kRequiredChannel)},
                        {"STRIP", strip_piece(shape)},
                        {"STRIPTEXT", strip_text_piece(shape)},
                        {"CLASSES", lua_quoted(classes)},
                        {"FIND", find},
                        {"RUN", run_piece(shape)}}) +
         filled(kRaise, {{"TAIL", origin.tail},
                         {"SOURCE", origin.chunk},
                         {"LINE", behind_shebang(text) == 0 ? "1" : "2"}});
}

std::string expire_piece(const Shape& shape, bool routed) {
  if (!shape.expires()) return {};
  return filled(kExpire, {{"MERGED", routed ? "true" : "false"},
                          {"LIFETIME", lifetime_function(shape)},
                          {"BYDATABASE", lifetimes_by_database(shape)}});
}

std::string caller(const Shape& shape, const std::string& hot, const Origin& origin, bool raises) {
  const bool fast = shape.adds_prefix && !shape.prefix_per_feature;
  const char* const error_how = raises ? "2" : "5";
  std::string expire;
  if (shape.expires()) expire = filled(kExpireHot, {{"ERRORHOW", error_how}});
  return filled(fast ? kHot : kPlain, {{"CLASS", hot},
                                       {"KISKNOWN", known_keys(origin.known, "k==k", " or ", "")},
                                       {"LISKNOWN", known_keys(origin.known, "l==k", " or ", "")},
                                       {"START", origin.db},
                                       {"SELECTHOW", raises ? "3" : "4"},
                                       {"ERRORHOW", error_how},
                                       {"FOUR", shape.expires() ? " or s==4" : ""},
                                       {"EXPIRE", expire},
                                       {"HOW", raises ? "1" : "0"}});
}

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

}  // namespace bulkhead::rewrite::script
