#include "keyspace_talk.hpp"

#include "bulkhead/base/sentences.hpp"
#include "bulkhead/base/text.hpp"
#include "bulkhead/resp/number.hpp"
#include "bulkhead/rewrite/cursor.hpp"
#include "key_scan.hpp"

#include <algorithm>
#include <charconv>
#include <functional>
#include <random>
#include <unordered_set>

namespace bulkhead::session {
namespace {

constexpr int kStep =
    1000;  // keys looked at, or deleted, at once: what neighbours wait for at most

struct ScanRequest {
  rewrite::Cursor cursor;
  ScanOptions options;
};

// As Redis reads it (db.c, parseScanCursorOrReply and scanGenericCommand).
Result<ScanRequest> read_scan(const resp::Args& args, std::uint64_t key) {
  ScanRequest request;
  request.options.count = 10;
  std::uint64_t sealed = 0;
  const std::string_view text = args[1];
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), sealed);
  if (error != std::errc{} || end != text.data() + text.size()) return refuse::invalid_cursor();
  for (std::size_t i = 2; i < args.size(); i += 2) {
    if (i + 1 == args.size()) return refuse::syntax();
    if (equals_ignoring_case(args[i], "match")) {
      request.options.pattern = args[i + 1];
    } else if (equals_ignoring_case(args[i], "type")) {
      request.options.type = args[i + 1];
    } else if (equals_ignoring_case(args[i], "count")) {
      const auto count = resp::parse_integer(args[i + 1]);
      if (!count || *count > 0x7fffffff || *count < -0x7fffffff) return refuse::not_an_integer();
      if (*count < 1) return refuse::syntax();
      request.options.count = static_cast<int>(*count);
    } else {
      return refuse::syntax();
    }
  }
  if (sealed == 0) return request;
  const auto cursor = rewrite::unseal(sealed, key);
  if (!cursor) return refuse::invalid_cursor();
  request.cursor = *cursor;
  return request;
}

void write_page(Conversation& talk, std::uint64_t cursor, const std::vector<std::string>& names) {
  resp::ReplyWriter reply = talk.writer();
  reply.array(2);
  reply.bulk(std::to_string(cursor));
  reply.array(names.size());
  for (const std::string& name : names) reply.bulk(name);
}

// Calls `take` with every name once; a key that SCAN returns twice is taken once.
Awaitable<Result<void>> for_each_name(Conversation& talk, std::string_view pattern,
                                      std::function<void(const std::string&)> take) {
  KeyScan scan(talk);
  for (const route::Route& place : talk.snapshot.router.places(talk.client)) {
    std::unordered_set<std::size_t> seen;
    std::uint64_t cursor = 0;
    do {
      auto page = co_await scan.page(place, cursor, {pattern, {}, kStep});
      if (!page) co_return page.error();
      cursor = page->cursor;
      for (const std::string& name : page->names) {
        if (seen.insert(std::hash<std::string>{}(name)).second) take(name);
      }
    } while (cursor != 0);
  }
  co_return boost::system::in_place_value;
}

// In steps of SCAN and UNLINK, so that neighbours are served in between. SYNC and ASYNC make no
// difference: UNLINK frees memory in the background.
Awaitable<void> flush_places(Conversation& talk, std::vector<route::Route> places) {
  const resp::Args& args = talk.args;
  const bool known =
      args.size() == 1 || (args.size() == 2 && (equals_ignoring_case(args[1], "sync") ||
                                                equals_ignoring_case(args[1], "async")));
  if (!known) co_return talk.writer().error(refuse::syntax());
  KeyScan scan(talk);
  for (const route::Route& place : places) {
    std::uint64_t cursor = 0;
    do {
      auto page = co_await scan.page(place, cursor, {"*", {}, kStep}, true);
      if (!page) co_return talk.writer().error(page.error());
      cursor = page->cursor;
      if (page->names.empty()) continue;
      std::vector<rewrite::Word> words = {{"UNLINK"}};
      for (const std::string& name : page->names) {
        words.push_back({name, rewrite::Word::Kind::key});
      }
      const auto call = talk.call(4096);
      call->send(talk.lane_in_clients_protocol(place.place),
                 rewrite::own_command(*talk.client.tenant, place.feature, words));
      const auto reply = co_await call->reply();
      if (!reply) co_return talk.writer().error(reply.error());
    } while (cursor != 0);
  }
  talk.writer().ok();
}

}  // namespace

