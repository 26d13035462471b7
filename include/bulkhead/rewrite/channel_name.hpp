// Channels and channel patterns as a tenant may subscribe to them upstream. A type of its own, made
// by the functions below and nowhere else: what a client wrote cannot be subscribed to unscoped.
// Immutable values.
#pragma once

#include "bulkhead/base/refusal.hpp"
#include "bulkhead/rewrite/tenant_command.hpp"
#include "bulkhead/tenant/tenant.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace bulkhead::rewrite {

enum class ChannelKind : std::uint8_t { channel, pattern, sharded };
inline constexpr std::size_t kChannelKinds = 3;

class ScopedChannel {
 public:
  const std::string& text() const { return text_; }
  // What comes by it are keyspace events: it may carry those of several tenants.
  bool carries_events() const { return events_; }

 private:
  ScopedChannel(std::string text, bool events) : text_(std::move(text)), events_(events) {}
  friend Result<ScopedChannel> scoped_channel(const tenant::Tenant&, ChannelKind, std::string_view);
  friend ScopedChannel key_channel(const tenant::Prefix&, int, std::string_view);
  friend ScopedChannel key_pattern(const tenant::Prefix&, std::string_view, std::string_view);
  friend ScopedChannel event_channel(int, std::string_view);
  friend ScopedChannel event_pattern(std::string_view, std::string_view);

  std::string text_;
  bool events_;
};

// The client's name behind the tenant's prefix. Refused when the tenant writes its prefix itself
// and this name lacks it.
Result<ScopedChannel> scoped_channel(const tenant::Tenant& tenant, ChannelKind kind,
                                     std::string_view name);
// What the client calls a channel, or a pattern that was scoped; nothing when it is not the
// tenant's.
std::optional<std::string_view> clients_channel(const tenant::Tenant& tenant,
                                                std::string_view upstream);
std::optional<std::string_view> clients_pattern(const tenant::Tenant& tenant,
                                                std::string_view upstream);

// Where Redis tells of the events of one key, or of keys that match a pattern, behind the prefix.
ScopedChannel key_channel(const tenant::Prefix& prefix, int db, std::string_view key);
ScopedChannel key_pattern(const tenant::Prefix& prefix, std::string_view db_pattern,
                          std::string_view pattern);
// Where Redis tells of the keys of one event, whoever owns them: each message must be looked at.
ScopedChannel event_channel(int db, std::string_view event);
ScopedChannel event_pattern(std::string_view db_pattern, std::string_view pattern);

// "SUBSCRIBE", "PUNSUBSCRIBE" and so on, about these.
TenantCommand subscribing_command(ChannelKind kind, bool subscribe,
                                  std::span<const ScopedChannel> channels);

// Redis' word for it, as it stands in acknowledgements: "subscribe", "punsubscribe".
std::string_view subscribing_word(ChannelKind kind, bool subscribe);

}  // namespace bulkhead::rewrite
