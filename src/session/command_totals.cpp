#include "command_totals.hpp"

#include "bulkhead/base/text.hpp"
#include "bulkhead/command/table.hpp"

#include <algorithm>
#include <cmath>

namespace bulkhead::session {
namespace {

// A command, or the container whose subcommand it is.
bool is_or_has(std::string_view asked, std::string_view name) {
  return name == asked ||
         (name.size() > asked.size() && name.starts_with(asked) && name[asked.size()] == '|');
}

void write_histogram(resp::ReplyWriter reply, const metrics::CommandTotals& command) {
  const auto used = static_cast<std::size_t>(
      std::count_if(command.spans.begin(), command.spans.end(), [](auto n) { return n != 0; }));
  reply.bulk(command::rows()[command.row].name);
  reply.map(2);
  reply.bulk("calls");
  reply.integer(static_cast<std::int64_t>(command.calls));
  reply.bulk("histogram_usec");
  reply.map(used);
  std::uint64_t so_far = 0;
  for (std::size_t i = 0; i < command.spans.size(); ++i) {
    if (command.spans[i] == 0) continue;
    so_far += command.spans[i];
    reply.integer(static_cast<std::int64_t>(metrics::longest_nanoseconds(i) / 1000));
    reply.integer(static_cast<std::int64_t>(so_far));
  }
}

}  // namespace

double percentile(const metrics::CommandTotals& command, double share) {
  const auto wanted =
      static_cast<std::uint64_t>(std::ceil(share * static_cast<double>(command.calls)));
  std::uint64_t so_far = 0;
  std::size_t span = 0;
  for (; span + 1 < command.spans.size(); ++span) {
    so_far += command.spans[span];
    if (so_far >= wanted) break;
  }
  return static_cast<double>(metrics::longest_nanoseconds(span)) / 1000;
}

// As latencyHistogramCommand (latency.c): commands that were called, all or those asked for.
Awaitable<void> talk_latency_histogram(Conversation& talk) {
  const resp::Args& args = talk.args;
  const auto tenant = talk.context.numbers->tenants[talk.client.tenant->index];
  const auto all = talk.context.registry.command_totals(tenant);
  std::vector<const metrics::CommandTotals*> shown;
  for (std::size_t i = 2; i < std::max<std::size_t>(args.size(), 3); ++i) {
    const std::string asked = i < args.size() ? lowered(args[i]) : std::string();
    for (const metrics::CommandTotals& command : all) {
      const std::string_view name = command::rows()[command.row].name;
      if (command.calls != 0 && (args.size() == 2 || is_or_has(asked, name))) {
        shown.push_back(&command);
      }
    }
  }
  resp::ReplyWriter reply = talk.writer();
  reply.map(shown.size());
  for (const metrics::CommandTotals* command : shown) write_histogram(reply, *command);
  co_return;
}

}  // namespace bulkhead::session
