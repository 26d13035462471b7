// What the tests of this module have in common: loading a text, and looking for its problems.
#pragma once

#include "bulkhead/config/load.hpp"
#include "catch.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string>

namespace bulkhead::config {

// The least that loads. Sections are appended to it; its own lines are 1 to 4.
inline const std::string kLeast =
    "listen:\n"
    "  - address: 127.0.0.1:6380\n"
    "backends:\n"
    "  - { name: main, address: \"127.0.0.1:6379\" }\n";

// SHA-256 of nothing in particular, different for each digit.
inline std::string hash_of(char digit) {
  return "#" + std::string(64, digit);
}

inline Config loaded(const std::variant<Config, Problems>& result) {
  if (const auto* problems = std::get_if<Problems>(&result)) {
    for (const Problem& problem : *problems) UNSCOPED_INFO(problem.text());
    FAIL("the configuration has problems");
  }
  return std::get<Config>(result);
}

inline Problems problems_in(const std::variant<Config, Problems>& result) {
  const auto* problems = std::get_if<Problems>(&result);
  return problems == nullptr ? Problems() : *problems;
}

inline Config config_of(const std::string& text) {
  return loaded(load_text(text, "test.yaml"));
}

inline Problems problems_of(const std::string& text) {
  return problems_in(load_text(text, "test.yaml"));
}

// The only problem of a text, as "line: sentence".
inline std::string only_problem_of(const std::string& text) {
  const Problems problems = problems_of(text);
  for (const Problem& problem : problems) UNSCOPED_INFO(problem.text());
  if (problems.size() != 1) return std::to_string(problems.size()) + " problems";
  return std::to_string(problems[0].line) + ": " + problems[0].sentence;
}

// A folder of its own for a test that needs files; gone at its end.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "bulkhead-XXXXXX").string();
    REQUIRE(mkdtemp(name.data()) != nullptr);
    path_ = name;
  }
  ~TemporaryFolder() { std::filesystem::remove_all(path_); }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  std::string write(const std::string& name, const std::string& content) const {
    const std::filesystem::path file = path_ / name;
    std::filesystem::create_directories(file.parent_path());
    std::ofstream(file, std::ios::binary) << content;
    return file.string();
  }
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace bulkhead::config
