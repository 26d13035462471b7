#include "client_talk.hpp"

#include "available.hpp"
#include "bulkhead/base/sentences.hpp"
#include "bulkhead/base/text.hpp"
#include "bulkhead/resp/number.hpp"
#include "bulkhead/session/ask_all.hpp"
#include "bulkhead/session/session.hpp"
#include "client_filter.hpp"
#include "client_line.hpp"

#include <string>

namespace bulkhead::session {
namespace {

bool same_tenant(const tenant::ClientState& client, const std::string& tenant) {
  return client.tenant != nullptr && client.tenant->name == tenant;
}

// Closes those that match, but never the one that asks: it still owes its client a reply. Returns
// their number.
int kill(Context& context, const ClientFilter& filter, const std::string& tenant,
         std::uint64_t me) {
  const Instant now = Clock::now();
  int killed = 0;
  for (auto it = context.sessions->begin(); it != context.sessions->end();) {
    Session& session = *it++;  // it may leave the list
    const tenant::ClientState& client = session.client();
    if (client.id == me || !same_tenant(client, tenant) || !filter.matches(client, now)) continue;
    session.close(metrics::Closed::killed);
    ++killed;
  }
  return killed;
}

std::string list(const Context& context, const ClientFilter& filter, const std::string& tenant,
                 bool libraries) {
  const Instant now = Clock::now();
  std::string lines;
  for (const Session& session : *context.sessions) {
    const tenant::ClientState& client = session.client();
    if (same_tenant(client, tenant) && filter.matches(client, now)) {
      lines += client_line(client, now, libraries);
    }
  }
  return lines;
}

// Where one of the tenant's clients is blocked; an id of 0: it is not, or not yet.
struct Blocked {
  std::string backend;
  std::int64_t upstream_id = 0;
};

Blocked find_blocked(Context& context, std::uint64_t id, const std::string& tenant) {
  for (Session& session : *context.sessions) {
    if (session.client().id != id || !same_tenant(session.client(), tenant)) continue;
    const upstream::PinnedLane* lane = session.unblock();
    if (lane != nullptr) return {lane->backend_name(), lane->upstream_id()};
  }
  return {};
}

}  // namespace

Awaitable<void> talk_client_list(Conversation& talk) {
  auto filter = read_list_filter(talk.args);
  if (!filter) co_return talk.writer().error(filter.error());
  const bool libraries = shows_libraries(talk.context.backends.front()->facts());
  // Named, not a temporary of the co_await: GCC 12 destroys the captures of such a lambda twice.
  const std::function<std::string(Context&)> ask =
      [filter = *filter, tenant = talk.client.tenant->name, libraries](Context& context) {
        return list(context, filter, tenant, libraries);
      };
  const auto parts = co_await ask_all(talk.context.io, *talk.context.peers, ask);
  std::string lines;
  for (const std::string& part : parts) lines += part;
  talk.writer().verbatim(lines);
}

Awaitable<void> talk_client_kill(Conversation& talk) {
  const bool old_form = talk.args.size() == 3;
  ClientFilter filter;
  if (old_form) {
    filter.address = talk.args[2];
  } else {
    auto read = read_kill_filter(talk.args);
    if (!read) co_return talk.writer().error(read.error());
    filter = std::move(*read);
  }
  if (filter.user) {
    const tenant::User* user = talk.snapshot.directory.find_user(*filter.user);
    if (user == nullptr || user->tenant != talk.client.tenant) {
      co_return talk.writer().error(refuse::generic("ERR No such user '" + *filter.user + "'"));
    }
  }
  const std::uint64_t me = talk.client.id;
  const std::function<int(Context&)> ask = [filter, tenant = talk.client.tenant->name,
                                            me](Context& context) {
    return kill(context, filter, tenant, me);
  };
  const auto counts = co_await ask_all(talk.context.io, *talk.context.peers, ask);
  int killed = 0;
  for (int count : counts) killed += count;
  if (!filter.skip_me && filter.matches(talk.client, Clock::now())) {
    talk.close_after = true;
    ++killed;
  }
  if (!old_form) co_return talk.writer().integer(killed);
  if (killed != 0)
    talk.writer().ok();
  else
    talk.writer().error(refuse::generic("ERR No such client"));
}

// A client that is blocked is so on a connection of its own, which is asked to end that.
Awaitable<void> talk_client_unblock(Conversation& talk) {
  const resp::Args& args = talk.args;
  if (args.size() > 4) {
    co_return talk.writer().error(refuse::unknown_subcommand_or_arity(args[1], args[0]));
  }
  std::string_view how = "TIMEOUT";
  if (args.size() == 4 && equals_ignoring_case(args[3], "error"))
    how = "ERROR";
  else if (args.size() == 4 && !equals_ignoring_case(args[3], how))
    co_return talk.writer().error(refuse::unblock_reason());
  const auto id = resp::parse_integer(args[2]);
  if (!id) co_return talk.writer().error(refuse::not_an_integer());
  const std::function<Blocked(Context&)> ask =
      [id = static_cast<std::uint64_t>(*id), tenant = talk.client.tenant->name](Context& context) {
        return find_blocked(context, id, tenant);
      };
  const auto found = co_await ask_all(talk.context.io, *talk.context.peers, ask);
  for (const Blocked& blocked : found) {
    if (blocked.upstream_id == 0) continue;
    const std::string number = std::to_string(blocked.upstream_id);
    const std::vector<rewrite::Word> words = {{"CLIENT"}, {"UNBLOCK"}, {number}, {how}};
    for (std::size_t i = 0; i < talk.backends.size(); ++i) {
      if (talk.backends[i]->settings().name != blocked.backend) continue;
      const auto call = talk.call(4096);
      call->send(talk.lane({static_cast<std::uint16_t>(i), 0}),
                 rewrite::own_command(*talk.client.tenant, 0, words));
      const auto reply = co_await call->reply();
      if (!reply) co_return talk.writer().error(reply.error());
      co_return talk.out.append(*reply);
    }
  }
  talk.writer().integer(0);
}

}  // namespace bulkhead::session
