#include "bulkhead/policy/allowance.hpp"

#include "bulkhead/policy/policy.hpp"

#include <map>
#include <string>
#include <unordered_map>

namespace bulkhead::policy {
namespace {

using config::TenantLimits;

bool needs_allowance(const TenantLimits& limits) {
  return limits.connections != 0 || limits.connection_rate.per_second != 0 ||
         limits.command_rate.per_second != 0 || limits.byte_rate.per_second != 0 ||
         !limits.by_category.empty() || limits.pipeline != 0 || limits.request_bytes != 0 ||
         limits.value_bytes != 0 || limits.reply_bytes != 0 || limits.blocked_clients != 0 ||
         limits.keys != 0 || limits.memory != 0;
}

// Which rows draw on what: tenants with the same categories share it.
struct Shape {
  bool commands;
  bool bytes;
  std::vector<std::string> categories;
  auto operator<=>(const Shape&) const = default;
};

Shape shape_of(const TenantLimits& limits) {
  Shape shape{limits.command_rate.per_second != 0, limits.byte_rate.per_second != 0, {}};
  for (const config::CommandRate& rate : limits.by_category) {
    shape.categories.push_back(rate.commands);
  }
  return shape;
}

// The last one is that of a command without a row.
std::shared_ptr<const Draws> draws_of(const Shape& shape) {
  const std::size_t rows = command::rows().size();
  auto draws = std::make_shared<Draws>(rows + 1, 0u);
  std::uint32_t bit = 1;
  const auto all = [&] {
    for (std::uint32_t& one : *draws) one |= bit;
    bit <<= 1;
  };
  if (shape.commands) all();
  for (const std::string& category : shape.categories) {
    Verdicts covered;
    apply_rule("+" + category, covered);
    for (std::size_t row = 0; row < rows; ++row) {
      if (covered.allows(row)) (*draws)[row] |= bit;
    }
    bit <<= 1;
  }
  if (shape.bytes) all();
  return draws;
}

}  // namespace

Allowance::Allowance(const tenant::Tenant& tenant, std::shared_ptr<const Draws> draws)
    : tenant_(tenant.name),
      limits_(*tenant.limits),
      draws_(std::move(draws)),
      use_(std::make_unique<KeyUse>()) {
  const auto add = [this](Limit limit, std::string_view commands, config::RateLimit rate) {
    if (rate.per_second == 0) return -1;
    buckets_.push_back(
        {limit, commands, std::make_unique<TokenBucket>(rate.per_second, rate.burst)});
    return static_cast<int>(buckets_.size()) - 1;
  };
  buckets_.reserve(limits_.by_category.size() + 3);
  add(Limit::commands_per_second, {}, limits_.command_rate);
  for (const config::CommandRate& rate : limits_.by_category) {
    add(Limit::commands_by_category, rate.commands, {rate.per_second, 0});
  }
  bytes_ = add(Limit::bytes_per_second, {}, limits_.byte_rate);
  connections_ = add(Limit::connections_per_second, {}, limits_.connection_rate);
}

void Allowance::continue_from(const Allowance& before) const {
  for (const Bucket& bucket : buckets_) {
    for (const Bucket& old : before.buckets_) {
      if (old.limit == bucket.limit && old.commands == bucket.commands) {
        bucket.tokens->continue_from(*old.tokens);
      }
    }
  }
  if (!has_quota() || !before.has_quota()) return;
  use_->keys = before.use_->keys.load();
  use_->bytes = before.use_->bytes.load();
  use_->known = before.use_->known.load();
  use_->over = before.use_->over.load();  // until the next sample is judged by the new quota
}

Allowances::Allowances(const tenant::Directory& directory) {
  std::map<Shape, std::shared_ptr<const Draws>> shapes;
  of_.resize(directory.tenants().size());
  for (const tenant::Tenant& tenant : directory.tenants()) {
    if (!needs_allowance(*tenant.limits)) continue;
    auto& draws = shapes[shape_of(*tenant.limits)];
    if (draws == nullptr) draws = draws_of(shape_of(*tenant.limits));
    of_[tenant.index] = std::make_unique<const Allowance>(tenant, draws);
    any_quota_ = any_quota_ || of_[tenant.index]->has_quota();
  }
}

void Allowances::continue_from(const Allowances& before) const {
  std::unordered_map<std::string_view, const Allowance*> by_name;
  for (const auto& allowance : before.of_) {
    if (allowance != nullptr) by_name.emplace(allowance->tenant(), allowance.get());
  }
  for (const auto& allowance : of_) {
    if (allowance == nullptr) continue;
    const auto found = by_name.find(allowance->tenant());
    if (found != by_name.end()) allowance->continue_from(*found->second);
  }
}

}  // namespace bulkhead::policy
