// Numbers with units, as people write them: `500ms`, `64KiB`, `16`. Any thread.
#pragma once

#include "bulkhead/config/config.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace bulkhead::config {

// The whole text, decimal, with nothing around it.
std::optional<std::int64_t> parse_integer(std::string_view text);

// `500ms`, `5s`, `2m`, `1h`, `7d`, or 0, which needs no unit.
std::optional<Milliseconds> parse_duration(std::string_view text);

// `512` (bytes), `64KiB`, `512MiB`, `1GiB` (times 1024), `64KB`, `512MB`, `1GB` (times 1000).
std::optional<std::uint64_t> parse_size(std::string_view text);

// The shortest of the ways to write it that parse_duration and parse_size read.
std::string duration_text(Milliseconds value);
std::string size_text(std::uint64_t bytes);

}  // namespace bulkhead::config
