#include "rewrite/script/glob_lua.hpp"

#include "catch.hpp"

using bulkhead::rewrite::script::glob_condition;

namespace {

std::string condition(std::string_view glob) {
  bool helper = false;
  std::string text = glob_condition(glob, helper);
  return helper ? "helper " + text : text;
}

}  // namespace

// That they are true of the same keys is tested with Redis' own Lua in tests/scripts.
TEST_CASE("globs become the cheapest Lua that says the same") {
  CHECK(condition("bull:*") == "h=='bull:'");
  CHECK(condition("a:b:*") == "string.sub(k,1,4)=='a:b:'");
  CHECK(condition("bull*") == "string.sub(k,1,4)=='bull'");
  CHECK(condition("*") == "true");
  CHECK(condition("*:session:*") == "string.find(k,':session:',1,true)~=nil");
  CHECK(condition("exact") == "k=='exact'");
  CHECK(condition("a\\*b") == "k=='a*b'");
  CHECK(condition("a?c") == "string.find(k,'^a.c$')~=nil");
  CHECK(condition("a*c") == "helper g('^a',{},'^c',1)");
  CHECK(condition("*a*b*") == "helper g('^',{'a','b',},'^',0)");
  CHECK(condition("x[a-c]%*") == "helper g('^x[abc]%%',{},'^',0)");
  CHECK(condition("it's*") == "string.sub(k,1,4)=='it\\'s'");
  CHECK(condition("\xff*") == "string.sub(k,1,1)=='\\255'");
}

TEST_CASE("a class that matches nothing makes a pattern that matches nothing") {
  CHECK(condition("a[]*") == "false");
}
