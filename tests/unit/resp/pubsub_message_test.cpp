#include "bulkhead/resp/pubsub_message.hpp"

#include "catch.hpp"

using namespace bulkhead;
using resp::PubsubMessage;
using Kind = PubsubMessage::Kind;

namespace {

std::string written(const PubsubMessage& message, bool resp3) {
  Buffer out;
  resp::write_message(message, resp3, out);
  return std::string(out.view());
}

constexpr std::string_view kMessage = "*3\r\n$7\r\nmessage\r\n$1\r\nc\r\n$2\r\nhi\r\n";
constexpr std::string_view kPmessage = ">4\r\n$8\r\npmessage\r\n$2\r\nc*\r\n$2\r\nch\r\n$0\r\n\r\n";

}  // namespace

TEST_CASE("messages are read in both protocols") {
  const auto message = resp::read_message(kMessage);
  REQUIRE(message);
  CHECK(message->kind == Kind::message);
  CHECK(message->channel == "c");
  CHECK(message->payload == "hi");
  CHECK(message->payload_wire == "$2\r\nhi\r\n");
  const auto by_pattern = resp::read_message(kPmessage);
  REQUIRE(by_pattern);
  CHECK(by_pattern->kind == Kind::pmessage);
  CHECK(by_pattern->pattern == "c*");
  CHECK(by_pattern->channel == "ch");
  CHECK(by_pattern->payload.empty());
  CHECK(resp::read_message(">3\r\n$8\r\nsmessage\r\n$1\r\nc\r\n$1\r\nx\r\n")->kind ==
        Kind::smessage);
}

TEST_CASE("a payload that is no string is carried as it came") {
  const auto message = resp::read_message(
      "*3\r\n$7\r\nmessage\r\n$20\r\n__redis__:invalidate\r\n*1\r\n$3\r\nkey\r\n");
  REQUIRE(message);
  CHECK(message->channel == "__redis__:invalidate");
  CHECK(message->payload.empty());
  CHECK(message->payload_wire == "*1\r\n$3\r\nkey\r\n");
}

TEST_CASE("what is no message is not read as one") {
  for (std::string_view value :
       {"+OK\r\n", ">2\r\n$10\r\ninvalidate\r\n*1\r\n$1\r\nk\r\n", "*0\r\n", "*-1\r\n",
        "*3\r\n$9\r\nsubscribe\r\n$1\r\nc\r\n:1\r\n", "*3\r\n:1\r\n$1\r\nc\r\n$1\r\nx\r\n",
        "*2\r\n$7\r\nmessage\r\n$1\r\nc\r\n", "*3\r\n$8\r\npmessage\r\n$1\r\nc\r\n$1\r\nx\r\n",
        "*3\r\n$7\r\nmessage\r\n$-1\r\n$1\r\nx\r\n", "*3\r\n$7\r\nmessage\r\n$5\r\nc"}) {
    CAPTURE(value);
    CHECK_FALSE(resp::read_message(value));
  }
}

TEST_CASE("messages are written as they are read, in the client's protocol") {
  CHECK(written(*resp::read_message(kMessage), false) == kMessage);
  CHECK(written(*resp::read_message(kPmessage), true) == kPmessage);
  CHECK(written(*resp::read_message(kMessage), true) == ">" + std::string(kMessage.substr(1)));
  PubsubMessage own = *resp::read_message(kMessage);
  own.payload = "bye";
  own.payload_wire = {};
  CHECK(written(own, false) == "*3\r\n$7\r\nmessage\r\n$1\r\nc\r\n$3\r\nbye\r\n");
}
