#include "bulkhead/base/network.hpp"

#include "catch.hpp"

using namespace bulkhead;

namespace {

bool holds(std::string_view network, std::string_view address) {
  const auto parsed = Network::parse(network);
  REQUIRE(parsed);
  return parsed->contains(IpAddress::parse(address).value());
}

}  // namespace

TEST_CASE("addresses are read and written, IPv4 also in its mapped form") {
  CHECK(IpAddress::parse("192.0.2.1")->text() == "192.0.2.1");
  CHECK(IpAddress::parse("2001:db8::1")->text() == "2001:db8::1");
  CHECK(IpAddress::parse("::ffff:192.0.2.1") == IpAddress::parse("192.0.2.1"));
  CHECK(IpAddress::parse("192.0.2.1")->with_port(5000) == "192.0.2.1:5000");
  CHECK(IpAddress::parse("::1")->with_port(5000) == "[::1]:5000");
  for (const char* bad : {"", "192.0.2", "192.0.2.256", "1.2.3.4.5", "::g", "localhost", "[::1]"}) {
    CAPTURE(bad);
    CHECK_FALSE(IpAddress::parse(bad));
  }
  CHECK_FALSE(IpAddress::parse(std::string_view("::1\0", 4)));
}

TEST_CASE("a network holds what begins with its prefix") {
  CHECK(holds("10.0.0.0/8", "10.255.0.1"));
  CHECK_FALSE(holds("10.0.0.0/8", "11.0.0.0"));
  CHECK(holds("10.128.0.0/9", "10.200.1.1"));
  CHECK_FALSE(holds("10.128.0.0/9", "10.127.255.255"));
  CHECK(holds("192.0.2.7", "192.0.2.7"));
  CHECK_FALSE(holds("192.0.2.7", "192.0.2.6"));
  CHECK(holds("192.0.2.6/31", "192.0.2.7"));
  CHECK(holds("0.0.0.0/0", "203.0.113.9"));
  CHECK(holds("2001:db8::/32", "2001:db8:1::1"));
  CHECK_FALSE(holds("2001:db8::/32", "2001:db9::1"));
  CHECK(holds("2001:db8::1", "2001:db8::1"));
  CHECK_FALSE(holds("2001:db8::1", "2001:db8::2"));
}

TEST_CASE("IPv4 is the same mapped or not, and is not a part of IPv6") {
  CHECK(holds("10.0.0.0/8", "::ffff:10.1.2.3"));
  CHECK(holds("::ffff:10.0.0.0/104", "10.1.2.3"));
  CHECK(Network::parse("::ffff:10.0.0.0/104") == Network::parse("10.0.0.0/8"));
  CHECK_FALSE(holds("::/0", "10.1.2.3"));
  CHECK(holds("::/0", "2001:db8::1"));
  CHECK_FALSE(holds("0.0.0.0/0", "2001:db8::1"));
}

TEST_CASE("what is no network") {
  for (const char* bad :
       {"", "/8", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/8x", "10.0.0.1/8", "::/129",
        "2001:db8::1/32", "10.0.0.0/8/8", "10.0.0.0/ 8", "any", "10.0.0.0/+8"}) {
    CAPTURE(bad);
    CHECK_FALSE(Network::parse(bad));
  }
}
