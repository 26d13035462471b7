#include "bulkhead/resp/request_reader.hpp"

#include "bulkhead/base/sentences.hpp"
#include "bulkhead/resp/inline_split.hpp"
#include "bulkhead/resp/number.hpp"

#include <hiredis/hiredis.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <utility>

namespace bulkhead::resp {
namespace {

constexpr std::size_t kLongestLine = 64 * 1024;  // PROTO_INLINE_MAX_SIZE of Redis
constexpr std::size_t kKeptSlices = 64;
constexpr std::size_t kKeptInput = 1024;

// hiredis 0.14 keeps its tasks in an array, 1.x behind pointers.
template <class Reader>
int current_type(const Reader& reader) {
  if constexpr (requires { reader.rstack[0].type; }) {
    return reader.rstack[reader.ridx].type;
  } else {
    return reader.task[reader.ridx]->type;
  }
}

// The byte that hiredis objected to, as it writes it into its error: `a"`, `\\"` or `\x01"`.
char unescaped(std::string_view text) {
  if (text.size() < 2) return '?';
  if (text[0] != '\\') return text[0];
  const std::string hex(text.substr(2, 2));
  switch (text[1]) {
    case 'x':
      return static_cast<char>(std::strtol(hex.c_str(), nullptr, 16));
    case 'n':
      return '\n';
    case 'r':
      return '\r';
    case 't':
      return '\t';
    case 'a':
      return '\a';
    case 'b':
      return '\b';
    default:
      return text[1];
  }
}

Refusal expected_bulk(char got) {
  const char text[] = {'e',  'x', 'p', 'e', 'c', 't', 'e', 'd',  ' ', '\'', '$',
                       '\'', ',', ' ', 'g', 'o', 't', ' ', '\'', got, '\''};
  return refuse::protocol({text, sizeof text});
}

}  // namespace

// hiredis' object functions. They return the reader itself as a non-null "object", or null to stop
// the parse, which hiredis calls out of memory; objection_ then says what it was.
struct RequestReader::Callbacks {
  static RequestReader& self(const redisReadTask* task) {
    return *static_cast<RequestReader*>(task->privdata);
  }
  static void* object(const redisReadTask* task, std::string_view what) {
    self(task).objection_ = what;
    return nullptr;
  }
  static void* wrong_type(const redisReadTask* task, char type) {
    self(task).wrong_type_ = type;
    return object(task, "type");
  }

  static void* on_string(const redisReadTask* task, char* text, std::size_t length) {
    RequestReader& me = self(task);
    if (task->type != REDIS_REPLY_STRING) {
      return wrong_type(task, task->type == REDIS_REPLY_ERROR ? '-' : '+');
    }
    if (length > me.limits_->bulk) return object(task, "bulk");
    // hiredis takes the two bytes behind a bulk for CRLF without looking.
    if (text[length] != '\r' || text[length + 1] != '\n') return object(task, "crlf");
    const auto offset = static_cast<std::size_t>(text - me.input_.data());
    me.slices_.push_back({static_cast<std::uint32_t>(offset), static_cast<std::uint32_t>(length)});
    me.parsed_ = offset + length + 2;
    return &me;
  }
  template <class Count>
  static void* on_array(const redisReadTask* task, Count count) {
    RequestReader& me = self(task);
    if (task->parent != nullptr || task->type != REDIS_REPLY_ARRAY) return wrong_type(task, '*');
    if (static_cast<std::size_t>(count) > me.limits_->args) return object(task, "args");
    me.elements_ = static_cast<std::size_t>(count);
    me.parsed_ = me.reader_->pos - me.input_.consumed();
    return &me;
  }
  static void* on_integer(const redisReadTask* task, long long) { return wrong_type(task, ':'); }
  static void* on_nil(const redisReadTask* task) {
    if (task->type == REDIS_REPLY_STRING) return object(task, "null");
    return wrong_type(task, task->type == REDIS_REPLY_ARRAY ? '*' : '_');
  }
  static void on_free(void*) {}

