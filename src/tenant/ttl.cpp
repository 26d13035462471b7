#include "bulkhead/tenant/ttl.hpp"

#include "bulkhead/resp/writer.hpp"

#include <algorithm>
#include <initializer_list>

namespace bulkhead::tenant {
namespace {

std::string framed(std::initializer_list<std::string_view> words) {
  Buffer out;
  for (std::string_view word : words) resp::write_bulk(out, word);
  return std::string(out.view());
}

Ttl make_ttl(const config::Ttl& from) {
  Ttl ttl;
  ttl.mode = from.mode;
  // What no key may outlive is also what one gets that says nothing.
  ttl.fallback = from.fallback.count() == 0 ? from.most : from.fallback;
  ttl.most = from.most;
  const std::string fallback = std::to_string(ttl.fallback.count());
  ttl.px = framed({"PX", fallback});
  ttl.nx = framed({fallback, "NX"});
  ttl.lt = framed({std::to_string(ttl.most.count()), "LT"});
  return ttl;
}

}  // namespace

Ttls make_ttls(const config::Config& config, const config::Tenant* tenant) {
  std::vector<config::Ttl> from = config.ttls;
  from.resize(config.features.size());
  if (tenant != nullptr) {
    for (const auto& [feature, ttl] : tenant->ttls) from[feature] = ttl;
  }
  const bool any = std::any_of(from.begin(), from.end(), [](const config::Ttl& ttl) {
    return ttl.mode != config::TtlMode::off;
  });
  Ttls ttls;
  if (!any) return ttls;
  for (const config::Ttl& ttl : from) ttls.push_back(make_ttl(ttl));
  ttls.emplace_back();
  return ttls;
}

}  // namespace bulkhead::tenant
