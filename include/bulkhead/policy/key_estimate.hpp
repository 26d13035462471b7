// How many keys a tenant has in a database, and what they weigh, from a walk that passes every key
// and weighs some. Pure. Owned by the walk (session/quota_walk), touched by its worker's thread
// only.
#pragma once

#include "bulkhead/policy/allowance.hpp"

#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

namespace bulkhead::policy {

// Sums over databases add up; so do variances, the squares of the errors.
struct KeyEstimate {
  double keys = 0, keys_variance = 0;
  double bytes = 0, bytes_variance = 0;

  KeyEstimate& operator+=(const KeyEstimate& other);
  KeyEstimate& operator-=(const KeyEstimate& other);
  double keys_error() const;
  double bytes_error() const;
};

// One tenant in one database.
class KeyTally {
 public:
  // A key has come by. Not 0: it is to be weighed, and stands for so many.
  std::uint32_t see();
  void weigh(std::uint64_t bytes, std::uint32_t stands_for);

  // With so much of the database walked, from 0 to 1; of the rest the last walk is believed.
  KeyEstimate estimate(double walked) const;
  // The walk is over: the next one begins, with a step for as many keys as there were.
  void end_walk();
  // The walk could not be finished: it begins anew.
  void restart();
  bool empty() const { return before_.keys == 0 && seen_ == 0; }

 private:
  KeyEstimate whole() const;

  std::uint64_t seen_ = 0;
  std::uint64_t next_ = 0;   // which one is weighed next
  std::uint32_t step_ = 1;   // every so-manieth is
  std::uint32_t walks_ = 0;  // so far
  std::uint64_t weighed_ = 0;
  double weight_ = 0, weights_squared_ = 0;  // of what was weighed: for how many it stands
  double sum_ = 0, squares_ = 0;
  KeyEstimate before_;  // by the last walk
};

// What follows from an estimate for the tenant, who was `before`. Until all its databases have been
// walked it is not known to be within; in the middle of a walk its error has to be beaten, too.
KeyUse::Over judge(const config::TenantLimits& limits, const KeyEstimate& estimate,
                   KeyUse::Over before, bool all_walked, bool amid_walk);

// Whose key it is: no tenant's prefix begins another one's.
class KeyOwners {
 public:
  void add(std::string_view prefix, std::uint32_t tenant);
  void sort();
  // -1: nobody's of those that were added.
  std::int64_t find(std::string_view key) const;

 private:
  std::vector<std::pair<std::string_view, std::uint32_t>> prefixes_;
};

}  // namespace bulkhead::policy
