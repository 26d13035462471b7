#include "bulkhead/base/sentences.hpp"

#include "catch.hpp"

#include <set>
#include <vector>

using namespace bulkhead;
using namespace std::string_view_literals;

namespace {

std::string unknown(std::string_view name, std::vector<std::string_view> args) {
  return refuse::unknown_command(name, args).sentence;
}

}  // namespace

TEST_CASE("every reason has a label of its own, fit for a metric") {
  std::set<std::string_view> labels;
  for (std::size_t i = 0; i < kReasons; ++i) {
    const std::string_view word = label(static_cast<Reason>(i));
    CHECK_FALSE(word.empty());
    CHECK(word.find_first_not_of("abcdefghijklmnopqrstuvwxyz_") == std::string_view::npos);
    labels.insert(word);
  }
  CHECK(labels.size() == kReasons);
}

TEST_CASE("an unknown command is repeated, 128 bytes of it and of its arguments") {
  CHECK(unknown("FOO", {}) == "ERR unknown command 'FOO', with args beginning with: ");
  CHECK(unknown("FOO", {"a", "b"}) ==
        "ERR unknown command 'FOO', with args beginning with: 'a' 'b' ");
  const std::string large(1000, 'x');
  CHECK(unknown(large, {large}) == "ERR unknown command '" + large.substr(0, 128) +
                                       "', with args beginning with: '" + large.substr(0, 128) +
                                       "' ");
  CHECK(unknown("FOO", std::vector<std::string_view>(1000, "y")).size() < 256);
}

TEST_CASE("a line end in a client's text cannot forge the next reply") {
  CHECK(unknown("A\r\n+OK", {"b\r\n"}) ==
        "ERR unknown command 'A  +OK', with args beginning with: 'b  ' ");
  CHECK(refuse::unknown_subcommand("x\r\ny", "client").sentence ==
        "ERR unknown subcommand 'x  y'. Try CLIENT HELP.");
  CHECK(refuse::generic("ERR a\nb").sentence == "ERR a b");
}

TEST_CASE("names of commands are written as Redis writes them") {
  CHECK(refuse::wrong_arity("GET").sentence == "ERR wrong number of arguments for 'get' command");
  CHECK(refuse::not_permitted("CONFIG|SET").sentence ==
        "NOPERM this user has no permissions to run the 'config|set' command");
  CHECK(refuse::no_input_keys("ZUNION").sentence ==
        "ERR at least 1 input key is needed for 'zunion' command");
}

TEST_CASE("what nobody may run reads like what the policy denies, and is counted apart") {
  CHECK(refuse::not_supported("debug").sentence == refuse::not_permitted("debug").sentence);
  CHECK(refuse::not_supported("debug").reason == Reason::not_supported);
  CHECK(refuse::not_permitted("debug").reason == Reason::not_permitted);
}

TEST_CASE("sentences begin with the code that clients match on") {
  CHECK(refuse::no_auth().sentence == "NOAUTH Authentication required.");
  CHECK(refuse::wrong_pass().sentence ==
        "WRONGPASS invalid username-password pair or user is disabled.");
  CHECK(refuse::no_proto().sentence == "NOPROTO unsupported protocol version");
  CHECK(refuse::cross_db().sentence ==
        "CROSSDB Keys in request belong to features with different databases");
  CHECK(refuse::backend_down("main", "is not reachable").sentence ==
        "BACKENDDOWN backend 'main' is not reachable");
  CHECK(refuse::protocol("invalid bulk length").sentence ==
        "ERR Protocol error: invalid bulk length");
}

TEST_CASE("taking the value of a refusal is a bug and throws") {
  const Result<int> refused = refuse::syntax();
  CHECK_THROWS_AS(refused.value(), std::logic_error);
}
