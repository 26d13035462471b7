#include "config/units.hpp"

#include "catch.hpp"

namespace bulkhead::config {

using namespace std::chrono_literals;

TEST_CASE("durations need a unit, but for 0") {
  CHECK(parse_duration("500ms") == 500ms);
  CHECK(parse_duration("5s") == 5s);
  CHECK(parse_duration("2m") == 2min);
  CHECK(parse_duration("1h") == 1h);
  CHECK(parse_duration("7d") == 168h);
  CHECK(parse_duration("0") == 0ms);
  CHECK(parse_duration("0s") == 0ms);
}

TEST_CASE("what is no duration") {
  const auto* text = GENERATE("", "5", "s", "-5s", "5 s", "1.5s", "5sec", "5S", "1w", "5s ",
                              "99999999999999999999s", "9223372036854775807h", "0x5s");
  CAPTURE(text);
  CHECK_FALSE(parse_duration(text));
}

TEST_CASE("sizes count in bytes, thousands or 1024s") {
  CHECK(parse_size("0") == 0u);
  CHECK(parse_size("4096") == 4096u);
  CHECK(parse_size("64KiB") == 65536u);
  CHECK(parse_size("64KB") == 64000u);
  CHECK(parse_size("512MB") == 512000000u);
  CHECK(parse_size("512MiB") == 536870912u);
  CHECK(parse_size("1GiB") == 1073741824u);
  CHECK(parse_size("1GB") == 1000000000u);
}

TEST_CASE("what is no size") {
  const auto* text = GENERATE("", "KiB", "-1", "64kb", "64K", "1.5GiB", "64 KiB",
                              "9223372036854775807GiB", "18446744073709551616", "1e9");
  CAPTURE(text);
  CHECK_FALSE(parse_size(text));
}

TEST_CASE("integers are the whole text") {
  CHECK(parse_integer("-7") == -7);
  CHECK(parse_integer("9223372036854775807") == 9223372036854775807);
  CHECK_FALSE(parse_integer("9223372036854775808"));
  CHECK_FALSE(parse_integer(""));
  CHECK_FALSE(parse_integer("7 "));
  CHECK_FALSE(parse_integer("0x7"));
}

TEST_CASE("values are written as they can be read") {
  CHECK(duration_text(90s) == "90s");
  CHECK(duration_text(2h) == "2h");
  CHECK(duration_text(24h) == "24h");
  CHECK(duration_text(1500ms) == "1500ms");
  CHECK(duration_text(0ms) == "0");
  CHECK(size_text(65536) == "64KiB");
  CHECK(size_text(1000000) == "1MB");
  CHECK(size_text(4097) == "4097");
  CHECK(parse_size(size_text(3u << 30)) == 3u << 30);
}

}  // namespace bulkhead::config
