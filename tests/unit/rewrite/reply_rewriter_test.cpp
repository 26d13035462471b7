#include "bulkhead/rewrite/reply_rewriter.hpp"

#include "catch.hpp"
#include "tenants.hpp"

#include <array>
#include <vector>

using namespace bulkhead;
using namespace bulkhead::rewrite;
using command::ReplyRule;

namespace {

constexpr std::string_view kRefused = "refused";
constexpr std::array kRules = {ReplyRule::plain, ReplyRule::name,   ReplyRule::names,
                               ReplyRule::scan,  ReplyRule::popped, ReplyRule::streams};

std::string array(const std::vector<std::string>& elements, char type = '*') {
  const std::size_t count = type == '%' ? elements.size() / 2 : elements.size();
  std::string out = type + std::to_string(count) + "\r\n";
  for (const std::string& element : elements) out += element;
  return out;
}

std::string fed(const tenant::Tenant& tenant, ReplyRule rule, std::string_view bytes,
                std::initializer_list<std::size_t> cuts) {
  ReplyRewriter rewriter;
  rewriter.begin(rule);
  Buffer out;
  std::size_t at = 0;
  std::vector<std::size_t> ends(cuts);
  ends.push_back(bytes.size());
  for (std::size_t end : ends) {
    const std::size_t before = out.size();
    if (!rewriter.feed(bytes.substr(at, end - at), tenant, out)) {
      REQUIRE(out.size() == before);
      return std::string(kRefused);
    }
    at = end;
  }
  return std::string(out.view());
}

// Whole, byte by byte, and cut at every position: all must give the same.
std::string rewritten(const tenant::Tenant& tenant, ReplyRule rule, std::string_view bytes) {
  const std::string whole = fed(tenant, rule, bytes, {});
  for (std::size_t cut = 1; cut < bytes.size(); ++cut) {
    if (fed(tenant, rule, bytes, {cut}) != whole)
      return "differs when cut at " + std::to_string(cut);
  }
  ReplyRewriter rewriter;
  rewriter.begin(rule);
  Buffer out;
  for (char c : bytes) {
    if (!rewriter.feed({&c, 1}, tenant, out)) return whole == kRefused ? whole : "differs in bytes";
  }
  return out.view() == whole ? whole : "differs in bytes";
}

std::string rewritten(ReplyRule rule, std::string_view bytes) {
  return rewritten(tenant_with({"acme:"}), rule, bytes);
}

}  // namespace

TEST_CASE("a reply that carries no names passes as it is") {
  for (const std::string& reply :
       {std::string("+OK\r\n"), std::string(":1\r\n"), bulk("globex:k"), std::string("$-1\r\n"),
        std::string("_\r\n"), array({bulk("globex:a"), array({bulk("b"), ":1\r\n"})}),
        array({bulk("a"), ",1.5\r\n", bulk("b"), "#t\r\n"}, '%'), array({bulk("a")}, '~'),
        std::string("=8\r\ntxt:some\r\n"), std::string("*-1\r\n"), bulk("")}) {
    CAPTURE(reply);
    CHECK(rewritten(ReplyRule::plain, reply) == reply);
  }
}

TEST_CASE("a reply that is a name loses the prefix") {
  CHECK(rewritten(ReplyRule::name, bulk("acme:k")) == bulk("k"));
  CHECK(rewritten(ReplyRule::name, bulk("acme:")) == bulk(""));
  CHECK(rewritten(ReplyRule::name, bulk("acme:acme:k")) == bulk("acme:k"));
  CHECK(rewritten(ReplyRule::name, bulk("acme:a\r\n$1\r\nb")) == bulk("a\r\n$1\r\nb"));
  CHECK(rewritten(ReplyRule::name, "$-1\r\n") == "$-1\r\n");
  CHECK(rewritten(ReplyRule::name, "_\r\n") == "_\r\n");
  const std::string large(30, 'x');
  CHECK(rewritten(ReplyRule::name, bulk("acme:" + large)) == bulk(large));
}

TEST_CASE("an array of names loses every prefix") {
  for (const char type : {'*', '~'}) {
    CHECK(rewritten(ReplyRule::names, array({bulk("acme:a"), bulk("acme:b"), "$-1\r\n"}, type)) ==
          array({bulk("a"), bulk("b"), "$-1\r\n"}, type));
    CHECK(rewritten(ReplyRule::names, array({}, type)) == array({}, type));
  }
  CHECK(rewritten(ReplyRule::names, "*-1\r\n") == "*-1\r\n");
}

TEST_CASE("a page of SCAN keeps its cursor and loses the prefixes") {
  CHECK(rewritten(ReplyRule::scan, array({bulk("17"), array({bulk("acme:a"), bulk("acme:b")})})) ==
        array({bulk("17"), array({bulk("a"), bulk("b")})}));
  CHECK(rewritten(ReplyRule::scan, array({bulk("0"), array({})})) == array({bulk("0"), array({})}));
}

