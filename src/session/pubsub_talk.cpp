#include "pubsub_talk.hpp"

#include "bulkhead/base/sentences.hpp"
#include "bulkhead/resp/parsed_reply.hpp"
#include "bulkhead/session/ask_all.hpp"
#include "bulkhead/session/session.hpp"
#include "key_scan.hpp"

#include <functional>
#include <set>

namespace bulkhead::session {
namespace {

using rewrite::ChannelKind;

constexpr std::size_t kLargestReply = 64 * 1024 * 1024;

// Asks the backend about channels and hands back the reply, whose names are the tenant's.
Awaitable<Result<std::string>> ask(Conversation& talk, const std::vector<rewrite::Word>& words) {
  const route::Route route = talk.snapshot.router.channels();
  const auto channels = static_cast<std::uint16_t>(talk.client.tenant->prefixes.size() - 1);
  const auto call = talk.call(kLargestReply);
  call->send(talk.lane(route.place), rewrite::own_command(*talk.client.tenant, channels, words));
  const auto reply = co_await call->reply();
  if (!reply) co_return reply.error();
  co_return std::string(*reply);
}

void withhold(Conversation& talk) {
  talk.on_foreign_name();
  talk.writer().error(refuse::foreign_name_in_reply());
}

// The subscriptions of the tenant's clients in this worker.
void for_each_book(const Context& context, const std::string& tenant,
                   const std::function<void(const request::SubscriptionBook&)>& act) {
  for (const Session& session : *context.sessions) {
    const tenant::Tenant* const theirs = session.client().tenant;
    if (session.subscriber() == nullptr || theirs == nullptr || theirs->name != tenant) continue;
    act(session.subscriber()->book);
  }
}

// How many of this proxy's clients are subscribed to each of the names.
Awaitable<void> count_here(Conversation& talk, ChannelKind kind) {
  std::vector<std::string> names;
  for (std::size_t i = 2; i < talk.args.size(); ++i) names.emplace_back(talk.args[i]);
  const std::function<std::vector<std::int64_t>(Context&)> ask =
      [names, kind, tenant = talk.client.tenant->name](Context& context) {
        std::vector<std::int64_t> counts(names.size());
        for_each_book(context, tenant, [&](const request::SubscriptionBook& book) {
          for (std::size_t i = 0; i < names.size(); ++i) counts[i] += book.has(kind, names[i]);
        });
        return counts;
      };
  const auto parts = co_await ask_all(talk.context.io, *talk.context.peers, ask);
  talk.writer().array(2 * names.size());
  for (std::size_t i = 0; i < names.size(); ++i) {
    std::int64_t count = 0;
    for (const auto& part : parts) count += part[i];
    talk.writer().bulk(names[i]);
    talk.writer().integer(count);
  }
}

Awaitable<void> count_subscribers(Conversation& talk, ChannelKind kind) {
  const resp::Args& args = talk.args;
  if (args.size() == 2) co_return talk.writer().array(0);
  if (talk.client.tenant->pubsub == config::Pubsub::fanout)
    co_return co_await count_here(talk, kind);
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

}  // namespace

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
    const auto channel = rewrite::clients_channel(tenant, element.text());
    if (!channel) co_return withhold(talk);
    channels.emplace_back(*channel);
  }
  talk.writer().array(channels.size());
  for (const std::string& channel : channels) talk.writer().bulk(channel);
}

Awaitable<void> talk_pubsub_numsub(Conversation& talk) {
  co_await count_subscribers(talk, ChannelKind::channel);
}

Awaitable<void> talk_pubsub_shardnumsub(Conversation& talk) {
  co_await count_subscribers(talk, ChannelKind::sharded);
}

// Patterns are counted once, however many clients have them, as in Redis.
Awaitable<void> talk_pubsub_numpat(Conversation& talk) {
  using Patterns = std::set<std::string>;
  const std::function<Patterns(Context&)> ask = [tenant =
                                                     talk.client.tenant->name](Context& context) {
    Patterns patterns;
    for_each_book(context, tenant, [&](const request::SubscriptionBook& book) {
      for (std::string_view name : book.list(ChannelKind::pattern)) patterns.emplace(name);
    });
    return patterns;
  };
  Patterns all;
  auto parts = co_await ask_all(talk.context.io, *talk.context.peers, ask);
  for (Patterns& part : parts) all.merge(part);
  talk.writer().integer(static_cast<std::int64_t>(all.size()));
}

}  // namespace bulkhead::session
