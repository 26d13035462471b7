#include "bulkhead/resp/elements.hpp"

#include "bulkhead/resp/reply_scanner.hpp"

namespace bulkhead::resp {

std::vector<std::string_view> elements_of(std::string_view reply) {
  std::vector<std::string_view> elements;
  Header header;
  const char* const end = reply.data() + reply.size();
  if (read_header(reply.data(), end, 0, header) != HeaderStatus::whole) return elements;
  const char* at = header.end;
  for (std::uint64_t i = 0; i < header.length && at != end; ++i) {
    ReplyScanner scanner;
    const std::size_t length = scanner.scan({at, static_cast<std::size_t>(end - at)});
    elements.emplace_back(at, length);
    at += length;
  }
  return elements;
}

bool is_null(std::string_view reply) {
  return reply.starts_with("$-1") || reply.starts_with("*-1") || reply.starts_with('_');
}

}  // namespace bulkhead::resp
