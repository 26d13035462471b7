// Long arguments: a value of many bytes goes to the backend while it arrives, so that it costs a
// buffer and not its length. On a pinned lane, because until it is whole nobody else's command may
// stand behind it. Only for arguments that hold no name; other commands are read whole.
#include "bulkhead/request/expiries.hpp"
#include "bulkhead/session/session.hpp"

namespace bulkhead::session {
namespace {

// Below it an argument is read whole: that costs less than a lane of its own.
constexpr std::size_t kPassFrom = 512 * 1024;

}  // namespace

// Called when a command is incomplete. True when bytes went on and there may be more to do.
bool Session::pass_on() {
  if (swallowing_) return swallow();
  if ((holds_ & kPassing) == 0) {
    if (meter_ != nullptr && begin_swallowing()) return true;
    return begin_passage();
  }
  const std::string_view bytes = reader_.passing();
  if (bytes.empty()) return false;
  pinned_->pass(bytes);
  if (meter_ != nullptr) meter_->draw_bytes(bytes.size(), context_.turn.now());
  reader_.passed(bytes.size());
  if (!pinned_->congested(*this)) return true;
  lane_full_ = true;
  pinned_->await_room(*this);
  return false;
}

// Whether the client says how long its key lives may stand behind the argument.
void Session::expire_unseen(const command::Row& row, request::Forward& forward) {
  const tenant::Tenant& tenant = *client_.tenant;
  if (tenant.ttls == nullptr) return;
  request::Scratch& scratch = context_.scratch;
  request::add_expiries_unseen(row, tenant, scratch.scoped, forward.command, scratch.expiries);
}

bool Session::begin_passage() {
  if (client_.tenant == nullptr || transaction_ != nullptr || holds_ != 0 || lost_) return false;
  const auto found = reader_.long_argument(kPassFrom);
  if (!found || found->at < 2) return false;
  if (!replies_.empty()) {
    stalled_ = true;
    return false;
  }
  if (snapshot_ != context_.snapshot) {
    if (!fences_stand()) {
      stalled_ = true;
      return false;
    }
    if (!follow_snapshot()) return false;
  }
  request::Plan plan = request::plan(*snapshot_, client_, found->args(), context_.scratch);
  auto* forwarded = std::get_if<request::Forward>(&plan.step);
  if (forwarded == nullptr || !plan.row->one_key_first() || forwarded->crosses) return false;
  // What it cannot be admitted to now it is read whole for, and then waits or is refused.
  if (meter_ != nullptr && admit_passage(plan) != Admission::go) return false;
  expire_unseen(*plan.row, *forwarded);
  const route::Place place = forwarded->route.place;
  if (!pin(context_.backends[place.backend], place.db)) return false;
  metrics::FeatureCounters& counters = feature_counters(forwarded->route.feature);
  counters.commands.add();
  counters.received_bytes.add(found->length + reader_.input().size());
  context_.counters.commands_by_row[command::index_of(*plan.row)].add();
  const Ticket ticket = replies_.open(plan.row, &counters, context_.turn.now(), takes_silence());
  replies_.keep_head(reader_.input().view());
  replies_.leave_untimed(ticket);
  if (!pinned_->begin(forwarded->command, found->at, found->length, *this, ticket)) {
    on_lost(ticket, pinned_->down());
    finish(metrics::Closed::failed);
    return false;
  }
  audit(*plan.row, false);
  holds_ |= kPassing;
  passing_ = found->at;
  reader_.pass_on_argument();
  return true;
}

// The command is whole; what stands behind the long argument follows it.
bool Session::end_passage(const resp::Args& args) {
  request::Plan plan = request::plan(*snapshot_, client_, args, context_.scratch);
  auto* forwarded = std::get_if<request::Forward>(&plan.step);
  if (forwarded == nullptr) {  // it was one when it began
    close(metrics::Closed::failed);
    return true;
  }
  expire_unseen(*plan.row, *forwarded);
  pinned_->complete(forwarded->command, passing_);
  let_go(kPassing);
  return true;
}

}  // namespace bulkhead::session