  static redisReplyObjectFunctions* functions() {
    static redisReplyObjectFunctions table = [] {
      redisReplyObjectFunctions f{};
      f.createString = &on_string;
      f.createArray = &on_array;
      f.createInteger = &on_integer;
      f.createNil = &on_nil;
      f.freeObject = &on_free;
      more_types(f);
      return f;
    }();
    return &table;
  }
  // Types of RESP3, which hiredis 1.x reads.
  template <class Functions>
  static void more_types(Functions& f) {
    if constexpr (requires { f.createDouble; }) {
      f.createDouble = [](const redisReadTask* task, double, char*, std::size_t) {
        return wrong_type(task, ',');
      };
      f.createBool = [](const redisReadTask* task, int) { return wrong_type(task, '#'); };
    }
  }
};

RequestReader::RequestReader() : reader_(redisReaderCreateWithFunctions(Callbacks::functions())) {
  if (reader_ == nullptr) throw std::bad_alloc();
  readers_own_buffer_ = std::exchange(reader_->buf, nullptr);
  reader_->privdata = this;
}

RequestReader::~RequestReader() {
  reader_->buf = readers_own_buffer_;
  redisReaderFree(reader_);
}

RequestReader::Progress RequestReader::fail(Refusal refusal) {
  refusal_ = std::move(refusal);
  reader_->buf = nullptr;
  in_passage_ = false;
  input_.release();
  slices_.clear();
  return Progress::malformed;
}

void RequestReader::drop() {
  input_.consume(length_);
  length_ = parsed_ = 0;
  slices_.clear();
  if (slices_.capacity() > kKeptSlices) slices_.shrink_to_fit();
}

void RequestReader::shrink() {
  input_.release_if_larger_than(kKeptInput);
  if (slices_.empty() && slices_.capacity() > kKeptSlices) slices_.shrink_to_fit();
  inline_bytes_.clear();
  inline_bytes_.shrink_to_fit();
}

RequestReader::Progress RequestReader::next(const RequestLimits& limits) {
  if (length_ != 0) return Progress::complete;
  missing_ = bulk_line_ = 0;
  if (in_passage_) {
    limits_ = &limits;
    if (const Progress progress = end_passage(); progress != Progress::complete) return progress;
  }
  for (;;) {
    if (input_.empty()) return Progress::incomplete;
    if (parsed_ == 0 && skip_negative_array()) continue;
    const Progress progress = *input_.data() == '*' ? next_array(limits) : next_inline(limits);
    if (progress != Progress::complete || !args_.empty()) return progress;
    drop();  // an empty command: Redis takes no notice of it
  }
}

// "*-1" and the like are empty commands to Redis; hiredis objects to them.
bool RequestReader::skip_negative_array() {
  const std::string_view bytes = input_.view();
  if (!bytes.starts_with("*-")) return false;
  const std::size_t end = bytes.substr(0, 32).find("\r\n");
  if (end == std::string_view::npos || !parse_integer(bytes.substr(1, end - 1))) return false;
  input_.consume(end + 2);
  return true;
}

RequestReader::Progress RequestReader::next_array(const RequestLimits& limits) {
  redisReader& r = *reader_;
  const bool resumed = r.ridx >= 0;
  const bool type_read = resumed && current_type(r) >= 0;
  r.buf = input_.storage();
  r.pos = input_.consumed() + parsed_ + (type_read ? 1 : 0);
  r.len = input_.consumed() + input_.size();
  limits_ = &limits;
  if (r.pos < r.len) {
    void* done = nullptr;
    if (redisReaderGetReply(&r, &done) != REDIS_OK) return fail_with_readers_error();
  }
  if (r.ridx >= 0) return check_partial(limits);
  if (parsed_ > limits.request) return fail(refuse::protocol("too big request"));
  length_ = parsed_;
  args_ = Args(input_.data(), slices_);
  return Progress::complete;
}

RequestReader::Progress RequestReader::fail_with_readers_error() {
  redisReader& r = *reader_;
  if (r.buf == nullptr) input_.disown();  // hiredis frees its string when it stops
  const std::string_view error = r.errstr;
  const bool authenticated = limits_->authenticated;
  if (objection_ == "type") return fail(expected_bulk(wrong_type_));
  if (objection_ == "crlf") return fail(refuse::protocol("expected CRLF after a bulk string"));
  if (objection_ == "bulk") {
    return fail(
        refuse::protocol(authenticated ? "invalid bulk length" : "unauthenticated bulk length"));
  }
  if (objection_ == "args") {
    return fail(refuse::protocol(authenticated ? "invalid multibulk length"
                                               : "unauthenticated multibulk length"));
  }
  if (error.starts_with("Protocol error, got")) {
    const std::size_t quote = error.find('"');
    return fail(expected_bulk(quote == error.npos ? '?' : unescaped(error.substr(quote + 1))));
  }
  if (error == "Bad integer value") return fail(expected_bulk(':'));
  if (error.find("ulti-bulk") != std::string_view::npos) {
    if (parsed_ != 0) return fail(expected_bulk('*'));  // an array in the place of an argument
    return fail(refuse::protocol("invalid multibulk length"));
  }
  return fail(refuse::protocol("invalid bulk length"));
}

// What hiredis waits for, looked at once more: a line that never ends, a length that is too much.
RequestReader::Progress RequestReader::check_partial(const RequestLimits& limits) {
  const int type = current_type(*reader_);
  const std::string_view rest = input_.view().substr(parsed_);
  if (input_.size() > limits.request) return fail(refuse::protocol("too big request"));
  if (rest.empty()) return Progress::incomplete;
  if (parsed_ != 0 && rest[0] != '$') return fail(expected_bulk(rest[0]));
  const std::size_t line = rest.substr(0, kLongestLine).find("\r\n");
  if (line == std::string_view::npos) {
    if (rest.size() < kLongestLine) return Progress::incomplete;
    return fail(refuse::protocol(parsed_ == 0 ? "too big mbulk count string"
                                              : "too big bulk count string"));
  }
  if (type != REDIS_REPLY_STRING) return Progress::incomplete;
  const auto length = parse_integer(rest.substr(1, line - 1));
  if (!length || *length < 0 || static_cast<std::uint64_t>(*length) > limits.bulk) {
    return fail(refuse::protocol(limits.authenticated ? "invalid bulk length"
                                                      : "unauthenticated bulk length"));
  }
  const std::size_t whole = line + 2 + static_cast<std::size_t>(*length) + 2;
  missing_ = whole - rest.size();
  bulk_ = static_cast<std::size_t>(*length);
  bulk_line_ = line + 2;
  return Progress::incomplete;
}

RequestReader::Progress RequestReader::next_inline(const RequestLimits& limits) {
  const std::string_view bytes = input_.view();
  // The first bytes of TLS are no line, and its end would be waited for in vain.
  if (bytes.starts_with("\x16\x03")) return fail(refuse::protocol("TLS where there is none"));
  const std::size_t newline = bytes.substr(0, kLongestLine).find('\n');
  if (newline == std::string_view::npos) {
    if (bytes.size() < kLongestLine) return Progress::incomplete;
    return fail(refuse::protocol("too big inline request"));
  }
  std::string_view line = bytes.substr(0, newline);
  if (line.ends_with('\r')) line.remove_suffix(1);
  slices_.clear();
  if (!split_inline(line, inline_bytes_, slices_)) {
    return fail(refuse::protocol("unbalanced quotes in request"));
  }
  if (slices_.size() > limits.args) return fail(refuse::protocol("too many inline arguments"));
  length_ = newline + 1;
  args_ = Args(inline_bytes_.data(), slices_);
  return Progress::complete;
}

}  // namespace bulkhead::resp
