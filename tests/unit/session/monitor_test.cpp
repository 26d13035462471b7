#include "bulkhead/session/monitor.hpp"

#include "bulkhead/command/table.hpp"
#include "catch.hpp"

using namespace bulkhead;
using session::shown_words;

TEST_CASE("MONITOR quotes as Redis does, and hides credentials") {
  const auto shown = [](const resp::OwnedArgs& args) {
    return shown_words(*command::find_row(args.view()).value(), args.view());
  };
  CHECK(shown({"GeT", "a \"b\\\n\r\t\a\b\x7f\xc3\xa9"}) ==
        R"("GeT" "a \"b\\\n\r\t\a\b\x7f\xc3\xa9")");
  CHECK(shown({"AUTH", "acme", "secret"}) == R"("AUTH" "(redacted)"
                                             "(redacted)")
  ");
      CHECK(shown({"HELLO", "3", "AUTH", "acme", "secret"}).find("secret") == std::string::npos);
}
