#include "config/checks.hpp"

#include "catch.hpp"

namespace bulkhead::config {

TEST_CASE("names of tenants, features and backends") {
  CHECK_FALSE(why_not_name("acme"));
  CHECK_FALSE(why_not_name("a-b_9"));
  CHECK_FALSE(why_not_name(std::string(64, 'a')));
  const std::string bad = GENERATE(as<std::string>(), "", "Acme", "a b", "a:b", "a*", "{tenant}",
                                   "\xc3\xa9", std::string(65, 'a'));
  CHECK(why_not_name(bad));
}

TEST_CASE("names of users are what Redis' ACL takes") {
  CHECK_FALSE(why_not_user_name("Acme.App@1"));
  CHECK(why_not_user_name(""));
  CHECK(why_not_user_name("a b"));
  CHECK(why_not_user_name("a\n"));
  CHECK(why_not_user_name(std::string(257, 'a')));
}

TEST_CASE("prefix templates") {
  const auto* good =
      GENERATE("{tenant}:", "erp:tenant:{tenant}:", "{tenant}:{feature}:", "nextauth:", "a*b?[c]\\",
               "\xc3\xa9:");
  CHECK_FALSE(why_not_prefix(good));
  const auto* bad =
      GENERATE("", "{tenant", "tenant}", "{tenant}}", "{{tenant}}", "{name}:", "{}:", "{ tenant }",
               "{Tenant}:", "a b:", "a\tb:", "a\x7f:");
  CAPTURE(bad);
  CHECK(why_not_prefix(bad));
}

TEST_CASE("policy rules have Redis' shape") {
  const auto* good = GENERATE("+get", "-GET", "+@all", "-@dangerous", "-client|kill", "+json.set",
                              "+config|get", "+memory|malloc-stats");
  CHECK_FALSE(why_not_rule(good));
  const auto* bad = GENERATE("", "+", "-", "keys", "@all", "+@", "+@read|x", "+client|", "+|kill",
                             "+a|b|c", "+a b", "~*", "&*", ">password", "allcommands", "+@a*");
  CAPTURE(bad);
  CHECK(why_not_rule(bad));
}

TEST_CASE("a password is kept as the bytes of its hash") {
  Password password;
  REQUIRE_FALSE(parse_password("#00ff" + std::string(58, '1') + "aB", password));
  CHECK(password.sha256[0] == 0x00);
  CHECK(password.sha256[1] == 0xff);
  CHECK(password.sha256[2] == 0x11);
  CHECK(password.sha256[31] == 0xab);
}

TEST_CASE("a password in plain text is refused, and told how to be hashed, but not repeated") {
  Password password;
  const auto why = parse_password("hunter2hunter2", password);
  REQUIRE(why);
  CHECK(why->find("bulkhead hash-password") != std::string::npos);
  CHECK(why->find("hunter2") == std::string::npos);
  CHECK(parse_password(std::string(64, 'a'), password) ==
        "lacks the '#' in front of its 64 hex digits");
  CHECK(parse_password("#" + std::string(63, 'a'), password));
  CHECK(parse_password("#" + std::string(65, 'a'), password));
  CHECK(parse_password("#" + std::string(63, 'a') + "g", password));
  CHECK(parse_password("", password));
}

}  // namespace bulkhead::config
