#include "bulkhead/upstream/control.hpp"

#include "bulkhead/base/text.hpp"
#include "bulkhead/resp/number.hpp"
#include "bulkhead/resp/reply_scanner.hpp"
#include "bulkhead/resp/writer.hpp"
#include "bulkhead/upstream/connect.hpp"
#include "condition.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

namespace bulkhead::upstream {

using metrics::Condition;

namespace {

constexpr auto kLookAgain = std::chrono::milliseconds(2);
constexpr std::size_t kReadAtOnce = 16 * 1024;

// The names in COMMAND's reply: of each command, and of its subcommands, which stand in its tenth
// place since 7.0. Empty when the backend's user may not ask.
std::unordered_set<std::string> command_names(const resp::ParsedReply& reply) {
  std::unordered_set<std::string> names;
  for (std::size_t i = 0; i < reply.size(); ++i) {
    const auto command = reply[i];
    if (command.size() == 0) continue;
    const auto name = command[0];
    names.insert(lowered(name.text()));
    if (command.size() < 10) continue;
    const auto subcommands = command[9];
    names.merge(command_names(subcommands));
  }
  return names;
}

std::string auth_command(const config::Backend& backend) {
  Buffer out;
  resp::write_array_header(out, 3);
  resp::write_bulk(out, "AUTH");
  resp::write_bulk(out, backend.username.empty() ? "default" : backend.username);
  resp::write_bulk(out, backend.password);
  return std::string(out.view());
}

}  // namespace

void Facts::read(std::string_view info) {
  ++told_;
  while (!info.empty()) {
    const std::size_t end = std::min(info.find("\r\n"), info.size());
    const std::string_view line = info.substr(0, end);
    const std::size_t colon = line.find(':');
    if (!line.starts_with('#') && colon != std::string_view::npos) {
      fields_.insert_or_assign(std::string(line.substr(0, colon)),
                               std::string(line.substr(colon + 1)));
    }
    info.remove_prefix(std::min(info.size(), end + 2));
  }
}

std::string_view Facts::get(std::string_view field) const {
  const auto found = fields_.find(std::string(field));
  return found == fields_.end() ? std::string_view{} : std::string_view(found->second);
}

Control::Control(const Services& services, std::shared_ptr<const config::Backend> backend,
                 std::shared_ptr<Health> health)
    : services_(services),
      backend_(std::move(backend)),
      health_(std::move(health)),
      stream_(services.context.get_executor()),
      pause_(services.context.get_executor()) {}

void Control::start() {
  asio::co_spawn(
      services_.context, [self = boost::intrusive_ptr<Control>(this)] { return self->run(); },
      asio::detached);
}

void Control::stop() {
  stopped_ = true;
  stream_.close();
  pause_.cancel();
}

void Control::tick(Instant now) {
  if (now < deadline_) return;
  deadline_ = Instant::max();
  late_ = true;
  stream_.close();
}

// Asked for at the start only, so that looking now and then will do.
Awaitable<bool> Control::known() {
  const boost::intrusive_ptr<Control> self(this);
  const Instant until = Clock::now() + backend_->connect_timeout + backend_->command_timeout;
  Timer pause(services_.context.get_executor());
  while (facts_.generation() == 0 && !stopped_ && Clock::now() < until) {
    pause.expires_after(kLookAgain);
    co_await pause.async_wait(kAwait);
  }
  co_return facts_.generation() != 0;
}

void Control::tell(const Found& found) {
  health_->found(found.condition, found.detail);
  const bool up = metrics::answers_commands(found.condition);
  if (told_ && up == up_) return;
  told_ = true;
  up_ = up;
  if (up)
    services_.log.info("backend_up", {{"backend", backend_->name},
                                      {"version", std::string(facts_.get("redis_version"))}});
  else
    services_.log.warning("backend_down", {{"backend", backend_->name}, {"problem", found.detail}});
}

Control::Found Control::failed(error_code error) const {
  if (!late_) return {Condition::unreachable, error.message()};
  return {Condition::hung,
          "no answer in " + std::to_string(backend_->health_timeout.count()) + " ms"};
}

// Sends one command and reads its reply. An error reply is an answer, too.
Awaitable<error_code> Control::ask(std::string command, std::optional<resp::ParsedReply>& answer,
                                   Milliseconds patience) {
  deadline_ = Clock::now() + patience;
  if (const error_code error = co_await write_all(stream_, command)) co_return error;
  Buffer input;
  resp::ReplyScanner scanner;
  std::size_t scanned = 0;
  for (;;) {
    char* const to = input.prepare(kReadAtOnce);
    auto [error, n] = co_await stream_.async_read_some(asio::buffer(to, input.room()), kAwait);
    if (error) co_return error;
    input.commit(n);
    scanned += scanner.scan(input.view().substr(scanned));
    if (scanner.status() == resp::ReplyScanner::Status::partial) continue;
    answer = resp::ParsedReply::parse(input.view().substr(0, scanned));
    if (!answer) co_return asio::error::invalid_argument;
    deadline_ = Instant::max();
    co_return error_code{};
  }
}

// What must be known of the backend before anything else. Nothing: all is well.
Awaitable<std::optional<Control::Found>> Control::greet() {
  const Milliseconds patience = backend_->health_timeout;
  std::optional<resp::ParsedReply> answer;
  if (!backend_->password.empty()) {
    if (const error_code error = co_await ask(auth_command(*backend_), answer, patience)) {
      co_return failed(error);
    }
    if (answer->text() != "OK") {
      co_return Found{Condition::refused, std::string(answer->text())};
    }
  }
  if (const error_code error = co_await ask("PING\r\n", answer, patience)) {
    co_return failed(error);
  }
  // While a script runs nothing else is answered either.
  if (condition_of_reply(answer->text()) == Condition::busy) {
    co_return Found{Condition::busy, std::string(answer->text())};
  }
  if (const error_code error = co_await ask("COMMAND\r\n", answer, backend_->command_timeout)) {
    co_return failed(error);
  }
  facts_.set_commands(command_names(*answer));
  if (const error_code error =
          co_await ask("CONFIG GET databases\r\n", answer, backend_->command_timeout)) {
    co_return failed(error);
  }
  if (answer->size() == 2) {
    const auto databases = resp::parse_integer((*answer)[1].text());
    if (databases) facts_.set_databases(static_cast<int>(*databases));
  }
  co_return std::nullopt;
}

// PING says whether commands are answered, INFO which of them are not.
Awaitable<Control::Found> Control::check() {
  std::optional<resp::ParsedReply> answer;
  if (const error_code error = co_await ask("PING\r\n", answer, backend_->health_timeout)) {
    co_return failed(error);
  }
  Found found{condition_of_reply(answer->text()), std::string(answer->text())};
  if (found.condition == Condition::busy || found.condition == Condition::refused) co_return found;
  if (const error_code error = co_await ask("INFO\r\n", answer, backend_->health_timeout)) {
    co_return failed(error);
  }
  const std::string_view info = answer->text();
  if (info.find("redis_version:") == std::string_view::npos) {
    co_return Found{
        condition_of_reply(info) == Condition::busy ? Condition::busy : Condition::refused,
        std::string(info)};
  }
  facts_.read(info);
  if (found.condition == Condition::up) found.condition = condition_of_info(facts_, ooms_);
  if (found.condition == Condition::up) found.detail.clear();
  co_return found;
}

// Talks until the connection is of no use any more, and says why.
Awaitable<Control::Found> Control::talk() {
  late_ = false;
  deadline_ = Clock::now() + backend_->connect_timeout;
  if (const error_code error = co_await connect_to(backend_->address, stream_.socket())) {
    co_return Found{Condition::unreachable, late_ ? "no connection in time" : error.message()};
  }
  if (auto found = co_await greet()) co_return *found;
  while (!stopped_) {
    Found found = co_await check();
    if (found.condition >= Condition::refused) co_return found;
    tell(found);
    pause_.expires_after(backend_->health_interval);
    co_await pause_.async_wait(kAwait);
  }
  co_return Found{Condition::unknown, "stopped"};
}

Awaitable<void> Control::run() {
  while (!stopped_) {
    const Found found = co_await talk();
    deadline_ = Instant::max();
    stream_.close();
    if (stopped_) break;
    tell(found);
    if (found.condition == Condition::hung) continue;  // it has waited long enough for an answer
    pause_.expires_after(std::min(backend_->health_interval, backend_->reconnect_max));
    co_await pause_.async_wait(kAwait);
  }
  health_->forget();
}

}  // namespace bulkhead::upstream
