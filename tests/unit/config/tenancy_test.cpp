#include "helpers.hpp"

namespace bulkhead::config {

TEST_CASE("what holds for all tenants when nothing is said") {
  const Config config = config_of(kLeast);
  CHECK(config.prefix == "{tenant}:");
  CHECK(config.prefix_mode == PrefixMode::add);
  CHECK(config.routing == Routing::by_key);
  CHECK(config.pubsub == Pubsub::exact);
  CHECK(config.password_only_auth);
  CHECK(config.cursor_secret.empty());
  CHECK(config.policy == std::vector<std::string>{"+@all", "-@admin", "-@dangerous", "+@tenant"});
}

TEST_CASE("what holds for all tenants when it is said") {
  const Config config = config_of(kLeast +
                                  "prefix: \"{tenant}/{feature}/\"\n"
                                  "prefix_mode: require\n"
                                  "routing: by_select\n"
                                  "pubsub: fanout\n"
                                  "password_only_auth: false\n"
                                  "cursor_secret: s\n"
                                  "policy: [+@read, -client|kill]\n");
  CHECK(config.prefix == "{tenant}/{feature}/");
  CHECK(config.prefix_mode == PrefixMode::require);
  CHECK(config.routing == Routing::by_select);
  CHECK(config.pubsub == Pubsub::fanout);
  CHECK_FALSE(config.password_only_auth);
  CHECK(config.cursor_secret == "s");
  CHECK(config.policy == std::vector<std::string>{"+@read", "-client|kill"});
  CHECK(config_of(kLeast + "policy: []\n").policy.empty());
}

TEST_CASE("mistakes in what holds for all tenants") {
  const auto problem = [](const std::string& line) {
    return only_problem_of(kLeast + line + "\n");
  };
  CHECK(problem("prefix: \"app:\"") ==
        "5: the prefix 'app:' must have {tenant} in it, for it is the one of all tenants");
  CHECK(problem("prefix: \"{feature}:\"").find("must have {tenant}") != std::string::npos);
  CHECK(problem("prefix: \"{tenant\"") ==
        "5: the prefix '{tenant' has a brace without its counterpart");
  CHECK(problem("prefix: \"{tenant}{db}\"") ==
        "5: the prefix '{tenant}{db}' knows only the placeholders {tenant} and {feature}");
  CHECK(problem("prefix: ''").find("must not be empty") != std::string::npos);
  CHECK(problem("prefix_mode: strip") ==
        "5: 'prefix_mode' must be one of add, require, not 'strip'");
  CHECK(problem("routing: by_name") ==
        "5: 'routing' must be one of by_key, by_select, not 'by_name'");
  CHECK(problem("pubsub: some") == "5: 'pubsub' must be one of exact, fanout, not 'some'");
  CHECK(problem("password_only_auth: maybe") ==
        "5: 'password_only_auth' must be one of true, false, yes, no, not 'maybe'");
  CHECK(problem("policy: +@all") == "5: 'policy' must be a list");
  CHECK(problem("policy:\n  - +@all\n  - keys") ==
        "7: the rule 'keys' must begin with '+' to permit or '-' to deny");
}

}  // namespace bulkhead::config
