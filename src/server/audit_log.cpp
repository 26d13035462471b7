#include "bulkhead/server/audit_log.hpp"

#include "bulkhead/session/audit_trail.hpp"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

namespace bulkhead::server {
namespace {

constexpr std::size_t kBatch = 64 * 1024;

// Appending, so that a file which is cut behind its writer's back (logrotate's copytruncate) goes
// on at its beginning. Without waiting, lest a pipe that nobody reads stops the start.
int open_file(const config::Audit& settings) {
  const int fd = ::open(settings.file.c_str(),
                        O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOCTTY | O_NONBLOCK,
                        static_cast<mode_t>(settings.mode));
  return fd;
}

}  // namespace

AuditLog::~AuditLog() {
  stop();
  if (fd_ >= 0) ::close(fd_);
}

bool AuditLog::open(const std::optional<config::Audit>& settings) {
  const int fd = settings ? open_file(*settings) : -1;
  if (settings && fd < 0) return false;
  on_ = settings.has_value();
  const std::lock_guard lock(mutex_);
  const int before = std::exchange(fd_, fd);
  torn_ = false;
  if (before >= 0) ::close(before);
  return true;
}

void AuditLog::start() {
  thread_ = std::thread([this] { run(); });
}

void AuditLog::stop() {
  if (!thread_.joinable()) return;
  stopping_ = true;
  ring();
  thread_.join();
}

void AuditLog::write(std::string_view event, std::initializer_list<LogField> fields) {
  if (!on_) return;
  const bool pushed = own_.push(
      session::audit_line(std::chrono::system_clock::now(), event, fields), LineQueue::kMost);
  if (!pushed) counters_.dropped_queue.add();
  ring();
}

void AuditLog::run() {
  // A pipe whose reader is gone is a write that fails, not the end of the process.
  sigset_t broken_pipe;
  sigemptyset(&broken_pipe);
  sigaddset(&broken_pipe, SIGPIPE);
  pthread_sigmask(SIG_BLOCK, &broken_pipe, nullptr);
  for (;;) {
    const std::uint32_t heard = bell_.load(std::memory_order_acquire);
    const bool last = stopping_;
    while (write_some()) {
    }
    if (last) return;
    bell_.wait(heard, std::memory_order_acquire);
  }
}

// As much as goes into one call, from all queues. False when there was nothing.
bool AuditLog::write_some() {
  std::string bytes;
  std::size_t lines = 0;
  const auto empty = [&](LineQueue& queue) {
    while (bytes.size() < kBatch && queue.take(bytes)) ++lines;
  };
  empty(own_);
  for (LineQueue* queue : queues_) empty(*queue);
  if (lines == 0) return false;
  write_out(bytes, lines);
  return true;
}

void AuditLog::write_out(std::string_view bytes, std::size_t lines) {
  const std::lock_guard lock(mutex_);
  if (fd_ < 0) return;  // it has been switched off
  std::string whole;
  if (torn_) bytes = (whole += '\n').append(bytes);
  const std::string_view all = bytes;
  while (!bytes.empty()) {
    const ssize_t n = ::write(fd_, bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) break;
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
  const int problem = errno;
  torn_ = bytes.size() == all.size()
              ? torn_
              : !bytes.empty() && !all.substr(0, all.size() - bytes.size()).ends_with('\n');
  const auto missing = static_cast<std::size_t>(std::count(bytes.begin(), bytes.end(), '\n'));
  counters_.lines.add(lines - std::min(missing, lines));
  counters_.dropped_write.add(std::min(missing, lines));
  if (!bytes.empty() && !failing_) {
    log_.error("audit_write_failed", {{"problem", std::strerror(problem)}, {"lines", missing}});
  }
  if (bytes.empty() && failing_) log_.info("audit_write_recovered");
  failing_ = !bytes.empty();
}

}  // namespace bulkhead::server
