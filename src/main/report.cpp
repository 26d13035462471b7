#include "report.hpp"

#include <cstdio>

namespace bulkhead::commands {

int report(const config::Problems& problems) {
  for (const config::Problem& problem : problems) {
    std::fprintf(stderr, "%s\n", problem.text().c_str());
  }
  std::fprintf(stderr, "%zu problem%s\n", problems.size(), problems.size() == 1 ? "" : "s");
  return 1;
}

std::unique_ptr<Log> make_log(const config::Logging& settings) {
  // Both enums have the same members in the same order.
  return std::make_unique<Log>(static_cast<LogLevel>(settings.level),
                               static_cast<LogFormat>(settings.format));
}

}  // namespace bulkhead::commands
