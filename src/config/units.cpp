#include "config/units.hpp"

#include <charconv>
#include <limits>
#include <span>

namespace bulkhead::config {

namespace {

struct Unit {
  std::string_view name;
  std::int64_t factor;
};

// The largest first: the texts are written with the first one that divides. Days are read only:
// people say 24h.
constexpr Unit kDurations[] = {
    {"h", 3'600'000}, {"m", 60'000}, {"s", 1000}, {"ms", 1}, {"d", 86'400'000}};
constexpr Unit kSizes[] = {
    {"GiB", 1 << 30}, {"GB", 1'000'000'000}, {"MiB", 1 << 20}, {"MB", 1'000'000},
    {"KiB", 1 << 10}, {"KB", 1000},          {"", 1}};

std::optional<std::int64_t> parse(std::string_view text, std::span<const Unit> units) {
  const std::size_t digits = std::min(text.find_first_not_of("0123456789"), text.size());
  const auto number = parse_integer(text.substr(0, digits));
  if (!number) return std::nullopt;
  for (const Unit& unit : units) {
    if (unit.name != text.substr(digits)) continue;
    if (*number > std::numeric_limits<std::int64_t>::max() / unit.factor) return std::nullopt;
    return *number * unit.factor;
  }
  return std::nullopt;
}

std::string text_of(std::int64_t value, std::span<const Unit> units) {
  if (value == 0) return "0";
  for (const Unit& unit : units) {
    if (value % unit.factor == 0) {
      return std::to_string(value / unit.factor) + std::string(unit.name);
    }
  }
  return std::to_string(value);
}

}  // namespace

std::optional<std::int64_t> parse_integer(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<Milliseconds> parse_duration(std::string_view text) {
  if (text == "0") return Milliseconds(0);
  const auto value = parse(text, kDurations);
  return value ? std::optional(Milliseconds(*value)) : std::nullopt;
}

std::optional<std::uint64_t> parse_size(std::string_view text) {
  const auto value = parse(text, kSizes);
  return value ? std::optional(static_cast<std::uint64_t>(*value)) : std::nullopt;
}

std::string duration_text(Milliseconds value) {
  return text_of(value.count(), kDurations);
}

std::string size_text(std::uint64_t bytes) {
  return text_of(static_cast<std::int64_t>(bytes), kSizes);
}

}  // namespace bulkhead::config
