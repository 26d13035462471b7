// Bytes of a client -> Args. Owned by one session, touched by its worker's thread only.
//
// Requests are arrays of bulk strings; hiredis' reader parses them with object functions of ours
// that record slices and refuse everything else. It parses in place: the input buffer is lent to it
// as its own string, whose header says "empty", so that hiredis neither copies nor moves the bytes.
// Inline commands (a person with telnet) are split as Redis splits them.
// Nothing is allocated by a claimed length: memory grows with bytes that have arrived.
#pragma once

#include "bulkhead/base/buffer.hpp"
#include "bulkhead/base/refusal.hpp"
#include "bulkhead/resp/args.hpp"

#include <optional>
#include <string>
#include <vector>

struct redisReader;

namespace bulkhead::resp {

struct RequestLimits {
  std::size_t args;     // arguments of one command
  std::size_t bulk;     // bytes of one argument
  std::size_t request;  // bytes of one command
  bool authenticated;   // decides the wording, as in Redis

  // Before there is an identity: as Redis (networking.c, processMultibulkBuffer).
  static constexpr RequestLimits before_auth() { return {10, 16384, 10 * 16384 + 1024, false}; }
};

// A command with an argument that is long and has not arrived whole.
struct LongArgument {
  std::uint32_t at;    // which one it is
  std::size_t length;  // its bytes
  const char* base;
  std::vector<Slice> slices;
  // The arguments before it; it and those behind it stand here empty.
  Args args() const { return {base, slices}; }
};

class RequestReader {
 public:
  enum class Progress {
    complete,    // args() is one command
    incomplete,  // more bytes are needed
    malformed,   // refusal() says why; the connection must be closed after it
  };

  RequestReader();
  ~RequestReader();
  RequestReader(const RequestReader&) = delete;
  RequestReader& operator=(const RequestReader&) = delete;

  // Received bytes are put here. After `malformed` it is empty.
  Buffer& input() { return input_; }
  const Buffer& input() const { return input_; }

  // Looks for the next command in input(). Call drop() before asking for the one after it; without
  // drop() the same command is returned again.
  Progress next(const RequestLimits& limits);
  Args args() const { return args_; }
  // The bytes of that command as they arrived.
  std::size_t length() const { return length_; }
  void drop();
  std::string_view raw() const { return input_.view().substr(0, length_); }

  const Refusal& refusal() const { return refusal_; }

  // After `incomplete`: the argument that lacks at least so many bytes, if there is one. Instead of
  // waiting for all of it, pass_on_argument() lets its bytes be taken as they come: passing() are
  // those that are here, passed() takes them out. next() then goes on behind it, and the argument
  // of the complete command is a meaningless one. Views live until the next call.
  std::optional<LongArgument> long_argument(std::size_t lacking);
  void pass_on_argument();
  std::string_view passing() const;
  void passed(std::size_t n);

  // How many bytes the command under way still lacks at least; for sizing the next read.
  std::size_t missing() const { return missing_; }
  // Bytes of memory that it has.
  std::size_t held() const { return input_.capacity() + slices_.capacity() * sizeof(Slice); }
  // Gives back what an idle connection does not need.
  void shrink();

 private:
  struct Callbacks;

  Progress next_array(const RequestLimits& limits);
  Progress next_inline(const RequestLimits& limits);
  bool skip_negative_array();
  Progress check_partial(const RequestLimits& limits);
  Progress end_passage();
  Progress fail(Refusal refusal);
  Progress fail_with_readers_error();

  Buffer input_;
  redisReader* reader_;
  char* readers_own_buffer_;  // put back when it is freed
  std::vector<Slice> slices_;
  std::string inline_bytes_;
  Args args_;
  std::size_t length_ = 0;  // of the complete command; 0: none
  std::size_t parsed_ = 0;  // end of the last whole element, from the command's first byte
  std::size_t missing_ = 0;
  std::size_t elements_ = 0;  // of the array under way
  // The argument under way whose first line has been read: of how many bytes, and its line's.
  std::size_t bulk_ = 0;
  std::size_t bulk_line_ = 0;
  bool in_passage_ = false;
  std::size_t passage_ = 0;                // where the argument's bytes are taken out of input_
  std::size_t unpassed_ = 0;               // how many of them are still to come
  const RequestLimits* limits_ = nullptr;  // while hiredis calls back
  std::string_view objection_;             // what a callback found wrong
  char wrong_type_ = 0;
  Refusal refusal_{Reason::protocol, {}};
};

}  // namespace bulkhead::resp
