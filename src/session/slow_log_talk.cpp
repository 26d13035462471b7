#include "slow_log_talk.hpp"

#include "bulkhead/base/sentences.hpp"
#include "bulkhead/resp/number.hpp"
#include "bulkhead/session/ask_all.hpp"

#include <algorithm>

namespace bulkhead::session {
namespace {

using Entries = std::vector<SlowEntry>;

Awaitable<Entries> collect(const Conversation& talk) {
  const std::function<Entries(Context&)> ask = [tenant =
                                                    talk.client.tenant->name](Context& context) {
    const auto found = context.slow_logs.find(tenant);
    if (found == context.slow_logs.end()) return Entries{};
    const auto& entries = found->second.entries();
    return Entries(entries.begin(), entries.end());
  };
  const auto parts = co_await ask_all(talk.context.io, *talk.context.peers, ask);
  Entries all;
  for (const Entries& part : parts) all.insert(all.end(), part.begin(), part.end());
  std::stable_sort(all.begin(), all.end(), [](const SlowEntry& a, const SlowEntry& b) {
    return a.unix_time > b.unix_time;
  });
  co_return all;
}

void write_entry(resp::ReplyWriter reply, const SlowEntry& entry) {
  reply.array(6);
  reply.integer(static_cast<std::int64_t>(entry.id));
  reply.integer(entry.unix_time);
  reply.integer(entry.microseconds);
  reply.array(entry.args.size());
  for (const std::string& arg : entry.args) reply.bulk(arg);
  reply.bulk(entry.address);
  reply.bulk(entry.name);
}

}  // namespace

// As slowlogCommand reads it (slowlog.c): ten by default, all with -1.
Awaitable<void> talk_slowlog_get(Conversation& talk) {
  std::int64_t count = 10;
  if (talk.args.size() > 3)
    co_return talk.writer().error(refuse::unknown_subcommand_or_arity(talk.args[1], talk.args[0]));
  if (talk.args.size() == 3) {
    const auto asked = resp::parse_integer(talk.args[2]);
    if (!asked || *asked < -1) {
      co_return talk.writer().error(
          refuse::generic("ERR count should be greater than or equal to -1"));
    }
    count = *asked;
  }
  const Entries entries = co_await collect(talk);
  const std::size_t shown =
      count < 0 ? entries.size() : std::min(entries.size(), static_cast<std::size_t>(count));
  talk.writer().array(shown);
  for (std::size_t i = 0; i < shown; ++i) write_entry(talk.writer(), entries[i]);
}

Awaitable<void> talk_slowlog_len(Conversation& talk) {
  const Entries entries = co_await collect(talk);
  talk.writer().integer(static_cast<std::int64_t>(entries.size()));
}

Awaitable<void> talk_slowlog_reset(Conversation& talk) {
  const std::function<int(Context&)> ask = [tenant = talk.client.tenant->name](Context& context) {
    return static_cast<int>(context.slow_logs.erase(tenant));
  };
  co_await ask_all(talk.context.io, *talk.context.peers, ask);
  talk.writer().ok();
}

}  // namespace bulkhead::session
