// Reads the configuration: the main file and tenants_dir. Unknown keys are errors, and all problems
// are reported at once. Called at start-up and on reload, never on the way of a command.
#pragma once

#include "bulkhead/config/config.hpp"

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace bulkhead::config {

// One mistake: where, and what a person should do about it.
struct Problem {
  std::string file;
  int line = 0;  // 1-based; 0 when the file as a whole is meant
  std::string sentence;

  std::string text() const;  // "file:line: sentence"
};
using Problems = std::vector<Problem>;

// Says what is wrong with a rule of a policy ("+get"); nothing when it names something. Which
// commands and categories there are is for others to know.
using RuleCheck = std::function<std::optional<std::string>(std::string_view rule)>;

// The Config, or every problem found, sorted by file and line. Throws nothing on bad input.
std::variant<Config, Problems> load(const std::string& file, const RuleCheck& check_rule = {});

// The same for a text that lies in memory; tenants_dir is then relative to the working directory.
std::variant<Config, Problems> load_text(std::string_view yaml, const std::string& name,
                                         const RuleCheck& check_rule = {});

}  // namespace bulkhead::config
