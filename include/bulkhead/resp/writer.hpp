// Writes RESP: commands for a lane, replies of the proxy's own for a client. Appends to a Buffer of
// the caller's; touches nothing else.
#pragma once

#include "bulkhead/base/buffer.hpp"
#include "bulkhead/base/refusal.hpp"

#include <cstdint>
#include <string_view>

namespace bulkhead::resp {

// "*3\r\n" and "$5\r\n".
void write_array_header(Buffer& out, std::size_t elements);
void write_bulk_header(Buffer& out, std::size_t length);
void write_bulk(Buffer& out, std::string_view bytes);

// Replies in the client's protocol. What RESP2 lacks is written as Redis writes it for RESP2
// clients: maps and sets as arrays, null as $-1, booleans as integers.
class ReplyWriter {
 public:
  ReplyWriter(Buffer& out, bool resp3) : out_(out), resp3_(resp3) {}

  void simple(std::string_view text);
  void ok() { simple("OK"); }
  void error(const Refusal& refusal);
  void integer(std::int64_t value);
  void number(double value);  // RESP3: a double
  void bulk(std::string_view bytes) { write_bulk(out_, bytes); }
  void verbatim(std::string_view text);  // RESP3: "txt"
  void null();
  void null_array();
  void array(std::size_t elements) { write_array_header(out_, elements); }
  void map(std::size_t pairs);
  void set(std::size_t elements);
  void push(std::size_t elements);
  bool resp3() const { return resp3_; }

 private:
  void header(char type, std::size_t count);

  Buffer& out_;
  bool resp3_;
};

}  // namespace bulkhead::resp
