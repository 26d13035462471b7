#include "bulkhead/request/expiries.hpp"

#include "catch.hpp"
#include "sample.hpp"

using namespace bulkhead;
using namespace bulkhead::request;
using resp::OwnedArgs;

namespace {

// cache: 1 s by default, 10 s at most. plain: 1 s. seen: reported only. free: nothing.
constexpr std::string_view kYaml = R"(
listen: [{ address: 127.0.0.1:0 }]
backends: [{ name: main, address: 127.0.0.1:6379 }]
features:
  - { name: cache, db: 0, keys: ["c:*"], ttl: { default: 1s, max: 10s } }
  - { name: plain, db: 0, keys: ["p:*"], ttl: { default: 1s } }
  - { name: seen, db: 0, keys: ["s:*"], ttl: { default: 1s, max: 10s, mode: report } }
  - { name: far, db: 1, keys: ["far:*"], ttl: { default: 2s, max: 10s } }
  - { name: free, db: 2, keys: ["f:*"] }
default_feature: free
tenants:
  - name: acme
    users: [{ name: acme, passwords: ["HASH"] }]
  - name: lax
    ttl: { cache: { mode: off }, free: { default: 3s } }
    users: [{ name: lax, passwords: ["HASH"] }]
  - name: chosen
    routing: by_select
    databases: [0, 2, 9]
    users: [{ name: chosen, passwords: ["HASH"] }]
)";

// What is sent, command by command, in Redis' own words; a blocking command as it is sent.
std::string written(const rewrite::TenantCommand& command, bool blocks = false) {
  resp::RequestReader reader;
  if (blocks) {
    command.append_alone(reader.input());
    command.append_following(reader.input());
  } else {
    command.append_to(reader.input());
  }
  const resp::RequestLimits limits{1 << 20, 1 << 20, 1 << 24, true};
  std::string text;
  while (reader.next(limits) == resp::RequestReader::Progress::complete) {
    if (!text.empty()) text += "; ";
    for (std::size_t i = 0; i < reader.args().size(); ++i) {
      (text += i == 0 ? "" : " ") += reader.args()[i];
    }
    reader.drop();
  }
  return text;
}

std::string sent(const OwnedArgs& args, std::string_view tenant = "acme", int db = 0) {
  static const auto snapshot = snapshot_of(kYaml);
  const auto client = client_of(*snapshot, tenant, db);
  Scratch scratch;
  Plan made = plan(*snapshot, client, args.view(), scratch);
  if (auto* forward = std::get_if<Forward>(&made.step)) return written(forward->command);
  if (auto* block = std::get_if<Block>(&made.step)) return written(block->command, true);
  if (const auto* refusal = std::get_if<Refusal>(&made.step)) return refusal->sentence;
  std::string text;
  for (Part& part : split(client, *snapshot, args.view(), scratch)) {
    if (!text.empty()) text += " | ";
    text += written(command_of(part, *made.row, *client.tenant, args.view()));
  }
  return text;
}

std::uint32_t missing(const OwnedArgs& args) {
  static const auto snapshot = snapshot_of(kYaml);
  const auto client = client_of(*snapshot, "acme");
  Scratch scratch;
  const Plan made = plan(*snapshot, client, args.view(), scratch);
  const auto* expiries = std::get<Forward>(made.step).command.expiries();
  return expiries == nullptr ? 0 : expiries->missing;
}

const std::string kGive = "; PEXPIRE acme:c:k 1000 NX";
const std::string kCut = "; PEXPIRE acme:c:k 10000 LT";

std::string run(const std::string& inside) {
  return "MULTI; " + inside + "; EXEC";
}

}  // namespace

TEST_CASE("features without a policy are left alone, and so is what makes no key") {
  CHECK(sent({"SET", "f:k", "v"}) == "SET acme:f:k v");
  CHECK(sent({"HSET", "f:k", "f", "v"}) == "HSET acme:f:k f v");
  CHECK(sent({"GET", "c:k"}) == "GET acme:c:k");
  CHECK(sent({"HDEL", "c:k", "f"}) == "HDEL acme:c:k f");
  CHECK(sent({"LPUSHX", "c:k", "v"}) == "LPUSHX acme:c:k v");
  CHECK(sent({"DEL", "c:k", "f:k"}).find("MULTI") == std::string::npos);
}

TEST_CASE("SET without an expiry takes the default into its own words") {
  CHECK(sent({"SET", "c:k", "v"}) == "SET acme:c:k v PX 1000");
  CHECK(sent({"set", "c:k", "v", "NX", "get"}) == "set acme:c:k v NX get PX 1000");
  CHECK(sent({"SET", "p:k", "PX"}) == "SET acme:p:k PX PX 1000");
  CHECK(missing({"SET", "c:k", "v"}) == 1);
}

