// The audit log's file, and the thread that writes it. Made by Server in main's thread, which also
// adds lines of its own; the workers push theirs into queues. A file that cannot be written costs
// lines, which are counted, and nobody's time.
#pragma once

#include "bulkhead/base/line_queue.hpp"
#include "bulkhead/base/log.hpp"
#include "bulkhead/config/identity.hpp"
#include "bulkhead/metrics/registry.hpp"

#include <atomic>
#include <cstdint>
#include <initializer_list>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace bulkhead::server {

class AuditLog {
 public:
  AuditLog(const Log& log, metrics::AuditCounters& counters) : log_(log), counters_(counters) {}
  ~AuditLog();
  AuditLog(const AuditLog&) = delete;
  AuditLog& operator=(const AuditLog&) = delete;

  // Before start().
  void add(LineQueue& queue) { queues_.push_back(&queue); }

  // Opens the file, anew if it is open already: logrotate has moved it away. Nothing closes it.
  // False, with errno, when it cannot be opened; then the one before stays.
  bool open(const std::optional<config::Audit>& settings);
  void start();
  // Writes what there is and ends. Called when nobody pushes any more.
  void stop();

  // Something was pushed; from any thread.
  void ring() {
    bell_.fetch_add(1, std::memory_order_release);
    bell_.notify_one();
  }
  // A line of main's thread.
  void write(std::string_view event, std::initializer_list<LogField> fields = {});

 private:
  void run();
  bool write_some();
  void write_out(std::string_view bytes, std::size_t lines);

  const Log& log_;
  metrics::AuditCounters& counters_;
  std::vector<LineQueue*> queues_;
  LineQueue own_;
  bool on_ = false;   // main's: a file is asked for
  std::mutex mutex_;  // between main, which opens, and the thread, which writes: never a worker
  int fd_ = -1;
  bool torn_ = false;     // the last line was written in part
  bool failing_ = false;  // it was said already
  std::atomic<std::uint32_t> bell_{0};
  std::atomic<bool> stopping_{false};
  std::thread thread_;
};

}  // namespace bulkhead::server
