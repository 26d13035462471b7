// Finds where a RESP2 or RESP3 reply ends, without copying or understanding it. Owned by one lane,
// touched by its worker's thread only. Works on replies that arrive in pieces: large bulk strings
// are passed over as they come, so that they can be streamed on.
//
// No stack is kept: for the end of a reply it is enough to count how many elements are still to
// come. (Redis documentation, "RESP protocol description"; attributes count for nothing of their
// own.)
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace bulkhead::resp {

class ReplyScanner {
 public:
  enum class Status : std::uint8_t { partial, complete, malformed };

  // Goes on with `bytes`, which follow those taken by earlier calls. Returns how many of them
  // belong to the reply: all that were understood. A line that has not ended is left to the next
  // call, to be handed in again with more behind it.
  std::size_t scan(std::string_view bytes);

  Status status() const { return status_; }
  // Ready for the next reply.
  void reset() {
    pending_ = 1;
    body_ = 0;
    searched_ = 0;
    status_ = Status::partial;
  }

 private:
  // One element's first line at `at`; returns its end or null when it has not arrived whole.
  const char* header(const char* at, const char* end);
  const char* body(const char* at, const char* end);

  std::uint64_t pending_ = 1;  // elements still to be read
  std::uint64_t body_ = 0;     // bytes of a bulk string still to come, with its CRLF
  std::size_t searched_ = 0;   // bytes of an unfinished line that hold no end
  Status status_ = Status::partial;
};

// One element's first line, taken apart. Shared with the walkers that look inside a reply.
struct Header {
  char type = 0;
  bool null = false;          // $-1 or *-1
  std::uint64_t length = 0;   // bytes of a bulk string, or elements (maps: both keys and values)
  const char* end = nullptr;  // behind the line's CRLF

  bool is_bulk() const { return type == '$' || type == '=' || type == '!'; }
  bool is_aggregate() const {
    return type == '*' || type == '%' || type == '~' || type == '>' || type == '|';
  }
};

enum class HeaderStatus : std::uint8_t { whole, partial, malformed };
HeaderStatus read_header(const char* at, const char* end, std::size_t searched, Header& header);

}  // namespace bulkhead::resp
