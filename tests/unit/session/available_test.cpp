#include "session/available.hpp"

#include "asking.hpp"
#include "catch.hpp"

#include <algorithm>

using namespace bulkhead;
using session::Asking;

namespace {

bool lists(std::string_view tenant, std::string_view name, bool subcommands = false) {
  const Asking ask(tenant);
  const auto rows =
      session::available_commands(*ask.snapshot, *ask.client.tenant, ask.facts, subcommands);
  return std::any_of(rows.begin(), rows.end(), [&](const auto* row) { return row->name == name; });
}

}  // namespace

TEST_CASE("commands are available that a tenant's policy allows and that are not denied to all") {
  CHECK(lists("acme", "get"));
  CHECK_FALSE(lists("acme", "keys"));
  CHECK(lists("globex", "keys"));
  CHECK_FALSE(lists("globex", "lpush"));
  CHECK_FALSE(lists("acme", "shutdown"));
}

TEST_CASE("a container is available through its subcommands, and they are where asked for") {
  CHECK(lists("acme", "client"));
  CHECK(lists("acme", "xgroup"));
  CHECK_FALSE(lists("acme", "client|getname"));
  CHECK(lists("acme", "client|getname", true));
  CHECK_FALSE(lists("acme", "client|pause", true));
}

TEST_CASE("each row is listed once, in the order of the table") {
  const Asking ask;
  const auto rows = session::available_commands(*ask.snapshot, *ask.client.tenant, ask.facts, true);
  CHECK(std::is_sorted(rows.begin(), rows.end(), [](auto* a, auto* b) { return a < b; }));
  CHECK(std::adjacent_find(rows.begin(), rows.end()) == rows.end());
}
