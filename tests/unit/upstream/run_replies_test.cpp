#include "bulkhead/upstream/run_replies.hpp"

#include "catch.hpp"

#include <initializer_list>
#include <string>

using bulkhead::upstream::RunReplies;

namespace {

// A letter for each line: s, a, f or b; A where the answer may be any value.
std::string read(std::uint32_t following, std::initializer_list<std::string_view> lines) {
  RunReplies run;
  run.begin(following);
  std::string kinds;
  for (std::string_view line : lines) {
    if (run.expects_answer()) {
      run.answered();
      kinds += 'A';
      continue;
    }
    kinds += "safb"[static_cast<std::size_t>(run.take(std::string(line) + "\r\n"))];
  }
  if (run.over()) kinds += '.' + std::to_string(run.found());
  return kinds;
}

}  // namespace

TEST_CASE("the client's reply is the first element of EXEC's") {
  CHECK(read(1, {"+OK", "+QUEUED", "+QUEUED", "*2", "whatever", ":1"}) == "ssssAf.1");
  CHECK(read(2, {"+OK", "+QUEUED", "+QUEUED", "+QUEUED", "*3", "", ":0", "-ERR"}) == "sssssAff.2");
  CHECK(read(1, {"+OK", "+QUEUED", "+QUEUED", "*2", "whatever"}) == "ssssA");
}

TEST_CASE("what is refused when it is queued is the answer, and EXEC's complaint is nobody's") {
  CHECK(read(1, {"+OK", "-OOM", "+QUEUED", "-EXECABORT"}) == "sass.0");
  CHECK(read(1, {"+OK", "+QUEUED", "-NOPERM", "-EXECABORT"}) == "ssas.0");
  CHECK(read(1, {"+OK", "-OOM", "-OOM", "-EXECABORT"}) == "sass.0");
}

TEST_CASE("what EXEC is refused for is said without EXEC") {
  CHECK(read(1, {"+OK", "+QUEUED", "+QUEUED", "-EXECABORT Transaction"}) == "sssa.0");
  CHECK(RunReplies::without_exec("-EXECABORT Transaction discarded because of: OOM x\r\n") ==
        "-OOM x\r\n");
  CHECK(RunReplies::without_exec("-BUSY x\r\n") == "-BUSY x\r\n");
}

TEST_CASE("where MULTI is refused the commands are carried out one by one") {
  CHECK(read(1, {"-NOPERM", "whatever", ":1", "-ERR EXEC without MULTI"}) == "sAfs.1");
}

TEST_CASE("what cannot be the reply of a run breaks it") {
  CHECK(read(1, {":1"}) == "b");
  CHECK(read(1, {"+OK", ":1"}) == "sb");
  CHECK(read(1, {"+OK", "+QUEUED", "+QUEUED", "*3"}) == "sssb");
  CHECK(read(1, {"+OK", "+QUEUED", "+QUEUED", "*-1"}) == "sssb");
  CHECK(read(1, {"+OK", "-ERR", "+QUEUED", "*2"}) == "sasb");
  CHECK(read(1, {"+OK", "+QUEUED", "+QUEUED", "*2", "x", "+OK"}) == "ssssAb");
}

TEST_CASE("MULTI may have been sent apart") {
  RunReplies run;
  run.begin(1, true);
  CHECK(run.take("+QUEUED\r\n") == RunReplies::Kind::swallowed);
  CHECK(run.take("+QUEUED\r\n") == RunReplies::Kind::swallowed);
  CHECK(run.take("*2\r\n") == RunReplies::Kind::swallowed);
  CHECK(run.expects_answer());
}

TEST_CASE("it begins anew") {
  RunReplies run;
  CHECK(run.over());
  run.begin(1);
  CHECK_FALSE(run.over());
  CHECK(run.take("+OK\r\n") == RunReplies::Kind::swallowed);
  run.begin(1);
  CHECK(run.take("+OK\r\n") == RunReplies::Kind::swallowed);
}
