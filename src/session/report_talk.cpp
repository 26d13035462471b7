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

// Asks the backend about channels and hands back the reply, whose names are the tenant's.
Awaitable<Result<std::string>> ask(Conversation& talk, const std::vector<rewrite::Word>& words) {
  const route::Route route = talk.snapshot.router.channels();
  const auto channels = static_cast<std::uint16_t>(talk.client.tenant->prefixes.size() - 1);
  const boost::intrusive_ptr<upstream::Call> call(
      new upstream::Call(talk.context.io, kLargestReply));
  call->send(talk.lane(route.place), rewrite::own_command(*talk.client.tenant, channels, words));
  const auto reply = co_await call->reply();
  if (!reply) co_return reply.error();
  co_return std::string(*reply);
}

// A channel as the tenant knows it; nothing when it is not the tenant's.
std::optional<std::string_view> own_channel(const Conversation& talk, std::string_view physical) {
  const std::size_t prefix = talk.client.tenant->prefix_length(physical);
  if (prefix == 0) return std::nullopt;
  return talk.client.tenant->adds_prefix() ? physical.substr(prefix) : physical;
}

void withhold(Conversation& talk) {
  talk.on_foreign_name();
  talk.writer().error(refuse::foreign_name_in_reply());
}

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

Awaitable<void> talk_pubsub_channels(Conversation& talk) {
  const resp::Args& args = talk.args;
  if (args.size() > 3)
    co_return talk.writer().error(refuse::unknown_subcommand_or_arity(talk.args[1], talk.args[0]));
  const tenant::Tenant& tenant = *talk.client.tenant;
  const auto pattern =
      scoped_pattern(tenant, tenant.channel_prefix(), args.size() == 3 ? args[2] : "*");
  if (!pattern) co_return talk.writer().error(pattern.error());
  const std::vector<rewrite::Word> words = {
      {args[0]}, {args[1]}, {*pattern, rewrite::Word::Kind::pattern}};
  const auto bytes = co_await ask(talk, words);
  if (!bytes) co_return talk.writer().error(bytes.error());
  const auto reply = resp::ParsedReply::parse(*bytes);
  if (!reply) co_return talk.writer().error(refuse::syntax());
  std::vector<std::string> channels;
  for (std::size_t i = 0; i < reply->size(); ++i) {
    const auto element = (*reply)[i];
    const auto channel = own_channel(talk, element.text());
    if (!channel) co_return withhold(talk);
    channels.emplace_back(*channel);
  }
  talk.writer().array(channels.size());
  for (const std::string& channel : channels) talk.writer().bulk(channel);
}

Awaitable<void> talk_pubsub_numsub(Conversation& talk) {
  const resp::Args& args = talk.args;
  if (args.size() == 2) co_return talk.writer().array(0);
  const tenant::Tenant& tenant = *talk.client.tenant;
  std::vector<rewrite::Word> words = {{args[0]}, {args[1]}};
  for (std::size_t i = 2; i < args.size(); ++i) {
    if (!tenant.adds_prefix() && !args[i].starts_with(tenant.channel_prefix().plain)) {
      co_return talk.writer().error(refuse::foreign_key());
    }
    words.push_back({args[i], rewrite::Word::Kind::key});
  }
  const auto bytes = co_await ask(talk, words);
  if (!bytes) co_return talk.writer().error(bytes.error());
  const auto reply = resp::ParsedReply::parse(*bytes);
  if (!reply || reply->size() != 2 * (args.size() - 2)) {
    co_return talk.writer().error(refuse::syntax());
  }
  talk.writer().array(reply->size());
  for (std::size_t i = 0; i < reply->size(); i += 2) {
    talk.writer().bulk(args[2 + i / 2]);
    talk.writer().integer((*reply)[i + 1].integer());
  }
}

}  // namespace bulkhead::session
