// `bulkhead dev`: a proxy with demo tenants before a Redis of its own, for trying it out.
#include "bulkhead/server/server.hpp"
#include "commands.hpp"
#include "private_redis.hpp"
#include "report.hpp"

#include <cstdio>

namespace bulkhead::commands {
namespace {

// The passwords are acme-secret and globex-secret.
constexpr const char* kDemo = R"(
listen:
  - address: 127.0.0.1:@port
admin:
  address: 127.0.0.1:@admin
workers: 1
backends:
  - name: private
    address: unix:@socket
features:
  - { name: sessions,   db: 0, keys: ["session:*", "auth:*", "refresh:*", "presence:*", "*:session:*"] }
  - { name: cache,      db: 1, keys: ["cache:*", "*:cache:*"] }
  - { name: rate_limit, db: 2, keys: ["rate:*", "ratelimit:*", "*:ratelimit:*"] }
  - { name: realtime,   db: 3, keys: ["ws:*", "online:*", "notifications:*", "stats:*"] }
  - { name: queues,     db: 4, keys: ["queue:*", "job:*", "schedule:*", "bull:*"] }
  - { name: analytics,  db: 5, keys: ["analytics:*", "leaderboard:*", "trending:*"] }
default_feature: cache
tenants:
  - name: acme
    users:
      - { name: acme, passwords: ["#307c609f87da43c3d563428a4f7efdf9857f4871fd10465732c4ab11a985a08c"] }
  - name: globex
    policy: ["+keys", "+flushdb"]
    users:
      - { name: globex, passwords: ["#4fe6ae1bd397d68b149f8a86069f5e6806a937d7d0b2f31830c48008b268bda0"] }
)";
std::string replaced(std::string text, std::string_view what, const std::string& with) {
  for (std::size_t at; (at = text.find(what)) != std::string::npos;) {
    text.replace(at, what.size(), with);
  }
  return text;
}

}  // namespace

int dev(const Dev& options) {
  const PrivateRedis redis(options.redis_server);
  std::string yaml = replaced(kDemo, "@port", std::to_string(options.port));
  yaml = replaced(yaml, "@admin", std::to_string(options.admin_port));
  yaml = replaced(yaml, "@socket", redis.socket_path());
  auto loaded = request::load_snapshot_text(yaml, "dev");
  if (const auto* problems = std::get_if<config::Problems>(&loaded)) return report(*problems);
  const auto snapshot = std::get<0>(std::move(loaded));
  const auto log = make_log(snapshot->config.log);
  const auto tls = server::load_tls(snapshot->config, false, nullptr);
  server::Server server(*log, snapshot, tls.contexts);
  std::printf(
      "Two tenants, one Redis (%s). Connect as either:\n"
      "  redis-cli -p %d --user acme   --pass acme-secret\n"
      "  redis-cli -p %d --user globex --pass globex-secret\n"
      "and look behind the wall:\n"
      "  redis-cli -s %s\n",
      redis.socket_path().c_str(), options.port, options.port, redis.socket_path().c_str());
  std::fflush(stdout);
  server.run();
  return 0;
}

}  // namespace bulkhead::commands
