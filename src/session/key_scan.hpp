// Walks one tenant's keys in one database, page by page. Private to the module; used by the
// conversations that need to know which keys there are.
#pragma once

#include "bulkhead/session/conversations.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace bulkhead::session {

struct Page {
  std::uint64_t cursor = 0;        // Redis' own; 0: the end
  std::vector<std::string> names;  // as the tenant sees them
};

// What to look for.
struct ScanOptions {
  std::string_view pattern = "*";
  std::string_view type{};
  int count = 0;
};

// The client's pattern is matched behind the prefix. Where the tenant writes the prefix itself, a
// pattern that does not is about nobody's names but "*", which then means its own.
Result<std::string> scoped_pattern(const tenant::Tenant& tenant, const tenant::Prefix& prefix,
                                   std::string_view pattern);

class KeyScan {
 public:
  explicit KeyScan(const Conversation& talk) : talk_(talk) {}

  // `everything`: also keys that the client cannot reach because their name belongs to another
  // feature's database (left there by SELECT); for FLUSHDB.
  Awaitable<Result<Page>> page(route::Route place, std::uint64_t cursor, const ScanOptions& options,
                               bool everything = false);

 private:
  Result<Page> read(std::string_view reply, route::Route place, bool everything) const;
  bool reachable(std::string_view name, route::Route place) const;

  const Conversation& talk_;
};

}  // namespace bulkhead::session
