// May they: one bit per command and tenant, computed when the configuration is loaded from rules
// written as in Redis' ACLs. Immutable, a part of the snapshot; any thread may read it.
#pragma once

#include "bulkhead/command/table.hpp"
#include "bulkhead/tenant/directory.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace bulkhead::policy {

// The rows that one tenant may run.
class Verdicts {
 public:
  Verdicts() : bits_((command::rows().size() + 63) / 64) {}

  bool allows(std::size_t row) const { return (bits_[row / 64] >> (row % 64) & 1) != 0; }
  void set(std::size_t row, bool allowed) {
    const std::uint64_t bit = std::uint64_t{1} << (row % 64);
    bits_[row / 64] = allowed ? bits_[row / 64] | bit : bits_[row / 64] & ~bit;
  }

 private:
  std::vector<std::uint64_t> bits_;
};

// Applies one rule: +command, -command, +command|subcommand, +@category, -@category, @all included.
// Returns a sentence when the rule names nothing that exists.
std::optional<std::string> apply_rule(std::string_view rule, Verdicts& verdicts);

class Policy {
 public:
  // Rules of which nothing is known are ignored here; loading has reported them.
  explicit Policy(const tenant::Directory& directory);

  bool allows(std::uint32_t tenant, std::size_t row) const { return of_[tenant]->allows(row); }
  const Verdicts& of(std::uint32_t tenant) const { return *of_[tenant]; }

 private:
  // Tenants with the same rules share their verdicts: 100,000 tenants have a handful of policies.
  std::vector<std::shared_ptr<const Verdicts>> of_;
};

}  // namespace bulkhead::policy
