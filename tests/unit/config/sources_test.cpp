#include "helpers.hpp"

namespace bulkhead::config {

namespace {

std::string user_with(const std::string& source) {
  return kLeast + "tenants: [{ name: acme, users: [{ name: alice, passwords: [\"" + hash_of('1') +
         "\"], source: " + source + " }] }]\n";
}

}  // namespace

TEST_CASE("a user may come from listed networks only") {
  const auto user =
      config_of(user_with("[\"10.0.0.0/8\", \"2001:db8::/32\", unix]")).tenants[0].users[0];
  REQUIRE(user.sources);
  CHECK(user.sources->contains(IpAddress::parse("10.1.1.1")));
  CHECK(user.sources->contains(IpAddress::parse("2001:db8::5")));
  CHECK_FALSE(user.sources->contains(IpAddress::parse("192.0.2.1")));
  CHECK(user.sources->contains(std::nullopt));
  const auto one = config_of(user_with("192.0.2.1")).tenants[0].users[0];
  CHECK(one.sources->contains(IpAddress::parse("192.0.2.1")));
  CHECK_FALSE(one.sources->contains(std::nullopt));
}

TEST_CASE("mistakes in lists of networks") {
  CHECK(only_problem_of(user_with("[]")) == "5: there must be a network at least in 'source'");
  CHECK(only_problem_of(user_with("[\"10.0.0.1/8\"]"))
            .starts_with("5: '10.0.0.1/8' is no network: write 10.0.0.0/8"));
  CHECK(only_problem_of(user_with("everywhere")).starts_with("5: 'everywhere' is no network"));
  CHECK(only_problem_of(user_with("{ a: b }")) == "5: 'source' must be a list");
}

}  // namespace bulkhead::config
