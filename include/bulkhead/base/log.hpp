// One structured line per event. Made once in main and handed down by reference; safe from any
// thread. Names of keys belong at debug level only, credentials and values nowhere.
#pragma once

#include <atomic>
#include <concepts>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>

namespace bulkhead {

enum class LogLevel { debug, info, warning, error };
enum class LogFormat { text, json };

// One `name=value` of a line. Integers are written as they are, text is quoted where it must be.
struct LogField {
  LogField(std::string_view n, std::string_view v) : name(n), text(v) {}
  LogField(std::string_view n, const char* v) : name(n), text(v) {}
  LogField(std::string_view n, const std::string& v) : name(n), text(v) {}
  template <class Int>
  requires std::integral<Int> LogField(std::string_view n, Int v)
      : name(n), text(std::to_string(v)), is_number(true) {}

  std::string_view name;
  std::string text;
  bool is_number = false;
};

class Log {
 public:
  // Writes to standard error. Throws nothing after construction.
  Log(LogLevel level, LogFormat format);
  ~Log();
  Log(const Log&) = delete;
  Log& operator=(const Log&) = delete;

  bool enabled(LogLevel level) const { return level >= level_.load(std::memory_order_relaxed); }
  void set_level(LogLevel level);

  // `event` is a fixed snake_case word that operators can search and alert on.
  void write(LogLevel level, std::string_view event, std::initializer_list<LogField> fields) const;
  void debug(std::string_view event, std::initializer_list<LogField> fields = {}) const;
  void info(std::string_view event, std::initializer_list<LogField> fields = {}) const;
  void warning(std::string_view event, std::initializer_list<LogField> fields = {}) const;
  void error(std::string_view event, std::initializer_list<LogField> fields = {}) const;

 private:
  struct Sink;  // hides spdlog
  std::atomic<LogLevel> level_;
  LogFormat format_;
  std::unique_ptr<Sink> sink_;
};

// A line's fields, without time and level: exposed for the tests.
std::string format_event(LogFormat format, std::string_view event,
                         std::initializer_list<LogField> fields);

}  // namespace bulkhead
