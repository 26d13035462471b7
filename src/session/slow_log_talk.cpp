#include "slow_log_talk.hpp"

#include "bulkhead/base/sentences.hpp"
#include "bulkhead/base/text.hpp"
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

// Valkey's COMMANDLOG keeps three logs. Of large requests and replies none is kept for a tenant.
enum class LogKind : std::uint8_t { slow, other };

Result<LogKind> log_kind(std::string_view word) {
  if (equals_ignoring_case(word, "slow")) return LogKind::slow;
  if (equals_ignoring_case(word, "large-request") || equals_ignoring_case(word, "large-reply")) {
    return LogKind::other;
  }
  return refuse::generic(
      "ERR type should be one of the following: SLOW, LARGE-REQUEST, LARGE-REPLY");
}

Result<std::int64_t> read_count(std::string_view word) {
  const auto asked = resp::parse_integer(word);
  if (asked && *asked >= -1) return *asked;
  return refuse::generic("ERR count should be greater than or equal to -1");
}

Awaitable<void> write_entries(Conversation& talk, std::int64_t count) {
  const Entries entries = co_await collect(talk);
  const std::size_t shown =
      count < 0 ? entries.size() : std::min(entries.size(), static_cast<std::size_t>(count));
  talk.writer().array(shown);
  for (std::size_t i = 0; i < shown; ++i) write_entry(talk.writer(), entries[i]);
}

}  // namespace

// As slowlogCommand reads it (slowlog.c): ten by default, all with -1.
Awaitable<void> talk_slowlog_get(Conversation& talk) {
  std::int64_t count = 10;
  if (talk.args.size() > 3)
    co_return talk.writer().error(refuse::unknown_subcommand_or_arity(talk.args[1], talk.args[0]));
  if (talk.args.size() == 3) {
    const auto asked = read_count(talk.args[2]);
    if (!asked) co_return talk.writer().error(asked.error());
    count = *asked;
  }
  co_await write_entries(talk, count);
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

Awaitable<void> talk_commandlog_get(Conversation& talk) {
  const auto count = read_count(talk.args[2]);
  if (!count) co_return talk.writer().error(count.error());
  const auto kind = log_kind(talk.args[3]);
  if (!kind) co_return talk.writer().error(kind.error());
  if (*kind == LogKind::other) co_return talk.writer().array(0);
  co_await write_entries(talk, *count);
}

Awaitable<void> talk_commandlog_len(Conversation& talk) {
  const auto kind = log_kind(talk.args[2]);
  if (!kind) co_return talk.writer().error(kind.error());
  if (*kind == LogKind::other) co_return talk.writer().integer(0);
  co_await talk_slowlog_len(talk);
}

Awaitable<void> talk_commandlog_reset(Conversation& talk) {
  const auto kind = log_kind(talk.args[2]);
  if (!kind) co_return talk.writer().error(kind.error());
  if (*kind == LogKind::other) co_return talk.writer().ok();
  co_await talk_slowlog_reset(talk);
}

}  // namespace bulkhead::session
