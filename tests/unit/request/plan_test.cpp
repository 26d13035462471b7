#include "bulkhead/request/plan.hpp"

#include "catch.hpp"
#include "sample.hpp"

using namespace bulkhead;
using namespace bulkhead::request;
using resp::OwnedArgs;

namespace {

constexpr auto kForeign =
    "NOPERM this user has no permissions to access one of the keys used as arguments";
constexpr auto kCrossDb = "CROSSDB Keys in request belong to features with different databases";
constexpr auto kSyntax = "ERR syntax error";
constexpr auto kRange = "ERR DB index is out of range";

std::string planned(std::string_view tenant, const OwnedArgs& args, int db = 0) {
  static const auto snapshot = snapshot_of(kSample);
  return step_of(*snapshot, client_of(*snapshot, tenant, db), args);
}

std::string anonymous(const OwnedArgs& args) {
  static const auto snapshot = snapshot_of(kSample);
  return step_of(*snapshot, {}, args);
}

std::string noperm(std::string_view command) {
  return "NOPERM this user has no permissions to run the '" + std::string(command) + "' command";
}

}  // namespace

TEST_CASE("a key's feature gives backend and database, and the tenant gives the prefix") {
  CHECK(planned("acme", {"GET", "session:1"}) == "main/0: GET acme:session:1");
  CHECK(planned("acme", {"set", "cache:1", "v", "EX", "60"}) == "main/1: set acme:cache:1 v EX 60");
  CHECK(planned("acme", {"INCR", "rate:ip"}) == "second/2: INCR acme:rate:ip");
  CHECK(planned("acme", {"GET", "anything"}) == "main/1: GET acme:anything");
  CHECK(planned("acme", {"GET", "app:session:1"}) == "main/0: GET acme:app:session:1");
  CHECK(planned("globex", {"GET", "session:1"}) == "main/0: GET erp:tenant:globex:session:1");
  CHECK(planned("parted", {"GET", "session:1"}) == "main/0: GET p:sessions:session:1");
  CHECK(planned("parted", {"GET", "x"}) == "main/1: GET p:cache:x");
  CHECK(planned("acme", {"GET", ""}) == "main/1: GET acme:");
}

TEST_CASE("every name of a command is the tenant's") {
  CHECK(planned("acme", {"ZUNIONSTORE", "d", "2", "a", "b", "WEIGHTS", "1", "2"}) ==
        "main/1: ZUNIONSTORE acme:d 2 acme:a acme:b WEIGHTS 1 2");
  CHECK(planned("acme", {"BITOP", "AND", "d", "a", "b"}) ==
        "main/1: BITOP AND acme:d acme:a acme:b");
  CHECK(planned("acme", {"GEORADIUS", "k", "1", "2", "3", "m", "STORE", "d"}) ==
        "main/1: GEORADIUS acme:k 1 2 3 m STORE acme:d");
  CHECK(planned("acme", {"XREAD", "COUNT", "1", "STREAMS", "a", "b", "0", "$"}) ==
        "main/1: XREAD COUNT 1 STREAMS acme:a acme:b 0 $");
  CHECK(planned("acme", {"LMPOP", "2", "a", "b", "LEFT"}) == "main/1: LMPOP 2 acme:a acme:b LEFT");
  CHECK(planned("acme", {"OBJECT", "ENCODING", "session:1"}) ==
        "main/0: OBJECT ENCODING acme:session:1");
  CHECK(planned("acme", {"XGROUP", "CREATE", "s", "g", "$", "MKSTREAM"}) ==
        "main/1: XGROUP CREATE acme:s g $ MKSTREAM");
}

TEST_CASE("a destination that a later one takes the place of has no say") {
  CHECK(planned("acme",
                {"GEORADIUS", "k", "1", "2", "3", "m", "STORE", "session:a", "STOREDIST", "b"}) ==
        "main/1: GEORADIUS acme:k 1 2 3 m STORE acme:session:a STOREDIST acme:b");
  CHECK(planned("acme", {"SORT", "k", "STORE", "rate:a", "STORE", "b"}) ==
        "main/1: SORT acme:k STORE acme:rate:a STORE acme:b");
}

TEST_CASE("a mistake in the options is the backend's to find, and what is behind it stays here") {
  CHECK(planned("acme", {"SORT", "k", "BY", "w*", "LIMIT", "x", "y", "FOO", "STORE", "d"}) ==
        "main/1: SORT acme:k BY acme:w* LIMIT x y ");
  CHECK(planned("acme", {"GEORADIUS", "k", "x", "2", "3", "m", "STORE", "session:d", "COUNT"}) ==
        "main/1: GEORADIUS acme:k x 2 3 m STORE acme:session:d ");
  CHECK(planned("legacy", {"SORT", "k", "FOO"}) == kForeign);
}

