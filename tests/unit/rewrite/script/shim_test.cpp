#include "bulkhead/rewrite/script_shim.hpp"
#include "catch.hpp"

using namespace bulkhead;
using namespace bulkhead::rewrite::script;

namespace {

Shape sample() {
  Shape shape;
  shape.features = {{{"session:*", "*:session:*"}, 0, true}, {{"bull:*"}, 4, true}, {{}, 1, true}};
  shape.fallback = 2;
  shape.databases = {0, 1, 4};
  return shape;
}

std::string prelude_of(std::string_view body, Start start = {}) {
  const std::string text = Shim(sample()).wrap(body, start).text;
  REQUIRE(text.ends_with(body));
  return text.substr(0, text.size() - body.size());
}

bool mentions(const std::string& text, std::string_view what) {
  return text.find(what) != text.npos;
}

}  // namespace

TEST_CASE("the shim is one line in front of the body, and its digest is Redis'") {
  const Wrapped wrapped = Shim(sample()).wrap("return 1", {});
  CHECK(wrapped.text.find('\n') == std::string::npos);
  CHECK(wrapped.text.starts_with("local redis=(function() "));
  CHECK(wrapped.text.ends_with(" end)(); return 1"));
  CHECK(wrapped.sha == sha1_hex(wrapped.text));
  CHECK(sha1_hex("return 1") == "e0e1f9fabfc9d4800c877a703b823ac0578ff8db");
}

TEST_CASE("a shebang stays the first line") {
  const std::string text = Shim(sample()).wrap("#!lua flags=no-writes\nreturn 1\n", {}).text;
  CHECK(text.starts_with("#!lua flags=no-writes\nlocal redis="));
  CHECK(text.ends_with("return 1\n"));
  // Redis refuses it as it is.
  CHECK(Shim(sample()).wrap("#!lua", {}).text == "#!lua");
}

TEST_CASE("shadows come only where the text can reach what they hide") {
  const std::string bare = prelude_of("return redis.call('GET', KEYS[1])");
  for (const char* shadow : {"Y.", "cjson", "math.", "_G", "loadstring", "collectgarbage"}) {
    INFO(shadow);
    CHECK_FALSE(mentions(bare, shadow));
  }
  CHECK(mentions(bare, "{call=function"));
  CHECK_FALSE(mentions(bare, "pcall=function"));
  CHECK_FALSE(mentions(prelude_of("return cjson.encode(cjson.decode('1'), cjson.null)"), "cjson"));
  CHECK(mentions(prelude_of("cjson.encode_max_depth(1)"), "local redis,cjson="));
  CHECK(mentions(prelude_of("local c = cjson"), "local redis,cjson="));
  CHECK_FALSE(mentions(prelude_of("return math.random()"), "Y.math"));
  CHECK(mentions(prelude_of("math . randomseed(1)"), "local redis,math="));
  CHECK(mentions(prelude_of("return math['random'..'seed']"), "local redis,math="));
  CHECK(mentions(prelude_of("getfenv(0)"), "local redis,getfenv,"));
  CHECK(mentions(prelude_of("return server.call"), ",server="));
  for (const char* deep : {"_G", "loadstring", "load"}) {
    INFO(deep);
    const std::string all = prelude_of(std::string("return ") + deep);
    CHECK(mentions(all, "local redis,cjson,math,collectgarbage,server,loadstring,load,_G="));
    CHECK(mentions(all, "sha1hex=redis.sha1hex"));
    CHECK(mentions(all, "set_repl=function() end"));
  }
}

TEST_CASE("words that only contain a shadow's name bring no shadow") {
  CHECK_FALSE(mentions(prelude_of("local payload, my_G, reloader = 1"), "Y."));
}

TEST_CASE("who has no TTL policy does not pay for it") {
  Shape shape = sample();
  const std::string without = Shim(shape).wrap("return redis.call('INCR','a')", {}).text;
  CHECK_FALSE(mentions(without, "PEXPIRE"));
  CHECK_FALSE(mentions(without, "~1"));
  for (const char* place : {"$EXPIRE", "$KE", "$FOUR", "$ROUTES"}) {
    CHECK_FALSE(mentions(without, place));
  }
  shape.features[1].fallback = 1000;
  const Shim with(shape);
  CHECK(with.fingerprint() != Shim(sample()).fingerprint());
  const std::string text = with.wrap("return redis.call('INCR','a')", {}).text;
  CHECK(mentions(text, "C('PEXPIRE',p,t,'NX')"));
  CHECK(mentions(text, "return 1000,0 "));
  CHECK(mentions(text, " incr:1~1 "));
  CHECK(mentions(text, "(c=='INCR') and 4"));
  CHECK(mentions(text, "({[4]={1000,0},})[d]"));
  for (const char* place : {"$EXPIRE", "$KE", "$FOUR", "$ROUTES"}) {
    CHECK_FALSE(mentions(text, place));
  }
}

TEST_CASE("the fast path knows the commands that the text spells") {
  const std::string text = prelude_of("redis.call('Incr', k) redis.call(\"DEL\", k) x('nothing')");
  CHECK(mentions(text, "(c=='Incr') and 1"));
  CHECK(mentions(text, "(c=='DEL') and 3"));
  CHECK_FALSE(mentions(text, "c=='nothing'"));
  std::string many;
  for (const char* word : {"get", "set", "incr", "hset", "hget", "zadd", "type"}) {
    many += std::string("'") + word + "' ";
  }
  CHECK(mentions(prelude_of(many), "C,S=redis.pcall,{['get']=1,"));
}

TEST_CASE("keys whose database is known need no patterns") {
  const std::string two = prelude_of("redis.call('GET', KEYS[2])", {4, false, 2});
  CHECK(mentions(two, "local k1,k2,cur=K[1],K[2],4"));
  CHECK(mentions(two, "if not (k==k1 or k==k2) or cur~=4 then"));
  CHECK(mentions(two, "k1,k2=nil"));
  CHECK(mentions(prelude_of("", {4, false, 1}), "local k1,cur=K[1],4"));
}

TEST_CASE("tenants of one shape share a script; a start in another database is another script") {
  const Shim shim(sample());
  CHECK(shim.wrap("return 1", {4, false, 1}).sha ==
        Shim(sample()).wrap("return 1", {4, false, 1}).sha);
  CHECK(shim.wrap("return 1", {4, false, 1}).sha != shim.wrap("return 1", {1, false, 1}).sha);
  CHECK(shim.wrap("return 1", {4, false, 1}).sha != shim.wrap("return 1", {4, true, 1}).sha);
}

TEST_CASE("what the policy denies is refused, KEYS without a policy, too") {
  Shape shape = sample();
  CHECK(mentions(Shim(shape).wrap("", {}).text, " keys:- "));
  shape.allows = [](std::size_t) { return false; };
  const std::string text = Shim(shape).wrap("", {}).text;
  CHECK(mentions(text, " get:! "));
  CHECK(mentions(text, " keys:! "));
  CHECK(mentions(text, " eval:- "));
}

TEST_CASE("an error tells the digest of the client's script, and nothing else is changed") {
  const std::string wrapped(40, 'a'), own(40, 'b');
  std::string line = "-ERR x " + wrapped + " script: " + wrapped + ", on @user_script:3.";
  restore_sha(line, wrapped, own);
  CHECK(line == "-ERR x " + wrapped + " script: " + own + ", on @user_script:3.");
  std::string other = "-ERR script: " + std::string(40, 'c') + ", on @user_script:3.";
  restore_sha(other, wrapped, own);
  CHECK(other == "-ERR script: " + std::string(40, 'c') + ", on @user_script:3.");
}
