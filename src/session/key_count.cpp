#include "key_count.hpp"

#include "bulkhead/resp/parsed_reply.hpp"
#include "key_scan.hpp"

namespace bulkhead::session {
namespace {

constexpr int kStep = 1000;
constexpr auto kPatience = std::chrono::milliseconds(20);  // per database
constexpr auto kRemembered = std::chrono::seconds(5);

// All keys of the database, whosever: never told, only used to infer from.
Awaitable<std::int64_t> all_keys(Conversation& talk, route::Route place) {
  const std::vector<rewrite::Word> words = {{"DBSIZE"}};
  const boost::intrusive_ptr<upstream::Call> call(new upstream::Call(talk.context.io, 4096));
  call->send(talk.lane(place.place),
             rewrite::own_command(*talk.client.tenant, place.feature, words));
  const auto reply = co_await call->reply();
  const auto parsed = reply ? resp::ParsedReply::parse(*reply) : std::nullopt;
  co_return parsed ? parsed->integer() : 0;
}

Awaitable<Result<std::int64_t>> count_in(Conversation& talk, const tenant::ClientState& client,
                                         route::Route place) {
  Conversation seen_by{talk.context, talk.snapshot, client,       talk.row,
                       talk.args,    talk.out,      talk.counters};
  KeyScan scan(seen_by);
  const Instant deadline = Clock::now() + kPatience;
  std::int64_t found = 0, looked_at = 0;
  std::uint64_t cursor = 0;
  do {
    auto page = co_await scan.page(place, cursor, {"*", {}, kStep});
    if (!page) co_return page.error();
    cursor = page->cursor;
    found += static_cast<std::int64_t>(page->names.size());
    looked_at += kStep;
  } while (cursor != 0 && Clock::now() < deadline);
  if (cursor == 0) co_return found;
  const std::int64_t all = co_await all_keys(talk, place);
  co_return found* std::max(all, looked_at) / looked_at;
}

}  // namespace

Awaitable<Result<std::int64_t>> count_keys(Conversation& talk, int db) {
  const std::string memo = talk.client.tenant->name + '/' + std::to_string(db);
  const auto found = talk.context.key_counts.find(memo);
  if (found != talk.context.key_counts.end() &&
      Clock::now() - found->second.counted_at < kRemembered) {
    co_return found->second.keys;
  }
  tenant::ClientState client = talk.client;
  client.selected_db = db;
  std::int64_t keys = 0;
  for (const route::Route& place : talk.snapshot.router.places(client)) {
    const auto part = co_await count_in(talk, client, place);
    if (!part) co_return part.error();
    keys += *part;
  }
  talk.context.key_counts[memo] = {keys, Clock::now()};
  co_return keys;
}

}  // namespace bulkhead::session
