#include "function_stats.hpp"

#include "ask.hpp"
#include "bulkhead/base/sentences.hpp"
#include "bulkhead/resp/number.hpp"
#include "bulkhead/resp/parsed_reply.hpp"
#include "bulkhead/rewrite/script_library.hpp"

namespace bulkhead::session {
namespace {

std::string without_prefix(const tenant::Tenant& tenant, std::string key) {
  if (!tenant.adds_prefix()) return key;
  for (const tenant::Prefix& prefix : tenant.prefixes) {
    if (key.starts_with(prefix.plain)) return key.substr(prefix.plain.size());
  }
  return key;
}

// FCALL with the tenant's names and the hidden arguments, as the client wrote it.
std::vector<std::string> as_written(const resp::ParsedReply& words, const tenant::Tenant& tenant,
                                    std::size_t tag) {
  std::vector<std::string> out;
  for (std::size_t i = 0; i + rewrite::script::kHiddenArguments < words.size(); ++i) {
    out.emplace_back(words[i].text());
  }
  if (out.size() < 3) return out;
  out[1].erase(0, tag);
  const auto keys = resp::parse_integer(out[2]).value_or(0);
  for (std::size_t i = 3; i < out.size() && i < 3 + static_cast<std::size_t>(keys); ++i) {
    out[i] = without_prefix(tenant, std::move(out[i]));
  }
  return out;
}

}  // namespace

Awaitable<Result<RunningFunction>> running_function(Context& context, upstream::Backend& backend,
                                                    const tenant::Tenant& tenant) {
  const std::vector<rewrite::Word> words = {{"FUNCTION"}, {"STATS"}};
  const std::string reply = co_await ask(context, backend, words);
  if (reply.starts_with('-')) co_return refuse::generic(first_line(reply));
  const auto parsed = resp::ParsedReply::parse(reply);
  if (!parsed || parsed->size() < 2) co_return refuse::unreadable_reply();
  RunningFunction running;
  const resp::ParsedReply script = (*parsed)[1];
  if (script.size() < 6) co_return running;
  const std::string tag = rewrite::script::library_tag(tenant);
  if (!script[1].text().starts_with(tag)) co_return running;
  running.own = true;
  running.name = script[1].text().substr(tag.size());
  running.command = as_written(script[3], tenant, tag.size());
  running.milliseconds = script[5].integer();
  co_return running;
}

Awaitable<bool> runs_function_of(Context& context, upstream::Backend& backend, std::string tag) {
  const std::vector<rewrite::Word> words = {{"FUNCTION"}, {"STATS"}};
  const std::string reply = co_await ask(context, backend, words);
  const auto parsed = resp::ParsedReply::parse(reply);
  if (!parsed || parsed->size() < 2) co_return false;
  const resp::ParsedReply script = (*parsed)[1];
  co_return script.size() >= 2 && script[1].text().starts_with(tag);
}

Awaitable<std::string> kill_function(Context& context, upstream::Backend& backend) {
  const std::vector<rewrite::Word> words = {{"FUNCTION"}, {"KILL"}};
  return ask(context, backend, words);
}

}  // namespace bulkhead::session
