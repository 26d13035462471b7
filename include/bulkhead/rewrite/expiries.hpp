// What the TTL policies of its keys' features add to one command: words behind its own, and
// commands behind it that go upstream in one transaction with it, so that a key is never there
// without an expiry. Made by request/expiries, in its scratch; written by TenantCommand.
#pragma once

#include "bulkhead/base/buffer.hpp"
#include "bulkhead/tenant/ttl.hpp"

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace bulkhead::rewrite {

// What there is to count of a key that was written to.
enum class Expiry : std::uint8_t { missing, over_max };

// One command behind a write. What it answers tells what was wrong, if anything.
struct Following {
  enum class Kind : std::uint8_t {
    give,  // PEXPIRE key default NX: an expiry if it has none
    cut,   // PEXPIRE key max LT: a nearer one if it has none or a later one
    ask,   // PTTL key: nothing is changed
  };
  Kind kind = Kind::give;
  std::uint32_t arg = 0;  // of the command: the key
  std::string_view prefix;
  const tenant::Ttl* ttl = nullptr;
};

// The same when the command has gone and its bytes with it: how its answer is to be read.
struct Verdict {
  Following::Kind kind = Following::Kind::give;
  std::int64_t most = 0;  // milliseconds; 0: any

  Verdict() = default;
  explicit Verdict(const Following& of) : kind(of.kind), most(of.ttl->most.count()) {}
  // `line` is the reply: ":1\r\n".
  std::optional<Expiry> read(std::string_view line) const;
};

struct Expiries {
  std::string_view words;  // "PX n", framed; two words or none
  std::vector<Following> following;
  std::uint32_t missing = 0;  // keys that the command's own words leave without an expiry

  void clear() {
    words = {};
    following.clear();
    missing = 0;
  }
  bool empty() const { return words.empty() && following.empty() && missing == 0; }
};

// Of a command whose keys' bytes are at hand.
void append_following(const Following& following, std::string_view key, Buffer& out);

}  // namespace bulkhead::rewrite
