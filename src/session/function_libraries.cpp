#include "function_libraries.hpp"

#include "bulkhead/base/sentences.hpp"
#include "bulkhead/resp/parsed_reply.hpp"
#include "bulkhead/rewrite/script_library.hpp"

namespace bulkhead::session {
namespace {

using resp::ParsedReply;

constexpr std::string_view kTooManyLocals = "main function has more than 200 local variables";

// The value behind a name in a map that Redis writes as an array.
std::optional<ParsedReply> field(const ParsedReply& map, std::string_view name) {
  for (std::size_t i = 0; i + 1 < map.size(); i += 2) {
    if (map[i].text() == name) return map[i + 1];
  }
  return std::nullopt;
}

std::string text_of(const ParsedReply& map, std::string_view name) {
  const auto found = field(map, name);
  return found ? std::string(found->text()) : std::string();
}

Function function_of(const ParsedReply& map, std::size_t tag) {
  Function function{text_of(map, "name").erase(0, tag), std::nullopt, {}};
  const auto description = field(map, "description");
  if (description && !description->is_null()) function.description = description->text();
  const auto flags = field(map, "flags");
  for (std::size_t i = 0; flags && i < flags->size(); ++i) {
    function.flags.emplace_back((*flags)[i].text());
  }
  return function;
}

// Nothing for a library that is not the tenant's, or not made by a proxy.
std::optional<Library> library_of(const ParsedReply& map, const std::string& tag, bool code) {
  Library library{text_of(map, "library_name"), text_of(map, "engine"), {}, {}, {}};
  if (!library.name.starts_with(tag)) return std::nullopt;
  library.name.erase(0, tag.size());
  const auto functions = field(map, "functions");
  for (std::size_t i = 0; functions && i < functions->size(); ++i) {
    library.functions.push_back(function_of((*functions)[i], tag.size()));
  }
  if (!code) return library;
  auto unwrapped = rewrite::script::unwrap_library(text_of(map, "library_code"));
  if (!unwrapped) return std::nullopt;
  library.code = std::move(unwrapped->code);
  library.mark = std::move(unwrapped->mark);
  return library;
}

const rewrite::script::Shim& shim_of(Conversation& talk, std::uint16_t backend) {
  return talk.context.scripts.shim(talk.snapshot, *talk.client.tenant, backend,
                                   *talk.backends[backend]);
}

}  // namespace

Awaitable<Result<std::string>> ask_about_functions(Context& context, upstream::Backend& backend,
                                                   const tenant::Tenant& tenant,
                                                   std::vector<std::string> words) {
  const boost::intrusive_ptr<upstream::Call> call(
      new upstream::Call(context.io, context.snapshot->config.limits.client_output));
  const std::vector<rewrite::Word> all(words.begin(), words.end());
  call->send(backend.own_lane(), rewrite::own_command(tenant, 0, all));
  const auto reply = co_await call->reply();
  if (!reply) co_return reply.error();
  co_return std::string(*reply);
}

std::string error_line(std::string_view reply, const tenant::Tenant& tenant) {
  std::string line(reply.substr(1, reply.find('\r') - 1));
  rewrite::script::remove_tag(line, rewrite::script::library_tag(tenant));
  return line;
}

Awaitable<Result<std::vector<Library>>> find_libraries(Context& context, upstream::Backend& backend,
                                                       const tenant::Tenant& tenant,
                                                       std::string pattern, bool code) {
  const std::string tag = rewrite::script::library_tag(tenant);
  std::vector<std::string> words = {"FUNCTION", "LIST", "LIBRARYNAME", tag + pattern};
  if (code) words.emplace_back("WITHCODE");
  const auto reply = co_await ask_about_functions(context, backend, tenant, std::move(words));
  if (!reply) co_return reply.error();
  if (reply->starts_with('-')) co_return refuse::generic(error_line(*reply, tenant));
  const auto parsed = ParsedReply::parse(*reply);
  if (!parsed) co_return refuse::unreadable_reply();
  std::vector<Library> libraries;
  for (std::size_t i = 0; i < parsed->size(); ++i) {
    if (auto library = library_of((*parsed)[i], tag, code)) {
      libraries.push_back(std::move(*library));
    }
  }
  co_return libraries;
}

Awaitable<Result<std::string>> load_library(Conversation& talk, std::uint16_t backend,
                                            std::string code, bool replace) {
  const tenant::Tenant& tenant = *talk.client.tenant;
  Result<std::string> reply = std::string();
  for (int nested = 0; nested != 2; ++nested) {
    std::vector<std::string> words = {"FUNCTION", "LOAD"};
    if (replace) words.emplace_back("REPLACE");
    words.push_back(
        rewrite::script::wrap_library(shim_of(talk, backend), tenant, code, nested != 0));
    reply = co_await ask_about_functions(talk.context, *talk.backends[backend], tenant,
                                         std::move(words));
    if (!reply || reply->find(kTooManyLocals) == reply->npos) break;
  }
  if (reply && reply->starts_with('-')) co_return "-" + error_line(*reply, tenant) + "\r\n";
  co_return reply;
}

Awaitable<void> renew_libraries(Conversation& talk, std::uint16_t backend) {
  const tenant::Tenant& tenant = *talk.client.tenant;
  const std::string mark = shim_of(talk, backend).library_mark();
  const auto all =
      co_await find_libraries(talk.context, *talk.backends[backend], tenant, "*", true);
  if (!all) co_return;
  std::int64_t renewed = 0;
  for (const Library& library : *all) {
    if (library.mark == mark) continue;
    // Looked at once more, right before: somebody may be loading another version of it.
    const auto now =
        co_await find_libraries(talk.context, *talk.backends[backend], tenant, library.name, true);
    if (!now || now->size() != 1 || now->front().mark == mark) continue;
    const auto reply = co_await load_library(talk, backend, now->front().code, true);
    if (!reply) co_return;
    if (reply->starts_with('-')) {
      talk.context.log.error("library_not_renewed", {{"tenant", tenant.name},
                                                     {"library", library.name},
                                                     {"problem", error_line(*reply, tenant)}});
    } else {
      ++renewed;
    }
  }
  if (renewed != 0) {
    talk.context.log.info("libraries_renewed", {{"tenant", tenant.name}, {"libraries", renewed}});
  }
}

Awaitable<void> renew_libraries_once(Conversation& talk, std::uint16_t backend) {
  const auto key = std::pair(static_cast<const upstream::Backend*>(talk.backends[backend].get()),
                             talk.client.tenant->name);
  const int generation = talk.backends[backend]->facts().generation();
  const Scripts::Renewed& known = talk.context.scripts.libraries_renewed[key];
  if (known.snapshot == &talk.snapshot && known.generation == generation) co_return;
  co_await renew_libraries(talk, backend);
  talk.context.scripts.libraries_renewed[key] = {&talk.snapshot, generation};
}

}  // namespace bulkhead::session
