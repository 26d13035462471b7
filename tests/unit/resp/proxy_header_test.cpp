#include "bulkhead/resp/proxy_header.hpp"

#include "catch.hpp"

#include <string>

using namespace bulkhead;
using resp::ProxyHeader;
using resp::ProxyHeaderReader;
using Progress = ProxyHeaderReader::Progress;
using namespace std::string_literals;

namespace {

const std::string kSignature = "\r\n\r\n\0\r\nQUIT\n"s;

std::string header(char command, char family, const std::string& behind) {
  const auto length = behind.size();
  return kSignature + command + family + static_cast<char>(length >> 8) +
         static_cast<char>(length) + behind;
}

const std::string kTcp4 =
    header('\x21', '\x11', "\xc0\x00\x02\x01\x0a\x00\x00\x05\x30\x39\x18\xec"s);

// Fed in pieces of so many bytes; what is left behind the header is checked to be untouched.
struct Outcome {
  Progress progress = Progress::incomplete;
  std::string problem;
  ProxyHeader header;
  std::size_t taken = 0;
};
Outcome read(std::string_view bytes, std::size_t piece = 1'000'000) {
  ProxyHeaderReader reader;
  Outcome out;
  while (out.progress == Progress::incomplete && out.taken < bytes.size()) {
    const std::string_view next = bytes.substr(out.taken, std::min(piece, reader.wanted()));
    out.progress = reader.take(next);
    out.taken += next.size();
  }
  out.problem = reader.problem();
  out.header = reader.header();
  return out;
}

}  // namespace

TEST_CASE("a header of TCP over IPv4 says who and where") {
  for (const std::size_t piece : {1u, 3u, 16u, 1000u}) {
    const Outcome out = read(kTcp4 + "PING\r\n", piece);
    REQUIRE(out.progress == Progress::complete);
    CHECK(out.taken == kTcp4.size());
    CHECK_FALSE(out.header.local);
    CHECK(out.header.source.with_port(out.header.source_port) == "192.0.2.1:12345");
    CHECK(out.header.destination.with_port(out.header.destination_port) == "10.0.0.5:6380");
  }
}

TEST_CASE("a header of TCP over IPv6") {
  std::string addresses(32, '\0');
  addresses[0] = '\x20', addresses[1] = '\x01', addresses[15] = '\x07', addresses[31] = '\x01';
  const Outcome out = read(header('\x21', '\x21', addresses + "\x00\x50\x00\x51"s));
  REQUIRE(out.progress == Progress::complete);
  CHECK(out.header.source.text() == "2001::7");
  CHECK(out.header.source_port == 80);
  CHECK(out.header.destination.text() == "::1");
  CHECK(out.header.destination_port == 81);
}

TEST_CASE("what the proxy tells besides is skipped") {
  const std::string tlvs(4000, 'x');
  const std::string bytes = header('\x21', '\x11', kTcp4.substr(16) + tlvs);
  const Outcome out = read(bytes + "*1\r\n", 7);
  REQUIRE(out.progress == Progress::complete);
  CHECK(out.taken == bytes.size());
  CHECK(out.header.source.text() == "192.0.2.1");
}

TEST_CASE("the proxy's own connections are local, and so are those of which it knows nothing") {
  for (const std::string& bytes : {header('\x20', '\0', ""), header('\x20', '\x11', "anything"),
                                   header('\x21', '\0', "more")}) {
    const Outcome out = read(bytes + "PING");
    CHECK(out.progress == Progress::complete);
    CHECK(out.header.local);
    CHECK(out.taken == bytes.size());
  }
}

TEST_CASE("cut anywhere it is incomplete") {
  for (std::size_t i = 0; i < kTcp4.size(); ++i) {
    CHECK(read(kTcp4.substr(0, i)).progress == Progress::incomplete);
  }
}

TEST_CASE("anything else is refused as soon as it can be") {
  const auto problem = [](const std::string& bytes) {
    const Outcome out = read(bytes, 1);
    CHECK(out.progress == Progress::malformed);
    return out.problem;
  };
  CHECK(problem("PROXY TCP4 192.0.2.1 10.0.0.5 12345 6380\r\n") ==
        "is not version 2 of the PROXY protocol");
  CHECK(problem("*1\r\n$4\r\nPING\r\n") == "does not begin with a PROXY header");
  CHECK(problem(kSignature.substr(0, 11) + "X") == "does not begin with a PROXY header");
  CHECK(read("\r\n\r\nX", 1).taken == 5);
  CHECK(problem(header('\x11', '\x11', "")) == "has a PROXY header of another version than 2");
  CHECK(problem(header('\x22', '\x11', "")) == "has a PROXY header with no command");
  CHECK(problem(header('\x21', '\x12', std::string(12, 'x'))) ==
        "has a PROXY header of something other than TCP");
  CHECK(problem(header('\x21', '\x31', std::string(216, 'x'))) ==
        "has a PROXY header of something other than TCP");
  CHECK(problem(header('\x21', '\x11', std::string(11, 'x'))) ==
        "has a PROXY header without room for its addresses");
  CHECK(problem(header('\x21', '\x21', std::string(35, 'x'))) ==
        "has a PROXY header without room for its addresses");
  CHECK(problem(header('\x21', '\x11', std::string(4097, 'x'))) ==
        "has a PROXY header that is too long");
}
