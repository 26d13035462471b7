// Commands that go upstream with others behind them, in a transaction of their own: what of its
// replies is the client's. Until the last of them has come the client's is not over, so that
// nothing else of this lane is taken for a part of it.
#include "bulkhead/upstream/lane.hpp"

namespace bulkhead::upstream {
namespace {

using metrics::Lost;

constexpr std::size_t kLongestLine = 64 * 1024;

}  // namespace

Entry::Verdicts verdicts_on(const rewrite::TenantCommand& command) {
  if (command.following().empty()) return nullptr;
  auto verdicts = std::make_unique<std::vector<rewrite::Verdict>>();
  for (const rewrite::Following& one : command.following()) verdicts->emplace_back(one);
  return verdicts;
}

void Lane::begin_run() {
  const Entry& entry = queue_.front();
  run_.begin(static_cast<std::uint32_t>(entry.following->size()), entry.begun);
}

// Takes nothing while the line is not whole.
std::optional<Lost> Lane::take_line_of_run() {
  const std::size_t end = input_.view().find("\r\n");
  if (end == std::string_view::npos) {
    return input_.size() > kLongestLine ? std::optional(Lost::protocol) : std::nullopt;
  }
  const std::string_view line = input_.view().substr(0, end + 2);
  switch (run_.take(line)) {
    case RunReplies::Kind::broken:
      return Lost::protocol;
    case RunReplies::Kind::answer:
      pass_on(RunReplies::without_exec(line), line.size(), true, false);
      break;
    case RunReplies::Kind::found:
      judge(line);
      input_.consume(line.size());
      break;
    case RunReplies::Kind::swallowed:
      input_.consume(line.size());
      break;
  }
  if (!run_.over()) return std::nullopt;
  pass_on({}, 0, false, true);
  return std::nullopt;
}

void Lane::judge(std::string_view line) {
  const Entry& entry = queue_.front();
  const auto expiry = (*entry.following)[run_.found() - 1].read(line);
  if (expiry) entry.sink->on_expiry(entry.ticket, *expiry);
}

}  // namespace bulkhead::upstream
