// What one tenant may have, as it is enforced: the limits of the configuration, the buckets that
// its rates are drawn from, and what is known of its use. Made when the configuration is loaded, a
// part of the snapshot. Immutable but for buckets and use, which are atomics; any thread may read
// it.
#pragma once

#include "bulkhead/base/limit.hpp"
#include "bulkhead/command/table.hpp"
#include "bulkhead/policy/token_bucket.hpp"
#include "bulkhead/tenant/directory.hpp"

#include <atomic>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

namespace bulkhead::policy {

// What sampling has found of a tenant's keys; written by one worker, read by all.
struct KeyUse {
  enum Over : std::uint8_t { within, over_keys, over_memory };

  std::atomic<std::uint8_t> over{within};
  std::atomic<bool> known{false};
  std::atomic<std::int64_t> keys{0};
  std::atomic<std::int64_t> bytes{0};
};

// By row: bit i stands for bucket i of the allowance.
using Draws = std::vector<std::uint32_t>;

class Allowance {
 public:
  struct Bucket {
    Limit limit;
    std::string_view commands;  // those of a category; empty: all
    std::unique_ptr<TokenBucket> tokens;
  };

  Allowance(const tenant::Tenant& tenant, std::shared_ptr<const Draws> draws);

  std::string_view tenant() const { return tenant_; }
  const config::TenantLimits& limits() const { return limits_; }

  // A command takes a token from each of those that its row draws on, and from the one for bytes as
  // many as it is long. The one for connections no row draws on.
  std::span<const Bucket> buckets() const { return buckets_; }
  std::uint32_t draws(std::size_t row) const { return (*draws_)[row]; }
  // Of a command that has no row.
  std::uint32_t draws_of_any() const { return draws_->back(); }
  int bytes() const { return bytes_; }              // its index; -1: there is none
  int connections() const { return connections_; }  // the same

  KeyUse& use() const { return *use_; }
  bool has_quota() const { return limits_.keys != 0 || limits_.memory != 0; }

  // Goes on with the buckets and the use of the same tenant before a reload.
  void continue_from(const Allowance& before) const;

 private:
  std::string_view tenant_;
  const config::TenantLimits& limits_;
  std::vector<Bucket> buckets_;
  std::shared_ptr<const Draws> draws_;
  int bytes_ = -1;
  int connections_ = -1;
  std::unique_ptr<KeyUse> use_;
};

class Allowances {
 public:
  explicit Allowances(const tenant::Directory& directory);

  // Null for a tenant without limits, which is then not looked at any further.
  const Allowance* of(std::uint32_t tenant) const { return of_[tenant].get(); }
  std::span<const std::unique_ptr<const Allowance>> all() const { return of_; }
  bool any_quota() const { return any_quota_; }

  void continue_from(const Allowances& before) const;

 private:
  std::vector<std::unique_ptr<const Allowance>> of_;
  bool any_quota_ = false;
};

}  // namespace bulkhead::policy
