// Files as bytes, and what is wrong with bytes before anybody parses them.
#pragma once

#include "bulkhead/config/load.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace bulkhead::config {

// 1.3 million tenants in one file; above it, somebody named the wrong file.
inline constexpr std::size_t kFileMax = 256u * 1024 * 1024;

// Why not, or nothing and the content in `out`. Reads pipes too; names no content in its answer.
std::optional<std::string> read_file(const std::string& path, std::string& out,
                                     std::size_t max = kFileMax);

// Why a text cannot be YAML, with the line: bytes that are not UTF-8, control characters (the
// parser would end at one of them without a word), nesting that would cost it gigabytes.
std::optional<Problem> check_text(std::string_view text, const std::string& file);

}  // namespace bulkhead::config
