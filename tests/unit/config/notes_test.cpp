#include "bulkhead/config/notes.hpp"

#include "helpers.hpp"

namespace bulkhead::config {

TEST_CASE("expired passwords are told, and users who have no other") {
  const Config config =
      config_of(kLeast +
                "tenants:\n  - name: acme\n    users:\n      - name: alice\n        passwords:\n   "
                "       - \"" +
                hash_of('1') + "\"\n          - { hash: \"" + hash_of('2') +
                "\", expires: 2026-01-01 }\n      - { name: bob, passwords: [{ hash: \"" +
                hash_of('3') + "\", expires: 2026-06-01T12:00Z }] }\n");
  const auto at = [&](int y, unsigned m) {
    return expired_passwords(config, std::chrono::sys_days(std::chrono::year(y) / int(m) / 1));
  };
  CHECK(at(2025, 12).empty());
  const Problems first = at(2026, 1);
  REQUIRE(first.size() == 1);
  CHECK(
      first[0].text() ==
      "test.yaml:9: a password of user 'alice' has expired on 2026-01-01T00:00:00Z; take it away");
  const Problems all = at(2026, 7);
  REQUIRE(all.size() == 3);
  CHECK(all[2].text() == "test.yaml:12: user 'bob' has no password that is still good");
}

}  // namespace bulkhead::config
