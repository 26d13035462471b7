// A whole RESP2 reply taken apart by hiredis: for conversations of the proxy's own, not for what is
// carried between clients and backends. Owned by the one who parsed it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

struct redisReply;

namespace bulkhead::resp {

class ParsedReply {
 public:
  // Nothing when the bytes are not exactly one reply.
  static std::optional<ParsedReply> parse(std::string_view bytes);

  bool is_error() const;
  bool is_array() const;
  bool is_integer() const;
  bool is_null() const;
  // Of a string, status or error; empty for others.
  std::string_view text() const;
  std::int64_t integer() const;
  // Of an array; elements live as long as the whole.
  std::size_t size() const;
  ParsedReply operator[](std::size_t i) const;

 private:
  explicit ParsedReply(std::shared_ptr<const redisReply> reply) : reply_(std::move(reply)) {}
  std::shared_ptr<const redisReply> reply_;
};

}  // namespace bulkhead::resp
