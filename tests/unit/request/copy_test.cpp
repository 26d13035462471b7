#include "bulkhead/request/plan.hpp"
#include "catch.hpp"
#include "sample.hpp"

using namespace bulkhead;
using namespace bulkhead::request;

namespace {

std::string copied(std::string_view tenant, const resp::OwnedArgs& args, int db = 0) {
  static const auto snapshot = snapshot_of(kSample);
  return step_of(*snapshot, client_of(*snapshot, tenant, db), args);
}

}  // namespace

TEST_CASE("COPY names the database of its destination") {
  CHECK(copied("acme", {"COPY", "a", "b"}) == "main/1: COPY acme:a acme:b DB 1");
  CHECK(copied("acme", {"copy", "session:1", "cache:1", "replace"}) ==
        "main/0: copy acme:session:1 acme:cache:1 DB 1 REPLACE");
  CHECK(copied("parted", {"COPY", "session:1", "cache:1"}) ==
        "main/0: COPY p:sessions:session:1 p:cache:cache:1 DB 1");
}

TEST_CASE("COPY's own database is one that the client could select") {
  CHECK(copied("chosen", {"COPY", "a", "b", "DB", "9"}) == "main/0: COPY chosen:a chosen:b DB 9");
  CHECK(copied("chosen", {"COPY", "a", "b", "DB", "1", "REPLACE", "DB", "9"}) ==
        "main/0: COPY chosen:a chosen:b DB 9 REPLACE");
  CHECK(copied("chosen", {"COPY", "a", "b"}, 9) == "main/9: COPY chosen:a chosen:b DB 9");
  CHECK(copied("acme", {"COPY", "a", "session:b", "DB", "0"}) ==
        "main/1: COPY acme:a acme:session:b DB 0");
  CHECK(copied("acme", {"COPY", "session:a", "session:b", "DB", "1"}) ==
        "main/0: COPY acme:session:a acme:session:b DB 1");
  for (const std::string_view db : {"2", "-1", "65536", "16", "9223372036854775807"}) {
    CAPTURE(db);
    CHECK(copied("chosen", {"COPY", "a", "b", "DB", db}) == "ERR DB index is out of range");
  }
}

TEST_CASE("COPY's mistakes are told in Redis' words") {
  CHECK(copied("acme", {"COPY", "a", "b", "DB", "x"}) ==
        "ERR value is not an integer or out of range");
  CHECK(copied("acme", {"COPY", "a", "b", "DB"}) == "ERR syntax error");
  CHECK(copied("acme", {"COPY", "a", "b", "WHAT"}) == "ERR syntax error");
}

TEST_CASE("COPY does not reach from one backend to another, nor to foreign names") {
  CHECK(copied("acme", {"COPY", "cache:1", "rate:1"}) ==
        "CROSSDB Keys in request belong to features with different databases");
  CHECK(copied("legacy", {"COPY", "nextauth:a", "other:b"}) ==
        "NOPERM this user has no permissions to access one of the keys used as arguments");
}
