#include "config/clashes.hpp"

#include "bulkhead/config/prefix.hpp"
#include "config/utf8.hpp"

#include <algorithm>

namespace bulkhead::config {

namespace {

struct Claim {
  std::string prefix;
  const Tenant* tenant;
  const Feature* feature;  // null when the prefix is the same for all features
};

void add_claim(std::vector<Claim>& claims, const Tenant& tenant, const Feature* feature) {
  const std::string_view name = feature == nullptr ? std::string_view() : feature->name;
  claims.push_back({expand_prefix(tenant.prefix, tenant.name, name), &tenant, feature});
}

std::vector<Claim> claims_of(const Config& config) {
  std::vector<Claim> claims;
  claims.reserve(config.tenants.size());
  for (const Tenant& tenant : config.tenants) {
    if (!depends_on_feature(tenant.prefix)) {
      add_claim(claims, tenant, nullptr);
      continue;
    }
    for (const Feature& feature : config.features) add_claim(claims, tenant, &feature);
    claims.push_back(
        {expand_prefix(tenant.prefix, tenant.name, kChannelsFeature), &tenant, nullptr});
  }
  return claims;
}

std::string described(const Claim& claim) {
  std::string out = in_quotes(claim.prefix) + " of tenant " + in_quotes(claim.tenant->name);
  if (claim.feature != nullptr) out += " for feature " + in_quotes(claim.feature->name);
  return out;
}

void report(const Claim& claim, std::string sentence, Problems& problems) {
  problems.push_back({claim.tenant->file, claim.tenant->line, std::move(sentence)});
}

void check_length(const Claim& claim, Problems& problems) {
  if (claim.prefix.size() <= kPrefixMax) return;
  report(claim, "the prefix " + described(claim) + " is longer than 256 bytes", problems);
}

// Two tenants, or two features, with one name: that is said already, and their prefixes are equal
// because of it.
bool is_said_already(const Claim& a, const Claim& b) {
  const bool same_feature = a.feature == nullptr || b.feature == nullptr ||
                            a.feature->name == b.feature->name || a.tenant != b.tenant;
  return a.prefix == b.prefix && a.tenant->name == b.tenant->name && same_feature;
}

void report_clash(const Claim& shorter, const Claim& longer, Problems& problems) {
  if (is_said_already(shorter, longer)) return;
  const char* how = shorter.prefix == longer.prefix ? " is also " : " begins with ";
  report(longer,
         "the prefix " + described(longer) + how + described(shorter) +
             ", so names would belong to both",
         problems);
}

}  // namespace

// Sorted, all that begin with a prefix follow it at once; the stack holds those which begin the
// current one.
void check_prefixes(const Config& config, Problems& problems) {
  std::vector<Claim> claims = claims_of(config);
  std::stable_sort(claims.begin(), claims.end(),
                   [](const Claim& a, const Claim& b) { return a.prefix < b.prefix; });
  std::vector<const Claim*> begun;
  for (const Claim& claim : claims) {
    check_length(claim, problems);
    while (!begun.empty() && !claim.prefix.starts_with(begun.back()->prefix)) begun.pop_back();
    if (!begun.empty()) report_clash(*begun.back(), claim, problems);
    begun.push_back(&claim);
  }
}

}  // namespace bulkhead::config
