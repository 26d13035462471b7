#include "command_talk.hpp"

#include "available.hpp"
#include "bulkhead/base/text.hpp"
#include "bulkhead/command/table.hpp"

#include <algorithm>
#include <vector>

namespace bulkhead::session {
namespace {

constexpr std::size_t kLargestReply = 64 * 1024 * 1024;

// Asks the backend in the client's protocol and passes the reply on: no names of keys are in it.
Awaitable<void> pass_through(Conversation& talk, std::vector<rewrite::Word> words) {
  const route::Route route = talk.snapshot.router.channels();
  const auto call = talk.call(kLargestReply);
  call->send(talk.plain_lane(route.place),
             rewrite::own_command(*talk.client.tenant, route.feature, words));
  const auto reply = co_await call->reply();
  if (reply)
    talk.out.append(*reply);
  else
    talk.writer().error(reply.error());
}

// Which of the commands asked for (all, when none is) this tenant may know of.
std::vector<std::string_view> chosen(const Conversation& talk, bool keep_unknown) {
  std::vector<std::string_view> names;
  const upstream::Facts& facts = talk.context.backends.front()->facts();
  const auto available = available_commands(talk.snapshot, *talk.client.tenant, facts);
  if (talk.args.size() <= 2) {
    for (const auto* row : available) names.push_back(row->name);
    return names;
  }
  for (std::size_t i = 2; i < talk.args.size(); ++i) {
    const std::string_view asked = talk.args[i];
    const std::string_view top = asked.substr(0, asked.find('|'));
    const bool known = std::any_of(available.begin(), available.end(), [&](const auto* row) {
      return equals_ignoring_case(row->name, top);
    });
    // COMMAND INFO answers null for what there is not; a name that no server has stands for that.
    if (known)
      names.push_back(asked);
    else if (keep_unknown)
      names.push_back("?");
  }
  return names;
}

std::vector<rewrite::Word> words_for(std::string_view subcommand,
                                     const std::vector<std::string_view>& names) {
  std::vector<rewrite::Word> words = {{"COMMAND"}, {subcommand}};
  for (std::string_view name : names) words.push_back({name});
  return words;
}

}  // namespace

Awaitable<void> talk_command_info(Conversation& talk) {
  const auto names = chosen(talk, true);
  if (names.empty()) co_return talk.writer().array(0);
  co_await pass_through(talk, words_for("INFO", names));
}

Awaitable<void> talk_command_docs(Conversation& talk) {
  const auto names = chosen(talk, false);
  if (names.empty()) co_return talk.writer().map(0);
  co_await pass_through(talk, words_for("DOCS", names));
}

Awaitable<void> talk_as_asked(Conversation& talk) {
  std::vector<rewrite::Word> words;
  for (std::size_t i = 0; i < talk.args.size(); ++i) words.push_back({talk.args[i]});
  co_await pass_through(talk, std::move(words));
}

}  // namespace bulkhead::session
