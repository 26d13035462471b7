// How long the keys of a feature may live, as the configuration says it. A part of config::Config.
#pragma once

#include <chrono>

namespace bulkhead::config {

enum class TtlMode { off, report, enforce };

struct Ttl {
  TtlMode mode = TtlMode::off;
  // `default`: of a key that is made without an expiry. 0: not given, and then the same as `max`.
  std::chrono::milliseconds fallback{0};
  std::chrono::milliseconds most{0};  // `max`; 0: no limit

  bool operator==(const Ttl&) const = default;
};

}  // namespace bulkhead::config
