#include "bulkhead/policy/key_estimate.hpp"

#include <algorithm>
#include <cmath>

namespace bulkhead::policy {
namespace {

constexpr std::uint64_t kWeighed = 256;  // keys of one tenant and database, about, in one walk
constexpr double kFreeAt = 0.95;         // of the quota; or it would come and go with every key
constexpr double kErrors = 2;            // that an estimate amid a walk must be away from the quota

}  // namespace

KeyEstimate& KeyEstimate::operator+=(const KeyEstimate& other) {
  keys += other.keys;
  keys_variance += other.keys_variance;
  bytes += other.bytes;
  bytes_variance += other.bytes_variance;
  return *this;
}

KeyEstimate& KeyEstimate::operator-=(const KeyEstimate& other) {
  keys -= other.keys;
  keys_variance -= other.keys_variance;
  bytes -= other.bytes;
  bytes_variance -= other.bytes_variance;
  return *this;
}

double KeyEstimate::keys_error() const {
  return std::sqrt(std::max(0.0, keys_variance));
}

double KeyEstimate::bytes_error() const {
  return std::sqrt(std::max(0.0, bytes_variance));
}

std::uint32_t KeyTally::see() {
  if (seen_++ != next_) return 0;
  next_ += step_;
  return step_;
}

// A tenant that has grown since the last walk is weighed more and more sparsely.
void KeyTally::weigh(std::uint64_t bytes, std::uint32_t stands_for) {
  const auto size = static_cast<double>(bytes);
  weight_ += stands_for;
  weights_squared_ += static_cast<double>(stands_for) * stands_for;
  sum_ += stands_for * size;
  squares_ += stands_for * size * size;
  if (++weighed_ % (2 * kWeighed) == 0) step_ *= 2;
}

// What has been seen in this walk.
KeyEstimate KeyTally::whole() const {
  KeyEstimate seen;
  seen.keys = static_cast<double>(seen_);
  if (weighed_ == 0) {
    const double mean = before_.keys == 0 ? 0 : before_.bytes / before_.keys;
    seen.bytes = seen.keys * mean;
    return seen;
  }
  const double mean = sum_ / weight_;
  // As many that stand for equally much would tell as much.
  const double weighed = weight_ * weight_ / weights_squared_;
  seen.bytes = seen.keys * mean;
  const double variance = std::max(0.0, squares_ / weight_ - mean * mean);
  const double unseen = std::max(0.0, 1 - weighed / std::max(1.0, seen.keys));
  seen.bytes_variance = seen.keys * seen.keys * variance / weighed * unseen;
  return seen;
}

KeyEstimate KeyTally::estimate(double walked) const {
  if (walked >= 1) return whole();
  if (walked <= 0) return before_;
  const double rest = 1 - walked;
  const KeyEstimate seen = whole();
  KeyEstimate all;
  if (walks_ == 0) {
    all.keys = seen.keys / walked;
    all.keys_variance = seen.keys * rest / (walked * walked);
    all.bytes = seen.bytes / walked;
    all.bytes_variance = seen.bytes_variance / (walked * walked);
  } else {
    all.keys = seen.keys + before_.keys * rest;
    all.keys_variance = before_.keys * walked * rest + before_.keys_variance * rest;
    all.bytes = seen.bytes + before_.bytes * rest;
    all.bytes_variance = seen.bytes_variance + before_.bytes_variance * rest;
  }
  const double mean = all.keys == 0 ? 0 : all.bytes / all.keys;
  all.bytes_variance += all.keys_variance * mean * mean;
  return all;
}

void KeyTally::end_walk() {
  before_ = whole();
  ++walks_;
  step_ = static_cast<std::uint32_t>(std::max<std::uint64_t>(1, seen_ / kWeighed));
  restart();
}

void KeyTally::restart() {
  next_ = walks_ * 7919u % step_;  // not the same keys again
  seen_ = weighed_ = 0;
  weight_ = weights_squared_ = sum_ = squares_ = 0;
}

KeyUse::Over judge(const config::TenantLimits& limits, const KeyEstimate& estimate,
                   KeyUse::Over before, bool all_walked, bool amid_walk) {
  const double doubt = amid_walk ? kErrors : 0;
  const auto reached = [](std::size_t quota, double value) {
    return quota != 0 && value >= static_cast<double>(quota);
  };
  if (reached(limits.keys, estimate.keys - doubt * estimate.keys_error())) {
    return KeyUse::over_keys;
  }
  if (reached(limits.memory, estimate.bytes - doubt * estimate.bytes_error())) {
    return KeyUse::over_memory;
  }
  if (before == KeyUse::within || !all_walked) return before;
  const bool still =
      reached(limits.keys, (estimate.keys + doubt * estimate.keys_error()) / kFreeAt) ||
      reached(limits.memory, (estimate.bytes + doubt * estimate.bytes_error()) / kFreeAt);
  return still ? before : KeyUse::within;
}

void KeyOwners::add(std::string_view prefix, std::uint32_t tenant) {
  prefixes_.emplace_back(prefix, tenant);
}

void KeyOwners::sort() {
  std::sort(prefixes_.begin(), prefixes_.end());
}

// Whatever lies between a prefix and a key that begins with it begins with it, too.
std::int64_t KeyOwners::find(std::string_view key) const {
  auto found = std::upper_bound(prefixes_.begin(), prefixes_.end(), key,
                                [](std::string_view k, const auto& one) { return k < one.first; });
  if (found == prefixes_.begin()) return -1;
  --found;
  return key.starts_with(found->first) ? static_cast<std::int64_t>(found->second) : -1;
}

}  // namespace bulkhead::policy
