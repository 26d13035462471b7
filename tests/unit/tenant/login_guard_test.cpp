#include "bulkhead/tenant/login_guard.hpp"

#include "catch.hpp"

#include <set>

using namespace bulkhead;
using namespace std::chrono_literals;
using tenant::AttemptKeys;
using tenant::AttemptTable;
using tenant::LoginGuard;

namespace {

const Instant kStart = Instant{} + 1h;

config::Auth settings() {
  config::Auth auth;
  auth.failures = 3;
  auth.source_failures = 5;
  auth.user_failures = 8;
  auth.window = 60s;
  auth.ban = 30s;
  return auth;
}

struct Guarded {
  AttemptKeys keys(const std::string& address, const std::string& user) const {
    return guard.keys(IpAddress::parse(address), user);
  }
  LoginGuard::Outcome fail(const std::string& address, const std::string& user,
                           Instant now = kStart) {
    return guard.failed(keys(address, user), now, auth);
  }
  bool banned(const std::string& address, const std::string& user, Instant now = kStart) const {
    return guard.banned(keys(address, user), now, auth);
  }
  LoginGuard guard;
  config::Auth auth = settings();
};

}  // namespace

TEST_CASE("a user is banned from the address that guesses, for a while") {
  Guarded g;
  CHECK(g.fail("192.0.2.1", "alice").failures == 1);
  CHECK_FALSE(g.fail("192.0.2.1", "alice").pair_banned);
  CHECK_FALSE(g.banned("192.0.2.1", "alice"));
  CHECK(g.fail("192.0.2.1", "alice").pair_banned);
  CHECK(g.banned("192.0.2.1", "alice"));
  CHECK(g.banned("192.0.2.1", "alice", kStart + 29s));
  CHECK_FALSE(g.banned("192.0.2.1", "alice", kStart + 30s));
  CHECK_FALSE(g.banned("192.0.2.2", "alice"));
  CHECK_FALSE(g.banned("192.0.2.1", "bob"));
}

TEST_CASE("failures count within the window, and a success forgets them") {
  Guarded g;
  g.fail("192.0.2.1", "alice");
  g.fail("192.0.2.1", "alice");
  CHECK(g.fail("192.0.2.1", "alice", kStart + 61s).failures == 1);
  CHECK(g.fail("192.0.2.1", "alice", kStart + 62s).failures == 2);
  CHECK(g.guard.succeeded(g.keys("192.0.2.1", "alice"), kStart + 63s).tell);
  CHECK(g.fail("192.0.2.1", "alice", kStart + 64s).failures == 1);
}

TEST_CASE("who tries many users is banned for all, but for those who have been good there") {
  Guarded g;
  g.guard.succeeded(g.keys("192.0.2.1", "good"), kStart);
  for (const char* user : {"a", "b", "c", "d"})
    CHECK_FALSE(g.fail("192.0.2.1", user).source_banned);
  CHECK(g.fail("192.0.2.1", "e").source_banned);
  CHECK(g.banned("192.0.2.1", "f"));
  CHECK_FALSE(g.banned("192.0.2.1", "good"));
  CHECK_FALSE(g.banned("192.0.2.2", "f"));
  CHECK_FALSE(g.banned("192.0.2.1", "f", kStart + 30s));
}

TEST_CASE("a user whom many addresses guess at is not locked out where it was good before") {
  Guarded g;
  g.guard.succeeded(g.keys("203.0.113.1", "alice"), kStart);
  for (int i = 0; i < 7; ++i) g.fail("192.0.2." + std::to_string(i), "alice");
  CHECK(g.fail("192.0.2.99", "alice").user_banned);
  CHECK(g.banned("198.51.100.1", "alice"));
  CHECK_FALSE(g.banned("203.0.113.1", "alice"));
  CHECK_FALSE(g.banned("198.51.100.1", "bob"));
}

TEST_CASE("passwords without a user have no user's ban") {
  Guarded g;
  for (int i = 0; i < 20; ++i) g.fail("192.0.2." + std::to_string(i), "");
  CHECK_FALSE(g.banned("198.51.100.1", ""));
  for (int i = 0; i < 3; ++i) g.fail("198.51.100.1", "");
  CHECK(g.banned("198.51.100.1", ""));
}

