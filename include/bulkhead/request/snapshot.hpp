// Everything that follows from one configuration. Immutable; shared by all workers and replaced as
// a whole on reload.
#pragma once

#include "bulkhead/config/config.hpp"
#include "bulkhead/config/load.hpp"
#include "bulkhead/policy/allowance.hpp"
#include "bulkhead/policy/policy.hpp"
#include "bulkhead/route/router.hpp"
#include "bulkhead/tenant/directory.hpp"

#include <memory>
#include <string>
#include <utility>
#include <variant>

namespace bulkhead::request {

struct Snapshot {
  explicit Snapshot(config::Config from)
      : config(std::move(from)),
        directory(config),
        policy(directory),
        allowances(directory),
        router(config) {}

  const config::Config config;
  const tenant::Directory directory;
  const policy::Policy policy;
  const policy::Allowances allowances;
  const route::Router router;
};

// Loads and checks the configuration whole: what config::load() reports, and rules of policies that
// name no command and no category.
std::variant<std::shared_ptr<const Snapshot>, config::Problems> load_snapshot(
    const std::string& file);
std::variant<std::shared_ptr<const Snapshot>, config::Problems> load_snapshot_text(
    std::string_view yaml, const std::string& name);

}  // namespace bulkhead::request
