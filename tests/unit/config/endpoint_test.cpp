#include "config/endpoint.hpp"

#include "catch.hpp"

namespace bulkhead::config {

namespace {

Endpoint endpoint_of(const std::string& text) {
  Endpoint endpoint;
  INFO(text);
  CHECK(parse_endpoint(text, endpoint).value_or("good") == "good");
  return endpoint;
}

}  // namespace

TEST_CASE("addresses of each kind are read and written alike") {
  const auto* text =
      GENERATE("127.0.0.1:6380", "0.0.0.0:0", "[::1]:6380", "[fe80::1%eth0]:6379",
               "redis.internal:6379", "localhost:65535", "redis_1:6379", "unix:/run/bulkhead.sock");
  CHECK(endpoint_of(text).text() == text);
}

TEST_CASE("the parts of an address") {
  CHECK(endpoint_of("redis.internal:6379") == Endpoint{"redis.internal", 6379, ""});
  CHECK(endpoint_of("[::1]:6380") == Endpoint{"::1", 6380, ""});
  CHECK(endpoint_of("unix:/a/b") == Endpoint{"", 0, "/a/b"});
  CHECK(endpoint_of("unix:/a/b").is_unix());
}

TEST_CASE("what is no address") {
  const auto* text = GENERATE(
      "", ":", ":6379", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536", "127.0.0.1:-1",
      "127.0.0.1:redis", "127.0.0.256:6379", "127.0.0:6379", "1.2.3.4.5:6379", "::1:6379", "[::1]",
      "[::1]6379", "[::1", "[]:6379", "[nonsense]:6379", "[127.0.0.1]:6379", "a b:6379", "-a:6379",
      "a..b:6379", "redis://localhost:6379", "unix:", "unix:relative", "127.0.0.1:6379 ");
  CAPTURE(text);
  Endpoint endpoint;
  CHECK(parse_endpoint(text, endpoint));
}

TEST_CASE("a socket's path has to fit into the kernel's structure") {
  Endpoint endpoint;
  CHECK_FALSE(parse_endpoint("unix:/" + std::string(106, 'a'), endpoint));
  CHECK(parse_endpoint("unix:/" + std::string(107, 'a'), endpoint));
}

TEST_CASE("the sentences say what is missing") {
  Endpoint endpoint;
  CHECK(parse_endpoint("localhost", endpoint) == "needs a port, as in 127.0.0.1:6379");
  CHECK(parse_endpoint("::1:6379", endpoint) ==
        "needs brackets around an IPv6 address, as in [::1]:6379");
  CHECK(parse_endpoint("localhost:70000", endpoint) ==
        "needs a port from 0 to 65535 after the last ':'");
}

}  // namespace bulkhead::config
