#include "bulkhead/upstream/call.hpp"

#include "bulkhead/base/sentences.hpp"

namespace bulkhead::upstream {

namespace {

constexpr std::size_t kLong = 64 * 1024;

}  // namespace

Call::Call(asio::io_context& context, std::size_t limit, Payer payer, Budget* budget)
    : done_signal_(context.get_executor()), limit_(limit), budget_(budget) {
  pay_as(payer);
  done_signal_.expires_at(Instant::max());
}

Call::~Call() {
  if (budget_ != nullptr) budget_->held -= held_;
}

void Call::hold() {
  if (budget_ == nullptr) return;
  budget_->held += bytes_.capacity() - held_;
  held_ = bytes_.capacity();
}

void Call::send(Lane& lane, const rewrite::TenantCommand& command) {
  if (!lane.submit(command, *this, 0)) on_lost(0, lane.down());
}

void Call::send(Lane& lane, const rewrite::Batch& batch) {
  last_ = batch.commands() - 1;
  if (!lane.submit(batch, *this, 0)) on_lost(last_, lane.down());
}

bool Call::on_reply(Lane&, std::uint64_t ticket, std::string_view bytes, bool last) {
  if (ticket != last_) {
    if (bytes[0] == '-' && earlier_error_.empty()) earlier_error_ = bytes;
    return true;
  }
  if (refusal_) {
    // The rest of what is not wanted.
  } else if (bytes_.size() + bytes.size() > limit_) {
    refusal_ = refuse::reply_too_large();
    bytes_.release();
  } else if (budget_ != nullptr && budget_->over() && bytes_.size() + bytes.size() > kLong) {
    refusal_ = refuse::no_room_for_reply();
    bytes_.release();
  } else {
    bytes_.append(bytes);
  }
  hold();
  if (last) {
    done_ = true;
    done_signal_.cancel();
  }
  return true;
}

void Call::on_lost(std::uint64_t ticket, const Refusal& why) {
  if (ticket != last_) return;
  refusal_ = why;
  done_ = true;
  done_signal_.cancel();
}

Awaitable<Result<std::string_view>> Call::reply() {
  if (!done_) co_await done_signal_.async_wait(kAwait);
  if (refusal_) co_return *refusal_;
  co_return bytes_.view();
}

}  // namespace bulkhead::upstream
