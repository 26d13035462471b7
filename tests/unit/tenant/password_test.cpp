#include "bulkhead/tenant/password.hpp"

#include "catch.hpp"

#include <span>
#include <vector>

using namespace bulkhead;
using tenant::hash_password;
using tenant::Match;

TEST_CASE("a password is written as Redis' ACL writes it") {
  CHECK(tenant::written_hash(hash_password("")) ==
        "#e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  CHECK(tenant::written_hash(hash_password("abc")) ==
        "#ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST_CASE("one of several passwords is enough, and none of none is not") {
  const WallTime now{};
  const std::vector<config::Password> passwords = {hash_password("old"), hash_password("new")};
  const auto match = [&](std::string_view tried, std::size_t comparisons) {
    return tenant::compare(passwords, hash_password(tried).sha256, now, comparisons);
  };
  for (const std::size_t comparisons : {0u, 2u, 10u}) {
    CHECK(match("old", comparisons) == Match::good);
    CHECK(match("new", comparisons) == Match::good);
    CHECK(match("other", comparisons) == Match::none);
    CHECK(match("", comparisons) == Match::none);
  }
  CHECK(tenant::compare({}, hash_password("old").sha256, now, 5) == Match::none);
  // What comparisons that stand for nothing compare with is nobody's password.
  CHECK(tenant::compare({}, config::Digest{}, now, 5) == Match::none);
}

TEST_CASE("a password is good until the moment at which it expires") {
  const WallTime end{std::chrono::seconds(1000)};
  std::vector<config::Password> passwords = {hash_password("a"), hash_password("a")};
  passwords[0].expires = end;
  const auto at = [&](std::span<const config::Password> some, WallTime now) {
    return tenant::compare(some, hash_password("a").sha256, now, 2);
  };
  const std::span<const config::Password> both(passwords);
  CHECK(at(both.first(1), end - std::chrono::seconds(1)) == Match::good);
  CHECK(at(both.first(1), end) == Match::expired);
  CHECK(at(both, end) == Match::good);
}
