#include "key_scan.hpp"

#include "bulkhead/base/sentences.hpp"
#include "bulkhead/resp/number.hpp"
#include "bulkhead/resp/parsed_reply.hpp"

#include <charconv>

namespace bulkhead::session {
namespace {

constexpr std::size_t kLargestPage = 64 * 1024 * 1024;

// Cursors are unsigned; the strict reader knows signed numbers only.
std::uint64_t read_cursor(std::string_view text) {
  std::uint64_t cursor = 0;
  std::from_chars(text.data(), text.data() + text.size(), cursor);
  return cursor;
}

}  // namespace

Result<std::string> scoped_pattern(const tenant::Tenant& tenant, const tenant::Prefix& prefix,
                                   std::string_view pattern) {
  if (tenant.adds_prefix()) return std::string(pattern);
  if (pattern == "*") return prefix.escaped + "*";
  for (const tenant::Prefix& own : tenant.prefixes) {
    if (pattern.starts_with(own.plain) || pattern.starts_with(own.escaped)) {
      return std::string(pattern);
    }
  }
  return refuse::foreign_key();
}

bool KeyScan::reachable(std::string_view name, route::Route place) const {
  const route::Route own = talk_.snapshot.router.route(talk_.client, name);
  return own.place == place.place &&
         (talk_.client.tenant->prefixes.size() == 1 || own.feature == place.feature);
}

Result<Page> KeyScan::read(std::string_view bytes, route::Route place, bool everything) const {
  const auto reply = resp::ParsedReply::parse(bytes);
  if (!reply) return refuse::generic("ERR the backend's answer to SCAN cannot be read");
  if (reply->is_error()) return refuse::generic(reply->text());
  if (reply->size() != 2) return refuse::generic("ERR the backend's answer to SCAN cannot be read");
  Page page;
  page.cursor = read_cursor((*reply)[0].text());
  const auto names = (*reply)[1];
  const tenant::Tenant& tenant = *talk_.client.tenant;
  for (std::size_t i = 0; i < names.size(); ++i) {
    const auto element = names[i];
    std::string_view name = element.text();
    const std::size_t prefix = tenant.prefix_length(name);
    if (prefix == 0) {
      talk_.on_foreign_name();
      return refuse::foreign_name_in_reply();
    }
    if (tenant.adds_prefix()) name.remove_prefix(prefix);
    if (everything || reachable(name, place)) page.names.emplace_back(name);
  }
  return page;
}

Awaitable<Result<Page>> KeyScan::page(route::Route place, std::uint64_t cursor,
                                      const ScanOptions& options, bool everything) {
  const tenant::Tenant& tenant = *talk_.client.tenant;
  const auto pattern = scoped_pattern(tenant, tenant.key_prefix(place.feature), options.pattern);
  if (!pattern) co_return pattern.error();
  const std::string from = std::to_string(cursor);
  const std::string count = std::to_string(options.count);
  std::vector<rewrite::Word> words = {
      {"SCAN"}, {from}, {"MATCH"}, {*pattern, rewrite::Word::Kind::pattern}, {"COUNT"}, {count}};
  if (!options.type.empty()) {
    words.push_back({"TYPE"});
    words.push_back({options.type});
  }
  const auto call = talk_.call(kLargestPage);
  call->send(talk_.lane(place.place), rewrite::own_command(tenant, place.feature, words));
  const auto reply = co_await call->reply();
  if (!reply) co_return reply.error();
  co_return read(*reply, place, everything);
}

}  // namespace bulkhead::session
