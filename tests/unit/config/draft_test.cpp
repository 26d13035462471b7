#include "config/draft.hpp"

#include "catch.hpp"

namespace bulkhead::config {

namespace {

Tenant tenant_named(const std::string& name) {
  Tenant tenant;
  tenant.name = name;
  return tenant;
}

User user_with(const std::string& name, std::initializer_list<unsigned char> passwords) {
  User user;
  user.name = name;
  for (const unsigned char byte : passwords) user.passwords.emplace_back().sha256.fill(byte);
  return user;
}

}  // namespace

TEST_CASE("a second use of a name points to the first one") {
  Draft draft;
  const Source a = draft.source("a.yaml");
  const Source b = draft.source("b.yaml");
  draft.tenants.add("acme", a, 3);
  draft.tenants.add("globex", b, 4);
  CHECK(draft.problems.empty());
  draft.tenants.add("acme", b, 5);
  REQUIRE(draft.problems.size() == 1);
  CHECK(draft.problems[0].text() == "b.yaml:5: the tenant 'acme' is there already, in a.yaml:3");
  CHECK(draft.tenants.has("globex"));
  CHECK_FALSE(draft.tenants.has("initech"));
}

TEST_CASE("a password of two tenants names both users") {
  Draft draft;
  const Source source = draft.source("a.yaml");
  draft.passwords.add(tenant_named("acme"), user_with("alice", {1, 2}), source, 3);
  draft.passwords.add(tenant_named("acme"), user_with("bob", {2}), source, 4);
  CHECK(draft.problems.empty());
  draft.passwords.add(tenant_named("globex"), user_with("carol", {3, 2}), source, 5);
  REQUIRE(draft.problems.size() == 1);
  CHECK(draft.problems[0].line == 5);
  CHECK(draft.problems[0].sentence ==
        "user 'carol' of tenant 'globex' and user 'alice' of tenant 'acme' have the same password; "
        "change one, or set password_only_auth: no");
}

TEST_CASE("passwords whose hashes begin alike are still different") {
  Draft draft;
  const Source source = draft.source("a.yaml");
  User first = user_with("alice", {1});
  User second = user_with("bob", {1});
  second.passwords[0].sha256[31] = 2;
  draft.passwords.add(tenant_named("acme"), first, source, 1);
  draft.passwords.add(tenant_named("globex"), second, source, 2);
  CHECK(draft.problems.empty());
}

}  // namespace bulkhead::config
