#include "bulkhead/server/server.hpp"

#include "bulkhead/command/table.hpp"
#include "bulkhead/config/notes.hpp"
#include "bulkhead/server/listener.hpp"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <random>
#include <sys/stat.h>
#include <system_error>

namespace bulkhead::server {
namespace {

constexpr auto kCleanUpEvery = std::chrono::seconds(1);

std::vector<std::string> row_names() {
  std::vector<std::string> names;
  for (const command::Row& row : command::rows()) names.emplace_back(row.name);
  return names;
}

// Of the numbers under which the guards keep sources and users.
tenant::LoginGuard::Secret guard_secret() {
  std::random_device random;
  tenant::LoginGuard::Secret secret;
  for (unsigned char& byte : secret) byte = static_cast<unsigned char>(random());
  return secret;
}

int worker_count(const config::Config& config) {
  if (config.workers > 0) return config.workers;
  return std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
}

LogLevel level_of(config::LogLevelSetting setting) {
  switch (setting) {
    case config::LogLevelSetting::debug:
      return LogLevel::debug;
    case config::LogLevelSetting::info:
      return LogLevel::info;
    case config::LogLevelSetting::warning:
      return LogLevel::warning;
    case config::LogLevelSetting::error:
      return LogLevel::error;
  }
  return LogLevel::info;
}

}  // namespace

Server::Server(Log& log, std::shared_ptr<const request::Snapshot> snapshot)
    : log_(log),
      signals_(io_, SIGTERM, SIGINT, SIGHUP),
      cleaner_(io_),
      registry_(row_names()),
      audit_(log, registry_.audit()),
      snapshot_(std::move(snapshot)) {
  const config::Config& config = snapshot_->config;
  const int count = worker_count(config);
  const auto numbers = numbers_ = number(*snapshot_);
  for (int i = 0; i < count; ++i) {
    metrics::WorkerCounters& counters = registry_.add_worker();
    workers_.push_back(std::make_unique<Worker>(Worker::Place{i, count}, log_, registry_, counters,
                                                snapshot_, numbers));
    session::AuditTrail& trail = workers_.back()->context().audit;
    trail.connect(counters, [this] { audit_.ring(); });
    audit_.add(trail.queue());
  }
  for (auto& worker : workers_) peers_.push_back(&worker->context());
  for (auto& worker : workers_) worker->set_peers(peers_);
  const std::string key = fence_key();
  const tenant::LoginGuard::Secret secret = guard_secret();
  for (auto& worker : workers_) {
    worker->context().scripts.fence_key = key;
    worker->context().guard.use(secret);
  }
  open_audit();
  warn_of_expired(config);
  for (const config::Listener& listener : config.listen) {
    const auto fds = open_listeners(listener.address, count, listener.mode);
    for (std::size_t i = 0; i < fds.size(); ++i) {
      workers_[i]->add_listener(fds[i], listener);
    }
    log_.info("listening", {{"address", listener.address.is_unix() ? listener.address.text()
                                                                   : local_address(fds[0])},
                            {"tenant", listener.tenant.value_or("")}});
  }
  if (!config.admin) return;
  admin_ = std::make_unique<Admin>(io_, config.admin->address, log_, registry_,
                                   [this] { return readiness(); });
  log_.info("admin_listening", {{"address", admin_->address()}});
}

Server::~Server() = default;

std::shared_ptr<const metrics::Numbering> Server::number(const request::Snapshot& snapshot) {
  std::vector<std::string_view> tenants, backends;
  for (const tenant::Tenant& tenant : snapshot.directory.tenants()) tenants.push_back(tenant.name);
  for (const config::Backend& backend : snapshot.config.backends) backends.push_back(backend.name);
  return registry_.numbering(tenants, snapshot.router.feature_names(), backends);
}

// Proxies that share backends and tenants share the fences, and so the configured secret.
std::string Server::fence_key() {
  const std::string& secret = snapshot_->config.cursor_secret;
  if (!secret.empty()) return secret;
  if (made_up_key_.empty()) {
    std::random_device random;
    for (int i = 0; i < 8; ++i) made_up_key_ += std::to_string(random()) + ' ';
  }
  return made_up_key_;
}

// Ready is who can serve somebody: one backend that answers and is not given up will do.
Readiness Server::readiness() const {
  Readiness found;
  if (draining_) found.detail = "draining\n";
  const auto& backends = snapshot_->config.backends;
  for (std::size_t i = 0; i < backends.size(); ++i) {
    const auto condition = registry_.condition(numbers_->backends[i]);
    const auto breaker = registry_.breaker(numbers_->backends[i]);
    const bool serves =
        metrics::answers_commands(condition) && breaker == metrics::BreakerState::closed;
    found.ready = found.ready || (serves && !draining_);
    found.detail += "backend " + backends[i].name + ": " + std::string(metrics::label(condition)) +
                    ", breaker " + std::string(metrics::label(breaker)) + "\n";
  }
  return found;
}

void Server::run() {
  await_signal();
  await_clean_up();
  audit_.start();
  std::vector<std::jthread> threads;
  for (auto& worker : workers_) threads.emplace_back([&worker] { worker->run(); });
  // The admin loop goes on while the workers drain, so that the drain can be watched.
  std::jthread waiter([&] {
    for (auto& thread : threads) thread.join();
    io_.stop();
  });
  audit_.write("started", {{"version", BULKHEAD_VERSION}});
  log_.info("started", {{"version", BULKHEAD_VERSION},
                        {"workers", workers_.size()},
                        {"tenants", snapshot_->directory.tenants().size()}});
  io_.run();
  waiter.join();
  log_.info("stopped");
  audit_.write("stopped");
  audit_.stop();
}

void Server::await_signal() {
  signals_.async_wait([this](boost::system::error_code error, int signal) {
    if (error) return;
    if (signal == SIGHUP) {
      reload();
    } else if (!draining_) {
      draining_ = true;
      const Milliseconds deadline = snapshot_->config.limits.drain_timeout;
      log_.info("draining", {{"deadline_ms", deadline.count()}});
      audit_.write("draining", {{"deadline_ms", deadline.count()}});
      const session::Drain waiting{Clock::now() + snapshot_->config.limits.drain_blocked,
                                   Clock::now() + snapshot_->config.limits.drain_subscribed};
      for (auto& worker : workers_) worker->drain(deadline, waiting);
    }
    await_signal();
  });
}

void Server::await_clean_up() {
  cleaner_.expires_after(kCleanUpEvery);
  cleaner_.async_wait([this](boost::system::error_code) {
    std::erase_if(replaced_, [](const auto& snapshot) { return snapshot.use_count() == 1; });
    await_clean_up();
  });
}

void Server::reload() {
  const std::string& file = snapshot_->config.file;
  if (draining_ || file.empty()) return;
  auto loaded = request::load_snapshot(file);
  if (const auto* problems = std::get_if<config::Problems>(&loaded)) {
    for (const config::Problem& problem : *problems) {
      log_.error("config_problem",
                 {{"file", problem.file}, {"line", problem.line}, {"problem", problem.sentence}});
    }
    log_.error("reload_failed", {{"file", file}, {"problems", problems->size()}});
    reopen_audit();
    audit_.write("reload_failed", {{"file", file}, {"problems", problems->size()}});
    registry_.count_reload(false);
    return;
  }
  install(std::get<0>(std::move(loaded)));
}

void Server::open_audit() {
  if (audit_.open(snapshot_->config.audit)) return;
  throw std::system_error(errno, std::generic_category(),
                          "cannot write the audit log " + snapshot_->config.audit->file);
}

// Anew at each SIGHUP, whatever else comes of it: logrotate has moved the file away.
void Server::reopen_audit() {
  if (audit_.open(snapshot_->config.audit)) return;
  log_.error("audit_open_failed",
             {{"file", snapshot_->config.audit->file}, {"problem", std::strerror(errno)}});
}

void Server::warn_of_expired(const config::Config& config) const {
  const config::Problems notes = config::expired_passwords(config, wall_now());
  if (notes.empty()) return;
  log_.warning("passwords_expired", {{"notes", notes.size()}, {"first", notes.front().text()}});
}

void Server::set_modes(const std::vector<config::Listener>& listeners) const {
  for (const config::Listener& listener : listeners) {
    if (!listener.mode || chmod(listener.address.path.c_str(), *listener.mode) == 0) continue;
    log_.error("mode_failed",
               {{"address", listener.address.text()}, {"problem", std::strerror(errno)}});
  }
}

// What only a restart can change.
void Server::warn_of_fixed_settings(const config::Config& now, const config::Config& next) const {
  const auto warn = [&](std::string_view key) {
    log_.warning("restart_needed", {{"setting", key}});
  };
  const auto kept = counterparts(now.listen, next.listen);
  const bool same_listeners =
      now.listen.size() == next.listen.size() && std::count(kept.begin(), kept.end(), nullptr) == 0;
  if (!same_listeners) warn("listen");
  if (worker_count(now) != worker_count(next)) warn("workers");
  if (now.log.format != next.log.format) warn("log.format");
}

void Server::install(std::shared_ptr<const request::Snapshot> snapshot) {
  warn_of_fixed_settings(snapshot_->config, snapshot->config);
  replaced_.push_back(std::exchange(snapshot_, std::move(snapshot)));
  log_.set_level(level_of(snapshot_->config.log.level));
  const auto numbers = numbers_ = number(*snapshot_);
  for (auto& worker : workers_) worker->reload(snapshot_, numbers, fence_key());
  set_modes(snapshot_->config.listen);
  warn_of_expired(snapshot_->config);
  reopen_audit();
  audit_.write("reloaded", {{"file", snapshot_->config.file}});
  registry_.count_reload(true);
  log_.info("reloaded",
            {{"file", snapshot_->config.file}, {"tenants", snapshot_->directory.tenants().size()}});
}

}  // namespace bulkhead::server
