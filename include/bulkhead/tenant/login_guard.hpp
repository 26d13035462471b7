// Counts wrong credentials, and says from whom none are taken for a while. One per worker, touched
// by its thread; workers tell each other what they note, so that a ban holds in all of them.
// Memory is fixed: tables of so many places, in which a ban gives way last.
//
// Three counts, because each alone could be turned against somebody. A *pair* is one user from one
// source; it is what an ordinary guesser spoils. A *source* with many failures over all users, and
// a *user* with many from all sources, are banned only for pairs that have not been good before: so
// that nobody is locked out by what happens elsewhere.
#pragma once

#include "bulkhead/base/clock.hpp"
#include "bulkhead/base/network.hpp"
#include "bulkhead/config/identity.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

namespace bulkhead::tenant {

// Whom an attempt counts for, as numbers that nobody can choose: hashed with the process' secret.
struct AttemptKeys {
  std::uint64_t pair = 0, source = 0, user = 0;
};

// What one worker tells the others.
struct AttemptNote {
  AttemptKeys keys;
  bool failed = false;
};

// A fixed number of places for keys, with a count and a ban each.
class AttemptTable {
 public:
  // 128 KiB.
  static constexpr std::size_t kWays = 8;
  static constexpr std::size_t kPlaces = 4096;

  struct Limits {
    int failures;
    Milliseconds window, ban;
  };

  bool banned(std::uint64_t key, Instant now, const Limits& limits) const;
  // How many there are now within the window; a ban begins when that is limits.failures.
  int count(std::uint64_t key, Instant now, const Limits& limits);
  void forget(std::uint64_t key);
  bool has(std::uint64_t key) const { return find(key) != nullptr; }
  // For a table that only remembers: when it was seen last, and that it was seen now.
  Instant touch(std::uint64_t key, Instant now);

 private:
  struct Place {
    std::uint64_t key = 0;  // 0: empty
    Instant since{};        // of the window, or of the ban
    std::int32_t failures = 0;
    bool is_ban = false;
  };

  const Place* find(std::uint64_t key) const;
  Place& take(std::uint64_t key, Instant now, const Limits* limits);

  std::vector<Place> places_;  // none before the first is needed
};

class LoginGuard {
 public:
  using Secret = std::array<unsigned char, 16>;

  // All workers have the same secret.
  void use(const Secret& secret) { secret_ = secret; }

  // An IPv6 client has a whole /64; unix sockets are one source. An empty user: the password alone
  // is to say who it is.
  AttemptKeys keys(const std::optional<IpAddress>& source, std::string_view user) const;

  bool banned(const AttemptKeys& keys, Instant now, const config::Auth& settings) const;

  struct Outcome {
    int failures = 0;                                                      // of the pair
    bool pair_banned = false, source_banned = false, user_banned = false;  // from now on
    bool tell = false;                                                     // the other workers
  };
  Outcome failed(const AttemptKeys& keys, Instant now, const config::Auth& settings);
  Outcome succeeded(const AttemptKeys& keys, Instant now);
  // What another worker has seen.
  Outcome follow(const AttemptNote& note, Instant now, const config::Auth& settings);

 private:
  Secret secret_{};
  AttemptTable pairs_, sources_, users_;
  AttemptTable good_;  // pairs that have logged in
};

// How long the answer to that many failures waits: twice as long each time, up to the most.
Milliseconds failure_delay(int failures, Milliseconds least, Milliseconds most);

}  // namespace bulkhead::tenant
