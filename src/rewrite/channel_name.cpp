#include "bulkhead/rewrite/channel_name.hpp"

#include "bulkhead/base/sentences.hpp"
#include "bulkhead/resp/writer.hpp"

#include <array>

namespace bulkhead::rewrite {
namespace {

std::string event_name(std::string_view kind, std::string_view db) {
  return std::string(kind).append(db).append("__:");
}

constexpr std::string_view kKeyspace = "__keyspace@", kKeyevent = "__keyevent@";

std::optional<std::string_view> without(std::string_view prefix, const tenant::Tenant& tenant,
                                        std::string_view upstream) {
  if (!upstream.starts_with(prefix)) return std::nullopt;
  return tenant.adds_prefix() ? upstream.substr(prefix.size()) : upstream;
}

}  // namespace

Result<ScopedChannel> scoped_channel(const tenant::Tenant& tenant, ChannelKind kind,
                                     std::string_view name) {
  const tenant::Prefix& prefix = tenant.channel_prefix();
  const std::string& before = kind == ChannelKind::pattern ? prefix.escaped : prefix.plain;
  if (tenant.adds_prefix()) return ScopedChannel(before + std::string(name), false);
  if (!name.starts_with(before)) return refuse::foreign_key();
  return ScopedChannel(std::string(name), false);
}

std::optional<std::string_view> clients_channel(const tenant::Tenant& tenant,
                                                std::string_view upstream) {
  return without(tenant.channel_prefix().plain, tenant, upstream);
}

std::optional<std::string_view> clients_pattern(const tenant::Tenant& tenant,
                                                std::string_view upstream) {
  return without(tenant.channel_prefix().escaped, tenant, upstream);
}

ScopedChannel key_channel(const tenant::Prefix& prefix, int db, std::string_view key) {
  return ScopedChannel(event_name(kKeyspace, std::to_string(db)).append(prefix.plain).append(key),
                       true);
}

ScopedChannel key_pattern(const tenant::Prefix& prefix, std::string_view db_pattern,
                          std::string_view pattern) {
  return ScopedChannel(event_name(kKeyspace, db_pattern).append(prefix.escaped).append(pattern),
                       true);
}

ScopedChannel event_channel(int db, std::string_view event) {
  return ScopedChannel(event_name(kKeyevent, std::to_string(db)).append(event), true);
}

ScopedChannel event_pattern(std::string_view db_pattern, std::string_view pattern) {
  return ScopedChannel(event_name(kKeyevent, db_pattern).append(pattern), true);
}

std::string_view subscribing_word(ChannelKind kind, bool subscribe) {
  static constexpr std::array<std::array<std::string_view, 2>, kChannelKinds> kWords = {{
      {"unsubscribe", "subscribe"},
      {"punsubscribe", "psubscribe"},
      {"sunsubscribe", "ssubscribe"},
  }};
  return kWords[static_cast<std::size_t>(kind)][subscribe ? 1 : 0];
}

TenantCommand subscribing_command(ChannelKind kind, bool subscribe,
                                  std::span<const ScopedChannel> channels) {
  Buffer bytes;
  resp::write_array_header(bytes, channels.size() + 1);
  resp::write_bulk(bytes, subscribing_word(kind, subscribe));
  for (const ScopedChannel& channel : channels) resp::write_bulk(bytes, channel.text());
  TenantCommand command;
  command.own_bytes_ = std::make_unique<const std::string>(bytes.view());
  return command;
}

}  // namespace bulkhead::rewrite