TEST_CASE("0 turns a ban off, also one that holds; settings count when they are asked") {
  Guarded g;
  for (int i = 0; i < 3; ++i) g.fail("192.0.2.1", "alice");
  CHECK(g.banned("192.0.2.1", "alice"));
  g.auth.ban = 10s;
  CHECK_FALSE(g.banned("192.0.2.1", "alice", kStart + 10s));
  g.auth.failures = 0;
  CHECK_FALSE(g.banned("192.0.2.1", "alice"));
  g.auth.source_failures = g.auth.user_failures = 0;
  for (int i = 0; i < 100; ++i) g.fail("192.0.2.1", "alice");
  CHECK_FALSE(g.banned("192.0.2.1", "alice"));
}

TEST_CASE("an IPv6 client has a whole /64, and IPv4 is one however it came") {
  const LoginGuard guard;
  const auto source = [&](const char* text) {
    return guard.keys(IpAddress::parse(text), "u").source;
  };
  CHECK(source("2001:db8::1") == source("2001:db8::ffff:1"));
  CHECK(source("2001:db8::1") != source("2001:db8:0:1::1"));
  CHECK(source("192.0.2.1") == source("::ffff:192.0.2.1"));
  CHECK(source("192.0.2.1") != source("192.0.2.2"));
  CHECK(guard.keys(std::nullopt, "u").source != source("::"));
}

TEST_CASE("keys depend on the secret and cannot be shifted into each other") {
  LoginGuard one, other;
  other.use({1, 2, 3});
  CHECK(one.keys(std::nullopt, "u").pair != other.keys(std::nullopt, "u").pair);
  const AttemptKeys keys = one.keys(IpAddress::parse("192.0.2.1"), "u");
  CHECK(std::set{keys.pair, keys.source, keys.user}.size() == 3);
}

TEST_CASE("what one worker notes another follows") {
  LoginGuard one, other;
  const config::Auth auth = settings();
  const AttemptKeys keys = one.keys(IpAddress::parse("192.0.2.1"), "alice");
  for (int i = 0; i < 3; ++i)
    other.follow({keys, one.failed(keys, kStart, auth).tell}, kStart, auth);
  CHECK(other.banned(keys, kStart, auth));
}

TEST_CASE("a success is told now and then, not each time") {
  Guarded g;
  const AttemptKeys keys = g.keys("192.0.2.1", "alice");
  CHECK(g.guard.succeeded(keys, kStart).tell);
  CHECK_FALSE(g.guard.succeeded(keys, kStart + 1s).tell);
  CHECK(g.guard.succeeded(keys, kStart + 2min).tell);
}

TEST_CASE("a flood of other keys does not push out a ban") {
  AttemptTable table;
  const AttemptTable::Limits limits{2, 60s, 60s};
  table.count(7, kStart, limits);
  table.count(7, kStart, limits);
  REQUIRE(table.banned(7, kStart, limits));
  // All of them in the same eight places.
  const std::uint64_t step = AttemptTable::kPlaces / AttemptTable::kWays;
  for (std::uint64_t i = 1; i < 100'000; ++i) table.count(7 + i * step, kStart + 1s, limits);
  CHECK(table.banned(7, kStart + 1s, limits));
}

TEST_CASE("of bans the oldest gives way") {
  AttemptTable table;
  const AttemptTable::Limits limits{1, 60s, 60s};
  const std::uint64_t step = AttemptTable::kPlaces / AttemptTable::kWays;
  for (std::uint64_t i = 0; i < 9; ++i) table.count(1 + i * step, kStart + i * 1s, limits);
  CHECK_FALSE(table.banned(1, kStart + 9s, limits));
  for (std::uint64_t i = 1; i < 9; ++i) CHECK(table.banned(1 + i * step, kStart + 9s, limits));
}

TEST_CASE("the answer waits twice as long each time, up to the most") {
  using tenant::failure_delay;
  CHECK(failure_delay(0, 200ms, 1s) == 200ms);
  CHECK(failure_delay(1, 200ms, 1s) == 200ms);
  CHECK(failure_delay(2, 200ms, 1s) == 400ms);
  CHECK(failure_delay(3, 200ms, 1s) == 800ms);
  CHECK(failure_delay(4, 200ms, 1s) == 1s);
  CHECK(failure_delay(1'000'000, 200ms, 1s) == 1s);
  CHECK(failure_delay(5, 0ms, 1s) == 0ms);
  CHECK(failure_delay(5, 200ms, 0ms) == 200ms);
}
