#include "report_talk.hpp"

#include "bulkhead/base/sentences.hpp"
#include "bulkhead/resp/parsed_reply.hpp"
#include "info.hpp"
#include "key_scan.hpp"
#include "key_survey.hpp"

#include <array>

namespace bulkhead::session {
namespace {

constexpr std::size_t kLargestReply = 64 * 1024 * 1024;

Awaitable<Result<InfoKeys>> look_at_keys(Conversation& talk) {
  InfoKeys keys;
  const auto all = co_await survey_all_keys(talk);
  if (!all) co_return all.error();
  keys.all = *all;
  for (const int db : databases_told(talk.client)) {
    const auto part = co_await survey_keys(talk, db);
    if (!part) co_return part.error();
    keys.by_database.emplace_back(db, *part);
  }
  co_return keys;
}

// What MEMORY STATS says of a process, in Redis' order; those that nobody knows of one tenant are
// 0.
constexpr std::array kUnknown = {
    "startup.allocated", "replication.backlog", "clients.slaves", "clients.normal",
    "cluster.links",     "aof.buffer",          "lua.caches",     "functions.caches",
};

}  // namespace

Awaitable<void> talk_info(Conversation& talk) {
  const InfoRequest request = read_info(talk.args);
  InfoKeys keys;
  if (request.wants_keys()) {
    auto found = co_await look_at_keys(talk);
    if (!found) co_return talk.writer().error(found.error());
    keys = std::move(*found);
  }
  talk.writer().verbatim(info_text(talk, request, keys));
}

// What can be known of one tenant's memory: the number of its keys, and the size of some of them.
Awaitable<void> talk_memory_stats(Conversation& talk) {
  const auto survey = co_await survey_all_keys(talk);
  if (!survey) co_return talk.writer().error(survey.error());
  resp::ReplyWriter reply = talk.writer();
  const auto whole = [&](std::string_view field, std::int64_t value) {
    reply.bulk(field);
    reply.integer(value);
  };
  const auto ratio = [&](std::string_view field, double value) {
    reply.bulk(field);
    reply.number(value);
  };
  reply.map(2 + kUnknown.size() + 8);
  whole("peak.allocated", survey->bytes);
  whole("total.allocated", survey->bytes);
  for (std::string_view field : kUnknown) whole(field, 0);
  whole("overhead.total", 0);
  whole("keys.count", survey->keys);
  whole("keys.bytes-per-key", survey->keys == 0 ? 0 : survey->bytes / survey->keys);
  whole("dataset.bytes", survey->bytes);
  ratio("dataset.percentage", 100);
  ratio("peak.percentage", 100);
  ratio("fragmentation", 1);
  whole("fragmentation.bytes", 0);
}

}  // namespace bulkhead::session
