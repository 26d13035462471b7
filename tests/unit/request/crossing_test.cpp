#include "bulkhead/request/plan.hpp"
#include "catch.hpp"
#include "sample.hpp"

#include <string>

using namespace bulkhead;
using namespace bulkhead::request;
using resp::OwnedArgs;

namespace {

std::string planned(const OwnedArgs& args) {
  static const auto snapshot = snapshot_of(kSample);
  return step_of(*snapshot, client_of(*snapshot, "acme", 0), args);
}

// What stands behind the script's text.
std::string behind_script(const OwnedArgs& args) {
  const std::string step = planned(args);
  const auto begin = step.find("EVAL");
  if (begin == std::string::npos) return step;
  const auto keys =
      step.rfind(" 2 acme:") != std::string::npos ? step.rfind(" 2 acme:") : step.rfind(" 3 acme:");
  return step.substr(0, begin + 4) + (keys == std::string::npos ? "" : step.substr(keys));
}

constexpr auto kCrossDb = "CROSSDB Keys in request belong to features with different databases";

}  // namespace

TEST_CASE("moves between databases become a script in the source's database") {
  CHECK(behind_script({"RENAME", "session:1", "cache:1"}) ==
        "main/0: EVAL 2 acme:session:1 acme:cache:1 1 0");
  CHECK(behind_script({"SMOVE", "cache:1", "session:1", "member"}) ==
        "main/1: EVAL 2 acme:cache:1 acme:session:1 0 1 member");
  CHECK(behind_script({"LMOVE", "session:1", "cache:1", "left", "RIGHT"}) ==
        "main/0: EVAL 2 acme:session:1 acme:cache:1 1 0 LPOP RPUSH");
  CHECK(behind_script({"RPOPLPUSH", "session:1", "cache:1"}) ==
        "main/0: EVAL 2 acme:session:1 acme:cache:1 1 0 RPOP LPUSH");
  CHECK(planned({"LMOVE", "session:1", "cache:1", "up", "RIGHT"}) == "ERR syntax error");
}

TEST_CASE("all or none of the keys are set, wherever they lie") {
  CHECK(behind_script({"MSETNX", "session:1", "a", "cache:1", "b"}) ==
        "main/0: EVAL 2 acme:session:1 acme:cache:1 0 a 1 b");
}

TEST_CASE("every name in a stored command is the tenant's, also behind the script") {
  const std::string step = planned({"SUNIONSTORE", "cache:d", "session:a", "session:b"});
  CHECK(step.starts_with("main/0: EVAL "));
  CHECK(step.find(" acme:cache:d ") != std::string::npos);
  CHECK(step.find(" acme:session:a acme:session:b") != std::string::npos);
  CHECK(step.find(" session:a") == std::string::npos);
}

TEST_CASE("what no script can cross is refused") {
  CHECK(planned({"SUNIONSTORE", "x", "session:a", "cache:b"}) == kCrossDb);
  CHECK(planned({"RENAME", "session:1", "rate:1"}) == kCrossDb);  // another backend
  CHECK(planned({"SUNION", "session:a", "cache:b"}) == kCrossDb);
  CHECK(planned({"SORT", "session:l", "BY", "cache:*", "STORE", "x"}) == kCrossDb);
}
