#include "request/pattern_limit.hpp"

#include "bulkhead/command/table.hpp"
#include "catch.hpp"

#include <string>

using namespace bulkhead;
using request::stars_in;

namespace {

std::string refused(std::initializer_list<std::string_view> words) {
  config::Limits limits;
  limits.pattern_bytes = 20;
  limits.pattern_stars = 3;
  const resp::OwnedArgs args(words);
  const auto row = command::find_row(args.view());
  const auto refusal = request::refused_pattern(**row, args.view(), limits);
  return refusal ? refusal->sentence : "";
}

}  // namespace

TEST_CASE("stars are counted that make matching slow") {
  CHECK(stars_in("") == 0);
  CHECK(stars_in("*") == 1);
  CHECK(stars_in("****") == 1);
  CHECK(stars_in("a*b*c*") == 3);
  CHECK(stars_in("\\*") == 0);
  CHECK(stars_in("\\**") == 1);
  CHECK(stars_in("\\\\*") == 1);
  CHECK(stars_in("*\\") == 1);
}

TEST_CASE("patterns beyond the limits are refused, wherever they stand") {
  const std::string stars = "ERR the pattern has more wildcards than the configured limit";
  const std::string longer = "ERR the pattern is longer than the configured limit";
  CHECK(refused({"KEYS", "a*a*a*b"}).empty());
  CHECK(refused({"KEYS", "a*a*a*a*b"}) == stars);
  CHECK(refused({"KEYS", "aaaaaaaaaaaaaaaaaaaaa"}) == longer);
  CHECK(refused({"SCAN", "0", "match", "a*a*a*a*b"}) == stars);
  CHECK(refused({"SCAN", "0", "COUNT", "5"}).empty());
  CHECK(refused({"HSCAN", "a*a*a*a*key", "0", "MATCH", "*"}).empty());
  CHECK(refused({"HSCAN", "key", "0", "MATCH", "*", "MATCH", "a*a*a*a*b"}) == stars);
  CHECK(refused({"PSUBSCRIBE", "a", "a*a*a*a*b"}) == stars);
  CHECK(refused({"PUBSUB", "CHANNELS", "a*a*a*a*b"}) == stars);
}
