#include "config/sections.hpp"
#include "config/ttl.hpp"
#include "config/utf8.hpp"

#include <algorithm>

namespace bulkhead::config {

namespace {

constexpr int kDbMax = 1023;
constexpr Word kOnFailure[] = {{"error", static_cast<int>(OnFailure::error)},
                               {"miss", static_cast<int>(OnFailure::miss)}};

template <class Named>
bool has_name(const std::vector<Named>& list, const std::string& name) {
  return std::any_of(list.begin(), list.end(),
                     [&](const Named& element) { return element.name == name; });
}

void read_keys(MapReader& map, std::vector<std::string>& out) {
  std::vector<const Node*> patterns;
  map.texts("keys", patterns);
  for (const Node* pattern : patterns) {
    if (pattern->text.empty())
      map.source().report(pattern->line, "an empty pattern matches no key");
    out.push_back(pattern->text);
  }
}

// Without backends there is a problem already, and one is enough.
void read_backend_of(MapReader& map, std::string& out, const std::vector<Backend>& backends) {
  if (!map.text("backend", out) || backends.empty() || has_name(backends, out)) return;
  map.report("backend", "there is no backend " + in_quotes(out));
}

Feature read_feature(const Node& node, const Source& source, Unique& names,
                     const std::vector<Backend>& backends, Ttl& ttl) {
  Feature feature;
  MapReader map(node, "a feature", source);
  read_name(map, feature.name, names);
  map.require("db");
  map.integer("db", feature.db, {0, kDbMax});
  read_backend_of(map, feature.backend, backends);
  read_keys(map, feature.keys);
  read_feature_ttl(map, ttl);
  map.choice("on_failure", feature.on_failure, kOnFailure);
  map.finish();
  return feature;
}

// One keyspace in database 0, for who has no use for features.
Feature only_feature() {
  Feature feature;
  feature.name = "default";
  return feature;
}

void read_default(MapReader& main, Config& config) {
  if (!main.text("default_feature", config.default_feature)) return;
  if (has_name(config.features, config.default_feature)) return;
  main.report("default_feature", "there is no feature " + in_quotes(config.default_feature));
}

}  // namespace

void read_features(MapReader& main, Draft& draft) {
  Config& config = draft.config;
  const Node* list = main.list("features");
  if (list == nullptr || list->items.empty()) {
    config.features.push_back(only_feature());
    config.ttls.emplace_back();
    config.default_feature = config.features.front().name;
  } else {
    main.require("default_feature");
    Unique names("feature");
    for (const Node* node : maps_of(*list, "a feature", main.source())) {
      Ttl& ttl = config.ttls.emplace_back();
      config.features.push_back(read_feature(*node, main.source(), names, config.backends, ttl));
    }
  }
  read_default(main, config);
}

}  // namespace bulkhead::config
