#include "config/file.hpp"
#include "config/sections.hpp"
#include "config/utf8.hpp"

namespace bulkhead::config {

namespace {

using namespace std::chrono_literals;

constexpr int kLanesMax = 64;
constexpr int kMany = 1'000'000'000;
constexpr std::size_t kPasswordFileMax = 64 * 1024;
constexpr Range<Milliseconds> kWait{1ms, 1h};

std::string first_line(const std::string& text) {
  return text.substr(0, text.find_first_of("\r\n"));
}

// Only a plain file: a reload must not wait for somebody to write into a pipe.
void read_password_file(MapReader& map, const std::filesystem::path& folder, std::string& out) {
  std::string path;
  if (!map.text("password_file", path)) return;
  const std::filesystem::path file = folder / path;
  std::error_code ignored;
  std::string content;
  std::optional<std::string> why;
  if (std::filesystem::exists(file, ignored) && !std::filesystem::is_regular_file(file, ignored)) {
    why = "is not a plain file";
  } else {
    why = read_file(file.string(), content, kPasswordFileMax);
  }
  out = first_line(content);
  if (!why && out.empty()) why = "has nothing in its first line";
  if (why) map.report("password_file", "the file " + in_quotes(file.string()) + " " + *why);
}

void read_credentials(MapReader& map, const std::filesystem::path& folder, Backend& out) {
  map.text("username", out.username);
  map.text("password", out.password);
  if (map.has("password") && map.has("password_file")) {
    map.report("password_file", "'password' and 'password_file' exclude each other");
  }
  read_password_file(map, folder, out.password);
  if (!out.username.empty() && !map.has("password") && !map.has("password_file")) {
    map.report("username", "'username' needs a 'password' or a 'password_file' with it");
  }
}

void read_times(MapReader& map, Backend& out) {
  map.duration("connect_timeout", out.connect_timeout, kWait);
  map.duration("command_timeout", out.command_timeout, kWait);
  map.duration("command_deadline", out.command_deadline, {0ms, 24h});
  map.duration("reconnect_min", out.reconnect_min, kWait);
  map.duration("reconnect_max", out.reconnect_max, kWait);
  map.duration("health_interval", out.health_interval, kWait);
  map.duration("health_timeout", out.health_timeout, kWait);
  if (out.reconnect_min > out.reconnect_max) {
    map.report(map.has("reconnect_min") ? "reconnect_min" : "reconnect_max",
               "'reconnect_min' must not be longer than 'reconnect_max'");
  }
}

void read_breaker(MapReader& backend, Breaker& out) {
  const Node* node = backend.map("breaker");
  if (node == nullptr) return;
  MapReader map(*node, "a breaker", backend.source());
  map.boolean("enabled", out.enabled);
  map.duration("window", out.window, {10ms, 1h});
  map.integer("failures", out.failures, {0, kMany});
  map.integer("timeouts", out.timeouts, {0, kMany});
  map.integer("error_rate", out.error_rate, {0, 100});
  map.integer("min_commands", out.min_commands, {1, kMany});
  map.duration("open_time", out.open_time, kWait);
  map.integer("probes", out.probes, {1, 1000});
  map.finish();
}

void read_address(MapReader& map, Endpoint& out) {
  map.require("address");
  if (map.endpoint("address", out) && !out.is_unix() && out.port == 0) {
    map.report("address", "a backend's port must not be 0");
  }
}

Backend read_backend(const Node& node, const Source& source, Unique& names,
                     const std::filesystem::path& folder) {
  Backend backend;
  MapReader map(node, "a backend", source);
  read_name(map, backend.name, names);
  read_address(map, backend.address);
  read_credentials(map, folder, backend);
  map.integer("lanes", backend.lanes, {1, kLanesMax});
  read_times(map, backend);
  read_breaker(map, backend.breaker);
  map.finish();
  return backend;
}

}  // namespace

void read_backends(MapReader& main, Draft& draft) {
  main.require("backends");
  const Node* list = main.list("backends");
  if (list == nullptr) return;
  if (list->items.empty()) main.report("backends", "there must be a backend at least");
  Unique names("backend");
  for (const Node* node : maps_of(*list, "a backend", main.source())) {
    draft.config.backends.push_back(read_backend(*node, main.source(), names, draft.folder));
  }
}

}  // namespace bulkhead::config
