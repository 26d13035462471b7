#include "bulkhead/upstream/fair_queue.hpp"

#include <algorithm>
#include <limits>

namespace bulkhead::upstream {
namespace {

constexpr std::size_t kKeptBytes = 64 * 1024;  // of a flow that has nothing waiting
constexpr std::size_t kKeptEntries = 1024;

}  // namespace

std::size_t FairQueue::bytes_of(const Payer& payer) const {
  const auto found = flows_.find(payer.tenant);
  return found == flows_.end() ? 0 : found->second->bytes_.size();
}

FairQueue::Flow& FairQueue::flow(const Payer& payer) {
  if (last_ == nullptr || last_->payer_.tenant != payer.tenant) {
    auto& found = flows_[payer.tenant];
    if (found == nullptr) found = std::make_unique<Flow>();
    last_ = found.get();
  }
  last_->payer_ = payer;
  last_->used_ = true;
  return *last_;
}

void FairQueue::list(Flow& flow) {
  flow.listed_ = true;
  flow.credit_ = quantum(flow);
  fresh_.push(&flow);
}

void FairQueue::push(Flow& flow, Entry entry) {
  flow.entries_.push(std::move(entry));
  ++commands_;
  if (flow.payer_.tenant != nullptr) flow.payer_.tenant->queued.add(1);
  if (!flow.listed_) list(flow);
}

// Everybody owes more than one quantum: as many rounds pass at once as it takes.
void FairQueue::skip_barren_rounds() {
  std::int64_t rounds = std::numeric_limits<std::int64_t>::max();
  for (std::size_t i = 0; i < waiting_.size(); ++i) {
    rounds = std::min(rounds, -waiting_[i]->credit_ / quantum(*waiting_[i]));
  }
  if (rounds <= 0) return;
  for (std::size_t i = 0; i < waiting_.size(); ++i) {
    waiting_[i]->credit_ += rounds * quantum(*waiting_[i]);
  }
}

// Whose turn it is. Who has nothing waiting stays in the round until its debts are paid, so that
// nobody comes new into it twice.
FairQueue::Flow& FairQueue::next() {
  for (std::size_t passed = 0;; ++passed) {
    const bool fresh = !fresh_.empty();
    Ring<Flow*>& from = fresh ? fresh_ : waiting_;
    Flow& flow = *from.front();
    if (flow.credit_ > 0 && !flow.entries_.empty()) return flow;
    from.pop();
    if (flow.credit_ <= 0)
      flow.credit_ += quantum(flow);
    else if (!fresh) {
      flow.listed_ = false;
      continue;
    }
    waiting_.push(&flow);
    if (!fresh && passed > 2 * waiting_.size()) {
      skip_barren_rounds();
      passed = 0;
    }
  }
}

void FairQueue::release(Buffer& out, Ring<Entry>& queue, std::uint64_t begins) {
  Flow& flow = next();
  const std::uint64_t first = flow.entries_.front().begins;
  std::size_t commands = 0;
  while (!flow.entries_.empty() && flow.entries_.front().begins == first) {
    Entry& entry = queue.push(std::move(flow.entries_.front()));
    entry.begins = begins;
    flow.entries_.pop();
    ++commands;
  }
  const std::uint64_t end = flow.entries_.empty() ? flow.end() : flow.entries_.front().begins;
  const auto length = static_cast<std::size_t>(end - first);
  out.append(flow.bytes_.view().substr(0, length));
  flow.bytes_.consume(length);
  flow.taken_ += length;
  flow.credit_ -= static_cast<std::int64_t>(length + commands * kCommandCost);
  commands_ -= commands;
  bytes_ -= length;
  if (flow.payer_.tenant != nullptr) {
    flow.payer_.tenant->queued.add(-static_cast<std::int64_t>(commands));
  }
}

void FairQueue::end_round() {
  for (Ring<Flow*>* list : {&fresh_, &waiting_}) {
    for (; !list->empty(); list->pop()) list->front()->listed_ = false;
  }
}

void FairQueue::clear(Ring<Entry>& out) {
  for (auto& [tenant, flow] : flows_) {
    if (tenant != nullptr) {
      flow->payer_.tenant->queued.add(-static_cast<std::int64_t>(flow->entries_.size()));
    }
    for (; !flow->entries_.empty(); flow->entries_.pop()) {
      out.push(std::move(flow->entries_.front()));
    }
  }
  end_round();
  flows_.clear();
  last_ = nullptr;
  commands_ = bytes_ = 0;
}

void FairQueue::tick() {
  last_ = nullptr;
  if (empty()) end_round();
  for (auto it = flows_.begin(); it != flows_.end();) {
    Flow& flow = *it->second;
    if (!flow.listed_ && !std::exchange(flow.used_, false)) {
      it = flows_.erase(it);
      continue;
    }
    flow.bytes_.release_if_larger_than(kKeptBytes);
    flow.entries_.shrink(kKeptEntries);
    ++it;
  }
}

std::size_t FairQueue::buffered() const {
  std::size_t total = 0;
  for (const auto& [tenant, flow] : flows_) total += flow->bytes_.capacity();
  return total;
}

}  // namespace bulkhead::upstream
