// Several commands that go to a lane in one piece, nothing between them: a transaction. Made of
// TenantCommands and of the few words of the proxy's own that hold no name. Owns its bytes.
#pragma once

#include "bulkhead/base/buffer.hpp"
#include "bulkhead/rewrite/tenant_command.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace bulkhead::rewrite {

class Batch {
 public:
  // With what follows it, each a command of its own.
  void add(const TenantCommand& command);
  // What follows it alone.
  void follow(const TenantCommand& command);
  void select(int db);
  void hello(bool resp3);
  void auth(std::string_view user, std::string_view password);
  // ACL SETUSER, for a tenant's fence (script_fence.hpp).
  void set_user(std::string_view user, std::span<const std::string> rules);
  void unwatch();
  void ping();
  void tracking_off();
  void caching(bool yes);
  void multi();
  void exec();
  // Everything of another batch, behind what is here.
  void append(const Batch& other);

  std::uint32_t commands() const { return commands_; }
  std::string_view bytes() const { return bytes_.view(); }

 private:
  void add(std::string_view words);

  Buffer bytes_;
  std::uint32_t commands_ = 0;
};

}  // namespace bulkhead::rewrite
