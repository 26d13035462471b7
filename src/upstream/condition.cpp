#include "condition.hpp"

#include "bulkhead/resp/number.hpp"
#include "bulkhead/upstream/control.hpp"

#include <utility>

namespace bulkhead::upstream {

using metrics::Condition;

namespace {

std::int64_t number(const Facts& facts, std::string_view field) {
  return resp::parse_integer(facts.get(field)).value_or(0);
}

// "errorstat_OOM:count=5"
std::int64_t errors(const Facts& facts, std::string_view field) {
  const std::string_view text = facts.get(field);
  const std::size_t equals = text.find('=');
  if (equals == std::string_view::npos) return 0;
  return resp::parse_integer(text.substr(equals + 1)).value_or(0);
}

}  // namespace

Condition condition_of_reply(std::string_view reply) {
  constexpr std::pair<std::string_view, Condition> kWords[] = {
      {"PONG", Condition::up},
      {"LOADING", Condition::loading},
      {"MASTERDOWN", Condition::masterdown},
      {"BUSY", Condition::busy},
      {"MISCONF", Condition::misconf},
      {"READONLY", Condition::readonly},
      {"OOM", Condition::oom}};
  const std::string_view word = reply.substr(0, reply.find(' '));
  for (const auto& [text, condition] : kWords) {
    if (word == text) return condition;
  }
  return Condition::refused;
}

// Full is who has refused a write since the last time, or would refuse the next one.
Condition condition_of_info(const Facts& facts, std::int64_t& ooms) {
  const std::int64_t before = std::exchange(ooms, errors(facts, "errorstat_OOM"));
  if (facts.get("loading") == "1") return Condition::loading;
  if (facts.get("role") == "slave" && facts.get("slave_read_only") == "1") {
    return Condition::readonly;
  }
  const std::int64_t most = number(facts, "maxmemory");
  if (most != 0 && facts.get("maxmemory_policy") == "noeviction") {
    const std::int64_t used =
        number(facts, "used_memory") - number(facts, "mem_not_counted_for_evict");
    if (used > most || (before >= 0 && ooms > before)) return Condition::oom;
  }
  return Condition::up;
}

}  // namespace bulkhead::upstream
