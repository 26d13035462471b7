// A command of the proxy's own and its reply, for the answers that take a conversation with the
// backend. Owned by the coroutine that waits for it, touched by its worker's thread only.
#pragma once

#include "bulkhead/base/buffer.hpp"
#include "bulkhead/base/refusal.hpp"
#include "bulkhead/upstream/asio.hpp"
#include "bulkhead/upstream/budget.hpp"
#include "bulkhead/upstream/lane.hpp"
#include "bulkhead/upstream/reply_sink.hpp"

#include <optional>
#include <string>

namespace bulkhead::upstream {

class Call final : public ReplySink {
 public:
  // A reply of more than `limit` bytes is refused, and so is a long one that `budget` has no room
  // for, if there is one. Without a payer it is the proxy's own.
  Call(asio::io_context& context, std::size_t limit, Payer payer = {}, Budget* budget = nullptr);
  ~Call() override;

  // Sends it; the reply is awaited apart, so that several may be under way at once.
  void send(Lane& lane, const rewrite::TenantCommand& command);
  // Sends all of them; reply() is then that to the last one.
  void send(Lane& lane, const rewrite::Batch& batch);
  // The first error among the replies to those before it; empty: none.
  const std::string& earlier_error() const { return earlier_error_; }
  // For whom it asks.
  void ask_for(Asker asker) { asker_ = std::move(asker); }
  // The bytes of the reply, valid as long as the call.
  Awaitable<Result<std::string_view>> reply();

  // Keys that had no expiry or one too far away.
  std::uint32_t missing() const { return missing_; }
  std::uint32_t over_max() const { return over_max_; }

  bool on_reply(Lane& lane, std::uint64_t ticket, std::string_view bytes, bool last) override;
  void on_lost(std::uint64_t ticket, const Refusal& why) override;
  void on_expiry(std::uint64_t, rewrite::Expiry what) override {
    ++(what == rewrite::Expiry::missing ? missing_ : over_max_);
  }
  void on_too_slow() override {}
  void on_lane_ready() override {}
  void flush() override {}
  Asker asker(std::uint64_t) const override { return asker_; }

 private:
  Timer done_signal_;
  void hold();

  std::size_t limit_;
  Budget* const budget_;
  std::size_t held_ = 0;    // of the budget
  std::uint64_t last_ = 0;  // ticket
  Asker asker_;
  std::string earlier_error_;
  Buffer bytes_;
  std::optional<Refusal> refusal_;
  bool done_ = false;
  std::uint32_t missing_ = 0, over_max_ = 0;
};

}  // namespace bulkhead::upstream
