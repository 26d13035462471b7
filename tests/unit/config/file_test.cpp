#include "config/file.hpp"

#include "helpers.hpp"

namespace bulkhead::config {

namespace {

int line_of_problem(const std::string& text) {
  const auto problem = check_text(text, "test.yaml");
  return problem ? problem->line : 0;
}

}  // namespace

TEST_CASE("a file is read whole, whatever its bytes are") {
  const TemporaryFolder folder;
  const std::string content = std::string("a\0b\r\n", 5) + std::string(200000, 'x');
  std::string read = "old";
  CHECK_FALSE(read_file(folder.write("file", content), read));
  CHECK(read == content);
}

TEST_CASE("a file that cannot be read says why") {
  const TemporaryFolder folder;
  std::string read;
  CHECK(read_file((folder.path() / "none").string(), read) ==
        "cannot be opened: No such file or directory");
  CHECK(read_file(folder.path().string(), read) == "is a directory");
  CHECK(read_file(folder.write("large", "12345"), read, 4) == "is larger than 4 bytes");
  CHECK_FALSE(read_file(folder.write("small", "1234"), read, 4));
}

TEST_CASE("text of any language passes") {
  CHECK_FALSE(check_text("", "test.yaml"));
  CHECK_FALSE(check_text("a:\tb\r\n# \xe2\x82\xac \xf0\x9f\x98\x80\n", "test.yaml"));
}

TEST_CASE("bytes that no YAML has are found with their line") {
  CHECK(line_of_problem(std::string("a: b\nc: \0\n", 10)) == 2);
  CHECK(line_of_problem("a: b\nc: d\n\x04") == 3);
  CHECK(line_of_problem("a: b\n\xff\n") == 2);
  CHECK(line_of_problem("\x7f") == 1);
  CHECK(line_of_problem("\xff\xfe"
                        "a") == 1);
}

TEST_CASE("a run of brackets is refused before anybody counts on it") {
  CHECK_FALSE(check_text(std::string(64, '['), "test.yaml"));
  CHECK(line_of_problem(std::string(65, '[')) == 1);
  CHECK(line_of_problem("\n" + std::string(65, '{')) == 2);
  std::string pairs;
  for (int i = 0; i < 1000; ++i) pairs += "[a] {b} ";
  CHECK_FALSE(check_text(pairs, "test.yaml"));
}

}  // namespace bulkhead::config
