// A configuration with one tenant of every kind, for the tests of what decides.
#pragma once

#include "bulkhead/command/blocking.hpp"
#include "bulkhead/request/plan.hpp"
#include "bulkhead/resp/request_reader.hpp"
#include "bulkhead/tenant/password.hpp"
#include "catch.hpp"

#include <memory>
#include <string>
#include <string_view>

namespace bulkhead::request {

// acme: as by default. globex: a prefix of its own, KEYS granted. legacy writes its prefix itself.
// parted: a prefix per feature. chosen: the client's database decides. The password of each user is
// "secret-" and its name.
inline constexpr std::string_view kSample = R"(
listen: [{ address: 127.0.0.1:0 }]
backends:
  - { name: main, address: 127.0.0.1:6379 }
  - { name: second, address: 127.0.0.1:6380 }
features:
  - { name: sessions, db: 0, keys: ["session:*", "*:session:*"] }
  - { name: cache, db: 1, keys: ["cache:*", "*:cache:*"] }
  - { name: rate, db: 2, backend: second, keys: ["rate:*", "*:rate:*"] }
default_feature: cache
policy: ["+@all", "-@admin", "-@dangerous", "+@tenant"]
tenants:
  - name: acme
    users: [{ name: acme, passwords: ["HASH"] }]
  - name: globex
    prefix: "erp:tenant:globex:"
    policy: ["+keys", "-@list"]
    users: [{ name: globex, passwords: ["HASH"] }]
  - name: legacy
    prefix: "nextauth:"
    prefix_mode: require
    users: [{ name: legacy, passwords: ["HASH"] }]
  - name: parted
    prefix: "p:{feature}:"
    users: [{ name: parted, passwords: ["HASH"] }]
  - name: chosen
    routing: by_select
    databases: [0, 1, 9]
    users: [{ name: chosen, passwords: ["HASH"] }]
)";

// Every "HASH" becomes that of "secret-" and the user's name in front of it.
inline std::string with_passwords(std::string yaml) {
  static constexpr std::string_view kMark = "\"HASH\"", kUser = "users: [{ name: ";
  for (std::size_t at = 0; (at = yaml.find(kMark, at)) != std::string::npos;) {
    const std::size_t begin = yaml.rfind(kUser, at) + kUser.size();
    const std::string user = yaml.substr(begin, yaml.find(',', begin) - begin);
    const std::string hash = tenant::written_hash(tenant::hash_password("secret-" + user));
    yaml.replace(at + 1, kMark.size() - 2, hash);
  }
  return yaml;
}

inline std::shared_ptr<const Snapshot> snapshot_of(std::string_view yaml) {
  auto loaded = load_snapshot_text(with_passwords(std::string(yaml)), "sample.yaml");
  if (const auto* problems = std::get_if<config::Problems>(&loaded)) {
    for (const auto& problem : *problems) UNSCOPED_INFO(problem.text());
    FAIL("the configuration was not loaded");
  }
  return std::get<0>(loaded);
}

// A client of this tenant.
inline tenant::ClientState client_of(const Snapshot& snapshot, std::string_view tenant,
                                     int db = 0) {
  tenant::ClientState client;
  client.tenant = snapshot.directory.find_tenant(tenant);
  REQUIRE(client.tenant != nullptr);
  client.selected_db = db;
  return client;
}

// "main/1: SET acme:k v" for what is forwarded, the sentence of a refusal, and otherwise what kind
// of step it is; the parts of a split command are joined by "; ".
inline std::string words_of(const Snapshot& snapshot, const route::Route& route,
                            const rewrite::TenantCommand& command) {
  resp::RequestReader reader;
  command.append_to(reader.input());
  const resp::RequestLimits limits{1 << 20, 1 << 20, 1 << 24, true};
  REQUIRE(reader.next(limits) == resp::RequestReader::Progress::complete);
  REQUIRE(reader.length() == reader.input().size());
  std::string text = snapshot.config.backends[route.place.backend].name + "/" +
                     std::to_string(route.place.db) + ":";
  for (std::size_t i = 0; i < reader.args().size(); ++i) {
    (text += ' ') += reader.args()[i];
  }
  return text;
}

inline std::string step_of(const Snapshot& snapshot, const tenant::ClientState& client,
                           const resp::OwnedArgs& args) {
  Scratch scratch;
  const Plan made = plan(snapshot, client, args.view(), scratch);
  if (const auto* refusal = std::get_if<Refusal>(&made.step)) return refusal->sentence;
  if (std::holds_alternative<Answer>(made.step)) return "answer";
  if (std::holds_alternative<Converse>(made.step)) return "converse";
  if (const auto* forward = std::get_if<Forward>(&made.step)) {
    return words_of(snapshot, forward->route, forward->command);
  }
  if (const auto* block = std::get_if<Block>(&made.step)) {
    return "block " +
           (block->patience == command::kBlocksForever
                ? "forever"
                : std::to_string(block->patience.count()) + " ms") +
           ", " + words_of(snapshot, block->route, block->command);
  }
  std::string text;
  for (Part& part : split(client, snapshot, args.view(), scratch)) {
    if (!text.empty()) text += "; ";
    text +=
        words_of(snapshot, part.route, command_of(part, *made.row, *client.tenant, args.view()));
  }
  return text;
}

}  // namespace bulkhead::request
