#include "bulkhead/config/load.hpp"

#include "bulkhead/config/prefix.hpp"
#include "helpers.hpp"

#include <set>

namespace bulkhead::config {

namespace {

const std::string kReference = R"(listen:
  - address: 127.0.0.1:6380
admin:
  address: 127.0.0.1:9121            # /metrics /healthz /readyz, own port, loopback by default
workers: auto
backends:
  - name: main
    address: 127.0.0.1:6379          # or unix:/path, with username, password or password_file, tls
features:
  - { name: sessions,   db: 0, keys: ["session:*", "auth:*", "refresh:*", "presence:*", "*:session:*"] }
  - { name: cache,      db: 1, keys: ["cache:*", "*:cache:*"] }
  - { name: rate_limit, db: 2, keys: ["rate:*", "ratelimit:*", "*:ratelimit:*"] }
  - { name: realtime,   db: 3, keys: ["ws:*", "online:*", "notifications:*", "stats:*"] }
  - { name: queues,     db: 4, keys: ["queue:*", "job:*", "schedule:*", "bull:*"] }
  - { name: analytics,  db: 5, keys: ["analytics:*", "leaderboard:*", "trending:*"] }
default_feature: cache
policy: ["+@all", "-@admin", "-@dangerous", "+@tenant"]
tenants:
  - name: acme
    users:
      - { name: acme, passwords: ["#307c609f87da43c3d563428a4f7efdf9857f4871fd10465732c4ab11a985a08c"] }
  - name: globex
    prefix: "erp:tenant:globex:"
    policy: ["+keys", "+flushdb"]
    users:
      - { name: globex, passwords: ["#4fe6ae1bd397d68b149f8a86069f5e6806a937d7d0b2f31830c48008b268bda0"] }
tenants_dir: tenants.d               # more tenants, a file each
)";

std::string shipped(const std::string& name) {
  return std::string(BULKHEAD_SOURCE_DIR) + "/config/" + name;
}

std::string content_of(const std::string& file) {
  std::ifstream stream(file);
  return {std::istreambuf_iterator<char>(stream), {}};
}

// A text in which every map has a key that is unknown, so that the problems list the known ones.
const std::string kEveryMap =
    "zzzzzzzz: 0\n"
    "listen: [{ zzzzzzzz: 0, proxy_protocol: { zzzzzzzz: 0 } }]\n"
    "admin: { zzzzzzzz: 0 }\n"
    "backends: [{ zzzzzzzz: 0 }]\n"
    "features: [{ zzzzzzzz: 0, ttl: { zzzzzzzz: 0 } }]\n"
    "tenants: [{ zzzzzzzz: 0, users: [{ zzzzzzzz: 0, passwords: [{ zzzzzzzz: 0 }] }] }]\n"
    "limits: { zzzzzzzz: 0 }\n"
    "auth: { zzzzzzzz: 0 }\n"
    "audit: { zzzzzzzz: 0 }\n"
    "log: { zzzzzzzz: 0 }\n";

std::set<std::string> known_keys() {
  std::set<std::string> keys;
  for (const Problem& problem : problems_of(kEveryMap)) {
    const std::size_t list = problem.sentence.find("these are: ");
    if (list == std::string::npos) continue;
    std::istringstream words(problem.sentence.substr(list + 11));
    for (std::string word; words >> word;) {
      keys.insert(word.substr(0, word.find(',')));
    }
  }
  return keys;
}

}  // namespace