Awaitable<void> talk_scan(Conversation& talk) {
  const auto places = talk.snapshot.router.places(talk.client);
  const std::uint64_t key = talk.client.tenant->cursor_key;
  auto request = read_scan(talk.args, key);
  if (!request) co_return talk.writer().error(request.error());
  rewrite::Cursor at = request->cursor;
  if (at.place >= places.size()) co_return talk.writer().error(refuse::invalid_cursor());

  const config::Limits& limits = talk.snapshot.config.limits;
  const auto wanted = static_cast<std::size_t>(request->options.count);
  const Instant deadline = Clock::now() + limits.scan_budget;
  ScanOptions options = request->options;
  options.count = std::min(options.count, limits.scan_count_max);
  KeyScan scan(talk);
  std::vector<std::string> names;
  do {
    auto page = co_await scan.page(places[at.place], at.upstream, options);
    if (!page) co_return talk.writer().error(page.error());
    at.upstream = page->cursor;
    if (at.upstream == 0) ++at.place;
    std::move(page->names.begin(), page->names.end(), std::back_inserter(names));
    // Where others own most of the database, longer steps find more of the tenant's keys.
    options.count = std::min(options.count * 2, limits.scan_count_max);
  } while (at.place < places.size() && names.size() < wanted && Clock::now() < deadline);

  if (at.place == places.size()) co_return write_page(talk, 0, names);
  const auto sealed = rewrite::seal(at, key);
  if (!sealed) co_return talk.writer().error(refuse::invalid_cursor());
  write_page(talk, *sealed, names);
}

Awaitable<void> talk_keys(Conversation& talk) {
  std::vector<std::string> names;
  std::size_t bytes = 0;
  const std::size_t limit = talk.snapshot.config.limits.client_output;
  const std::function<void(const std::string&)> take = [&](const std::string& name) {
    bytes += name.size() + 32;
    if (bytes <= limit) names.push_back(name);
  };
  const auto done = co_await for_each_name(talk, talk.args[1], take);
  if (!done) co_return talk.writer().error(done.error());
  if (bytes > limit) co_return talk.writer().error(refuse::reply_too_large());
  resp::ReplyWriter reply = talk.writer();
  reply.array(names.size());
  for (const std::string& name : names) reply.bulk(name);
}

Awaitable<void> talk_dbsize(Conversation& talk) {
  std::int64_t count = 0;
  const std::function<void(const std::string&)> take = [&](const std::string&) { ++count; };
  const auto done = co_await for_each_name(talk, "*", take);
  if (done)
    talk.writer().integer(count);
  else
    talk.writer().error(done.error());
}

// Redis' own RANDOMKEY would nearly always name another tenant's key. A scan that begins somewhere
// in the table, and goes on from its start if it must, finds one of the tenant's.
Awaitable<void> talk_randomkey(Conversation& talk) {
  auto places = talk.snapshot.router.places(talk.client);
  std::minstd_rand random(static_cast<unsigned>(Clock::now().time_since_epoch().count()));
  std::shuffle(places.begin(), places.end(), random);
  KeyScan scan(talk);
  for (const route::Route& place : places) {
    for (std::uint64_t start : {std::uint64_t{random()}, std::uint64_t{0}}) {
      std::uint64_t cursor = start;
      do {
        auto page = co_await scan.page(place, cursor, {"*", {}, kStep});
        if (!page) co_return talk.writer().error(page.error());
        if (!page->names.empty()) {
          co_return talk.writer().bulk(page->names[random() % page->names.size()]);
        }
        cursor = page->cursor;
      } while (cursor != 0);
    }
  }
  talk.writer().null();
}

Awaitable<void> talk_flush(Conversation& talk) {
  return flush_places(talk, talk.snapshot.router.places(talk.client));
}

Awaitable<void> talk_flush_all(Conversation& talk) {
  auto places = talk.snapshot.router.all_places(*talk.client.tenant);
  // `databases: all` names more than a backend has.
  std::erase_if(places, [&](const route::Route& route) {
    return route.place.db >= talk.backends[route.place.backend]->facts().databases();
  });
  return flush_places(talk, std::move(places));
}

}  // namespace bulkhead::session
