#include "helpers.hpp"

namespace bulkhead::config {

namespace {

std::string with_listener(const std::string& more) {
  return "backends: [{ name: main, address: \"127.0.0.1:6379\" }]\n"
         "tenants: [{ name: acme, users: [{ name: alice, passwords: [\"" +
         hash_of('1') + "\"] }] }]\nlisten:\n  - address: unix:/run/b.sock\n" + more;
}

}  // namespace

TEST_CASE("peers are system users by number or name") {
  const Config config =
      config_of(with_listener("    mode: \"0660\"\n    peers: { 1000: alice, root: alice }\n"));
  const Listener& listener = config.listen.at(0);
  CHECK(listener.mode == 0660);
  CHECK(listener.peers == std::vector<Peer>{{1000, "alice"}, {0, "alice"}});
}

TEST_CASE("mistakes in peers") {
  const auto problem = [](const std::string& text) { return only_problem_of(with_listener(text)); };
  CHECK(problem("    peers: { no-such-user: alice }\n") ==
        "5: there is no system user 'no-such-user' on this machine");
  CHECK(problem("    peers: { 4294967295: alice }\n") ==
        "5: there is no system user '4294967295' on this machine");
  CHECK(problem("    peers: { 1: bob }\n") == "5: there is no user 'bob'");
  CHECK(problem("    peers: { 1: [alice] }\n") ==
        "5: a peer must be a user's name, as in 1000: acme");
  CHECK(problem("    peers: { 0: alice, root: alice }\n") ==
        "5: the system user 'root' is there already");
  CHECK(problem("    peers: { 1: alice }\n    tenant: acme\n") ==
        "5: either 'tenant' says who clients are or 'peers' does");
  CHECK(problem("  - { address: \"a:1\", mode: \"0660\" }\n") ==
        "5: 'mode' is for unix sockets, as in unix:/run/bulkhead.sock");
}

TEST_CASE("a listener behind a proxy says whom it believes") {
  const Config config =
      config_of(with_listener("  - address: 127.0.0.1:6380\n    proxy_protocol: { from: "
                              "[\"10.0.0.0/8\"], timeout: 1s }\n"));
  const auto& settings = config.listen.at(1).proxy_protocol;
  REQUIRE(settings);
  CHECK(settings->from.contains(IpAddress::parse("10.0.0.1")));
  CHECK(settings->timeout == Milliseconds(1000));
  CHECK(only_problem_of(with_listener("    proxy_protocol: {}\n")) ==
        "5: proxy_protocol needs the key 'from'");
  CHECK(only_problem_of(
            with_listener("    proxy_protocol: { from: unix }\n    peers: { 1: alice }\n")) ==
        "6: behind 'proxy_protocol' the other end is the proxy in between, not a peer");
}

}  // namespace bulkhead::config
