#include "config/certificates.hpp"

#include "helpers.hpp"

namespace bulkhead::config {

namespace {

using Kind = CertificateName::Kind;

// Users whose lines begin at 8, each with a list of certificates.
std::string with_users(const std::vector<std::string>& lists) {
  std::string text = kLeast + "tenants:\n  - name: acme\n    users:\n";
  char name = 'a';
  for (const std::string& list : lists) {
    text += std::string("      - { name: ") + name++ + ", certificates: " + list + " }\n";
  }
  return text;
}

std::string clash(const std::string& name) {
  return "9: the certificate name '" + name +
         "' of user 'b' is that of user 'a', too, so that it does not say who calls";
}

}  // namespace

TEST_CASE("names have a kind in front, or may be any") {
  CHECK(parse_certificate_name("CN:App") == CertificateName{Kind::cn, "App"});
  CHECK(parse_certificate_name("cn=App") == CertificateName{Kind::cn, "App"});
  CHECK(parse_certificate_name("DNS:App.Example") == CertificateName{Kind::dns, "app.example"});
  CHECK(parse_certificate_name("email:A@b") == CertificateName{Kind::email, "A@b"});
  CHECK(parse_certificate_name("URI:spiffe://a/b") == CertificateName{Kind::uri, "spiffe://a/b"});
  CHECK(parse_certificate_name("spiffe://a/b") == CertificateName{Kind::any, "spiffe://a/b"});
  CHECK(parse_certificate_name("CNX:a") == CertificateName{Kind::any, "CNX:a"});
  CHECK(parse_certificate_name("CN") == CertificateName{Kind::any, "CN"});
}

TEST_CASE("a user may have certificates instead of passwords") {
  const auto users = config_of(with_users({"[\"CN:app\", \"app.example\"]"})).tenants.at(0).users;
  REQUIRE(users.at(0).certificates.size() == 2);
  CHECK(users[0].passwords.empty());
  CHECK(users[0].certificates[0] == CertificateName{Kind::cn, "app"});
}

TEST_CASE("but needs one of them") {
  CHECK(only_problem_of(with_users({"[]"})) == "8: a user needs the key 'passwords'");
  CHECK(only_problem_of(with_users({"[\"CN:\"]"})) ==
        "8: a certificate name of user 'a' is empty: write CN:app or DNS:app.example");
}

TEST_CASE("one certificate name belongs to one user") {
  CHECK(only_problem_of(with_users({"[\"CN:x\"]", "[\"CN:x\"]"})) == clash("x"));
  CHECK(only_problem_of(with_users({"[\"CN:x\"]", "[x]"})) == clash("x"));
  CHECK(only_problem_of(with_users({"[X.example]", "[\"DNS:x.example\"]"})) == clash("x.example"));
  CHECK(problems_of(with_users({"[\"CN:x\"]", "[\"DNS:x\"]"})).empty());
  CHECK(problems_of(with_users({"[\"CN:x\", \"CN:x\"]", "[\"CN:y\"]"})).empty());
}

}  // namespace bulkhead::config
