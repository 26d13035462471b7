#include "bulkhead/session/redirect_target.hpp"

#include "bulkhead/base/sentences.hpp"
#include "bulkhead/session/session.hpp"

namespace bulkhead::session {

RedirectTarget::RedirectTarget(Session& session, std::shared_ptr<upstream::Backend> backend)
    : session_(&session), backend_(std::move(backend)) {}

RedirectTarget::~RedirectTarget() = default;

Result<void> RedirectTarget::connect(int db) {
  lane_ = backend_->pinned().lease(db, true, *this, session_->its_fence(backend_));
  if (lane_ == nullptr) return refuse::backend_down(backend_->settings().name, "is being removed");
  return {};
}

// Its own id has come when it is connected, and then commands are answered.
void RedirectTarget::when_known(Known known) {
  if (lane_ == nullptr) return known(refuse::no_redirect_target());
  if (lane_->upstream_id() != 0) return known(lane_->upstream_id());
  waiting_.push_back(std::move(known));
  if (waiting_.size() > 1) return;
  rewrite::Batch ping;
  ping.ping();
  if (!lane_->submit(ping, *this, 0)) tell(lane_->down());
}

void RedirectTarget::tell(const Result<std::int64_t>& id) {
  for (const Known& known : std::exchange(waiting_, {})) known(id);
}

bool RedirectTarget::on_reply(upstream::Lane&, std::uint64_t, std::string_view, bool) {
  if (lane_ != nullptr) tell(lane_->upstream_id());
  return true;
}

void RedirectTarget::on_lost(std::uint64_t, const Refusal& why) {
  tell(why);
}

void RedirectTarget::on_push(std::string_view bytes) {
  if (session_ != nullptr) session_->on_push(bytes);
}

void RedirectTarget::on_pinned_lost(const Refusal&) {
  lane_.reset();
  if (session_ != nullptr) std::exchange(session_, nullptr)->on_redirect_lost();
}

void RedirectTarget::end() {
  session_ = nullptr;
  tell(refuse::no_redirect_target());
  if (lane_ != nullptr) std::exchange(lane_, nullptr)->end();
}

}  // namespace bulkhead::session
