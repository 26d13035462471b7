#include "bulkhead/request/explain.hpp"

#include "catch.hpp"
#include "sample.hpp"

using namespace bulkhead;
using namespace bulkhead::request;
using namespace std::string_view_literals;

namespace {

std::string explained(std::string_view tenant, const resp::OwnedArgs& args, int db = 0) {
  static const auto snapshot = snapshot_of(kSample);
  return explain(*snapshot, *snapshot->directory.find_tenant(tenant), db, args.view());
}

}  // namespace

TEST_CASE("a forwarded command is explained with its names, its route and its bytes") {
  CHECK(explained("acme", {"SET", "session:1", "v"}) ==
        "tenant    acme\n"
        "row       set\n"
        "handling  forward\n"
        "verdict   allowed\n"
        "name      session:1 (argument 1, key)\n"
        "feature   sessions\n"
        "backend   main\n"
        "db        0\n"
        "sent      *3\\r\\n$3\\r\\nSET\\r\\n$14\\r\\nacme:session:1\\r\\n$1\\r\\nv\\r\\n\n");
}

TEST_CASE("a refusal is explained with its reason and what the client reads") {
  CHECK(explained("acme", {"KEYS", "*"}) ==
        "tenant    acme\n"
        "row       keys\n"
        "handling  scoped\n"
        "verdict   refused (not_permitted)\n"
        "answer    -NOPERM this user has no permissions to run the 'keys' command\n");
  CHECK(explained("acme", {"NOPE"}) ==
        "tenant    acme\n"
        "verdict   refused (unknown_command)\n"
        "answer    -ERR unknown command 'NOPE', with args beginning with: \n");
}

TEST_CASE("names are those of the client's words, also where another command is sent") {
  const std::string copy = explained("acme", {"COPY", "session:1", "cache:1"});
  CHECK(copy.find("name      session:1 (argument 1, key)\n") != std::string::npos);
  CHECK(copy.find("name      cache:1 (argument 2, key)\n") != std::string::npos);
  const std::string stored =
      explained("acme", {"GEORADIUS", "k", "0", "2", "3", "m", "STORE", "session:d"});
  CHECK(stored.find("name      k (argument 1, key)\nname      session:d (argument 7, key)\n") !=
        std::string::npos);
}

TEST_CASE("a split command is explained part by part") {
  CHECK(explained("acme", {"DEL", "session:1", "rate:1"}) ==
        "tenant    acme\n"
        "row       del\n"
        "handling  split\n"
        "verdict   allowed\n"
        "name      session:1 (argument 1, key)\n"
        "name      rate:1 (argument 2, key)\n"
        "feature   sessions\n"
        "backend   main\n"
        "db        0\n"
        "sent      *2\\r\\n$3\\r\\nDEL\\r\\n$14\\r\\nacme:session:1\\r\\n\n"
        "feature   rate\n"
        "backend   second\n"
        "db        2\n"
        "sent      *2\\r\\n$3\\r\\nDEL\\r\\n$11\\r\\nacme:rate:1\\r\\n\n");
}

TEST_CASE("answers of the proxy's own are explained as such") {
  CHECK(explained("acme", {"PING"}) ==
        "tenant    acme\nrow       ping\nhandling  local\nverdict   allowed\n"
        "sent      nothing: the proxy answers\n");
  const std::string scan = explained("acme", {"SCAN", "0"}, 1);
  CHECK(scan ==
        "tenant    acme\nrow       scan\nhandling  scoped\nverdict   allowed\n"
        "sent      commands of the proxy's own, about this tenant alone\n"
        "feature   cache\nbackend   main\ndb        1\n");
}

TEST_CASE("bytes that a person cannot read are escaped") {
  const std::string text = explained("acme", {"GET", "a\0\xff\\\r\nb"sv});
  CHECK(text.find("name      a\\x00\\xff\\\\\\r\\nb (argument 1, key)\n") != std::string::npos);
  CHECK(text.find("acme:a\\x00\\xff\\\\\\r\\nb\\r\\n\n") != std::string::npos);
}

TEST_CASE("a database that no feature claims is explained as other") {
  CHECK(
      explained("chosen", {"GET", "k"}, 9).find("feature   other\nbackend   main\ndb        9\n") !=
      std::string::npos);
}
