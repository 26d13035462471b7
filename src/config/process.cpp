#include "config/sections.hpp"

namespace bulkhead::config {

namespace {

constexpr int kWorkersMax = 256;

constexpr Word kLevels[] = {{"debug", static_cast<int>(LogLevelSetting::debug)},
                            {"info", static_cast<int>(LogLevelSetting::info)},
                            {"warning", static_cast<int>(LogLevelSetting::warning)},
                            {"error", static_cast<int>(LogLevelSetting::error)}};
constexpr Word kFormats[] = {{"text", static_cast<int>(LogFormatSetting::text)},
                             {"json", static_cast<int>(LogFormatSetting::json)}};

void read_workers(MapReader& main, int& out) {
  const Node* node = main.any("workers");
  if (node != nullptr && node->text != "auto") main.integer("workers", out, {1, kWorkersMax});
}

void read_log(MapReader& main, Logging& out) {
  const Node* node = main.map("log");
  if (node == nullptr) return;
  MapReader map(*node, "log", main.source());
  map.choice("level", out.level, kLevels);
  map.choice("format", out.format, kFormats);
  map.finish();
}

}  // namespace

void read_process(MapReader& main, Config& out) {
  read_workers(main, out.workers);
  read_log(main, out.log);
}

}  // namespace bulkhead::config
