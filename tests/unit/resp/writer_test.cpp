#include "bulkhead/resp/writer.hpp"

#include "bulkhead/base/sentences.hpp"
#include "catch.hpp"

#include <functional>
#include <limits>

using namespace bulkhead;
using resp::ReplyWriter;

namespace {

std::string written(bool resp3, const std::function<void(ReplyWriter&)>& write) {
  Buffer out;
  ReplyWriter writer(out, resp3);
  write(writer);
  return std::string(out.view());
}

}  // namespace

TEST_CASE("replies are written in the client's protocol") {
  CHECK(written(false, [](auto& w) { w.null(); }) == "$-1\r\n");
  CHECK(written(true, [](auto& w) { w.null(); }) == "_\r\n");
  CHECK(written(false, [](auto& w) { w.null_array(); }) == "*-1\r\n");
  CHECK(written(false, [](auto& w) { w.map(2); }) == "*4\r\n");
  CHECK(written(true, [](auto& w) { w.map(2); }) == "%2\r\n");
  CHECK(written(false, [](auto& w) { w.set(3); }) == "*3\r\n");
  CHECK(written(true, [](auto& w) { w.set(3); }) == "~3\r\n");
  CHECK(written(false, [](auto& w) { w.push(3); }) == "*3\r\n");
  CHECK(written(true, [](auto& w) { w.push(3); }) == ">3\r\n");
  CHECK(written(true, [](auto& w) { w.verbatim("hi"); }) == "=6\r\ntxt:hi\r\n");
  CHECK(written(false, [](auto& w) { w.verbatim("hi"); }) == "$2\r\nhi\r\n");
  CHECK(written(false, [](auto& w) { w.bulk(""); }) == "$0\r\n\r\n");
}

TEST_CASE("integers keep their sign and size") {
  CHECK(written(false, [](auto& w) { w.integer(0); }) == ":0\r\n");
  CHECK(written(false, [](auto& w) { w.integer(-7); }) == ":-7\r\n");
  CHECK(written(false, [](auto& w) { w.integer(std::numeric_limits<std::int64_t>::max()); }) ==
        ":9223372036854775807\r\n");
  CHECK(written(false, [](auto& w) { w.integer(std::numeric_limits<std::int64_t>::min()); }) ==
        ":-9223372036854775808\r\n");
}

TEST_CASE("an error is one line whatever a client sent") {
  const std::string_view evil = "x\r\n+OK";
  CHECK(written(false, [&](auto& w) { w.error(refuse::unknown_command(evil, {})); }) ==
        "-ERR unknown command 'x  +OK', with args beginning with: \r\n");
}
