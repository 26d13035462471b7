#include "config/ttl.hpp"

#include "config/utf8.hpp"

namespace bulkhead::config {

namespace {

using namespace std::chrono_literals;

constexpr Range<Milliseconds> kLife{1ms, 24h * 3660};
constexpr Word kModes[] = {{"enforce", static_cast<int>(TtlMode::enforce)},
                           {"report", static_cast<int>(TtlMode::report)},
                           {"off", static_cast<int>(TtlMode::off)}};

// A policy that is written down is meant, unless it says otherwise.
Ttl begun(const Ttl& base) {
  Ttl ttl = base;
  if (ttl.fallback == 0ms && ttl.most == 0ms) ttl.mode = TtlMode::enforce;
  return ttl;
}

Ttl read_ttl(const Node& node, const Source& source, const Ttl& base) {
  Ttl ttl = begun(base);
  MapReader map(node, "a TTL policy", source);
  const bool own_default = map.duration("default", ttl.fallback, kLife);
  map.duration("max", ttl.most, kLife);
  map.choice("mode", ttl.mode, kModes);
  map.finish();
  if (ttl.fallback == 0ms && ttl.most == 0ms && ttl.mode != TtlMode::off && !map.has("default") &&
      !map.has("max")) {
    source.report(node.line, "a TTL policy needs 'default' or 'max', unless its mode is 'off'");
  }
  if (ttl.most != 0ms && ttl.fallback > ttl.most) {
    map.report(own_default ? "default" : "max", "'default' must not be longer than 'max'");
  }
  return ttl;
}

}  // namespace

void read_feature_ttl(MapReader& feature, Ttl& out) {
  const Node* node = feature.map("ttl");
  if (node != nullptr) out = read_ttl(*node, feature.source(), {});
}

void read_tenant_ttl(MapReader& tenant, const Config& config, Tenant& out) {
  const Node* node = tenant.map("ttl");
  if (node == nullptr) return;
  for (const Entry& entry : node->entries) {
    std::size_t feature = 0;
    while (feature < config.features.size() && config.features[feature].name != entry.key) {
      ++feature;
    }
    if (feature == config.features.size()) {
      tenant.source().report(entry.line, "there is no feature " + in_quotes(entry.key));
    } else if (entry.value->kind != Node::Kind::map) {
      tenant.source().report(entry.line, "a TTL policy must be a map, as in { default: 1h }");
    } else {
      out.ttls.emplace_back(feature, read_ttl(*entry.value, tenant.source(), config.ttls[feature]));
    }
  }
}

}  // namespace bulkhead::config