TEST_CASE("channels go to one backend, whatever they are called, with the channels' prefix") {
  CHECK(planned("acme", {"PUBLISH", "session:1", "hi"}) == "main/1: PUBLISH acme:session:1 hi");
  CHECK(planned("parted", {"PUBLISH", "session:1", "hi"}) ==
        "main/1: PUBLISH p:channels:session:1 hi");
}

TEST_CASE("refusals come in Redis' order: unknown, arity, identity, permission, names, databases") {
  CHECK(planned("acme", {"NOPE", "a"}) ==
        "ERR unknown command 'NOPE', with args beginning with: 'a' ");
  CHECK(anonymous({"NOPE"}) == "ERR unknown command 'NOPE', with args beginning with: ");
  CHECK(planned("acme", {"CLIENT", "NOPE"}) == "ERR unknown subcommand 'NOPE'. Try CLIENT HELP.");
  CHECK(anonymous({"GET"}) == "ERR wrong number of arguments for 'get' command");
  CHECK(planned("globex", {"LPUSH", "l"}) == "ERR wrong number of arguments for 'lpush' command");
  CHECK(anonymous({"LPUSH", "l", "v"}) == "NOAUTH Authentication required.");
  CHECK(planned("globex", {"LPUSH", "l", "v"}) == noperm("lpush"));
  CHECK(planned("acme", {"LPUSH", "l", "v"}) == "main/1: LPUSH acme:l v");
  CHECK(planned("legacy", {"SINTER", "session:1", "nextauth:rate:2"}) == kForeign);
  CHECK(planned("legacy", {"SINTER", "nextauth:session:1", "nextauth:rate:2"}) == kCrossDb);
  CHECK(planned("acme", {"SINTER", "session:1", "rate:2"}) == kCrossDb);
}

TEST_CASE("without an identity only what establishes one is answered") {
  for (const auto& args :
       {OwnedArgs{"AUTH", "x"}, OwnedArgs{"HELLO", "3"}, OwnedArgs{"QUIT"}, OwnedArgs{"RESET"}}) {
    CHECK(anonymous(args) == "answer");
  }
  for (const auto& args : {OwnedArgs{"PING"}, OwnedArgs{"SELECT", "0"}, OwnedArgs{"INFO"},
                           OwnedArgs{"GET", "k"}, OwnedArgs{"KEYS", "*"}, OwnedArgs{"SHUTDOWN"},
                           OwnedArgs{"COMMAND"}, OwnedArgs{"CLIENT", "SETNAME", "x"}}) {
    CHECK(anonymous(args) == "NOAUTH Authentication required.");
  }
}

TEST_CASE("a policy cannot take away what establishes an identity") {
  std::string yaml(kSample);
  const std::string policy = "policy: [\"+keys\", \"-@list\"]";
  yaml.replace(yaml.find(policy), policy.size(), "policy: [\"-@all\"]");
  const auto snapshot = snapshot_of(yaml);
  const auto client = client_of(*snapshot, "globex");
  CHECK(step_of(*snapshot, client, {"AUTH", "x"}) == "answer");
  CHECK(step_of(*snapshot, client, {"QUIT"}) == "answer");
  CHECK(step_of(*snapshot, client, {"PING"}) == noperm("ping"));
  CHECK(step_of(*snapshot, client, {"GET", "k"}) == noperm("get"));
}

TEST_CASE("what is denied to everybody is denied in the same words as by policy") {
  CHECK(planned("acme", {"KEYS", "*"}) == noperm("keys"));
  CHECK(planned("acme", {"SHUTDOWN"}) == noperm("shutdown"));
  CHECK(planned("acme", {"CONFIG", "SET", "a", "b"}) == noperm("config|set"));
  CHECK(planned("acme", {"MIGRATE", "h", "1", "k", "0", "1"}) == noperm("migrate"));
}

TEST_CASE("the proxy answers some commands, and others with commands of its own") {
  CHECK(planned("acme", {"PING"}) == "answer");
  CHECK(planned("acme", {"CLIENT", "GETNAME"}) == "answer");
  CHECK(planned("acme", {"SCAN", "0"}) == "converse");
  CHECK(planned("globex", {"KEYS", "*"}) == "converse");
  CHECK(planned("acme", {"DBSIZE"}) == "converse");
}

