#include "helpers.hpp"

namespace bulkhead::config {

using namespace std::chrono_literals;

namespace {

// A configuration whose backend has these lines, which begin at line 5.
std::string with_backend(const std::string& lines) {
  return "listen:\n  - address: 127.0.0.1:6380\nbackends:\n  - name: main\n" + lines;
}

const std::string kAddress = "    address: 127.0.0.1:6379\n";

}  // namespace

TEST_CASE("a backend's values, and its defaults") {
  const Config config = config_of(
      "listen: [{ address: \"127.0.0.1:6380\" }]\n"
      "backends:\n"
      "  - { name: main, address: \"redis.internal:6379\" }\n"
      "  - { name: other, address: unix:/run/redis.sock, username: proxy, password: secret, lanes: "
      "4,\n"
      "      connect_timeout: 2s, command_timeout: 1m, reconnect_min: 10ms, reconnect_max: 30s,\n"
      "      health_interval: 5s }\n");
  REQUIRE(config.backends.size() == 2);
  const Backend& main = config.backends[0];
  CHECK(main.address == Endpoint{"redis.internal", 6379, ""});
  CHECK(main.username.empty());
  CHECK(main.password.empty());
  CHECK(main.lanes == 1);
  CHECK(main.connect_timeout == 1s);
  const Backend& other = config.backends[1];
  CHECK(other.address.path == "/run/redis.sock");
  CHECK(other.username == "proxy");
  CHECK(other.password == "secret");
  CHECK(other.lanes == 4);
  CHECK(other.connect_timeout == 2s);
  CHECK(other.command_timeout == 1min);
  CHECK(other.reconnect_min == 10ms);
  CHECK(other.reconnect_max == 30s);
  CHECK(other.health_interval == 5s);
}

TEST_CASE("a backend's deadlines and its breaker") {
  const Backend main =
      config_of(with_backend(kAddress + "    command_deadline: 0\n"
                                        "    health_timeout: 3s\n"
                                        "    breaker: { enabled: false, window: 1m, failures: 1, "
                                        "timeouts: 0, error_rate: 100, min_commands: 2,\n"
                                        "      open_time: 4s, probes: 5 }\n"))
          .backends.at(0);
  CHECK(main.command_deadline == 0s);
  CHECK(main.health_timeout == 3s);
  CHECK_FALSE(main.breaker.enabled);
  CHECK(main.breaker.window == 1min);
  CHECK(main.breaker.failures == 1);
  CHECK(main.breaker.timeouts == 0);
  CHECK(main.breaker.error_rate == 100);
  CHECK(main.breaker.min_commands == 2);
  CHECK(main.breaker.open_time == 4s);
  CHECK(main.breaker.probes == 5);
  CHECK(config_of(kLeast).backends.at(0).breaker.enabled);
  CHECK(only_problem_of(with_backend(kAddress + "    breaker: { failure: 5 }\n")) ==
        "6: 'failure' is no key of a breaker; did you mean 'failures'?");
  CHECK(only_problem_of(with_backend(kAddress + "    breaker: { error_rate: 101 }\n")) ==
        "6: 'error_rate' must be a whole number from 0 to 100, not '101'");
}

TEST_CASE("there must be a backend") {
  CHECK(only_problem_of("listen: [{ address: \"127.0.0.1:6380\" }]\n") ==
        "1: the configuration needs the key 'backends'");
  CHECK(only_problem_of("listen: [{ address: \"127.0.0.1:6380\" }]\nbackends: []\n") ==
        "2: there must be a backend at least");
  CHECK(only_problem_of("listen: [{ address: \"127.0.0.1:6380\" }]\nbackends: [main]\n") ==
        "2: a backend must be a map, as in { name: ... }");
}

TEST_CASE("a backend needs a name of its own and an address with a port") {
  CHECK(only_problem_of(with_backend("    lanes: 1\n")) == "4: a backend needs the key 'address'");
  CHECK(only_problem_of(with_backend("    address: 127.0.0.1:0\n")) ==
        "5: a backend's port must not be 0");
  CHECK(only_problem_of(kLeast + "  - { name: main, address: \"127.0.0.1:6390\" }\n") ==
        "5: the backend 'main' is there already, in test.yaml:4");
  CHECK(only_problem_of(kLeast + "  - { address: \"127.0.0.1:6390\" }\n") ==
        "5: a backend needs the key 'name'");
  CHECK(only_problem_of(kLeast + "  - { name: Main, address: \"127.0.0.1:6390\" }\n") ==
        "5: the name 'Main' must be 1 to 64 characters out of a-z, 0-9, '_' and '-'");
}

TEST_CASE("waits that contradict each other") {
  CHECK(only_problem_of(with_backend(kAddress + "    reconnect_min: 5s\n")) ==
        "6: 'reconnect_min' must not be longer than 'reconnect_max'");
  CHECK(only_problem_of(with_backend(kAddress + "    reconnect_max: 10ms\n")) ==
        "6: 'reconnect_min' must not be longer than 'reconnect_max'");
  CHECK(only_problem_of(with_backend(kAddress + "    lanes: 0\n")) ==
        "6: 'lanes' must be a whole number from 1 to 64, not '0'");
  CHECK(only_problem_of(with_backend(kAddress + "    connect_timeout: 0\n")) ==
        "6: 'connect_timeout' must be a duration from 1ms to 1h, not '0'");
}

TEST_CASE("a password comes from one place") {
  const TemporaryFolder folder;
  const std::string file = folder.write("password", "secret\n");
  CHECK(only_problem_of(
            with_backend(kAddress + "    password: x\n    password_file: " + file + "\n")) ==
        "7: 'password' and 'password_file' exclude each other");
  CHECK(only_problem_of(with_backend(kAddress + "    username: x\n")) ==
        "6: 'username' needs a 'password' or a 'password_file' with it");
}

TEST_CASE("the first line of a password file is the password") {
  const TemporaryFolder folder;
  folder.write("secrets/redis", "se cret\r\nsecond line\n");
  const std::string main =
      folder.write("b.yaml", with_backend(kAddress + "    password_file: secrets/redis\n"));
  CHECK(loaded(load(main)).backends[0].password == "se cret");
}

TEST_CASE("a password file that cannot be used is named, and its content is not") {
  const TemporaryFolder folder;
  const auto problem = [&](const std::string& file) {
    return only_problem_of(with_backend(kAddress + "    password_file: " + file + "\n"));
  };
  CHECK(problem("/nonexistent") ==
        "6: the file '/nonexistent' cannot be opened: No such file or directory");
  CHECK(problem(folder.write("empty", "\nsecret\n")).ends_with("has nothing in its first line"));
  CHECK(problem("/dev/null").ends_with("is not a plain file"));
  CHECK(problem(folder.path().string()).ends_with("is not a plain file"));
  const std::string large = problem(folder.write("large", std::string(100000, 's')));
  CHECK(large.find("is larger than 65536 bytes") != std::string::npos);
  CHECK(large.find("ssss") == std::string::npos);
}

TEST_CASE("a backend's password is never repeated") {
  for (const auto* lines :
       {"    password: { hunter2: x }\n", "    password: [hunter2]\n", "    password: &hunter2\n",
        "    password: *hunter2\n", "    password: !hunter2 x\n", "    password: \"hunter2\\q\"\n",
        "    password: 'hunter2\n"}) {
    const Problems problems = problems_of(with_backend(kAddress + lines));
    CAPTURE(lines);
    CHECK_FALSE(problems.empty());
    for (const Problem& problem : problems) {
      CHECK(problem.sentence.find("hunter2") == std::string::npos);
    }
  }
}

}  // namespace bulkhead::config
