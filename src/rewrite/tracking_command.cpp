#include "bulkhead/rewrite/tracking_command.hpp"

#include "bulkhead/resp/writer.hpp"

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

namespace bulkhead::rewrite {
namespace {

// Every prefix of keys that the tenant has: one, or one per feature and then that of channels.
std::vector<std::string_view> key_prefixes(const tenant::Tenant& tenant) {
  const std::size_t count = tenant.prefixes.size() == 1 ? 1 : tenant.prefixes.size() - 1;
  std::vector<std::string_view> plain;
  for (std::size_t i = 0; i < count; ++i) plain.emplace_back(tenant.prefixes[i].plain);
  return plain;
}

// Redis refuses prefixes of which one begins another. The client may have asked for all its keys
// when it had asked for some already.
std::vector<std::string_view> covering(const std::set<std::string>& prefixes) {
  std::vector<std::string_view> covering;
  for (const std::string& prefix : prefixes) {  // in order: what begins others comes before them
    if (covering.empty() || !prefix.starts_with(covering.back())) covering.emplace_back(prefix);
  }
  return covering;
}

std::vector<std::string> upstream_prefixes(const tenant::Tenant& tenant,
                                           const std::set<std::string>& prefixes) {
  std::vector<std::string> upstream;
  for (std::string_view prefix : covering(prefixes)) {
    if (!tenant.adds_prefix() && !prefix.empty()) {
      upstream.emplace_back(prefix);  // found to begin with the tenant's when it was planned
      continue;
    }
    for (std::string_view plain : key_prefixes(tenant)) {
      upstream.push_back(std::string(plain) += prefix);
    }
  }
  return upstream;
}

}  // namespace

Batch tracking_on(const tenant::Tenant& tenant, const std::optional<tenant::Tracking>& before,
                  const tenant::Tracking& after, std::int64_t redirect) {
  Batch batch;
  if (before && after.broadcast) batch.tracking_off();  // its prefixes are given anew
  Buffer bytes;
  std::vector<std::string> words = {"CLIENT", "TRACKING", "ON"};
  if (redirect != 0) words.insert(words.end(), {"REDIRECT", std::to_string(redirect)});
  if (after.opt_in) words.emplace_back("OPTIN");
  if (after.opt_out) words.emplace_back("OPTOUT");
  if (after.no_loop) words.emplace_back("NOLOOP");
  if (after.broadcast) words.emplace_back("BCAST");
  for (std::string& prefix : upstream_prefixes(tenant, after.prefixes)) {
    words.emplace_back("PREFIX");
    words.push_back(std::move(prefix));
  }
  resp::write_array_header(bytes, words.size());
  for (const std::string& word : words) resp::write_bulk(bytes, word);
  TenantCommand command;
  command.own_bytes_ = std::make_unique<const std::string>(bytes.view());
  batch.add(command);
  return batch;
}

}  // namespace bulkhead::rewrite
