// Everything that follows from one configuration. Immutable; shared by all workers and replaced as
// a whole on reload.
#pragma once

#include "bulkhead/config/config.hpp"
#include "bulkhead/policy/policy.hpp"
#include "bulkhead/route/router.hpp"
#include "bulkhead/tenant/directory.hpp"

#include <utility>

namespace bulkhead::request {

struct Snapshot {
  explicit Snapshot(config::Config from)
      : config(std::move(from)), directory(config), policy(config), router(config) {}

  const config::Config config;
  const tenant::Directory directory;
  const policy::Policy policy;
  const route::Router router;
};

}  // namespace bulkhead::request
