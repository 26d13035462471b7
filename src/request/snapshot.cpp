#include "bulkhead/request/snapshot.hpp"

namespace bulkhead::request {
namespace {

using Loaded = std::variant<config::Config, config::Problems>;
using Result = std::variant<std::shared_ptr<const Snapshot>, config::Problems>;

std::optional<std::string> check_rule(std::string_view rule) {
  policy::Verdicts scratch;
  return policy::apply_rule(rule, scratch);
}

Result finish(Loaded loaded) {
  if (auto* problems = std::get_if<config::Problems>(&loaded)) return std::move(*problems);
  return std::make_shared<const Snapshot>(std::get<config::Config>(std::move(loaded)));
}

}  // namespace

Result load_snapshot(const std::string& file) {
  return finish(config::load(file, check_rule));
}

Result load_snapshot_text(std::string_view yaml, const std::string& name) {
  return finish(config::load_text(yaml, name, check_rule));
}

}  // namespace bulkhead::request
