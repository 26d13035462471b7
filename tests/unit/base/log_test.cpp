#include "bulkhead/base/log.hpp"

#include "catch.hpp"

using namespace bulkhead;
using namespace std::string_view_literals;

namespace {

std::string text(std::initializer_list<LogField> fields) {
  return format_event(LogFormat::text, "event", fields);
}
std::string json(std::initializer_list<LogField> fields) {
  return format_event(LogFormat::json, "event", fields);
}

}  // namespace

TEST_CASE("an event without fields is its word") {
  CHECK(text({}) == "event");
  CHECK(json({}) == R"("event":"event")");
}

TEST_CASE("numbers are written as they are, and text is quoted where it must be") {
  CHECK(text({{"count", 3}, {"left", -1}, {"tenant", "acme"}, {"why", "no route"}}) ==
        R"(event count=3 left=-1 tenant=acme why="no route")");
  CHECK(json({{"count", 3}, {"left", -1}, {"tenant", "acme"}, {"why", "no route"}}) ==
        R"("event":"event","count":3,"left":-1,"tenant":"acme","why":"no route")");
}

TEST_CASE("digits that are text stay text") {
  CHECK(json({{"name", "17"}}) == R"("event":"event","name":"17")");
  CHECK(text({{"name", "17"}}) == "event name=17");
}

TEST_CASE("what would end a word, a string or the line is quoted and escaped") {
  CHECK(text({{"a", ""}}) == R"(event a="")");
  CHECK(text({{"a", "b=c"}}) == R"(event a="b=c")");
  CHECK(text({{"a", "b\"c\\"}}) == R"(event a="b\"c\\")");
  CHECK(text({{"a", "b\r\nlevel=error"}}) == R"(event a="b\u000d\u000alevel=error")");
  CHECK(json({{"a", "\"}\n{"}}) == R"("event":"event","a":"\"}\u000a{")");
  CHECK(text({{"a", "\0\x1b\x7f\xff"sv}}) == R"(event a="\u0000\u001b\u007f\u00ff")");
}

TEST_CASE("the level decides what is written, and can be changed") {
  Log log(LogLevel::warning, LogFormat::text);
  CHECK_FALSE(log.enabled(LogLevel::info));
  CHECK(log.enabled(LogLevel::warning));
  CHECK(log.enabled(LogLevel::error));
  log.set_level(LogLevel::debug);
  CHECK(log.enabled(LogLevel::debug));
}