TEST_CASE("the reference configuration loads") {
  const Config config = config_of(kReference);
  CHECK(config.file == "test.yaml");
  CHECK(config.listen.at(0).address.text() == "127.0.0.1:6380");
  CHECK(config.admin.value().address.text() == "127.0.0.1:9121");
  CHECK(config.workers == 0);
  CHECK(config.backends.at(0).name == "main");
  REQUIRE(config.features.size() == 6);
  CHECK(config.features[2].name == "rate_limit");
  CHECK(config.features[2].keys ==
        std::vector<std::string>{"rate:*", "ratelimit:*", "*:ratelimit:*"});
  CHECK(config.default_feature == "cache");
  REQUIRE(config.tenants.size() == 2);
  CHECK(expand_prefix(config.tenants[0].prefix, "acme", "cache") == "acme:");
  CHECK(config.tenants[1].prefix == "erp:tenant:globex:");
  CHECK(config.tenants[1].policy == std::vector<std::string>{"+keys", "+flushdb"});
  CHECK(config.tenants[1].users.at(0).passwords.at(0).sha256[0] == 0x4f);
  CHECK(config.tenants[1].line == 22);
}

TEST_CASE("the shipped configuration loads, and the tenants beside it") {
  const Config config = loaded(load(shipped("bulkhead.yaml")));
  CHECK(config.file == shipped("bulkhead.yaml"));
  CHECK(config.listen.at(0).address.port == 6380);
  CHECK(config.features.size() == 6);
  REQUIRE(config.tenants.size() == 3);
  CHECK(config.tenants[0].name == "acme");
  CHECK(config.tenants[2].name == "initech");
  CHECK(config.tenants[2].prefix_mode == PrefixMode::require);
  CHECK(config.tenants[2].databases == std::vector<int>{0, 1, 9});
}

TEST_CASE("the shipped configuration names every key, and no default that is wrong") {
  const std::string text = content_of(shipped("bulkhead.yaml"));
  const std::set<std::string> keys = known_keys();
  CHECK(keys.size() > 45);
  for (const std::string& key : keys) {
    CAPTURE(key);
    CHECK(text.find(key + ":") != std::string::npos);
  }
}

TEST_CASE("what the shipped configuration leaves commented out are the defaults") {
  std::istringstream lines(content_of(shipped("bulkhead.yaml")));
  std::string limits = "limits:\n";
  bool inside = false;
  for (std::string line; std::getline(lines, line);) {
    if (inside && line.empty()) break;
    if (inside) limits += line.starts_with("  # ") ? "  " + line.substr(4) + "\n" : line + "\n";
    inside = inside || line == "limits:";
  }
  const Limits written = config_of(kLeast + limits).limits;
  const Limits defaults;
  CHECK(std::count(limits.begin(), limits.end(), '\n') == 37);
  CHECK(written.clients == defaults.clients);
  CHECK(written.request_bulk == defaults.request_bulk);
  CHECK(written.request_args == defaults.request_args);
  CHECK(written.request_bytes == defaults.request_bytes);
  CHECK(written.pipeline == defaults.pipeline);
  CHECK(written.client_output == defaults.client_output);
  CHECK(written.client_output_soft == defaults.client_output_soft);
  CHECK(written.subscriptions == defaults.subscriptions);
  CHECK(written.tenant_subscriptions == defaults.tenant_subscriptions);
  CHECK(written.subscriber_output == defaults.subscriber_output);
  CHECK(written.subscriber_output_soft == defaults.subscriber_output_soft);
  CHECK(written.subscriber_output_time == defaults.subscriber_output_time);
  CHECK(written.lane_output == defaults.lane_output);
  CHECK(written.process_buffers == defaults.process_buffers);
  CHECK(written.slowlog_slower_than == defaults.slowlog_slower_than);
  CHECK(written.slowlog_max_len == defaults.slowlog_max_len);
  CHECK(written.auth_timeout == defaults.auth_timeout);
  CHECK(written.auth_failure_delay == defaults.auth_failure_delay);
  CHECK(written.idle_timeout == defaults.idle_timeout);
  CHECK(written.slow_reader_grace == defaults.slow_reader_grace);
  CHECK(written.drain_timeout == defaults.drain_timeout);
  CHECK(written.drain_blocked == defaults.drain_blocked);
  CHECK(written.drain_subscribed == defaults.drain_subscribed);
  CHECK(written.pattern_bytes == defaults.pattern_bytes);
  CHECK(written.pattern_stars == defaults.pattern_stars);
  CHECK(written.scan_count_max == defaults.scan_count_max);
  CHECK(written.scan_budget == defaults.scan_budget);
}

