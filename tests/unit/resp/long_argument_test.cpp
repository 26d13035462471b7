#include "bulkhead/resp/request_reader.hpp"
#include "catch.hpp"

#include <string>

using namespace bulkhead::resp;
using Progress = RequestReader::Progress;

namespace {

constexpr RequestLimits kLimits{1000, 512u << 20, 1u << 30, true};

std::string bulk(const std::string& text) {
  return "$" + std::to_string(text.size()) + "\r\n" + text + "\r\n";
}

// Feeds the request in pieces of this size, takes the long argument out, and returns the words of
// the complete command, the long one's bytes in the place of what the reader holds instead.
std::vector<std::string> read(const std::string& request, std::size_t piece, std::size_t lacking) {
  RequestReader reader;
  std::string passed;
  std::uint32_t at = 0;
  bool passing = false;
  for (std::size_t i = 0; i < request.size(); i += piece) {
    reader.input().append(std::string_view(request).substr(i, piece));
    for (;;) {
      const Progress progress = reader.next(kLimits);
      REQUIRE(progress != Progress::malformed);
      if (progress == Progress::complete) {
        std::vector<std::string> words;
        for (std::uint32_t w = 0; w < reader.args().size(); ++w) {
          words.push_back(passing && w == at ? passed : std::string(reader.args()[w]));
        }
        reader.drop();
        CHECK(reader.input().size() == 0);
        return words;
      }
      if (const auto found = reader.long_argument(lacking)) {
        passing = true;
        at = found->at;
        CHECK(found->args()[0] == "SET");
        reader.pass_on_argument();
      }
      const std::string_view bytes = reader.passing();
      if (bytes.empty()) break;
      passed += bytes;
      reader.passed(bytes.size());
    }
  }
  return {};
}

}  // namespace

TEST_CASE("a long argument passes in whatever pieces it comes, and the rest is read as ever") {
  const std::string value(30000, 'v');
  const std::string request =
      "*5\r\n" + bulk("SET") + bulk("key") + bulk(value) + bulk("EX") + bulk("60");
  const std::vector<std::string> words{"SET", "key", value, "EX", "60"};
  for (std::size_t piece : {1, 2, 3, 7, 100, 4096, 29000, 40000}) {
    CHECK(read(request, piece, 1000) == words);
  }
}

TEST_CASE("an argument that lacks little is not a long one") {
  RequestReader reader;
  reader.input().append("*3\r\n$3\r\nSET\r\n$3\r\nkey\r\n$30000\r\nvvv");
  REQUIRE(reader.next(kLimits) == Progress::incomplete);
  CHECK_FALSE(reader.long_argument(30000));
  const auto found = reader.long_argument(29999);
  REQUIRE(found);
  CHECK(found->at == 2);
  CHECK(found->length == 30000);
  CHECK(found->args().size() == 3);
  CHECK(found->args()[1] == "key");
  CHECK(found->args()[2].empty());
}

TEST_CASE("a line that has not come, many arguments and a whole command are no long arguments") {
  for (std::string_view bytes : {"*3\r\n$3\r\nSET\r\n$3\r\nkey\r\n$30000", "*3\r\n$3\r\nSET\r\n",
                                 "*65\r\n$3\r\nSET\r\n$3\r\nkey\r\n$30000\r\nvvv"}) {
    RequestReader reader;
    reader.input().append(bytes);
    REQUIRE(reader.next(kLimits) == Progress::incomplete);
    CHECK_FALSE(reader.long_argument(1));
  }
}

TEST_CASE("what stands behind a long argument must be CRLF") {
  RequestReader reader;
  reader.input().append("*3\r\n$3\r\nSET\r\n$3\r\nkey\r\n$10000\r\n");
  REQUIRE(reader.next(kLimits) == Progress::incomplete);
  REQUIRE(reader.long_argument(1));
  reader.pass_on_argument();
  reader.input().append(std::string(10000, 'v') + "\rx");
  CHECK(reader.passing().size() == 10000);
  reader.passed(10000);
  CHECK(reader.next(kLimits) == Progress::malformed);
  CHECK(reader.refusal().sentence == "ERR Protocol error: expected CRLF after a bulk string");
}
