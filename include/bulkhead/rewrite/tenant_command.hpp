// A command in which every name is the tenant's: the only type that a lane accepts, and only the
// functions below can make one. The place where a client's name becomes a physical name.
//
// A view: it refers to the client's bytes, the scratch and the tenant, and lives until the next
// command is planned. Made and used on one worker's thread.
#pragma once

#include "bulkhead/base/buffer.hpp"
#include "bulkhead/base/refusal.hpp"
#include "bulkhead/command/row.hpp"
#include "bulkhead/resp/args.hpp"
#include "bulkhead/rewrite/expiries.hpp"
#include "bulkhead/tenant/tenant.hpp"
#include "bulkhead/tenant/tracking.hpp"

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace bulkhead::rewrite {

// A name found in a command, and the feature that it belongs to.
struct ScopedName {
  std::uint32_t arg;
  command::NameKind kind;
  std::uint16_t feature;
};

// What stands in front of one argument.
struct Prefixed {
  std::uint32_t arg;
  std::string_view prefix;
};

class TenantCommand;
class Batch;
class ScopedChannel;
enum class ChannelKind : std::uint8_t;

// One argument of a command of the proxy's own.
struct Word {
  enum class Kind : std::uint8_t { verbatim, key, pattern };
  std::string_view text;
  Kind kind = Kind::verbatim;
};

// Refused when the tenant writes its prefix itself and a name lacks it. `names` are in the order of
// the arguments; `scratch` is the caller's, reused from command to command.
Result<TenantCommand> scope_to_tenant(const tenant::Tenant& tenant, const resp::Args& args,
                                      std::span<const ScopedName> names,
                                      std::vector<Prefixed>& scratch);

// A command of the proxy's own about this tenant's names of one feature. Owns its bytes.
TenantCommand own_command(const tenant::Tenant& tenant, std::uint16_t feature,
                          std::span<const Word> words);

class TenantCommand {
 public:
  // Writes the command as RESP; always anew, never the client's own framing. With commands that
  // follow it: as a transaction, MULTI in front and EXEC behind.
  void append_to(Buffer& out) const;
  // The same without those two, for a transaction or a blocking command; the parts of it.
  void append_alone(Buffer& out) const;
  void append_following(Buffer& out) const;
  // The first, but for MULTI, in two halves, for a command with an argument `at` that is passed on
  // while it arrives: up to that argument's first line, and what stands behind it.
  void append_before(std::uint32_t at, std::size_t length, Buffer& out) const;
  void append_behind(std::uint32_t at, Buffer& out) const;

  // They must stay as long as the command. Their keys are arguments of this one.
  void expire(const Expiries& expiries) { expiries_ = &expiries; }
  const Expiries* expiries() const { return expiries_; }  // null: nothing is added
  // Nothing is added after all.
  void expire_no_more() { expiries_ = nullptr; }
  // Those that go behind it.
  std::span<const Following> following() const {
    return expiries_ == nullptr ? std::span<const Following>() : expiries_->following;
  }

 private:
  void append_args(std::uint32_t from, std::uint32_t to, Buffer& out) const;
  TenantCommand() = default;
  friend Result<TenantCommand> scope_to_tenant(const tenant::Tenant&, const resp::Args&,
                                               std::span<const ScopedName>, std::vector<Prefixed>&);
  friend TenantCommand own_command(const tenant::Tenant&, std::uint16_t, std::span<const Word>);
  friend TenantCommand subscribing_command(ChannelKind, bool, std::span<const ScopedChannel>);
  friend Batch tracking_on(const tenant::Tenant&, const std::optional<tenant::Tracking>&,
                           const tenant::Tracking&, std::int64_t);

  resp::Args args_;
  std::span<const Prefixed> prefixed_;
  const Expiries* expiries_ = nullptr;
  std::unique_ptr<const std::string> own_bytes_;  // instead of the first two
};

}  // namespace bulkhead::rewrite
