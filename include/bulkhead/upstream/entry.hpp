// One command on a lane: whose reply it is, from its queueing to that reply. Owned by the lane's
// queue, or by its FairQueue while it waits to be sent; touched by its worker's thread only.
#pragma once

#include "bulkhead/base/clock.hpp"
#include "bulkhead/rewrite/expiries.hpp"
#include "bulkhead/upstream/reply_sink.hpp"

#include <boost/smart_ptr/intrusive_ptr.hpp>

#include <cstdint>
#include <memory>
#include <vector>

namespace bulkhead::upstream {

// How long a reply may take beyond the backend's command timeout: a blocking command's argument.
using Patience = Milliseconds;
inline constexpr Patience kForever = Patience::max();

struct Entry {
  using Verdicts = std::unique_ptr<const std::vector<rewrite::Verdict>>;

  boost::intrusive_ptr<ReplySink> sink;
  std::uint64_t ticket = 0;
  Instant sent{};            // queued, as long as it waits
  std::uint64_t begins = 0;  // where its command stands in all that is written
  Patience patience{};
  std::uint32_t acknowledgements = 0;  // to come instead of a reply
  bool begun = false;                  // MULTI was sent apart, where there is `following`
  Verdicts following{};  // on commands behind it, in a transaction with it; null: it goes alone
};

}  // namespace bulkhead::upstream
