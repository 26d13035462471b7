#include "bulkhead/config/notes.hpp"
#include "bulkhead/server/server.hpp"
#include "commands.hpp"
#include "report.hpp"

#include <cstdio>

namespace bulkhead::commands {

int serve(const std::string& config) {
  auto loaded = request::load_snapshot(config);
  if (const auto* problems = std::get_if<config::Problems>(&loaded)) return report(*problems);
  const auto snapshot = std::get<0>(std::move(loaded));
  const auto log = make_log(snapshot->config.log);
  server::Server(*log, snapshot).run();
  return 0;
}

int check(const std::string& config) {
  auto loaded = request::load_snapshot(config);
  if (const auto* problems = std::get_if<config::Problems>(&loaded)) return report(*problems);
  const auto& snapshot = std::get<0>(loaded);
  std::printf("%s is good: %zu backends, %zu features, %zu tenants, %zu users\n", config.c_str(),
              snapshot->config.backends.size(), snapshot->config.features.size(),
              snapshot->directory.tenants().size(), snapshot->directory.users().size());
  for (const config::Problem& note :
       config::expired_passwords(snapshot->config, bulkhead::wall_now())) {
    std::printf("note: %s\n", note.text().c_str());
  }
  return 0;
}

}  // namespace bulkhead::commands
