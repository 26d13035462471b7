#include "bulkhead/resp/parsed_reply.hpp"

#include <hiredis/hiredis.h>

namespace bulkhead::resp {
namespace {

struct FreeReader {
  void operator()(redisReader* reader) const { redisReaderFree(reader); }
};

}  // namespace

std::optional<ParsedReply> ParsedReply::parse(std::string_view bytes) {
  const std::unique_ptr<redisReader, FreeReader> reader(redisReaderCreate());
  void* reply = nullptr;
  redisReaderFeed(reader.get(), bytes.data(), bytes.size());
  if (redisReaderGetReply(reader.get(), &reply) != REDIS_OK || reply == nullptr) {
    return std::nullopt;
  }
  ParsedReply parsed(std::shared_ptr<const redisReply>(
      static_cast<redisReply*>(reply),
      [](const redisReply* owned) { freeReplyObject(const_cast<redisReply*>(owned)); }));
  if (reader->pos != reader->len) return std::nullopt;  // there is more behind it
  return parsed;
}

bool ParsedReply::is_error() const {
  return reply_->type == REDIS_REPLY_ERROR;
}
bool ParsedReply::is_integer() const {
  return reply_->type == REDIS_REPLY_INTEGER;
}
bool ParsedReply::is_null() const {
  return reply_->type == REDIS_REPLY_NIL;
}
bool ParsedReply::is_array() const {
  return reply_->type == REDIS_REPLY_ARRAY;
}
std::string_view ParsedReply::text() const {
  if (reply_->str == nullptr) return {};
  return {reply_->str, static_cast<std::size_t>(reply_->len)};
}
std::int64_t ParsedReply::integer() const {
  return reply_->integer;
}
std::size_t ParsedReply::size() const {
  return is_array() ? reply_->elements : 0;
}
ParsedReply ParsedReply::operator[](std::size_t i) const {
  return ParsedReply(std::shared_ptr<const redisReply>(reply_, reply_->element[i]));
}

}  // namespace bulkhead::resp
