#include "bulkhead/resp/number.hpp"

#include "catch.hpp"

using bulkhead::resp::parse_integer;

TEST_CASE("integers are read as strictly as Redis reads them") {
  CHECK(parse_integer("0") == 0);
  CHECK(parse_integer("-1") == -1);
  CHECK(parse_integer("9223372036854775807") == 9223372036854775807);
  for (const char* bad :
       {"", "-", "+1", "01", "-0", " 1", "1 ", "1a", "9223372036854775808", "0x1"}) {
    CAPTURE(bad);
    CHECK_FALSE(parse_integer(bad));
  }
}
