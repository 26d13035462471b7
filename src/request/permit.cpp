#include "permit.hpp"

#include "bulkhead/base/sentences.hpp"

#include <array>

namespace bulkhead::request {
namespace {

using command::Row;
using tenant::Mode;

enum class Permit : std::uint8_t { run, queue, refuse };

// The first line with the mode whose traits the row has (any of them; 0 means every row) counts.
struct Line {
  Mode mode;
  std::uint32_t traits;
  Permit permit;
};
constexpr std::array kTable = {
    Line{Mode::queueing, command::kAtOnce, Permit::run},
    Line{Mode::queueing, command::kNeverQueued, Permit::refuse},
    Line{Mode::queueing, 0, Permit::queue},
    Line{Mode::subscribed, command::kWhileSubscribed, Permit::run},
    Line{Mode::subscribed, 0, Permit::refuse},
    Line{Mode::monitoring, command::kWhileSubscribed, Permit::run},
};

// To Redis a monitor is a replica, which may ask about the server and not about keys. What holds
// state upstream is refused besides.
bool reaches_keys(const Row& row) {
  switch (row.handling) {
    case command::Handling::forward:
    case command::Handling::split:
    case command::Handling::script:
      return true;
    case command::Handling::pinned:
      return row.action != command::Action::monitor;
    default:
      return (row.flags & (command::kReadonly | command::kWrite)) != 0;
  }
}

Permit permit(Mode mode, const Row& row) {
  for (const Line& line : kTable) {
    if (line.mode != mode) continue;
    if (line.traits == 0 || (row.traits & line.traits) != 0) return line.permit;
  }
  return mode == Mode::monitoring && reaches_keys(row) ? Permit::refuse : Permit::run;
}

}  // namespace

std::optional<Refusal> refused_in(Mode mode, const Row& row) {
  if (permit(mode, row) != Permit::refuse) return std::nullopt;
  if (mode == Mode::queueing) return refuse::not_in_transaction();
  if (mode == Mode::monitoring) return refuse::not_while_monitoring();
  return refuse::only_while_subscribed(row.name);
}

bool is_queued(Mode mode, const Row& row) {
  return permit(mode, row) == Permit::queue;
}

}  // namespace bulkhead::request
