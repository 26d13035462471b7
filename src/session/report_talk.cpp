#include "report_talk.hpp"

#include "bulkhead/base/sentences.hpp"
#include "bulkhead/resp/parsed_reply.hpp"
#include "info.hpp"
#include "key_count.hpp"
#include "key_scan.hpp"

#include <algorithm>

namespace bulkhead::session {
namespace {

constexpr std::size_t kLargestReply = 64 * 1024 * 1024;
constexpr std::size_t kSampled = 20;  // keys whose memory is asked for

// The databases that the client may select, 0 first.
std::vector<int> selectable(const tenant::Tenant& tenant) {
  std::vector<int> databases = tenant.databases;
  const bool merged = tenant.routing == config::Routing::by_key;
  if (merged && (databases.empty() || databases.front() != 0)) {
    databases.insert(databases.begin(), 0);
  }
  return databases;
}

Awaitable<Result<std::string>> keyspace(Conversation& talk) {
  std::string text;
  const auto databases = selectable(*talk.client.tenant);
  // A tenant that may select any of a thousand databases is told of the one it is in.
  const bool many = databases.size() > 64;
  for (int db : many ? std::vector<int>{talk.client.selected_db} : databases) {
    const auto keys = co_await count_keys(talk, db);
    if (!keys) co_return keys.error();
    if (*keys != 0) {
      text +=
          "db" + std::to_string(db) + ":keys=" + std::to_string(*keys) + ",expires=0,avg_ttl=0\r\n";
    }
  }
  co_return text;
}

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
  std::string text = info_text(talk, request);
  if (request.keyspace) {
    const auto lines = co_await keyspace(talk);
    if (!lines) co_return talk.writer().error(lines.error());
    if (!text.empty()) text += "\r\n";
    text += "# Keyspace\r\n" + *lines;
  }
  talk.writer().verbatim(text);
}

// What can be known of one tenant's memory: the number of its keys, and the size of some of them.
Awaitable<void> talk_memory_stats(Conversation& talk) {
  const auto keys = co_await count_keys(talk, talk.client.selected_db);
  if (!keys) co_return talk.writer().error(keys.error());
  KeyScan scan(talk);
  std::int64_t sampled = 0, bytes = 0;
  for (const route::Route& place : talk.snapshot.router.places(talk.client)) {
    auto page = co_await scan.page(place, 0, {"*", {}, 1000});
    if (!page) co_return talk.writer().error(page.error());
    for (std::size_t i = 0; i < std::min(page->names.size(), kSampled); ++i) {
      const std::vector<rewrite::Word> words = {
          {"MEMORY"}, {"USAGE"}, {page->names[i], rewrite::Word::Kind::key}};
      const boost::intrusive_ptr<upstream::Call> call(new upstream::Call(talk.context.io, 4096));
      call->send(talk.lane(place.place),
                 rewrite::own_command(*talk.client.tenant, place.feature, words));
      const auto reply = co_await call->reply();
      const auto parsed = reply ? resp::ParsedReply::parse(*reply) : std::nullopt;
      if (!parsed || parsed->is_error()) continue;
      ++sampled;
      bytes += parsed->integer();
    }
  }
  const std::int64_t per_key = sampled == 0 ? 0 : bytes / sampled;
  resp::ReplyWriter reply = talk.writer();
  reply.map(3);
  reply.bulk("keys.count");
  reply.integer(*keys);
  reply.bulk("keys.bytes-per-key");
  reply.integer(per_key);
  reply.bulk("dataset.bytes");
  reply.integer(per_key * *keys);
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
