#include "helpers.hpp"

namespace bulkhead::config {

namespace {

const std::string kRest =
    "backends: [{ name: main, address: \"127.0.0.1:6379\" }]\n"
    "tenants: [{ name: acme }]\n";

}  // namespace

TEST_CASE("listeners with and without a tenant") {
  const Config config = config_of(kRest +
                                  "listen:\n"
                                  "  - address: 127.0.0.1:6380\n"
                                  "  - { address: unix:/run/acme.sock, tenant: acme }\n"
                                  "  - { address: \"[::]:0\" }\n"
                                  "  - { address: \"[::]:0\" }\n"
                                  "admin: { address: \"127.0.0.1:9121\" }\n");
  REQUIRE(config.listen.size() == 4);
  CHECK(config.listen[0].address.port == 6380);
  CHECK_FALSE(config.listen[0].tenant);
  CHECK(config.listen[1].address.is_unix());
  CHECK(config.listen[1].tenant == "acme");
  REQUIRE(config.admin);
  CHECK(config.admin->address.port == 9121);
}

TEST_CASE("the admin port is there only when it is asked for") {
  CHECK_FALSE(config_of(kLeast).admin);
}

TEST_CASE("mistakes in listeners") {
  const auto problem = [](const std::string& text) { return only_problem_of(kRest + text); };
  CHECK(problem("") == "1: the configuration needs the key 'listen'");
  CHECK(problem("listen: []\n") == "3: there must be an address to listen on");
  CHECK(problem("listen: { address: \"127.0.0.1:6380\" }\n") == "3: 'listen' must be a list");
  CHECK(problem("listen:\n  - tenant: acme\n") == "4: a listener needs the key 'address'");
  CHECK(problem("listen:\n  - address: 127.0.0.1:6380\n    tenant: globex\n") ==
        "5: there is no tenant 'globex'");
  CHECK(problem("listen:\n  - address: 127.0.0.1\n") ==
        "4: the address '127.0.0.1' needs a port, as in 127.0.0.1:6379");
  CHECK(problem("listen: [{ address: \"a:1\" }, { address: \"a:1\" }]\n") ==
        "3: the address 'a:1' is there already, in test.yaml:3");
  CHECK(problem("listen: [{ address: \"a:1\" }]\nadmin: { address: \"a:1\" }\n") ==
        "4: the address 'a:1' is there already, in test.yaml:3");
  CHECK(problem("listen: [{ address: \"a:1\" }]\nadmin: {}\n") ==
        "4: admin needs the key 'address'");
}

}  // namespace bulkhead::config
