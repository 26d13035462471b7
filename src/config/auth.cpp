// The sections `auth` and `audit`.
#include "config/sections.hpp"
#include "config/sources.hpp"

namespace bulkhead::config {

namespace {

using namespace std::chrono_literals;

constexpr Range<int> kCount{0, 1'000'000};
constexpr Range<Milliseconds> kTime{1ms, 24h};
constexpr Range<Milliseconds> kTimeOrNone{0ms, 24h};

}  // namespace

void read_auth(MapReader& main, Auth& out) {
  const Node* node = main.map("auth");
  if (node == nullptr) return;
  MapReader map(*node, "auth", main.source());
  map.integer("failures", out.failures, kCount);
  map.integer("source_failures", out.source_failures, kCount);
  map.integer("user_failures", out.user_failures, kCount);
  map.duration("window", out.window, kTime);
  map.duration("ban", out.ban, kTime);
  map.duration("failure_delay_max", out.failure_delay_max, kTimeOrNone);
  map.finish();
}

void read_audit(MapReader& main, Draft& draft) {
  const Node* node = main.map("audit");
  if (node == nullptr) return;
  Audit& out = draft.config.audit.emplace();
  MapReader map(*node, "audit", main.source());
  map.require("file");
  if (map.text("file", out.file) && out.file.empty()) {
    map.report("file", "'file' must name the file to write to");
  }
  out.file = (draft.folder / out.file).string();
  read_mode(map, "mode", out.mode);
  map.integer("rate", out.rate, kCount);
  map.integer("queue", out.queue, {16, 16384});
  map.boolean("tenant_commands", out.tenant_commands);
  map.finish();
}

}  // namespace bulkhead::config
