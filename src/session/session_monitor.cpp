// MONITOR, as a session carries it out: both sides, the client that monitors and the clients whose
// commands are shown.
#include "bulkhead/command/table.hpp"
#include "bulkhead/session/ask_all.hpp"
#include "bulkhead/session/session.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>

#include <algorithm>
#include <chrono>
#include <cstdio>

namespace bulkhead::session {
namespace {

std::string line_of(const tenant::ClientState& client, std::string_view words) {
  using namespace std::chrono;
  const auto now = duration_cast<microseconds>(system_clock::now().time_since_epoch()).count();
  char time[48];
  std::snprintf(time, sizeof time, "+%lld.%06lld [%d ", static_cast<long long>(now / 1000000),
                static_cast<long long>(now % 1000000), client.selected_db);
  std::string line = time;
  line += client.address;
  line += "] ";
  line += words;
  return line += "\r\n";
}

}  // namespace

// ---- Who monitors

// The reply leaves when every worker shows its commands.
bool Session::begin_monitoring(const command::Row& row) {
  if (client_.mode == tenant::Mode::monitoring) return true;  // Redis does not answer that, either
  if (!replies_.empty()) return false;
  begin_late(row, nullptr);
  client_.mode = tenant::Mode::monitoring;
  context_.monitoring[client_.id] = this;
  asio::co_spawn(
      context_.io, [self = boost::intrusive_ptr<Session>(this)] { return self->monitor_all(); },
      asio::detached);
  return true;
}

Awaitable<void> Session::monitor_all() {
  const Monitor monitor{&context_, client_.id, client_.tenant->name,
                        std::make_shared<std::atomic<std::size_t>>(0)};
  const std::function<int(Context&)> add = [monitor](Context& context) {
    context.monitors.push_back(monitor);
    return 0;
  };
  co_await ask_all(context_.io, *context_.peers, add);
  if (!closed_) finish_late("+OK\r\n");
}

void Session::end_monitoring() {
  if (client_.mode != tenant::Mode::monitoring) return;
  client_.mode = tenant::Mode::ordinary;
  context_.monitoring.erase(client_.id);
  for (Context* peer : *context_.peers) {
    asio::post(peer->io, [peer, id = client_.id] {
      std::erase_if(peer->monitors, [id](const Monitor& monitor) { return monitor.id == id; });
    });
  }
}

// When memory is short, what is only looked at goes first.
void Session::take_line(std::string_view line) {
  if (closed_ || closing_) return;
  if (context_.under_pressure()) return counters_->monitor_lines_dropped.add();
  push_unasked(line);
}

// ---- What is shown

void Session::show(const command::Row& row, const resp::Args& args) {
  if (client_.tenant == nullptr) return;
  if ((row.flags & (command::kSkipMonitor | command::kAdmin)) != 0) return;
  if (!is_monitored()) return;
  // What was queued is executed now.
  if (row.has(command::kEndsTransaction) && transaction_ != nullptr && !transaction_->aborted()) {
    for (const std::string& words : transaction_->shown()) show(words);
  }
  show(shown_words(row, args));
}

bool Session::is_monitored() const {
  return std::any_of(
      context_.monitors.begin(), context_.monitors.end(),
      [this](const Monitor& monitor) { return monitor.tenant == client_.tenant->name; });
}

void Session::show(const std::string& words) {
  const auto line = std::make_shared<const std::string>(line_of(client_, words));
  const std::size_t most = snapshot_->config.limits.client_output;
  for (const Monitor& monitor : context_.monitors) {
    if (monitor.tenant != client_.tenant->name) continue;
    if (context_.under_pressure() || monitor.under_way->load() > most) {
      counters_->monitor_lines_dropped.add();
      continue;
    }
    monitor.under_way->fetch_add(line->size());
    asio::post(monitor.home->io, [monitor, line] {
      monitor.under_way->fetch_sub(line->size());
      const auto found = monitor.home->monitoring.find(monitor.id);
      if (found == monitor.home->monitoring.end()) return;
      Session& session = *found->second;
      if (session.client_.tenant->name == monitor.tenant) session.take_line(*line);
    });
  }
}

}  // namespace bulkhead::session
