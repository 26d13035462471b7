// Commands that wait for their turn on a lane, by who pays for them. Deficit round-robin: each
// payer in turn has a quantum of bytes, times its weight; what it takes beyond that is owed. Who
// has just begun to wait comes before those who have waited since the last round, so that few
// commands of one tenant do not stand behind many of another. The commands of one payer stay in
// their order, and what was queued in one piece leaves in one piece.
//
// No socket in here. Owned by a lane, touched by its worker's thread only.
#pragma once

#include "bulkhead/base/buffer.hpp"
#include "bulkhead/base/ring.hpp"
#include "bulkhead/upstream/entry.hpp"
#include "bulkhead/upstream/payer.hpp"
#include "bulkhead/upstream/window.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <unordered_map>

namespace bulkhead::upstream {

class FairQueue {
 public:
  static constexpr std::int64_t kQuantum = 16 * kCommandCost;

  // What waits for one payer.
  class Flow {
   public:
    // Where the next command is to be written, and where it will begin.
    Buffer& bytes() { return bytes_; }
    std::uint64_t end() const { return taken_ + bytes_.size(); }

   private:
    friend class FairQueue;
    Payer payer_;
    Buffer bytes_;
    Ring<Entry> entries_;      // `begins` counts this flow's bytes alone
    std::uint64_t taken_ = 0;  // bytes that have left
    std::int64_t credit_ = 0;
    bool listed_ = false;  // in fresh_ or waiting_
    bool used_ = true;     // since the last tick
  };

  FairQueue() = default;
  FairQueue(const FairQueue&) = delete;
  FairQueue& operator=(const FairQueue&) = delete;

  bool empty() const { return commands_ == 0; }
  std::size_t commands() const { return commands_; }
  // Of all payers, and of one.
  std::size_t bytes() const { return bytes_; }
  std::size_t bytes_of(const Payer& payer) const;

  // The caller writes one command or several to the flow's bytes, which began at `begins`, and
  // pushes an entry for each.
  Flow& flow(const Payer& payer);
  void push(Flow& flow, Entry entry);
  // Counts what was written for what has been pushed.
  void written(Flow& flow, std::uint64_t begins) { bytes_ += flow.end() - begins; }

  // Whether somebody waits who has just begun to.
  bool has_fresh() const { return !fresh_.empty(); }
  // Hands over the next command, or all that were queued in one piece with it: the bytes to `out`,
  // the entries to `queue`, where they begin at `begins`. Only when not empty().
  void release(Buffer& out, Ring<Entry>& queue, std::uint64_t begins);

  // Takes all entries out, in no order.
  void clear(Ring<Entry>& out);

  // Forgets payers that have nothing waiting; called from time to time.
  void tick();
  std::size_t buffered() const;

 private:
  Flow& next();
  void list(Flow& flow);
  void skip_barren_rounds();
  void end_round();
  std::int64_t quantum(const Flow& flow) const { return kQuantum * flow.payer_.weight; }

  std::unordered_map<const metrics::TenantCounters*, std::unique_ptr<Flow>> flows_;
  Ring<Flow*> fresh_;    // in the order in which they began to wait
  Ring<Flow*> waiting_;  // in the order of the round
  std::size_t commands_ = 0;
  std::size_t bytes_ = 0;
  Flow* last_ = nullptr;  // that was asked for last
};

}  // namespace bulkhead::upstream
