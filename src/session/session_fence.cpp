// A session whose tenant is fenced whole: which lanes its commands take, and that they do not take
// them before the tenant's ACL user may do what the snapshot in force says.
#include "bulkhead/base/text.hpp"
#include "bulkhead/command/finders.hpp"
#include "bulkhead/session/session.hpp"
#include "bulkhead/session/tenant_fence.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

namespace bulkhead::session {

const std::shared_ptr<upstream::Fence>& Session::fence_at(
    const std::shared_ptr<upstream::Backend>& backend) {
  if (fence_ == nullptr || !fence_->stands_at(*backend)) {
    fence_ = fence_of(context_, backend, *client_.tenant);
  }
  return fence_;
}

std::shared_ptr<upstream::Fence> Session::its_fence(
    const std::shared_ptr<upstream::Backend>& backend) {
  if (!fenced_) return nullptr;
  return fence_at(backend);
}

// SORT with patterns: Redis takes it from users with rights on all keys only. It is rewritten as
// ever, but there is one wall around it.
bool Session::must_leave_fence(const command::Row& row, const resp::Args& args) const {
  if (!fenced_) return false;
  if (row.finder != command::find_sort_names && row.finder != command::find_sort_ro_names) {
    return false;
  }
  for (std::size_t i = 2; i < args.size(); ++i) {
    if (equals_ignoring_case(args[i], "by") || equals_ignoring_case(args[i], "get")) return true;
  }
  return false;
}

upstream::Lane& Session::shared_lane_to(const std::shared_ptr<upstream::Backend>& backend, int db) {
  if (fenced_) return fence_at(backend)->lane(db, client_.resp3, client_.id);
  return backend->lane(db, client_.resp3, client_.id);
}

// Before the client moves to another snapshot: its lanes are connected already, and would carry a
// command that was granted just now before the grant has come. False: it has to wait.
bool Session::fences_stand() {
  if (!fenced_ || fence_ == nullptr || fence_->up()) return true;
  if (fence_awaited_) return false;
  fence_awaited_ = true;
  asio::co_spawn(
      context_.io,
      [self = boost::intrusive_ptr<Session>(this), fence = fence_]() -> Awaitable<void> {
        const auto problem = co_await fence->put_up();
        self->fence_awaited_ = false;
        if (self->closed_) co_return;
        if (problem) self->fence_.reset();  // its lanes tell it
        self->stalled_ = true;
        self->context_.turn.dirty(*self);
      },
      asio::detached);
  return false;
}

upstream::Asker Session::asker(Ticket ticket) const {
  if (closed_) return {client_.address, {}, false};
  const command::Row* row = replies_.row(ticket);
  if (row == nullptr) return {client_.address, {}, false};
  return {client_.address, row->name, false};
}

}  // namespace bulkhead::session
