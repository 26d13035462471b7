#include "function_talk.hpp"

#include "bulkhead/base/sentences.hpp"
#include "bulkhead/base/text.hpp"
#include "bulkhead/request/script_plan.hpp"
#include "bulkhead/rewrite/script_library.hpp"
#include "bulkhead/session/script_fence.hpp"
#include "function_libraries.hpp"
#include "function_stats.hpp"
#include "script_watch.hpp"

#include <algorithm>

namespace bulkhead::session {
namespace {

Refusal refused(std::string_view sentence) {
  return refuse::generic(sentence);
}

struct Wanted {
  std::string pattern = "*";
  bool code = false;
};

Result<Wanted> read_list(const resp::Args& args) {
  Wanted wanted;
  bool named = false;
  for (std::size_t i = 2; i < args.size(); ++i) {
    if (!wanted.code && equals_ignoring_case(args[i], "withcode")) {
      wanted.code = true;
    } else if (!named && equals_ignoring_case(args[i], "libraryname")) {
      if (i + 1 == args.size()) return refused("ERR library name argument was not given");
      wanted.pattern = args[++i];
      named = true;
    } else {
      return refused("ERR Unknown argument " + std::string(args[i]));
    }
  }
  return wanted;
}

Result<bool> read_replace(const resp::Args& args) {
  bool replace = false;
  for (std::size_t i = 2; i + 1 < args.size(); ++i) {
    if (!equals_ignoring_case(args[i], "replace")) {
      return refused("ERR Unknown option given: " + std::string(args[i]));
    }
    replace = true;
  }
  return replace;
}

void write_function(resp::ReplyWriter writer, const Function& function) {
  writer.map(3);
  writer.bulk("name");
  writer.bulk(function.name);
  writer.bulk("description");
  if (function.description)
    writer.bulk(*function.description);
  else
    writer.null();
  writer.bulk("flags");
  writer.set(function.flags.size());
  for (const std::string& flag : function.flags) writer.simple(flag);
}

void write_library(resp::ReplyWriter writer, const Library& library, bool code) {
  writer.map(code ? 4 : 3);
  writer.bulk("library_name");
  writer.bulk(library.name);
  writer.bulk("engine");
  writer.bulk(library.engine);
  writer.bulk("functions");
  writer.array(library.functions.size());
  for (const Function& function : library.functions) write_function(writer, function);
  if (!code) return;
  writer.bulk("library_code");
  writer.bulk(library.code);
}

// What stands in the way of one more library, or of another version of one.
std::optional<Refusal> too_much(const std::vector<Library>& libraries, std::string_view name,
                                std::size_t size, const config::Limits& limits) {
  std::size_t count = 1;
  for (const Library& library : libraries) {
    if (library.name == name) continue;
    ++count;
    size += library.code.size();
  }
  if (count > static_cast<std::size_t>(limits.libraries)) return refuse::max_libraries();
  if (size > limits.library_bytes) return refuse::max_library_bytes();
  return std::nullopt;
}

upstream::Backend& backend_of(Conversation& talk, std::uint16_t backend) {
  return *talk.backends[backend];
}

// All backends that a function may be called on have the library; the first one's answer counts.
Awaitable<Result<std::string>> load_everywhere(Conversation& talk, std::string code, bool replace) {
  Result<std::string> first = std::string();
  bool begun = false;
  for (const std::uint16_t backend : request::script_backends(talk.snapshot)) {
    const auto fence = co_await prepare_scripts(talk.context, talk.backends[backend], talk.snapshot,
                                                *talk.client.tenant);
    if (!fence) co_return fence.error();
    // What the first one took, the others must take in any case.
    auto reply = co_await load_library(talk, backend, code, replace || begun);
    if (!reply || reply->starts_with('-')) co_return reply;
    if (!begun) first = std::move(reply);
    begun = true;
  }
  co_return first;
}

Awaitable<Result<std::string>> delete_everywhere(Conversation& talk, std::string name) {
  const tenant::Tenant& tenant = *talk.client.tenant;
  const std::string tagged = rewrite::script::library_tag(tenant) + name;
  Result<std::string> first = std::string();
  bool begun = false;
  for (const std::uint16_t backend : request::script_backends(talk.snapshot)) {
    const std::vector<std::string> words = {"FUNCTION", "DELETE", tagged};
    auto reply =
        co_await ask_about_functions(talk.context, backend_of(talk, backend), tenant, words);
    if (!reply) co_return reply;
    if (!begun) first = std::move(reply);
    begun = true;
  }
  co_return first;
}

void pass_on(Conversation& talk, const Result<std::string>& reply) {
  if (!reply) return talk.writer().error(reply.error());
  if (!reply->starts_with('-')) return talk.out.append(*reply);
  talk.writer().error(refused(error_line(*reply, *talk.client.tenant)));
}

}  // namespace

Awaitable<void> talk_function_load(Conversation& talk) {
  if (may_not_run_scripts(talk.context, *talk.client.tenant)) {
    co_return talk.writer().error(refuse::scripts_refused("one of them ran too long"));
  }
  const auto replace = read_replace(talk.args);
  if (!replace) co_return talk.writer().error(replace.error());
  const std::string code(talk.args[talk.args.size() - 1]);
  const auto name = rewrite::script::library_name(code);
  if (!name) co_return talk.writer().error(name.error());
  const std::uint16_t home = talk.snapshot.router.channels().place.backend;
  const auto libraries =
      co_await find_libraries(talk.context, backend_of(talk, home), *talk.client.tenant, "*", true);
  if (!libraries) co_return talk.writer().error(libraries.error());
  if (const auto refusal = too_much(*libraries, *name, code.size(), talk.snapshot.config.limits)) {
    co_return talk.writer().error(*refusal);
  }
  const auto reply = co_await load_everywhere(talk, code, *replace);
  if (!reply || reply->starts_with('-')) co_return pass_on(talk, reply);
  talk.writer().bulk(*name);
}

Awaitable<void> talk_function_delete(Conversation& talk) {
  pass_on(talk, co_await delete_everywhere(talk, std::string(talk.args[2])));
}

Awaitable<void> talk_function_flush(Conversation& talk) {
  const bool mode = talk.args.size() == 3 && (equals_ignoring_case(talk.args[2], "sync") ||
                                              equals_ignoring_case(talk.args[2], "async"));
  if (talk.args.size() == 3 && !mode) {
    co_return talk.writer().error(refused("ERR FUNCTION FLUSH only supports SYNC|ASYNC option"));
  }
  if (talk.args.size() > 3) {
    co_return talk.writer().error(refuse::unknown_subcommand_or_arity(talk.args[1], "function"));
  }
  for (const std::uint16_t backend : request::script_backends(talk.snapshot)) {
    const auto libraries = co_await find_libraries(talk.context, backend_of(talk, backend),
                                                   *talk.client.tenant, "*", false);
    if (!libraries) co_return talk.writer().error(libraries.error());
    for (const Library& library : *libraries) {
      const auto reply = co_await delete_everywhere(talk, library.name);
      if (!reply) co_return pass_on(talk, reply);
    }
  }
  talk.writer().ok();
}

Awaitable<void> talk_function_list(Conversation& talk) {
  const auto wanted = read_list(talk.args);
  if (!wanted) co_return talk.writer().error(wanted.error());
  const std::uint16_t home = talk.snapshot.router.channels().place.backend;
  const auto libraries = co_await find_libraries(
      talk.context, backend_of(talk, home), *talk.client.tenant, wanted->pattern, wanted->code);
  if (!libraries) co_return talk.writer().error(libraries.error());
  talk.writer().array(libraries->size());
  for (const Library& library : *libraries) write_library(talk.writer(), library, wanted->code);
}

// While a function runs nobody can list libraries: the counts are then those seen last.
Awaitable<void> talk_function_stats(Conversation& talk) {
  const tenant::Tenant& tenant = *talk.client.tenant;
  const std::uint16_t home = talk.snapshot.router.channels().place.backend;
  RunningFunction running;
  for (const std::uint16_t backend : request::script_backends(talk.snapshot)) {
    const auto here = co_await running_function(talk.context, backend_of(talk, backend), tenant);
    if (!here) co_return talk.writer().error(here.error());
    if (here->own) running = *here;
  }
  const auto libraries =
      co_await find_libraries(talk.context, backend_of(talk, home), tenant, "*", false);
  Scripts::FunctionCount& count = talk.context.scripts.functions[tenant.name];
  if (libraries) {
    count = {};
    for (const Library& library : *libraries) {
      ++count.libraries;
      count.functions += static_cast<std::int64_t>(library.functions.size());
    }
  }
  auto writer = talk.writer();
  writer.map(2);
  writer.bulk("running_script");
  if (running.own) {
    writer.map(3);
    writer.bulk("name");
    writer.bulk(running.name);
    writer.bulk("command");
    writer.array(running.command.size());
    for (const std::string& word : running.command) writer.bulk(word);
    writer.bulk("duration_ms");
    writer.integer(running.milliseconds);
  } else {
    writer.null();
  }
  writer.bulk("engines");
  writer.map(1);
  writer.bulk("LUA");
  writer.map(2);
  writer.bulk("libraries_count");
  writer.integer(count.libraries);
  writer.bulk("functions_count");
  writer.integer(count.functions);
}

Awaitable<void> talk_function_kill(Conversation& talk) {
  const tenant::Tenant& tenant = *talk.client.tenant;
  for (const std::uint16_t backend : request::script_backends(talk.snapshot)) {
    const auto running = co_await running_function(talk.context, backend_of(talk, backend), tenant);
    if (!running) co_return talk.writer().error(running.error());
    if (!running->own) continue;
    const Result<std::string> reply =
        co_await kill_function(talk.context, backend_of(talk, backend));
    co_return pass_on(talk, reply);
  }
  talk.writer().error(refuse::not_busy());
}

}  // namespace bulkhead::session
