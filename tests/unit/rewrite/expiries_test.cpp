#include "bulkhead/rewrite/expiries.hpp"

#include "catch.hpp"

using namespace bulkhead;
using namespace bulkhead::rewrite;

namespace {

std::optional<Expiry> verdict(Following::Kind kind, std::int64_t most, std::string_view line) {
  Verdict verdict;
  verdict.kind = kind;
  verdict.most = most;
  return verdict.read(std::string(line) + "\r\n");
}

}  // namespace

TEST_CASE("what follows a write tells what was wrong") {
  using enum Following::Kind;
  CHECK(verdict(give, 0, ":1") == Expiry::missing);
  CHECK(verdict(give, 0, ":0") == std::nullopt);
  CHECK(verdict(cut, 9, ":1") == Expiry::over_max);
  CHECK(verdict(cut, 9, ":0") == std::nullopt);
  CHECK(verdict(ask, 9, ":-1") == Expiry::missing);
  CHECK(verdict(ask, 9, ":-2") == std::nullopt);
  CHECK(verdict(ask, 9, ":9") == std::nullopt);
  CHECK(verdict(ask, 9, ":10") == Expiry::over_max);
  CHECK(verdict(ask, 0, ":10") == std::nullopt);
}

TEST_CASE("an error tells nothing") {
  CHECK(verdict(Following::Kind::give, 0, "-NOPERM no") == std::nullopt);
  CHECK(verdict(Following::Kind::give, 0, "") == std::nullopt);
}
