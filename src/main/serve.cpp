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
  const auto tls = server::load_tls(snapshot->config, false, nullptr);
  if (!tls.problems.empty()) return report(tls.problems);
  const auto log = make_log(snapshot->config.log);
  server::tell_warnings(*log, tls.warnings);
  server::Server(*log, snapshot, tls.contexts).run();
  return 0;
}

int check(const std::string& config) {
  auto loaded = request::load_snapshot(config);
  if (const auto* problems = std::get_if<config::Problems>(&loaded)) return report(*problems);
  const auto& snapshot = std::get<0>(loaded);
  const auto tls = server::load_tls(snapshot->config, true, nullptr);
  for (const config::Problem& warning : tls.warnings) {
    std::fprintf(stderr, "%s (a warning)\n", warning.text().c_str());
  }
  if (!tls.problems.empty()) return report(tls.problems);
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
