// MGET, MSET, DEL, UNLINK, EXISTS and TOUCH whose names lie in several databases: one command per
// database, all under way at once, one answer.
#include "bulkhead/command/miss.hpp"
#include "bulkhead/session/conversations.hpp"
#include "merge.hpp"

#include <algorithm>
#include <deque>
#include <optional>
#include <string_view>
#include <vector>

namespace bulkhead::session {
namespace {

bool misses(const Conversation& talk, const request::Part& part) {
  return talk.row.miss != command::Miss::none &&
         std::all_of(part.names.begin(), part.names.end(), [&](const rewrite::ScopedName& name) {
           return talk.snapshot.router.misses(name.feature);
         });
}

// What the part would be answered by a cache that has nothing.
void write_miss(Conversation& talk, const request::Part& part, Buffer& out) {
  metrics::FeatureCounters& counters =
      talk.counters.feature(talk.context.numbers->features[part.route.feature]);
  const bool write = (talk.row.flags & command::kWrite) != 0;
  (write ? counters.dropped_writes : counters.missed_reads).add();
  const resp::Args args(talk.args.base(), part.slices);
  command::write_missing(command::missing(talk.row, args, talk.client.resp3), out);
}

}  // namespace

Awaitable<void> split_command(Conversation& talk) {
  // Planned anew into a scratch of its own: the worker's belongs to others by now.
  request::Scratch scratch;
  request::plan(talk.snapshot, talk.client, talk.args, scratch);
  auto parts = request::split(talk.client, talk.snapshot, talk.args, scratch);
  std::vector<boost::intrusive_ptr<upstream::Call>> calls;
  std::vector<metrics::FeatureCounters*> counters;
  const auto& numbers = talk.context.numbers->features;
  for (request::Part& part : parts) {
    const auto command = request::command_of(part, talk.row, *talk.client.tenant, talk.args);
    counters.push_back(&talk.counters.feature(numbers[part.route.feature]));
    calls.push_back(talk.call(talk.snapshot.config.limits.client_output));
    calls.back()->send(talk.lane_for(command, part.route.place), command);
  }
  std::vector<std::string_view> replies;
  std::deque<Buffer> own;
  std::optional<Refusal> refusal;
  for (std::size_t i = 0; i < calls.size(); ++i) {
    const auto reply = co_await calls[i]->reply();
    const bool failed =
        reply ? command::is_about_state(*reply) : reply.error().reason == Reason::backend_down;
    if (failed && misses(talk, parts[i])) {
      write_miss(talk, parts[i], own.emplace_back());
      replies.push_back(own.back().view());
    } else if (reply) {
      replies.push_back(*reply);
    } else {
      refusal = reply.error();
    }
  }
  for (std::size_t i = 0; i < calls.size(); ++i) {
    counters[i]->ttl_missing.add(calls[i]->missing());
    counters[i]->ttl_over_max.add(calls[i]->over_max());
  }
  if (refusal) co_return talk.writer().error(*refusal);
  merge(talk.row.merge, replies, positions_of(parts), *talk.client.tenant, talk.client.resp3,
        talk.out);
}

}  // namespace bulkhead::session
