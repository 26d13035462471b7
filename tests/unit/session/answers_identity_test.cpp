#include "asking.hpp"
#include "catch.hpp"

using namespace bulkhead;
using session::Asking;
using session::bulk;
using namespace std::string_literals;

namespace {

constexpr auto kWrongPass = "-WRONGPASS invalid username-password pair or user is disabled.\r\n";
constexpr auto kBadName =
    "-ERR Client names cannot contain spaces, newlines or special characters.\r\n";

std::string identity(const Asking& ask) {
  return ask.effects.identity ? (*ask.effects.identity)->name : "none";
}

bool has_failed(const Asking& ask) {
  return ask.effects.attempt && ask.effects.attempt->failed();
}

}  // namespace

TEST_CASE("AUTH takes a password, or a user and a password") {
  Asking ask("");
  CHECK(ask({"AUTH", "secret-acme"}) == "+OK\r\n");
  CHECK(identity(ask) == "acme");
  CHECK(ask({"AUTH", "default", "secret-globex"}) == "+OK\r\n");
  CHECK(identity(ask) == "globex");
  CHECK(ask({"AUTH", "legacy", "secret-legacy"}) == "+OK\r\n");
  CHECK(identity(ask) == "legacy");
  CHECK_FALSE(has_failed(ask));
}

TEST_CASE("wrong credentials establish nothing, and their answer is to be delayed") {
  Asking ask("");
  for (const auto& args :
       {resp::OwnedArgs{"AUTH", "wrong"}, resp::OwnedArgs{"AUTH", "acme", "secret-globex"},
        resp::OwnedArgs{"AUTH", "nobody", "secret-acme"}, resp::OwnedArgs{"AUTH", ""},
        resp::OwnedArgs{"HELLO", "3", "AUTH", "acme", "wrong"}}) {
    CHECK(ask(args) == kWrongPass);
    CHECK(has_failed(ask));
    CHECK(identity(ask) == "none");
  }
  CHECK(ask({"AUTH", "a", "b", "c"}) == "-ERR syntax error\r\n");
  CHECK_FALSE(has_failed(ask));
}

TEST_CASE("HELLO tells of a standalone master in the protocol that it switches to") {
  Asking ask;
  ask.facts.read("redis_version:7.0.15\r\n");
  const std::string rest = bulk("server") + bulk("redis") + bulk("version") + bulk("7.0.15");
  const std::string end = bulk("id") + ":7\r\n" + bulk("mode") + bulk("standalone") + bulk("role") +
                          bulk("master") + bulk("modules") + "*0\r\n";
  CHECK(ask({"HELLO"}) == "*14\r\n" + rest + bulk("proto") + ":2\r\n" + end);
  CHECK(ask({"HELLO", "3"}) == "%7\r\n" + rest + bulk("proto") + ":3\r\n" + end);
  CHECK(ask.client.resp3);
  CHECK(ask({"HELLO"}).starts_with("%7\r\n"));
  CHECK(ask({"HELLO", "2"}).starts_with("*14\r\n"));
  CHECK_FALSE(ask.client.resp3);
}

TEST_CASE("HELLO may authenticate and name the connection, in any order of its options") {
  Asking ask("");
  CHECK(ask({"HELLO", "3", "setname", "me", "auth", "acme", "secret-acme"}).starts_with("%7"));
  CHECK(identity(ask) == "acme");
  CHECK(ask.client.name == "me");
}

TEST_CASE("HELLO's mistakes are told as Redis 7.0.15 tells them") {
  Asking ask;
  const std::string not_a_version = "-ERR Protocol version is not an integer or out of range\r\n";
  CHECK(ask({"HELLO", "x"}) == not_a_version);
  CHECK(ask({"HELLO", "+3"}) == not_a_version);
  CHECK(ask({"HELLO", "9999999999999999999999"}) == not_a_version);
  CHECK(ask({"HELLO", "4"}) == "-NOPROTO unsupported protocol version\r\n");
  CHECK(ask({"HELLO", "1"}) == "-NOPROTO unsupported protocol version\r\n");
  CHECK(ask({"HELLO", "3", "FOO"}) == "-ERR Syntax error in HELLO option 'FOO'\r\n");
  CHECK(ask({"HELLO", "3", "AUTH", "acme"}) == "-ERR Syntax error in HELLO option 'AUTH'\r\n");
  CHECK(ask({"HELLO", "3", "SETNAME"}) == "-ERR Syntax error in HELLO option 'SETNAME'\r\n");
  CHECK_FALSE(ask.client.resp3);
}

TEST_CASE("a name that HELLO cannot give is refused before the password is looked at") {
  Asking ask("");
  CHECK(ask({"HELLO", "3", "AUTH", "acme", "secret-acme", "SETNAME", "a b"}) == kBadName);
  CHECK(identity(ask) == "none");
  CHECK(ask({"HELLO", "3", "AUTH", "acme", "wrong", "SETNAME", "a b"}) == kBadName);
  CHECK_FALSE(has_failed(ask));
  CHECK_FALSE(ask.client.resp3);
}

TEST_CASE("HELLO without an identity changes nothing") {
  Asking ask("");
  CHECK(ask({"HELLO", "3", "SETNAME", "me"}).starts_with("-NOAUTH HELLO must be called"));
  CHECK_FALSE(ask.client.resp3);
  CHECK(ask.client.name.empty());
}

TEST_CASE("PING and ECHO give back what they are given") {
  Asking ask;
  CHECK(ask({"PING"}) == "+PONG\r\n");
  CHECK(ask({"PING", "a\r\nb"}) == bulk("a\r\nb"));
  CHECK(ask({"PING", "a", "b"}) == "-ERR wrong number of arguments for 'ping' command\r\n");
  CHECK(ask({"ECHO", ""}) == bulk(""));
}

TEST_CASE("SELECT takes the tenant's databases and no other, and never pretends") {
  Asking ask;
  CHECK(ask({"SELECT", "2"}) == "+OK\r\n");
  CHECK(ask.client.selected_db == 2);
  const std::string range = "-ERR DB index is out of range\r\n";
  for (const std::string_view db : {"3", "-1", "16", "65536"}) CHECK(ask({"SELECT", db}) == range);
  for (const std::string_view db : {"x", "", "+1", "01", "1 "}) {
    CHECK(ask({"SELECT", db}) == "-ERR value is not an integer or out of range\r\n");
  }
  CHECK(ask.client.selected_db == 2);
  CHECK(ask({"SELECT", "0"}) == "+OK\r\n");
  CHECK(ask.client.selected_db == 0);
  Asking chosen("chosen");
  CHECK(chosen({"SELECT", "9"}) == "+OK\r\n");
  CHECK(chosen({"SELECT", "2"}) == range);
}

TEST_CASE("RESET and QUIT leave what they mean to the session") {
  Asking ask;
  CHECK(ask({"RESET"}) == "+RESET\r\n");
  CHECK(ask.effects.reset);
  CHECK(ask({"QUIT"}) == "+OK\r\n");
  CHECK(ask.effects.close);
}

TEST_CASE("who is banned gets the same answer, and no password is looked at") {
  Asking ask("");
  for (int i = 0; i < 20; ++i) CHECK(ask({"AUTH", "acme", "wrong"}) == kWrongPass);
  CHECK(ask.effects.attempt->outcome.pair_banned);
  CHECK(ask({"AUTH", "acme", "secret-acme"}) == kWrongPass);
  CHECK(ask.effects.attempt->login.result == tenant::LoginResult::banned);
  CHECK(identity(ask) == "none");
  CHECK(ask({"AUTH", "globex", "secret-globex"}) == "+OK\r\n");
}
