#include "config/sections.hpp"
#include "config/units.hpp"

namespace bulkhead::config {

namespace {

using namespace std::chrono_literals;

constexpr std::size_t kMany = 100'000'000;
constexpr Range<std::size_t> kBytes{1, std::size_t{1} << 40};
constexpr Range<std::size_t> kBytesOrNone{0, std::size_t{1} << 40};
constexpr Range<Milliseconds> kTime{1ms, 24h};
constexpr Range<Milliseconds> kTimeOrNone{0ms, 24h};
constexpr Range<Milliseconds> kIdle{0ms, 24h * 366};

void read_counts(MapReader& map, Limits& out) {
  map.count("clients", out.clients, {0, kMany});
  map.count("request_args", out.request_args, {1, kMany});
  map.count("pipeline", out.pipeline, {1, kMany});
  map.count("pinned", out.pinned, {0, kMany});
  map.count("subscriptions", out.subscriptions, {0, kMany});
  map.count("tenant_subscriptions", out.tenant_subscriptions, {0, kMany});
  map.count("lane_in_flight", out.lane_in_flight, {0, 1'000'000});
  map.count("pattern_stars", out.pattern_stars, {0, kMany});
  map.integer("slowlog_max_len", out.slowlog_max_len, {0, 1'000'000});
  map.integer("scripts", out.scripts, {1, 1'000'000});
  map.integer("scan_count_max", out.scan_count_max, {1, 1'000'000});
}

void read_bytes(MapReader& map, Limits& out) {
  map.size("request_bulk", out.request_bulk, kBytes);
  map.size("request_bytes", out.request_bytes, kBytes);
  map.size("pattern_bytes", out.pattern_bytes, kBytes);
  map.size("client_output", out.client_output, kBytes);
  map.size("client_output_soft", out.client_output_soft, kBytes);
  map.size("subscriber_output", out.subscriber_output, kBytes);
  map.size("subscriber_output_soft", out.subscriber_output_soft, kBytes);
  map.size("lane_output", out.lane_output, kBytes);
  map.size("process_buffers", out.process_buffers, kBytes);
  map.size("script_bytes", out.script_bytes, kBytes);
  map.size("script_cache", out.script_cache, kBytesOrNone);
}

void read_times(MapReader& map, Limits& out) {
  map.duration("auth_timeout", out.auth_timeout, kTime);
  map.duration("auth_failure_delay", out.auth_failure_delay, kTimeOrNone);
  map.duration("idle_timeout", out.idle_timeout, kIdle);
  map.duration("subscriber_output_time", out.subscriber_output_time, kTimeOrNone);
  map.duration("slow_reader_grace", out.slow_reader_grace, kTimeOrNone);
  map.duration("drain_timeout", out.drain_timeout, kTimeOrNone);
  map.duration("drain_blocked", out.drain_blocked, kTimeOrNone);
  map.duration("drain_subscribed", out.drain_subscribed, kTimeOrNone);
  map.duration("slowlog_slower_than", out.slowlog_slower_than, kTimeOrNone);
  map.duration("script_time", out.script_time, kTimeOrNone);
  map.duration("script_penalty", out.script_penalty, kTimeOrNone);
  map.duration("scan_budget", out.scan_budget, kTime);
}

struct Bound {
  std::string_view key;
  std::size_t bytes;
};

// Reported at the key that was written down, for the other one may be a default.
void check_order(const MapReader& map, Bound small, Bound large) {
  if (small.bytes <= large.bytes) return;
  map.report(map.has(small.key) ? small.key : large.key,
             "'" + std::string(small.key) + "' (" + size_text(small.bytes) +
                 ") must not be more than '" + std::string(large.key) + "' (" +
                 size_text(large.bytes) + ")");
}

void check_contradictions(const MapReader& map, const Limits& limits) {
  check_order(map, {"request_bulk", limits.request_bulk}, {"request_bytes", limits.request_bytes});
  check_order(map, {"client_output_soft", limits.client_output_soft},
              {"client_output", limits.client_output});
  check_order(map, {"client_output", limits.client_output},
              {"process_buffers", limits.process_buffers});
  check_order(map, {"subscriber_output_soft", limits.subscriber_output_soft},
              {"subscriber_output", limits.subscriber_output});
  check_order(map, {"lane_output", limits.lane_output},
              {"process_buffers", limits.process_buffers});
}

}  // namespace

void read_limits(MapReader& main, Limits& out) {
  const Node* node = main.map("limits");
  if (node == nullptr) return;
  MapReader map(*node, "limits", main.source());
  read_counts(map, out);
  read_bytes(map, out);
  read_times(map, out);
  check_contradictions(map, out);
  map.finish();
}

}  // namespace bulkhead::config
