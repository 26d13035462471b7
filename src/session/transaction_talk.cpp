#include "transaction_talk.hpp"

#include "bulkhead/base/sentences.hpp"
#include "bulkhead/command/table.hpp"
#include "bulkhead/resp/elements.hpp"
#include "bulkhead/rewrite/reply_rewriter.hpp"
#include "bulkhead/session/answers.hpp"
#include "merge.hpp"
#include "script_talk.hpp"
#include "script_watch.hpp"

#include <optional>
#include <string>
#include <vector>

namespace bulkhead::session {
namespace {

using Elements = std::vector<std::string_view>;

// How long each took is not known.
void count(Conversation& talk, const Transaction::Item& item, std::string_view reply) {
  metrics::FeatureCounters* const counters = item.counters;
  const command::Row& row = *item.row;
  talk.counters.commands.at(command::index_of(row)).observe({}, reply[0] == '-');
  if (counters == nullptr) return;
  counters->commands.add();
  if (reply[0] == '-')
    counters->errors.add();
  else if (row.has(command::kHitOrMiss))
    (resp::is_null(reply) ? counters->misses : counters->hits).add();
}

// What the TTL policies of its keys found.
void count_expiries(const Transaction::Item& item, const Elements& elements) {
  if (item.counters == nullptr) return;
  item.counters->ttl_missing.add(item.missing);
  for (const auto& [element, verdict] : item.following) {
    const auto expiry = verdict.read(elements[element]);
    if (expiry) item.counters->count_expiry(*expiry == rewrite::Expiry::missing);
  }
}

// One element, rewritten as the reply to its command would be outside of a transaction.
void pass_on(Conversation& talk, const command::Row& row, std::string_view reply) {
  const bool error = reply[0] == '-' || reply[0] == '!';
  if (!error && row.reply == command::ReplyRule::plain) return talk.out.append(reply);
  rewrite::ReplyRewriter rewriter;
  rewriter.begin(row.reply);
  if (rewriter.feed(reply, *talk.client.tenant, talk.out)) return;
  talk.on_foreign_name();
  talk.writer().error(refuse::foreign_name_in_reply());
}

// What the proxy answers itself, as it would outside of a transaction.
Awaitable<void> answer(Conversation& talk, const Transaction::Item& item,
                       tenant::ClientState& client) {
  const resp::Args args = item.args->view();
  if (const Answer local = answer_for(item.row->action)) {
    Effects effects;
    Question question{*item.row, args, client, talk.snapshot, talk.backends.front()->facts(),
                      effects};
    local(question, talk.out);
    co_return;
  }
  Conversation part{talk.context, talk.snapshot, client,        *item.row,
                    args,         talk.out,      talk.counters, talk.backends};
  co_await conversation_for(item.row->action)(part);
  talk.close_after = talk.close_after || part.close_after;
}

// A script that has compiled is one that EVALSHA finds from now on.
Awaitable<void> note_script(Conversation& talk, const Transaction& transaction,
                            const Transaction::Item& item, std::string_view reply,
                            ScriptWatch& watch) {
  watch.ended(reply);
  if (is_compile_error(reply)) co_return;
  auto body = transaction.script(item.own_sha);
  if (body == nullptr) co_return;  // a function
  if (talk.context.scripts.sets.find(talk.client.tenant->name, item.own_sha) == nullptr) {
    co_await introduce(talk, item.own_sha, std::move(body));
  }
}

Awaitable<void> write_item(Conversation& talk, const Transaction& transaction,
                           const Transaction::Item& item, const Elements& elements,
                           tenant::ClientState& client, std::optional<ScriptWatch>& watch) {
  if (item.args != nullptr) co_return co_await answer(talk, item, client);
  if (item.elements.empty()) co_return talk.out.append(item.reply);
  Elements own;
  for (std::uint32_t i : item.elements) own.push_back(elements[i]);
  count(talk, item, own.front());
  if (!item.own_sha.empty()) co_await note_script(talk, transaction, item, own.front(), *watch);
  count_expiries(item, elements);
  if (!item.own_sha.empty() && own.front()[0] == '-') {
    co_return append_script_error(talk.context, *client.tenant, talk.counters, own.front(),
                                  item.wrapped_sha, item.own_sha, talk.out);
  }
  if (item.positions.empty()) co_return pass_on(talk, *item.row, own.front());
  merge(item.row->merge, own, item.positions, *client.tenant, client.resp3, talk.out);
}

}  // namespace

Awaitable<void> run_transaction(Conversation& talk, const Transaction& transaction,
                                boost::intrusive_ptr<upstream::Lane> lane,
                                tenant::ClientState& client) {
  std::optional<ScriptWatch> watch;
  if (transaction.runs_scripts()) watch.emplace(talk, transaction.backend());
  const auto call = talk.call(talk.snapshot.config.limits.client_output);
  Elements elements;
  if (lane != nullptr) {
    call->ask_for({client.address, talk.row.name, false});
    call->send(*lane, transaction.whole());
    const auto reply = co_await call->reply();
    if (!reply) {
      talk.close_after = true;
      co_return talk.writer().error(reply.error());
    }
    if (!call->earlier_error().empty()) {
      Buffer error;
      rewrite::append_error(call->earlier_error(), *client.tenant, error);
      co_return talk.writer().error(
          refuse::transaction_aborted_by(error.view().substr(1, error.size() - 3)));
    }
    if ((*reply)[0] == '-') co_return rewrite::append_error(*reply, *client.tenant, talk.out);
    if (resp::is_null(*reply)) co_return talk.out.append(*reply);  // a watched key has changed
    elements = resp::elements_of(*reply);
    if (elements.size() != transaction.elements()) {
      talk.close_after = true;
      co_return talk.writer().error(refuse::unreadable_reply());
    }
  }
  talk.writer().array(transaction.items().size());
  for (const Transaction::Item& item : transaction.items()) {
    co_await write_item(talk, transaction, item, elements, client, watch);
  }
}

}  // namespace bulkhead::session
