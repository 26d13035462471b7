#include "bulkhead/base/log.hpp"

#include <spdlog/logger.h>
#include <spdlog/sinks/stdout_sinks.h>

namespace bulkhead {
namespace {

spdlog::level::level_enum native(LogLevel level) {
  switch (level) {
    case LogLevel::debug:
      return spdlog::level::debug;
    case LogLevel::info:
      return spdlog::level::info;
    case LogLevel::warning:
      return spdlog::level::warn;
    case LogLevel::error:
      return spdlog::level::err;
  }
  return spdlog::level::err;
}

// JSON's string escapes serve the text form too: a line stays one line whatever a client sent.
void append_escaped(std::string& out, std::string_view text) {
  static constexpr char kHex[] = "0123456789abcdef";
  for (char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (byte < 0x20 || byte >= 0x7f) {
      out += "\\u00";
      out += kHex[byte >> 4];
      out += kHex[byte & 15];
    } else {
      out += c;
    }
  }
}

void append_quoted(std::string& out, std::string_view text) {
  out += '"';
  append_escaped(out, text);
  out += '"';
}

bool plain_word(std::string_view text) {
  if (text.empty()) return false;
  for (char c : text) {
    if (c <= ' ' || c == '"' || c == '=' || c == '\\' || static_cast<unsigned char>(c) >= 0x7f) {
      return false;
    }
  }
  return true;
}

}  // namespace

struct Log::Sink {
  explicit Sink(LogFormat format)
      : logger("bulkhead", std::make_shared<spdlog::sinks::stderr_sink_mt>()) {
    logger.set_pattern(format == LogFormat::json
                           ? R"({"time":"%Y-%m-%dT%H:%M:%S.%e%z","level":"%l",%v})"
                           : "%Y-%m-%dT%H:%M:%S.%e%z %l %v");
    logger.flush_on(spdlog::level::debug);
  }
  spdlog::logger logger;
};

std::string format_event(LogFormat format, std::string_view event,
                         std::initializer_list<LogField> fields) {
  std::string line;
  const bool json = format == LogFormat::json;
  if (json) line += "\"event\":\"";
  line += event;
  if (json) line += '"';
  for (const LogField& field : fields) {
    line += json ? ',' : ' ';
    if (json)
      append_quoted(line, field.name);
    else
      line += field.name;
    line += json ? ':' : '=';
    if (field.is_number || (!json && plain_word(field.text)))
      line += field.text;
    else
      append_quoted(line, field.text);
  }
  return line;
}

Log::Log(LogLevel level, LogFormat format)
    : level_(level), format_(format), sink_(std::make_unique<Sink>(format)) {
  sink_->logger.set_level(native(level));
}
Log::~Log() = default;

void Log::set_level(LogLevel level) {
  level_ = level;
  sink_->logger.set_level(native(level));
}

void Log::write(LogLevel level, std::string_view event,
                std::initializer_list<LogField> fields) const {
  if (!enabled(level)) return;
  // spdlog escapes nothing and its logger throws nothing: errors go to its own handler.
  sink_->logger.log(native(level), "{}", format_event(format_, event, fields));
}

void Log::debug(std::string_view event, std::initializer_list<LogField> fields) const {
  write(LogLevel::debug, event, fields);
}
void Log::info(std::string_view event, std::initializer_list<LogField> fields) const {
  write(LogLevel::info, event, fields);
}
void Log::warning(std::string_view event, std::initializer_list<LogField> fields) const {
  write(LogLevel::warning, event, fields);
}
void Log::error(std::string_view event, std::initializer_list<LogField> fields) const {
  write(LogLevel::error, event, fields);
}

}  // namespace bulkhead