TEST_CASE("a popped element tells its key, and the values behind are left alone") {
  CHECK(rewritten(ReplyRule::popped, array({bulk("acme:l"), array({bulk("globex:v")})})) ==
        array({bulk("l"), array({bulk("globex:v")})}));
  CHECK(rewritten(ReplyRule::popped, array({bulk("acme:z"), bulk("m"), ",1.5\r\n"})) ==
        array({bulk("z"), bulk("m"), ",1.5\r\n"}));
  CHECK(rewritten(ReplyRule::popped, "*-1\r\n") == "*-1\r\n");
  CHECK(rewritten(ReplyRule::popped, "_\r\n") == "_\r\n");
}

TEST_CASE("streams lose the prefix in arrays and in maps, and entries are left alone") {
  const std::string entries =
      array({array({bulk("1-0"), array({bulk("globex:f"), bulk("acme:v")})})});
  CHECK(rewritten(ReplyRule::streams,
                  array({array({bulk("acme:a"), entries}), array({bulk("acme:b"), entries})})) ==
        array({array({bulk("a"), entries}), array({bulk("b"), entries})}));
  CHECK(rewritten(ReplyRule::streams,
                  array({bulk("acme:a"), entries, bulk("acme:b"), entries}, '%')) ==
        array({bulk("a"), entries, bulk("b"), entries}, '%'));
  CHECK(rewritten(ReplyRule::streams, "*-1\r\n") == "*-1\r\n");
  CHECK(rewritten(ReplyRule::streams, "_\r\n") == "_\r\n");
}

TEST_CASE("a foreign name stops the reply wherever it stands") {
  const std::string foreign = bulk("globex:k");
  CHECK(rewritten(ReplyRule::name, foreign) == kRefused);
  CHECK(rewritten(ReplyRule::name, bulk("acme")) == kRefused);
  CHECK(rewritten(ReplyRule::name, bulk("")) == kRefused);
  CHECK(rewritten(ReplyRule::names, array({bulk("acme:a"), foreign, bulk("acme:b")})) == kRefused);
  CHECK(rewritten(ReplyRule::scan, array({bulk("0"), array({bulk("acme:a"), foreign})})) ==
        kRefused);
  CHECK(rewritten(ReplyRule::popped, array({foreign, bulk("v")})) == kRefused);
  CHECK(rewritten(ReplyRule::streams, array({array({foreign, array({})})})) == kRefused);
  CHECK(rewritten(ReplyRule::streams,
                  array({bulk("acme:a"), array({}), foreign, array({})}, '%')) == kRefused);
}

TEST_CASE("a reply of another shape than the rule describes is refused") {
  const std::string nested = array({bulk("globex:k")});
  CHECK(rewritten(ReplyRule::name, "+globex:k\r\n") == kRefused);
  CHECK(rewritten(ReplyRule::name, nested) == kRefused);
  CHECK(rewritten(ReplyRule::names, array({nested})) == kRefused);
  CHECK(rewritten(ReplyRule::names, bulk("globex:k")) == kRefused);
  CHECK(rewritten(ReplyRule::names, array({"+globex:k\r\n"})) == kRefused);
  CHECK(rewritten(ReplyRule::names, array({"=12\r\ntxt:globex:k\r\n"})) == kRefused);
  CHECK(rewritten(ReplyRule::scan, array({bulk("0"), bulk("globex:k")})) == kRefused);
  CHECK(rewritten(ReplyRule::scan, array({bulk("0"), array({nested})})) == kRefused);
  CHECK(rewritten(ReplyRule::scan, bulk("globex:k")) == kRefused);
  CHECK(rewritten(ReplyRule::popped, array({nested, bulk("v")})) == kRefused);
  CHECK(rewritten(ReplyRule::popped, bulk("globex:k")) == kRefused);
  CHECK(rewritten(ReplyRule::streams, array({bulk("globex:k")})) == kRefused);
  CHECK(rewritten(ReplyRule::streams, array({nested, array({})}, '%')) == kRefused);
  CHECK(rewritten(ReplyRule::streams, bulk("globex:k")) == kRefused);
}

TEST_CASE("pushes and attributes are not expected in a reply with names") {
  CHECK(rewritten(ReplyRule::names, array({bulk("acme:a")}, '>')) == kRefused);
  CHECK(rewritten(ReplyRule::names, "|1\r\n+k\r\n+v\r\n" + array({bulk("acme:a")})) == kRefused);
  CHECK(rewritten(ReplyRule::names, "x\r\n") == kRefused);
}

TEST_CASE("what was appended before the foreign name is taken back, in that call alone") {
  const auto acme = tenant_with({"acme:"});
  ReplyRewriter rewriter;
  rewriter.begin(ReplyRule::names);
  Buffer out;
  out.append("+before\r\n");
  REQUIRE(rewriter.feed("*3\r\n" + bulk("acme:a"), acme, out));
  CHECK(out.view() == "+before\r\n*3\r\n" + bulk("a"));
  CHECK_FALSE(rewriter.feed(bulk("acme:b") + bulk("globex:c"), acme, out));
  CHECK(out.view() == "+before\r\n*3\r\n" + bulk("a"));

  rewriter.begin(ReplyRule::names);
  REQUIRE(rewriter.feed(array({bulk("acme:a")}), acme, out));
  CHECK(out.view() == "+before\r\n*3\r\n" + bulk("a") + array({bulk("a")}));
}

