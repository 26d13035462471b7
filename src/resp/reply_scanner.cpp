#include "bulkhead/resp/reply_scanner.hpp"

#include <algorithm>
#include <cstring>

namespace bulkhead::resp {
namespace {

constexpr std::uint64_t kMostElements = 1ull << 32;
constexpr std::uint64_t kLongestBulk = 1ull << 40;

// Where the line that begins at `at` ends, behind its CRLF; null when it has not arrived.
const char* line_end(const char* at, const char* end, std::size_t searched) {
  const char* from = at + searched;
  while (from < end) {
    const auto* newline =
        static_cast<const char*>(std::memchr(from, '\n', static_cast<std::size_t>(end - from)));
    if (newline == nullptr) return nullptr;
    if (newline > at && newline[-1] == '\r') return newline + 1;
    from = newline + 1;
  }
  return nullptr;
}

// Digits up to the CR. False when there are none, others, or too many.
bool read_length(const char* at, const char* cr, std::uint64_t& value) {
  if (at == cr || cr - at > 18) return false;
  value = 0;
  for (; at != cr; ++at) {
    if (*at < '0' || *at > '9') return false;
    value = value * 10 + static_cast<std::uint64_t>(*at - '0');
  }
  return true;
}

HeaderStatus read_counted(const char* at, const char* cr, Header& header) {
  if (cr - at == 3 && at[1] == '-' && at[2] == '1' && (*at == '$' || *at == '*')) {
    header.null = true;
    header.length = 0;
    return HeaderStatus::whole;
  }
  header.null = false;
  if (!read_length(at + 1, cr, header.length)) return HeaderStatus::malformed;
  const std::uint64_t most = header.is_bulk() ? kLongestBulk : kMostElements;
  if (header.length > most) return HeaderStatus::malformed;
  if (header.type == '%' || header.type == '|') header.length *= 2;
  return HeaderStatus::whole;
}

// The count in "$12\r\n", when its line is here and nothing is odd about it: nearly always. Null
// otherwise; then it is read with all care.
const char* read_plain_count(const char* at, const char* end, std::uint64_t& count) {
  constexpr std::ptrdiff_t kDigits = 9;
  const char* digit = at + 1;
  const char* const last = end - digit > kDigits ? digit + kDigits : end;
  std::uint64_t value = 0;
  for (; digit < last && *digit >= '0' && *digit <= '9'; ++digit) {
    value = value * 10 + static_cast<std::uint64_t>(*digit - '0');
  }
  if (digit == at + 1 || end - digit < 2 || digit[0] != '\r' || digit[1] != '\n') return nullptr;
  count = value;
  return digit + 2;
}

}  // namespace

HeaderStatus read_header(const char* at, const char* end, std::size_t searched, Header& header) {
  if (at == end) return HeaderStatus::partial;
  header.type = *at;
  if (*at == '$' || *at == '*') {
    header.end = read_plain_count(at, end, header.length);
    header.null = false;
    if (header.end != nullptr) return HeaderStatus::whole;
  }
  switch (*at) {
    case '+':
    case '-':
    case ':':
    case '_':
    case '#':
    case ',':
    case '(':
    case '$':
    case '=':
    case '!':
    case '*':
    case '%':
    case '~':
    case '>':
    case '|':
      break;
    default:
      return HeaderStatus::malformed;
  }
  header.end = line_end(at, end, searched);
  if (header.end == nullptr) return HeaderStatus::partial;
  if (!header.is_bulk() && !header.is_aggregate()) {
    header.null = *at == '_';
    header.length = 0;
    return HeaderStatus::whole;
  }
  return read_counted(at, header.end - 2, header);
}

const char* ReplyScanner::body(const char* at, const char* end) {
  const auto taken = std::min(body_, static_cast<std::uint64_t>(end - at));
  at += taken;
  body_ -= taken;
  // A piece may end between CR and LF, so each is looked at when it is the last byte here.
  if (body_ == 1 && at[-1] != '\r') status_ = Status::malformed;
  if (body_ != 0) return at;
  if (at[-1] != '\n' || (taken > 1 && at[-2] != '\r')) status_ = Status::malformed;
  --pending_;
  return at;
}

const char* ReplyScanner::header(const char* at, const char* end) {
  Header header;
  switch (read_header(at, end, searched_, header)) {
    case HeaderStatus::malformed:
      status_ = Status::malformed;
      return nullptr;
    case HeaderStatus::partial:
      // Without the last byte: it may be the CR of a CRLF.
      searched_ = at == end ? 0 : static_cast<std::size_t>(end - at) - 1;
      return nullptr;
    case HeaderStatus::whole:
      break;
  }
  searched_ = 0;
  if (header.is_bulk() && !header.null) {
    body_ = header.length + 2;
  } else if (header.is_aggregate()) {
    // An attribute stands in front of an element and is none itself.
    pending_ += header.length;
    if (header.type != '|') --pending_;
    if (pending_ > kMostElements) status_ = Status::malformed;
  } else {
    --pending_;
  }
  return header.end;
}

std::size_t ReplyScanner::scan(std::string_view bytes) {
  const char* const begin = bytes.data();
  const char* const end = begin + bytes.size();
  const char* at = begin;
  while (pending_ != 0 && at != end && status_ == Status::partial) {
    const char* next = body_ != 0 ? body(at, end) : header(at, end);
    if (next == nullptr) break;
    at = next;
  }
  if (pending_ == 0 && status_ == Status::partial) status_ = Status::complete;
  return static_cast<std::size_t>(at - begin);
}

}  // namespace bulkhead::resp
