#include "key_survey.hpp"

#include "bulkhead/resp/parsed_reply.hpp"
#include "key_scan.hpp"

namespace bulkhead::session {
namespace {

using CallPointer = boost::intrusive_ptr<upstream::Call>;

constexpr int kStep = 1000;
constexpr auto kPatience = std::chrono::milliseconds(20);  // per database
constexpr auto kRemembered = std::chrono::seconds(5);
constexpr std::size_t kSampled = 64;  // keys of one database that are looked at closer
constexpr std::size_t kMostTold = 64;

CallPointer send(Conversation& talk, route::Route place, const std::vector<rewrite::Word>& words) {
  CallPointer call = talk.call(4096);
  call->send(talk.lane(place.place),
             rewrite::own_command(*talk.client.tenant, place.feature, words));
  return call;
}

// The integer that was answered; nothing where it was anything else.
Awaitable<std::optional<std::int64_t>> integer_of(CallPointer call) {
  const auto reply = co_await call->reply();
  const auto parsed = reply ? resp::ParsedReply::parse(*reply) : std::nullopt;
  if (!parsed || !parsed->is_integer()) co_return std::nullopt;
  co_return parsed->integer();
}

// What a database looks like, from a part of it.
struct Sample {
  std::vector<std::string> names;
  std::int64_t sized = 0, bytes = 0;
  std::int64_t timed = 0, expiring = 0, milliseconds = 0;

  void collect(std::vector<std::string>& page) {
    for (std::string& name : page) {
      if (names.size() == kSampled) return;
      names.push_back(std::move(name));
    }
  }
};

Awaitable<void> look_closer(Conversation& talk, route::Route place, Sample& sample) {
  using rewrite::Word;
  std::vector<CallPointer> sizes, times;
  for (const std::string& name : sample.names) {
    sizes.push_back(send(talk, place, {{"MEMORY"}, {"USAGE"}, {name, Word::Kind::key}}));
    times.push_back(send(talk, place, {{"PTTL"}, {name, Word::Kind::key}}));
  }
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    if (const auto size = co_await integer_of(sizes[i])) {
      ++sample.sized;
      sample.bytes += *size;
    }
    const auto left = co_await integer_of(times[i]);
    if (!left || *left == -2) continue;  // it has gone meanwhile
    ++sample.timed;
    if (*left < 0) continue;
    ++sample.expiring;
    sample.milliseconds += *left;
  }
}

KeySurvey infer(std::int64_t keys, const Sample& sample) {
  KeySurvey survey;
  survey.keys = keys;
  if (sample.sized != 0) survey.bytes = keys * sample.bytes / sample.sized;
  if (sample.timed != 0) survey.expiring = keys * sample.expiring / sample.timed;
  if (sample.expiring != 0) survey.average_ttl = sample.milliseconds / sample.expiring;
  return survey;
}

Awaitable<Result<KeySurvey>> survey_in(Conversation& talk, const tenant::ClientState& client,
                                       route::Route place) {
  Conversation seen_by{talk.context, talk.snapshot, client,       talk.row,
                       talk.args,    talk.out,      talk.counters};
  KeyScan scan(seen_by);
  Sample sample;
  const Instant deadline = Clock::now() + kPatience;
  std::int64_t found = 0, looked_at = 0;
  std::uint64_t cursor = 0;
  do {
    auto page = co_await scan.page(place, cursor, {"*", {}, kStep});
    if (!page) co_return page.error();
    cursor = page->cursor;
    found += static_cast<std::int64_t>(page->names.size());
    looked_at += kStep;
    sample.collect(page->names);
  } while (cursor != 0 && Clock::now() < deadline);
  co_await look_closer(talk, place, sample);
  if (cursor == 0) co_return infer(found, sample);
  // All keys of the database, whosever: never told, only used to infer from.
  const std::vector<rewrite::Word> count = {{"DBSIZE"}};
  const auto all = co_await integer_of(send(talk, place, count));
  co_return infer(found * std::max(all.value_or(0), looked_at) / looked_at, sample);
}

}  // namespace

void KeySurvey::add(const KeySurvey& other) {
  const std::int64_t both = expiring + other.expiring;
  if (both != 0) {
    average_ttl = (average_ttl * expiring + other.average_ttl * other.expiring) / both;
  }
  keys += other.keys;
  expiring = both;
  bytes += other.bytes;
}

Awaitable<Result<KeySurvey>> survey_keys(Conversation& talk, int db) {
  const std::string memo = talk.client.tenant->name + '/' + std::to_string(db);
  const auto found = talk.context.key_surveys.find(memo);
  if (found != talk.context.key_surveys.end() &&
      Clock::now() - found->second.made_at < kRemembered) {
    co_return found->second;
  }
  tenant::ClientState client = talk.client;
  client.selected_db = db;
  KeySurvey survey;
  for (const route::Route& place : talk.snapshot.router.places(client)) {
    const auto part = co_await survey_in(talk, client, place);
    if (!part) co_return part.error();
    survey.add(*part);
  }
  survey.made_at = Clock::now();
  talk.context.key_surveys[memo] = survey;
  co_return survey;
}

std::vector<int> databases_told(const tenant::ClientState& client) {
  std::vector<int> databases = client.tenant->databases;
  const bool merged = client.tenant->routing == config::Routing::by_key;
  if (merged && (databases.empty() || databases.front() != 0)) {
    databases.insert(databases.begin(), 0);
  }
  if (databases.size() > kMostTold) return {client.selected_db};
  return databases;
}

Awaitable<Result<KeySurvey>> survey_all_keys(Conversation& talk) {
  if (talk.client.tenant->routing == config::Routing::by_key)
    co_return co_await survey_keys(talk, 0);
  KeySurvey all;
  for (const int db : databases_told(talk.client)) {
    const auto part = co_await survey_keys(talk, db);
    if (!part) co_return part.error();
    all.add(*part);
  }
  co_return all;
}

}  // namespace bulkhead::session