TEST_CASE("an error loses the prefix wherever it stands in the text, whatever the rule") {
  for (const ReplyRule rule : kRules) {
    CHECK(rewritten(rule, "-NOGROUP No such key 'acme:s' or group 'acme:g'\r\n") ==
          "-NOGROUP No such key 's' or group 'g'\r\n");
    CHECK(rewritten(rule, "-ERR nothing to strip\r\n") == "-ERR nothing to strip\r\n");
  }
  CHECK(rewritten(ReplyRule::plain, array({"+OK\r\n", "-ERR 'acme:k'\r\n", ":1\r\n"})) ==
        array({"+OK\r\n", "-ERR 'k'\r\n", ":1\r\n"}));
  CHECK(rewritten(ReplyRule::names, array({"-ERR 'acme:k'\r\n", bulk("acme:a")})) ==
        array({"-ERR 'k'\r\n", bulk("a")}));
}

TEST_CASE("a name in an error that begins like the prefix keeps that beginning") {
  CHECK(rewritten(ReplyRule::plain, "-ERR 'acme:acme:k' 'acme:acme:acme:k' 'acme:k'\r\n") ==
        "-ERR 'acme:k' 'acme:acme:k' 'k'\r\n");
}

TEST_CASE("taking the prefix out of an error never makes it two lines") {
  CHECK(rewritten(ReplyRule::plain, "-ERR a\racme:\n+OK\r\n") == "-ERR a \n+OK\r\n");
}

TEST_CASE("an error with a length of its own is stripped, and its length follows") {
  for (const ReplyRule rule : kRules) {
    CHECK(rewritten(rule, "!19\r\nERR no key 'acme:k'\r\n") == "!14\r\nERR no key 'k'\r\n");
  }
  CHECK(rewritten(ReplyRule::plain, array({"!10\r\nERR acme:k\r\n", bulk("v")})) ==
        array({"!5\r\nERR k\r\n", bulk("v")}));
}

TEST_CASE("with several prefixes every one of them is the tenant's") {
  const auto parted = tenant_with({"acme:s:", "acme:c:", "acme:channels:"});
  CHECK(rewritten(parted, ReplyRule::names, array({bulk("acme:c:a"), bulk("acme:s:b")})) ==
        array({bulk("a"), bulk("b")}));
  CHECK(rewritten(parted, ReplyRule::names, array({bulk("acme:x:a")})) == kRefused);
  CHECK(rewritten(parted, ReplyRule::plain, "-ERR acme:c:a acme:s:b acme:x:c\r\n") ==
        "-ERR a b acme:x:c\r\n");
}

TEST_CASE("where the tenant writes the prefix itself nothing is stripped, and foreign names stop") {
  const auto legacy = tenant_with({"nextauth:"}, config::PrefixMode::require);
  CHECK(rewritten(legacy, ReplyRule::names, array({bulk("nextauth:a")})) ==
        array({bulk("nextauth:a")}));
  CHECK(rewritten(legacy, ReplyRule::names, array({bulk("acme:a")})) == kRefused);
  CHECK(rewritten(legacy, ReplyRule::plain, "-ERR 'nextauth:a'\r\n") == "-ERR 'nextauth:a'\r\n");
}

TEST_CASE("32 levels are walked, and deeper replies are refused") {
  const auto nested = [](int levels) {
    std::string out;
    for (int i = 0; i < levels; ++i) out += "*1\r\n";
    return out + ":1\r\n";
  };
  CHECK(rewritten(ReplyRule::plain, nested(32)) == nested(32));
  CHECK(rewritten(ReplyRule::plain, nested(33)) == kRefused);
}

TEST_CASE("a large value streams through before it is complete") {
  const auto acme = tenant_with({"acme:"});
  ReplyRewriter rewriter;
  rewriter.begin(ReplyRule::popped);
  Buffer out;
  REQUIRE(rewriter.feed("*2\r\n" + bulk("acme:l") + "$1000000\r\nxxxx", acme, out));
  CHECK(out.view() == "*2\r\n" + bulk("l") + "$1000000\r\nxxxx");
}

TEST_CASE("begin() forgets a reply that was left half way") {
  const auto acme = tenant_with({"acme:"});
  ReplyRewriter rewriter;
  Buffer out;
  rewriter.begin(ReplyRule::names);
  REQUIRE(rewriter.feed("*2\r\n$6\r\nac", acme, out));
  out.clear();
  rewriter.begin(ReplyRule::name);
  REQUIRE(rewriter.feed(bulk("acme:k"), acme, out));
  CHECK(out.view() == bulk("k"));
}
