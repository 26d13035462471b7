#include "bulkhead/rewrite/tracking_command.hpp"

#include "bulkhead/rewrite/invalidated_keys.hpp"
#include "catch.hpp"
#include "tenants.hpp"

using namespace bulkhead;
using namespace bulkhead::rewrite;

namespace {

constexpr auto kRequire = config::PrefixMode::require;

// The words behind CLIENT TRACKING ON, with a space between them.
std::string words(const tenant::Tenant& tenant, const tenant::Tracking& after,
                  std::int64_t redirect = 0) {
  const Batch batch = tracking_on(tenant, std::nullopt, after, redirect);
  std::string text;
  std::string_view rest = batch.bytes();
  for (int line = 0; !rest.empty(); ++line) {
    const auto end = rest.find("\r\n");
    if (line > 6 && line % 2 == 0) (text += text.empty() ? "" : " ") += rest.substr(0, end);
    rest.remove_prefix(end + 2);
  }
  return text;
}

tenant::Tracking broadcast(std::set<std::string> prefixes) {
  tenant::Tracking tracking;
  tracking.broadcast = true;
  tracking.prefixes = std::move(prefixes);
  return tracking;
}

}  // namespace

TEST_CASE("a broadcast goes upstream with the tenant's prefix, always") {
  const auto acme = tenant_with({"acme:"});
  CHECK(words(acme, broadcast({""})) == "BCAST PREFIX acme:");
  CHECK(words(acme, broadcast({"a", "b"}), 7) == "REDIRECT 7 BCAST PREFIX acme:a PREFIX acme:b");
  CHECK(words(acme, broadcast({"", "a"})) == "BCAST PREFIX acme:");
  // One per feature, and none of the channels'.
  CHECK(words(tenant_with({"t:a:", "t:b:", "t:"}), broadcast({"x"})) ==
        "BCAST PREFIX t:a:x PREFIX t:b:x");
  const auto own = tenant_with({"own:"}, kRequire);
  CHECK(words(own, broadcast({"own:a"})) == "BCAST PREFIX own:a");
  CHECK(words(own, broadcast({""})) == "BCAST PREFIX own:");
}

TEST_CASE("invalidated keys: the tenant's are stripped, others left out and counted") {
  const auto acme = tenant_with({"acme:"});
  const auto some = clients_keys("*3\r\n$6\r\nacme:a\r\n$4\r\nb:cd\r\n$5\r\nacme:\r\n", acme);
  CHECK(some.wire.view() == "*2\r\n$1\r\na\r\n$0\r\n\r\n");
  CHECK(some.own == 2);
  CHECK(some.foreign == 1);
  CHECK(clients_keys("_\r\n", acme).all);
  CHECK(clients_keys("$-1\r\n", acme).wire.view() == "$-1\r\n");
  const auto own = tenant_with({"own:"}, kRequire);
  CHECK(clients_keys("*1\r\n$5\r\nown:a\r\n", own).wire.view() == "*1\r\n$5\r\nown:a\r\n");
}
