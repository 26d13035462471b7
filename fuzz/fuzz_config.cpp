// A configuration of any bytes is loaded, or every problem in it is told, with a sentence each.
#include "bulkhead/request/snapshot.hpp"
#include "fuzz.hpp"

using namespace bulkhead;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view yaml(reinterpret_cast<const char*>(data), size);
  const auto loaded = request::load_snapshot_text(yaml, "fuzz.yaml");
  if (const auto* problems = std::get_if<config::Problems>(&loaded)) {
    FUZZ_CHECK(!problems->empty());
    for (const config::Problem& problem : *problems) FUZZ_CHECK(!problem.sentence.empty());
    return 0;
  }
  const auto& snapshot = std::get<0>(loaded);
  FUZZ_CHECK(!snapshot->config.backends.empty() && !snapshot->config.features.empty());
  for (const tenant::Tenant& tenant : snapshot->directory.tenants()) {
    for (const tenant::Prefix& prefix : tenant.prefixes) FUZZ_CHECK(!prefix.plain.empty());
  }
  return 0;
}
