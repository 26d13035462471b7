#include "routes.hpp"

#include "glob_lua.hpp"
#include "lua_text.hpp"
#include "shim_lua.hpp"

#include <set>

namespace bulkhead::rewrite::script {
namespace {

// Lua counts from 1; the one behind the last stands for databases that no feature claims.
std::string index_of(std::size_t feature) {
  return std::to_string(feature + 1);
}

std::string place_of(const Shape& shape, std::size_t feature) {
  if (shape.prefix_per_feature) return index_of(feature);
  const Feature& its = shape.features[feature];
  return its.here ? std::to_string(its.db) : "false";
}

std::size_t claiming(const Shape& shape, int db) {
  std::size_t feature = 0;
  while (feature < shape.features.size() && shape.features[feature].db != db) ++feature;
  return feature;
}

std::string lifetime_of(const Shape& shape, std::size_t feature) {
  const Feature& its = shape.features[feature];
  if (its.fallback == 0) return "nil";
  return std::to_string(its.fallback) + "," + std::to_string(its.most);
}

using ValueOf = std::string (*)(const Shape&, std::size_t feature);

// `function(k) ... end`: what `value` says of the key's feature.
std::string by_feature(const Shape& shape, ValueOf value) {
  bool helper = false;
  std::string chain;
  for (std::size_t f = 0; f < shape.features.size(); ++f) {
    std::string any;
    for (const std::string& glob : shape.features[f].keys) {
      any += (any.empty() ? "" : " or ") + glob_condition(glob, helper);
    }
    if (any.empty()) continue;
    chain += (chain.empty() ? "if " : "elseif ") + any + " then return " + value(shape, f) + " ";
  }
  const std::string last = "return " + value(shape, shape.fallback) + " ";
  chain = chain.empty() ? last : chain + "end " + last;
  std::string body = helper ? filled(kGlob) : "";
  if (chain.find("h==") != chain.npos) body += "local h=string.match(k,'^[^:]*:') ";
  return filled(kRoute, {{"ROUTE", body + chain}});
}

}  // namespace

std::string routing_function(const Shape& shape) {
  return by_feature(shape, place_of);
}

std::string lifetime_function(const Shape& shape) {
  return by_feature(shape, lifetime_of);
}

std::string lifetimes_by_database(const Shape& shape) {
  std::string table;
  std::set<int> seen;  // the first feature with a database stands for it
  for (std::size_t f = 0; f < shape.features.size(); ++f) {
    const int db = shape.features[f].db;
    if (!seen.insert(db).second || shape.features[f].fallback == 0) continue;
    table += "[" + std::to_string(db) + "]={" + lifetime_of(shape, f) + "},";
  }
  return "{" + table + "}";
}

std::string fixed_place(const Shape& shape, int db) {
  if (!shape.prefix_per_feature) return std::to_string(db);
  return index_of(claiming(shape, db)) + "," + std::to_string(db);
}

std::string all_places(const Shape& shape) {
  std::set<std::string> places;
  for (std::size_t f = 0; f < shape.features.size(); ++f) {
    if (shape.features[f].here) places.insert(place_of(shape, f));
  }
  for (int db : shape.databases) {
    if (!shape.prefix_per_feature) places.insert(std::to_string(db));
  }
  std::string list;
  for (const std::string& place : places) list += place + ",";
  return "{" + list + "}";
}

std::string databases_of_features(const Shape& shape) {
  std::string list;
  for (const Feature& feature : shape.features) {
    list += (feature.here ? std::to_string(feature.db) : "false") + ",";
  }
  return "{" + list + "}";
}

std::string selectable(const Shape& shape) {
  std::string list = " ";
  for (int db : shape.databases) list += std::to_string(db) + " ";
  return lua_quoted(list);
}

std::string selected_place(const Shape& shape) {
  if (!shape.prefix_per_feature) return "tonumber(v)";
  std::string table;
  for (int db : shape.databases) {
    table += "[" + std::to_string(db) + "]=" + index_of(claiming(shape, db)) + ",";
  }
  return "({" + table + "})[tonumber(v)],tonumber(v)";
}

}  // namespace bulkhead::rewrite::script
