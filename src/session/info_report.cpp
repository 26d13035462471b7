#include "info_report.hpp"

#include <array>
#include <cstdio>

namespace bulkhead::session {
namespace {

std::uint32_t number_of(const Conversation& talk) {
  return talk.context.numbers->tenants[talk.client.tenant->index];
}

std::string with_two_places(double value) {
  std::array<char, 64> text;
  std::snprintf(text.data(), text.size(), "%.2f", value);
  return text.data();
}

}  // namespace

Report::Report(const Conversation& talk, const InfoKeys& keys, std::string& out)
    : talk_(talk),
      keys_(keys),
      out_(out),
      totals_(talk.context.registry.totals(number_of(talk))),
      commands_(talk.context.registry.command_totals(number_of(talk))),
      errors_(talk.context.registry.error_totals(number_of(talk))) {}

void Report::section(std::string_view title) {
  if (!out_.empty()) out_ += "\r\n";
  out_ += "# ";
  out_ += title;
  out_ += "\r\n";
}

void Report::line(std::string_view field, std::string_view value) {
  out_ += field;
  out_ += ':';
  out_ += value;
  out_ += "\r\n";
}

void Report::number(std::string_view field, double value) {
  line(field, std::to_string(static_cast<long long>(value)));
}

void Report::decimal(std::string_view field, double value) {
  line(field, with_two_places(value));
}

void Report::bytes(std::string_view field, double value) {
  number(field, value);
  line(std::string(field) + "_human", human_bytes(value));
}

void Report::fact(std::string_view field) {
  const std::string_view value = talk_.context.backends.front()->facts().get(field);
  if (!value.empty()) line(field, value);
}

std::string human_bytes(double bytes) {
  if (bytes < 1024) return std::to_string(static_cast<long long>(bytes)) + 'B';
  for (const char unit : {'K', 'M', 'G', 'T'}) {
    bytes /= 1024;
    if (bytes < 1024) return with_two_places(bytes) + unit;
  }
  return with_two_places(bytes / 1024) + 'P';
}

}  // namespace bulkhead::session