TEST_CASE("an expiry of the client's own stays, and one beyond the max is cut behind it") {
  CHECK(sent({"SET", "c:k", "v", "EX", "10"}) == "SET acme:c:k v EX 10");
  CHECK(sent({"SET", "c:k", "v", "px", "10000", "NX"}) == "SET acme:c:k v px 10000 NX");
  CHECK(sent({"SET", "c:k", "v", "EX", "11"}) == run("SET acme:c:k v EX 11" + kCut));
  CHECK(sent({"SET", "c:k", "v", "EX", "9223372036854775807"}) ==
        run("SET acme:c:k v EX 9223372036854775807" + kCut));
  CHECK(sent({"SET", "p:k", "v", "EX", "11"}) == "SET acme:p:k v EX 11");
  CHECK(sent({"SETEX", "c:k", "10", "v"}) == "SETEX acme:c:k 10 v");
  CHECK(sent({"SETEX", "c:k", "11", "v"}) == run("SETEX acme:c:k 11 v" + kCut));
  CHECK(sent({"PSETEX", "c:k", "10001", "v"}) == run("PSETEX acme:c:k 10001 v" + kCut));
  CHECK(sent({"EXPIRE", "c:k", "11", "GT"}) == run("EXPIRE acme:c:k 11 GT" + kCut));
  CHECK(sent({"PEXPIRE", "c:k", "10000"}) == "PEXPIRE acme:c:k 10000");
  CHECK(sent({"EXPIRE", "c:k", "-1"}) == "EXPIRE acme:c:k -1");
}

TEST_CASE("a point in time is the backend's clock's to measure") {
  CHECK(sent({"EXPIREAT", "c:k", "4000000000"}) == run("EXPIREAT acme:c:k 4000000000" + kCut));
  CHECK(sent({"PEXPIREAT", "p:k", "4"}) == "PEXPIREAT acme:p:k 4");
  CHECK(sent({"SET", "c:k", "v", "PXAT", "4"}) == run("SET acme:c:k v PXAT 4" + kGive + kCut));
}

TEST_CASE("what the arguments do not tell is left to what follows") {
  CHECK(sent({"SET", "c:k", "v", "KEEPTTL"}) == run("SET acme:c:k v KEEPTTL" + kGive + kCut));
  CHECK(sent({"SET", "c:k", "v", "EX", "x"}) == run("SET acme:c:k v EX x" + kGive + kCut));
  CHECK(sent({"SET", "c:k", "v", "EX"}) == run("SET acme:c:k v EX" + kGive + kCut));
  CHECK(sent({"SET", "c:k", "v", "IFEQ", "KEEPTTL"}) ==
        run("SET acme:c:k v IFEQ KEEPTTL" + kGive + kCut));
  CHECK(sent({"GETEX", "c:k"}) == "GETEX acme:c:k");
  CHECK(sent({"GETEX", "c:k", "EX", "5"}) == "GETEX acme:c:k EX 5");
  CHECK(sent({"GETEX", "c:k", "EX", "11"}) == run("GETEX acme:c:k EX 11" + kCut));
  CHECK(sent({"GETEX", "c:k", "PERSIST"}) == run("GETEX acme:c:k PERSIST" + kGive + kCut));
  CHECK(sent({"PERSIST", "c:k"}) == run("PERSIST acme:c:k" + kGive));
}

TEST_CASE("other writes are followed by an expiry for a key that has none") {
  CHECK(sent({"HSET", "c:k", "f", "v"}) == run("HSET acme:c:k f v" + kGive));
  CHECK(sent({"SETNX", "c:k", "v"}) == run("SETNX acme:c:k v" + kGive));
  CHECK(sent({"XGROUP", "CREATE", "c:k", "g", "$", "MKSTREAM"}) ==
        run("XGROUP CREATE acme:c:k g $ MKSTREAM" + kGive));
  CHECK(sent({"MSET", "c:k", "v", "f:k", "w", "c:l", "x"}) ==
        run("MSET acme:c:k v acme:c:l x" + kGive + "; PEXPIRE acme:c:l 1000 NX") +
            " | MSET acme:f:k w");
  CHECK(sent({"MSET", "c:k", "v", "p:k", "w"}) ==
        run("MSET acme:c:k v acme:p:k w" + kGive + "; PEXPIRE acme:p:k 1000 NX"));
}

