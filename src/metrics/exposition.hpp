// The counters of all workers as prometheus-cpp's families, made anew for each scrape. Private to
// the module; runs on the thread that answers the scrape.
#pragma once

#include "bulkhead/metrics/registry.hpp"

#include <prometheus/collectable.h>
#include <prometheus/metric_family.h>

#include <functional>
#include <vector>

namespace bulkhead::metrics {

class Exposition : public prometheus::Collectable {
 public:
  explicit Exposition(const Registry& registry) : registry_(registry) {}

  std::vector<prometheus::MetricFamily> Collect() const override;

 private:
  using Families = std::vector<prometheus::MetricFamily>;

  void collect_process(Families& families) const;
  void collect_audit(Families& families) const;
  void collect_downstream(Families& families) const;
  void collect_tenants(Families& families) const;
  void collect_tenant(Families& families, std::uint32_t number) const;
  void collect_limits(Families& families, std::uint32_t tenant) const;
  void collect_features(Families& families, std::uint32_t tenant) const;
  void collect_backends(Families& families) const;

  double sum(const std::function<double(const WorkerCounters&)>& of) const;

  const Registry& registry_;
};

}  // namespace bulkhead::metrics
