#include "bulkhead/request/tracking.hpp"

#include "catch.hpp"

#include <string>

using namespace bulkhead;
using request::read_tracking;
using tenant::Tracking;

namespace {

// The refusal's sentence, "off", or the prefixes.
std::string read(const std::optional<Tracking>& before, const resp::OwnedArgs& args,
                 bool exists = true) {
  const auto after = read_tracking(before, args.view(), exists);
  if (!after) return after.error().sentence;
  if (!*after) return "off";
  std::string prefixes;
  for (const std::string& prefix : (*after)->prefixes) prefixes += '<' + prefix + '>';
  return prefixes;
}

}  // namespace

TEST_CASE("CLIENT TRACKING: prefixes add up, and may not overlap") {
  Tracking before;
  before.broadcast = true;
  before.prefixes = {"a"};
  CHECK(read(std::nullopt, {"client", "tracking", "on", "bcast"}) == "<>");
  CHECK(read(before, {"client", "tracking", "on", "bcast", "prefix", "b"}) == "<a><b>");
  CHECK(read(before, {"client", "tracking", "on", "bcast"}) == "<><a>");
  CHECK(read(before, {"client", "tracking", "on", "bcast", "prefix", "ab"}) ==
        "ERR Prefix 'ab' overlaps with an existing prefix 'a'. Prefixes for a single client must "
        "not overlap.");
  CHECK(read(std::nullopt, {"client", "tracking", "on", "bcast", "prefix", "c", "prefix", "c"}) ==
        "ERR Prefix 'c' overlaps with another provided prefix 'c'. Prefixes for a single client "
        "must not overlap.");
  CHECK(read(before, {"client", "tracking", "off", "noloop"}) == "off");
  CHECK(read(before, {"client", "tracking", "maybe"}) == "ERR syntax error");
}

TEST_CASE("CLIENT TRACKING: mistakes in Redis' order") {
  const resp::OwnedArgs twice = {"client", "tracking", "on", "redirect", "7", "redirect", "8"};
  CHECK(request::redirect_asked(twice.view()) == 7);
  CHECK(read(std::nullopt, twice, false) ==
        "ERR The client ID you want redirect to does not exist");
  CHECK(read(std::nullopt, twice, true) ==
        "ERR A client can only redirect to a single other client");
  const resp::OwnedArgs mistaken = {"client", "tracking", "on", "foo", "redirect", "7"};
  CHECK(request::redirect_asked(mistaken.view()) == std::nullopt);
  CHECK(read(std::nullopt, {"client", "tracking", "on", "redirect", "x"}) ==
        "ERR value is not an integer or out of range");
}