TEST_CASE("the key that is written to is the one that counts") {
  CHECK(sent({"SMOVE", "p:a", "c:k", "m"}) == run("SMOVE acme:p:a acme:c:k m" + kGive));
  CHECK(sent({"ZUNIONSTORE", "c:k", "1", "p:a"}) == run("ZUNIONSTORE acme:c:k 1 acme:p:a" + kGive));
  CHECK(sent({"SORT", "p:a"}) == "SORT acme:p:a");
  CHECK(sent({"SORT", "p:a", "BY", "p:*", "STORE", "c:k"}) ==
        run("SORT acme:p:a BY acme:p:* STORE acme:c:k" + kGive));
  CHECK(sent({"GEORADIUS", "p:a", "1", "2", "3", "m", "STORE", "p:b", "STOREDIST", "c:k"}) ==
        run("GEORADIUS acme:p:a 1 2 3 m STORE acme:p:b STOREDIST acme:c:k" + kGive));
}

TEST_CASE("what takes over another key's expiry is looked at twice") {
  CHECK(sent({"RENAME", "p:a", "c:k"}) == run("RENAME acme:p:a acme:c:k" + kGive + kCut));
  CHECK(sent({"COPY", "p:a", "c:k"}) == run("COPY acme:p:a acme:c:k DB 0" + kGive + kCut));
}

TEST_CASE("a blocking command is followed without a transaction") {
  CHECK(sent({"BLMOVE", "p:a", "c:k", "LEFT", "LEFT", "0"}) ==
        "BLMOVE acme:p:a acme:c:k LEFT LEFT 0" + kGive);
  CHECK(sent({"BLPOP", "c:k", "0"}) == "BLPOP acme:c:k 0");
}

TEST_CASE("scripts that cross databases give their destination its expiry") {
  const auto ends = [](const OwnedArgs& args, const std::string& end) {
    const std::string text = sent(args);
    CAPTURE(text);
    return text.starts_with("EVAL") && text.ends_with(end) &&
           text.find("PEXPIRE") != std::string::npos;
  };
  CHECK(ends({"RENAME", "c:a", "far:k"}, " 2 acme:c:a acme:far:k 1 0 10000 2000 2 1 1"));
  CHECK(ends({"COPY", "c:a", "far:k"}, " 2 acme:c:a acme:far:k 1 0 10000 2000 2 1 1"));
  CHECK(ends({"COPY", "c:a", "far:k", "REPLACE"},
             " 2 acme:c:a acme:far:k 1 0 REPLACE 10000 2000 2 1 1"));
  CHECK(ends({"MSETNX", "p:a", "v", "far:k", "w"},
             " 2 acme:p:a acme:far:k 0 v 1 w 0 1000 1 0 10000 2000 2 1 2"));
  CHECK(sent({"RENAME", "c:a", "f:k"}).find("PEXPIRE") == std::string::npos);
  CHECK(sent({"COPY", "c:a", "f:k"}) == "COPY acme:c:a acme:f:k DB 2");
}

TEST_CASE("a policy that only reports asks, and changes nothing") {
  CHECK(sent({"SET", "s:k", "v"}) == "SET acme:s:k v");
  CHECK(missing({"SET", "s:k", "v"}) == 1);
  CHECK(missing({"SET", "s:k", "v", "EX", "1"}) == 0);
  CHECK(sent({"SET", "s:k", "v", "EX", "11"}) == run("SET acme:s:k v EX 11; PTTL acme:s:k"));
  CHECK(sent({"HSET", "s:k", "f", "v"}) == run("HSET acme:s:k f v; PTTL acme:s:k"));
  CHECK(sent({"RENAME", "c:a", "s:k"}) == run("RENAME acme:c:a acme:s:k; PTTL acme:s:k"));
}

TEST_CASE("a tenant's own policies take the place of all tenants'") {
  CHECK(sent({"SET", "c:k", "v"}, "lax") == "SET lax:c:k v");
  CHECK(sent({"SET", "p:k", "v"}, "lax") == "SET lax:p:k v PX 1000");
  CHECK(sent({"SET", "f:k", "v"}, "lax") == "SET lax:f:k v PX 3000");
}

TEST_CASE("with a selected database its first feature decides") {
  CHECK(sent({"SET", "f:k", "v"}, "chosen", 0) == "SET chosen:f:k v PX 1000");
  CHECK(sent({"SET", "c:k", "v"}, "chosen", 2) == "SET chosen:c:k v");
  CHECK(sent({"SET", "c:k", "v"}, "chosen", 9) == "SET chosen:c:k v");
  CHECK(sent({"SET", "f:k", "v"}, "acme", 1) == "SET acme:f:k v PX 2000");
}
