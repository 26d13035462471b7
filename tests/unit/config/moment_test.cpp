#include "config/moment.hpp"

#include "catch.hpp"

using namespace bulkhead;
using config::moment_text;
using config::parse_moment;

namespace {

std::string moment(std::string_view text) {
  const auto parsed = parse_moment(text);
  return parsed ? moment_text(*parsed) : "none";
}

}  // namespace

TEST_CASE("a date is its first moment in UTC") {
  CHECK(moment("2026-12-31") == "2026-12-31T00:00:00Z");
  CHECK(parse_moment("1970-01-01")->time_since_epoch().count() == 0);
  CHECK(moment("2028-02-29") == "2028-02-29T00:00:00Z");
}

TEST_CASE("a time has a zone") {
  CHECK(moment("2026-12-31T18:00:00Z") == "2026-12-31T18:00:00Z");
  CHECK(moment("2026-12-31 18:00Z") == "2026-12-31T18:00:00Z");
  CHECK(moment("2026-12-31t18:00:30z") == "2026-12-31T18:00:30Z");
  CHECK(moment("2026-12-31T18:00:00+02:00") == "2026-12-31T16:00:00Z");
  CHECK(moment("2026-12-31T18:00:00-0530") == "2026-12-31T23:30:00Z");
  CHECK(moment("2026-12-31 23:59:59 -01:00") == "2027-01-01T00:59:59Z");
  CHECK(moment("2026-12-31T18:00:00.123456+00:00") == "2026-12-31T18:00:00Z");
}

TEST_CASE("what is no moment") {
  for (const char* bad : {"",
                          "2026",
                          "2026-12",
                          "2026-13-01",
                          "2026-02-29",
                          "2026-12-32",
                          "2026-1-1",
                          "31.12.2026",
                          "2026-12-31T",
                          "2026-12-31T18",
                          "2026-12-31T18:00",
                          "2026-12-31T18:00:00",
                          "2026-12-31Z",
                          "2026-12-31T24:00Z",
                          "2026-12-31T18:60Z",
                          "2026-12-31T18:00:60Z",
                          "2026-12-31T18:00:00.Z",
                          "2026-12-31T18:00Zx",
                          "2026-12-31T18:00+15:00",
                          "2026-12-31T18:00+1",
                          "never",
                          "1969-12-31",
                          "+026-12-31",
                          "2026-12-31T18:00+01:0"}) {
    CAPTURE(bad);
    CHECK(moment(bad) == "none");
  }
}
