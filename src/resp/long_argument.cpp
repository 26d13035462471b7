// Arguments that are passed on while they arrive. hiredis reads whole arguments only, so a long one
// is taken out from under it: in the input there remains, in the place of its first line, a short
// argument of exactly as many bytes.
#include "bulkhead/base/sentences.hpp"
#include "bulkhead/resp/request_reader.hpp"

#include <algorithm>
#include <cstring>

namespace bulkhead::resp {
namespace {

constexpr std::size_t kMostArgs = 64;   // of a command with a long argument
constexpr std::size_t kShortFrame = 6;  // "$4", CRLF, CRLF
constexpr std::size_t kShortestLine = kShortFrame + 1;
constexpr std::size_t kLongestLine = kShortFrame + 9;

}  // namespace

std::optional<LongArgument> RequestReader::long_argument(std::size_t lacking) {
  const bool fits = bulk_line_ >= kShortestLine && bulk_line_ <= kLongestLine;
  if (in_passage_ || !fits || missing_ < lacking || elements_ > kMostArgs) return std::nullopt;
  LongArgument found{static_cast<std::uint32_t>(slices_.size()), bulk_, input_.data(), slices_};
  found.slices.resize(elements_, Slice{0, 0});
  return found;
}

void RequestReader::pass_on_argument() {
  char* const line = input_.data() + parsed_;
  const std::size_t length = bulk_line_ - kShortFrame;
  line[1] = static_cast<char>('0' + length);
  std::memcpy(line + 2, "\r\n", 2);
  std::memset(line + 4, '-', length);
  std::memcpy(line + 4 + length, "\r\n", 2);
  in_passage_ = true;
  passage_ = parsed_ + bulk_line_;
  unpassed_ = bulk_;
}

std::string_view RequestReader::passing() const {
  if (!in_passage_) return {};
  return input_.view().substr(passage_, unpassed_);
}

void RequestReader::passed(std::size_t n) {
  unpassed_ -= n;
  const std::size_t rest = input_.size() - passage_ - n;
  char* const from = input_.data() + passage_;
  std::memmove(from, from + n, rest);
  input_.truncate(passage_ + rest);
}

// Complete when the argument and the CRLF behind it have gone.
RequestReader::Progress RequestReader::end_passage() {
  const std::string_view rest = input_.view().substr(passage_);
  if (unpassed_ != 0 || rest.size() < 2) {
    missing_ = unpassed_ + 2 - std::min<std::size_t>(rest.size(), unpassed_ + 2);
    return Progress::incomplete;
  }
  if (!rest.starts_with("\r\n")) {
    return fail(refuse::protocol("expected CRLF after a bulk string"));
  }
  in_passage_ = false;
  std::memmove(input_.data() + passage_, input_.data() + passage_ + 2, rest.size() - 2);
  input_.truncate(passage_ + rest.size() - 2);
  return Progress::complete;
}

}  // namespace bulkhead::resp
