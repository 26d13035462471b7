// `bulkhead explain`: the pure part of the proxy alone, asked what it would do.
#include "bulkhead/request/explain.hpp"

#include "bulkhead/request/snapshot.hpp"
#include "commands.hpp"
#include "report.hpp"

#include <cstdio>

namespace bulkhead::commands {

int explain(const std::string& config, const Explain& question) {
  auto loaded = request::load_snapshot(config);
  if (const auto* problems = std::get_if<config::Problems>(&loaded)) return report(*problems);
  const auto& snapshot = std::get<0>(loaded);
  const tenant::Tenant* tenant = snapshot->directory.find_tenant(question.tenant);
  if (tenant == nullptr) {
    std::fprintf(stderr, "bulkhead: there is no tenant '%s'\n", question.tenant.c_str());
    return 1;
  }
  resp::OwnedArgs args;
  for (const std::string& word : question.words) args.add(word);
  std::fputs(request::explain(*snapshot, *tenant, question.db, args.view()).c_str(), stdout);
  return 0;
}

}  // namespace bulkhead::commands
