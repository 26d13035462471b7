#include "helpers.hpp"

namespace bulkhead::config {

namespace {

// Tenant acme with users whose lines begin at 8.
std::string with_users(const std::string& lines) {
  return kLeast + "tenants:\n  - name: acme\n    users:\n" + lines;
}

std::string user(const std::string& name, char digit) {
  return "      - { name: " + name + ", passwords: [\"" + hash_of(digit) + "\"] }\n";
}

}  // namespace

TEST_CASE("users have names and hashed passwords") {
  const Config config = config_of(
      with_users(user("alice", '1') + "      - name: bob\n        passwords:\n          - \"" +
                 hash_of('2') + "\"\n          - \"" + hash_of('3') + "\"\n"));
  const auto& users = config.tenants.at(0).users;
  REQUIRE(users.size() == 2);
  CHECK(users[0].name == "alice");
  CHECK(users[0].passwords.at(0).sha256[0] == 0x11);
  REQUIRE(users[1].passwords.size() == 2);
  CHECK(users[1].passwords[1].sha256[31] == 0x33);
}

TEST_CASE("a password may have an end") {
  const Config config = config_of(
      with_users("      - name: bob\n        passwords:\n          - { hash: \"" + hash_of('2') +
                 "\", expires: 2026-12-31 }\n          - hash: \"" + hash_of('3') +
                 "\"\n            expires: 2026-12-31T18:00:00+01:00\n          - { hash: \"" +
                 hash_of('4') + "\" }\n          - \"" + hash_of('5') + "\"\n"));
  const auto& passwords = config.tenants.at(0).users.at(0).passwords;
  REQUIRE(passwords.size() == 4);
  const WallTime day = std::chrono::sys_days(std::chrono::year(2026) / 12 / 31);
  CHECK(passwords[0].expires == day);
  CHECK(passwords[1].expires == day + std::chrono::hours(17));
  CHECK_FALSE(passwords[2].expires);
  CHECK_FALSE(passwords[3].expires);
  CHECK(passwords[0].expired(day));
  CHECK_FALSE(passwords[0].expired(day - std::chrono::seconds(1)));
}

TEST_CASE("mistakes in passwords with an end") {
  const auto problem = [](const std::string& password) {
    return only_problem_of(with_users("      - { name: bob, passwords: [" + password + "] }\n"));
  };
  CHECK(problem("{ expires: 2026-12-31 }") == "8: a password needs the key 'hash'");
  CHECK(problem("{ hash: hunter2 }").find("hunter2") == std::string::npos);
  CHECK(problem("{ hash: \"" + hash_of('1') + "\", expires: soon }") ==
        "8: 'expires' must be a date such as 2026-12-31, or with a time and its zone "
        "2026-12-31T18:00:00Z, not 'soon'");
  CHECK(problem("{ hash: \"" + hash_of('1') + "\", expire: 2026-12-31 }") ==
        "8: 'expire' is no key of a password; did you mean 'expires'?");
  CHECK(problem("[a]").starts_with("8: the items of 'passwords' must be hashes, or maps"));
}

TEST_CASE("a user needs passwords") {
  CHECK(only_problem_of(with_users("      - { name: alice }\n")) ==
        "8: a user needs the key 'passwords'");
  CHECK(only_problem_of(with_users("      - { name: alice, passwords: [] }\n")) ==
        "8: a user needs a password at least");
  CHECK(only_problem_of(with_users("      - { name: alice, passwords: hunter2 }\n")) ==
        "8: 'passwords' must be a list");
}

TEST_CASE("a plain password is refused at its own line and not repeated") {
  const std::string problem =
      only_problem_of(with_users("      - name: alice\n        passwords:\n          - hunter2\n"));
  CHECK(problem.starts_with("10: a password of user 'alice' is not a hash"));
  CHECK(problem.find("`bulkhead hash-password`") != std::string::npos);
  CHECK(problem.find("hunter2") == std::string::npos);
}

TEST_CASE("a hash without quotes is a comment, which is said") {
  const std::string problem = only_problem_of(
      with_users("      - name: alice\n        passwords:\n          - " + hash_of('1') + "\n"));
  CHECK(problem.find("one that begins with '#' needs quotes") != std::string::npos);
}

TEST_CASE("mistakes in users") {
  CHECK(only_problem_of(with_users("      - alice\n")) ==
        "8: a user must be a map, as in { name: ... }");
  CHECK(only_problem_of(with_users("      - { passwords: [\"" + hash_of('1') + "\"] }\n")) ==
        "8: a user needs the key 'name'");
  CHECK(only_problem_of(with_users(user("'a b'", '1'))) ==
        "8: the user's name 'a b' must not hold blanks");
}

TEST_CASE("a user's name is there once over all tenants") {
  const std::string other = "  - name: globex\n    users:\n" + user("alice", '2');
  CHECK(only_problem_of(with_users(user("alice", '1') + other)) ==
        "11: the user 'alice' is there already, in test.yaml:8");
}

TEST_CASE("two tenants with one password, when the password alone must tell them apart") {
  const std::string text = with_users(user("alice", '1') + user("bob", '1') +
                                      "  - name: globex\n    users:\n" + user("carol", '1'));
  CHECK(only_problem_of(text) ==
        "12: user 'carol' of tenant 'globex' and user 'alice' of tenant 'acme' have the same "
        "password; change one, or set password_only_auth: no");
  CHECK(config_of(text + "password_only_auth: no\n").tenants.size() == 2);
}

}  // namespace bulkhead::config
