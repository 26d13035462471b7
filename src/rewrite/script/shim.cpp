#include "bulkhead/command/table.hpp"
#include "bulkhead/rewrite/script_shim.hpp"
#include "classes.hpp"
#include "library.hpp"
#include "lua_text.hpp"
#include "mentions.hpp"
#include "pieces.hpp"
#include "routes.hpp"
#include "shim_lua.hpp"

namespace bulkhead::rewrite::script {
namespace {

// What Redis has no word of in scripts is not worth a place in the shim.
bool worth_knowing(const command::Row& row, const std::string& its_class) {
  return row.since != command::Since::module || its_class != "-";
}

// The table that the script knows as `redis`.
std::string facade(const Shape& shape, const Mentions& mentions, const std::string& hot,
                   const Origin& origin) {
  const auto wanted = [&](std::string_view field) {
    return mentions.all_of_redis || mentions.redis_fields.contains(field);
  };
  std::string out = "{";
  if (wanted("call")) out += "call=" + caller(shape, hot, origin, true) + ",";
  if (wanted("pcall")) out += "pcall=" + caller(shape, hot, origin, false) + ",";
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
  // Libraries outlive the proxy: what this line is like counts, too, and not only the shape.
  library_mark_ = sha1_hex(library_prelude({shape_, classes_, "", ""}, kMentionsAll)).substr(0, 16);
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
  const bool by_name = !shape_.prefix_per_feature && start.known > 0;
  const Origin origin{std::to_string(start.db), by_name ? start.known : 1, "user_script",
                      std::to_string(tail_call_line(body))};
  out += filled(kState, {{"KNOWN", known_keys(origin.known, "k", ",", "")},
                         {"FIRST", by_name ? known_keys(origin.known, "K[", ",", "]") : "nil"},
                         {"START", origin.db}});
  const bool routed = shape_.merged && !start.selected;
  out += expire_piece(shape_, routed);
  out += "D=";
  out += routed ? routing_function(shape_)
                : filled(kFixed, {{"PLACE", fixed_place(shape_, start.db)}});
  out += cold(shape_, classes_, origin, body);
  if (shadows.empty())
    return out + "return " + facade(shape_, mentions, hot.chain, origin) + " end)(); ";
  out += "local Y={} Y.redis=" + facade(shape_, mentions, hot.chain, origin) + " " +
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
