#include "bulkhead/session/slow_log.hpp"

#include "bulkhead/resp/inline_split.hpp"
#include "bulkhead/resp/number.hpp"

#include <optional>

namespace bulkhead::session {
namespace {

// Takes the line in front off the text; nothing when it is cut.
std::optional<std::string_view> take_line(std::string_view& text) {
  const std::size_t end = text.find("\r\n");
  if (end == std::string_view::npos) return std::nullopt;
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(end + 2);
  return line;
}

std::vector<std::string> inline_args(std::string_view text) {
  const std::string_view line = text.substr(0, text.find('\n'));
  std::string bytes;
  std::vector<resp::Slice> slices;
  if (!resp::split_inline(line, bytes, slices)) return {std::string(line)};
  std::vector<std::string> args;
  for (const resp::Slice& slice : slices) args.push_back(bytes.substr(slice.offset, slice.length));
  return args;
}

}  // namespace

std::vector<std::string> RequestHead::args() const {
  std::string_view text(bytes_.data(), length_);
  if (!text.starts_with('*')) return inline_args(text);
  std::vector<std::string> args;
  const auto header = take_line(text);
  const auto count = header ? resp::parse_integer(header->substr(1)) : std::nullopt;
  if (!count) return args;
  while (static_cast<std::int64_t>(args.size()) < *count) {
    const auto line = take_line(text);
    const auto length =
        line && !line->empty() ? resp::parse_integer(line->substr(1)) : std::nullopt;
    if (!length) {
      args.push_back("... (" + std::to_string(*count - static_cast<std::int64_t>(args.size())) +
                     " more arguments)");
      break;
    }
    const auto whole = static_cast<std::size_t>(*length);
    args.emplace_back(text.substr(0, whole));
    if (whole > text.size()) {
      args.back() += "... (" + std::to_string(whole - text.size()) + " more bytes)";
    }
    text.remove_prefix(std::min(text.size(), whole + 2));
  }
  return args;
}

void SlowLog::add(SlowEntry entry, std::size_t keep) {
  entries_.push_front(std::move(entry));
  while (entries_.size() > keep) entries_.pop_back();
}

}  // namespace bulkhead::session