TEST_CASE("ten mistakes are ten problems, each at its line") {
  const Problems problems = problems_of(
      "listen:\n"
      "  - address: 127.0.0.1:99999\n"  // 2: port
      "worker: 4\n"                     // 3: unknown key
      "backends:\n"
      "  - name: main\n"
      "    address: 127.0.0.1:6379\n"
      "    lanes: many\n"        // 7: type
      "    reconnect_min: 5s\n"  // 8: contradiction
      "features:\n"
      "  - { name: cache, db: 1024 }\n"  // 10: range
      "  - { name: cache, db: 1 }\n"     // 11: duplicate
      "default_feature: sessions\n"      // 12: names nothing
      "policy: [all]\n"                  // 13: shape
      "tenants:\n"
      "  - name: acme\n"
      "    users:\n"
      "      - { name: acme, passwords: [plain] }\n"  // 17: not hashed
      "log: { level: loud }\n");                      // 18: choice
  std::vector<int> lines;
  for (const Problem& problem : problems) {
    UNSCOPED_INFO(problem.text());
    lines.push_back(problem.line);
    CHECK(problem.file == "test.yaml");
    CHECK(problem.sentence.size() > 20);
  }
  CHECK(lines == std::vector<int>{2, 3, 7, 8, 10, 11, 12, 13, 17, 18});
}

TEST_CASE("anchors and merge keys spare repetition") {
  const Config config = config_of(kLeast +
                                  "tenants:\n"
                                  "  - &base\n"
                                  "    name: acme\n"
                                  "    policy: &policy [+keys]\n"
                                  "  - { <<: *base, name: globex }\n"
                                  "  - { name: initech, policy: *policy }\n");
  REQUIRE(config.tenants.size() == 3);
  CHECK(config.tenants[1].name == "globex");
  CHECK(config.tenants[1].policy == config.tenants[0].policy);
  CHECK(config.tenants[2].policy == config.tenants[0].policy);
}

TEST_CASE("texts that are no configuration at all") {
  CHECK(only_problem_of("") == "0: there is nothing in this file");
  CHECK(only_problem_of("# only a comment\n") == "0: there is nothing in this file");
  const std::string no_map = ": this must be a map, beginning with listen: ...";
  CHECK(only_problem_of("word") == "1" + no_map);
  CHECK(only_problem_of("\n- list\n") == "2" + no_map);
  CHECK(problems_of("{}").size() == 2);
  CHECK(only_problem_of(kLeast + "  bad\n").starts_with("5: this is not YAML"));
}

TEST_CASE("values of the wrong kind in every section are problems and nothing worse") {
  const auto* keys =
      GENERATE("listen", "admin", "workers", "backends", "features", "default_feature", "prefix",
               "prefix_mode", "routing", "password_only_auth", "cursor_secret", "policy", "tenants",
               "tenants_dir", "limits", "log");
  const auto* value = GENERATE("", "~", "[[]]", "[~]", "{ a: b }", "[{ a: b }]", "[{}]", "[1, 2]");
  const std::string text = std::string(keys) + ": " + value + "\n";
  CAPTURE(text);
  CHECK_FALSE(problems_of(text).empty());
}

TEST_CASE("a file that is not there is one problem without a line") {
  const Problems problems = problems_in(load("/nonexistent/bulkhead.yaml"));
  REQUIRE(problems.size() == 1);
  CHECK(problems[0].text() ==
        "/nonexistent/bulkhead.yaml: the file cannot be opened: No such file or directory");
}

TEST_CASE("ten thousand tenants load") {
  std::string text = kLeast + "tenants:\n";
  for (int i = 0; i < 10000; ++i) text += "  - name: t" + std::to_string(i) + "\n";
  CHECK(config_of(text).tenants.size() == 10000);
}

}  // namespace bulkhead::config
