#include "asking.hpp"
#include "catch.hpp"

using namespace bulkhead;
using session::Asking;
using session::bulk;
using session::ReplyMode;

TEST_CASE("a connection has the name that it gives itself") {
  Asking ask;
  CHECK(ask({"CLIENT", "GETNAME"}) == "$-1\r\n");
  CHECK(ask({"CLIENT", "SETNAME", "worker-1"}) == "+OK\r\n");
  CHECK(ask({"client", "getname"}) == bulk("worker-1"));
  for (const std::string_view bad : {"a b", "a\n", "a\x7f", "\xc3\xa4"}) {
    CHECK(ask({"CLIENT", "SETNAME", bad}) ==
          "-ERR Client names cannot contain spaces, newlines or special characters.\r\n");
  }
  CHECK(ask.client.name == "worker-1");
  CHECK(ask({"CLIENT", "SETNAME", ""}) == "+OK\r\n");
  CHECK(ask({"CLIENT", "GETNAME"}) == "$-1\r\n");
}

TEST_CASE("ids are the proxy's own") {
  Asking ask;
  CHECK(ask({"CLIENT", "ID"}) == ":7\r\n");
  const std::string line = ask({"CLIENT", "INFO"});
  CHECK(line.find("id=7 addr=127.0.0.1:5000 laddr=127.0.0.1:6380") != std::string::npos);
  CHECK(line.find("user=acme") != std::string::npos);
}

TEST_CASE("CLIENT REPLY is the session's to carry out") {
  Asking ask;
  ask({"CLIENT", "REPLY", "off"});
  CHECK(ask.effects.reply_mode == ReplyMode::off);
  ask({"CLIENT", "REPLY", "SKIP"});
  CHECK(ask.effects.reply_mode == ReplyMode::skip_next);
  CHECK(ask({"CLIENT", "REPLY", "ON"}) == "+OK\r\n");
  CHECK(ask.effects.reply_mode == ReplyMode::on);
  CHECK(ask({"CLIENT", "REPLY", "what"}) == "-ERR syntax error\r\n");
  CHECK_FALSE(ask.effects.reply_mode);
}

TEST_CASE("CLIENT SETINFO keeps a library's name and version") {
  Asking ask;
  CHECK(ask({"CLIENT", "SETINFO", "LIB-NAME", "redis-py"}) == "+OK\r\n");
  CHECK(ask({"CLIENT", "SETINFO", "lib-ver", "5.0.1"}) == "+OK\r\n");
  CHECK(ask.client.lib_name == "redis-py");
  CHECK(ask.client.lib_version == "5.0.1");
  CHECK(ask({"CLIENT", "SETINFO", "lib-name", "a b"}) ==
        "-ERR lib-name cannot contain spaces, newlines or special characters.\r\n");
  CHECK(ask({"CLIENT", "SETINFO", "what", "x"}) == "-ERR Unrecognized option 'what'\r\n");
}

TEST_CASE("wishes about eviction are accepted and do nothing") {
  Asking ask;
  CHECK(ask({"CLIENT", "NO-EVICT", "on"}) == "+OK\r\n");
  CHECK(ask({"CLIENT", "NO-TOUCH", "OFF"}) == "+OK\r\n");
  CHECK(ask({"CLIENT", "NO-EVICT", "what"}) == "-ERR syntax error\r\n");
}
