#include "bulkhead/resp/parsed_reply.hpp"

#include "catch.hpp"

#include <string>

using bulkhead::resp::ParsedReply;
using namespace std::string_literals;

TEST_CASE("every type of RESP2 is taken apart") {
  CHECK(ParsedReply::parse("+OK\r\n")->text() == "OK");
  CHECK(ParsedReply::parse(":-42\r\n")->integer() == -42);
  CHECK(ParsedReply::parse("$5\r\na\0\r\nb\r\n"s)->text() == "a\0\r\nb"s);
  CHECK(ParsedReply::parse("$-1\r\n")->text().empty());
  const auto error = ParsedReply::parse("-ERR no\r\n");
  CHECK(error->is_error());
  CHECK(error->text() == "ERR no");
}

TEST_CASE("elements of an array outlive the variable that held the whole") {
  auto inner = [] {
    const auto reply = ParsedReply::parse("*2\r\n$2\r\n17\r\n*2\r\n$1\r\na\r\n$1\r\nb\r\n");
    REQUIRE(reply);
    CHECK(reply->is_array());
    CHECK(reply->size() == 2);
    CHECK((*reply)[0].text() == "17");
    return (*reply)[1];
  }();
  REQUIRE(inner.size() == 2);
  CHECK(inner[1].text() == "b");
}

TEST_CASE("what is no array has no elements") {
  CHECK(ParsedReply::parse(":3\r\n")->size() == 0);
  CHECK(ParsedReply::parse("*0\r\n")->size() == 0);
  CHECK(ParsedReply::parse("*-1\r\n")->size() == 0);
}

TEST_CASE("bytes that are not exactly one reply are none") {
  for (const std::string& bytes :
       {""s, "+OK"s, "$5\r\nab\r\n"s, "*2\r\n:1\r\n"s, "x\r\n"s, "+OK\r\n+OK\r\n"s, "+OK\r\n:"s}) {
    CAPTURE(bytes);
    CHECK_FALSE(ParsedReply::parse(bytes));
  }
}
