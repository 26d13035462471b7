#include "bulkhead/resp/push.hpp"

#include "bulkhead/resp/reply_scanner.hpp"

#include <algorithm>
#include <array>

namespace bulkhead::resp {
namespace {

constexpr std::array<std::string_view, 6> kAcknowledgements = {
    "subscribe", "unsubscribe", "psubscribe", "punsubscribe", "ssubscribe", "sunsubscribe"};
constexpr std::array<std::string_view, 3> kMessages = {"message", "pmessage", "smessage"};

bool among(const auto& words, std::string_view word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

std::string_view first_word(std::string_view value) {
  const char* const end = value.data() + value.size();
  Header header;
  if (read_header(value.data(), end, 0, header) != HeaderStatus::whole || header.length == 0) {
    return {};
  }
  Header word;
  if (read_header(header.end, end, 0, word) != HeaderStatus::whole || word.type != '$') return {};
  return {word.end, static_cast<std::size_t>(word.length)};
}

}  // namespace

PushKind push_kind(std::string_view value) {
  const std::string_view word = first_word(value);
  if (among(kAcknowledgements, word)) return PushKind::acknowledgement;
  // Whatever else is pushed in RESP3 answers nobody.
  if (value[0] == '>' || among(kMessages, word)) return PushKind::message;
  return PushKind::none;
}

}  // namespace bulkhead::resp