TEST_CASE("a command with many keys is split where they lie in several databases") {
  CHECK(planned("acme", {"MGET", "session:1", "session:2"}) ==
        "main/0: MGET acme:session:1 acme:session:2");
  CHECK(planned("acme", {"MGET", "session:1", "x", "session:2", "rate:1"}) ==
        "main/0: MGET acme:session:1 acme:session:2; main/1: MGET acme:x; second/2: MGET "
        "acme:rate:1");
  CHECK(planned("acme", {"MSET", "session:1", "a", "x", "b", "session:2", "session:3"}) ==
        "main/0: MSET acme:session:1 a acme:session:2 session:3; main/1: MSET acme:x b");
  CHECK(planned("acme", {"DEL", "x", "session:1"}) ==
        "main/1: DEL acme:x; main/0: DEL acme:session:1");
}

TEST_CASE("a split command's foreign names are refused before anything is sent") {
  CHECK(planned("legacy", {"MGET", "nextauth:session:1", "nextauth:x"}) ==
        "main/0: MGET nextauth:session:1; main/1: MGET nextauth:x");
  CHECK(planned("legacy", {"MGET", "nextauth:session:1", "other:cache:1"}) == kForeign);
  CHECK(planned("legacy", {"DEL", "acme:session:1", "nextauth:x"}) == kForeign);
}

TEST_CASE("by key, SELECT of a feature's database pins the connection to it") {
  CHECK(planned("acme", {"GET", "session:1"}, 1) == "main/1: GET acme:session:1");
  CHECK(planned("acme", {"GET", "session:1"}, 2) == "second/2: GET acme:session:1");
  CHECK(planned("acme", {"MGET", "session:1", "rate:1"}, 1) ==
        "main/1: MGET acme:session:1 acme:rate:1");
  CHECK(planned("parted", {"GET", "session:1"}, 1) == "main/1: GET p:cache:session:1");
}

TEST_CASE("by select, the client's database decides and patterns are not consulted") {
  CHECK(planned("chosen", {"GET", "cache:1"}) == "main/0: GET chosen:cache:1");
  CHECK(planned("chosen", {"GET", "cache:1"}, 9) == "main/9: GET chosen:cache:1");
  CHECK(planned("chosen", {"RENAME", "session:1", "cache:1"}, 9) ==
        "main/9: RENAME chosen:session:1 chosen:cache:1");
}

TEST_CASE("SORT's patterns are routed by the keys that they read") {
  CHECK(planned("acme", {"SORT", "l", "BY", "nosort", "GET", "#"}) ==
        "main/1: SORT acme:l BY acme:nosort GET #");
  CHECK(planned("acme", {"SORT", "l", "BY", "w_*->f", "GET", "cache:*", "STORE", "d"}) ==
        "main/1: SORT acme:l BY acme:w_*->f GET acme:cache:* STORE acme:d");
  CHECK(planned("acme", {"SORT", "l", "GET", "session:*"}) == kCrossDb);
  CHECK(planned("acme", {"SORT", "session:l", "GET", "session:*"}) ==
        "main/0: SORT acme:session:l GET acme:session:*");
}

TEST_CASE("what blocks does not go on a shared lane") {
  CHECK(planned("acme", {"XREAD", "BLOCK", "0", "STREAMS", "a", "$"}) ==
        "block forever, main/1: XREAD BLOCK 0 STREAMS acme:a $");
  CHECK(planned("acme", {"XREADGROUP", "GROUP", "g", "c", "BLOCK", "5", "STREAMS", "a", ">"}) ==
        "block 5 ms, main/1: XREADGROUP GROUP g c BLOCK 5 STREAMS acme:a >");
  CHECK(planned("acme", {"BLPOP", "cache:a", "cache:b", "0.5"}) ==
        "block 500 ms, main/1: BLPOP acme:cache:a acme:cache:b 0.5");
  CHECK(planned("acme", {"BLMOVE", "session:a", "cache:b", "LEFT", "LEFT", "0"}) == kCrossDb);
  CHECK(planned("acme", {"WAIT", "1", "70"}) == "block 70 ms, main/1: WAIT 1 70");
  CHECK(planned("acme", {"XREADGROUP", "GROUP", "block", "block", "STREAMS", "a", ">"}) ==
        "main/1: XREADGROUP GROUP block block STREAMS acme:a >");
}

TEST_CASE("an argument list without the names that must be there is refused") {
  CHECK(planned("acme", {"ZUNIONSTORE", "d", "x", "a"}) ==
        "ERR value is not an integer or out of range");
  CHECK(planned("acme", {"LMPOP", "0", "a", "LEFT"}) == "ERR numkeys should be greater than 0");
  CHECK(planned("acme", {"MSET", "a", "1", "b"}) ==
        "ERR wrong number of arguments for 'mset' command");
}
