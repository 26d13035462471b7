#include "bulkhead/session/monitor.hpp"

#include "bulkhead/command/table.hpp"
#include "catch.hpp"

using namespace bulkhead;
using session::shown_words;

namespace {

std::string shown(const resp::OwnedArgs& args) {
  return shown_words(*command::find_row(args.view()).value(), args.view());
}

}  // namespace

TEST_CASE("MONITOR quotes as Redis does") {
  const std::string expected = "\"GeT\" \"a \\\"b\\\\\\n\\r\\t\\a\\b\\x7f\\xc3\\xa9\"";
  CHECK(shown({"GeT", "a \"b\\\n\r\t\a\b\x7f\xc3\xa9"}) == expected);
}

TEST_CASE("MONITOR hides credentials") {
  CHECK(shown({"AUTH", "acme", "secret"}) == "\"AUTH\" \"(redacted)\" \"(redacted)\"");
  CHECK(shown({"HELLO", "3", "AUTH", "acme", "secret"}).find("secret") == std::string::npos);
}
