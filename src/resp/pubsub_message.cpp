#include "bulkhead/resp/pubsub_message.hpp"

#include "bulkhead/resp/reply_scanner.hpp"
#include "bulkhead/resp/writer.hpp"

#include <array>

namespace bulkhead::resp {
namespace {

using Kind = PubsubMessage::Kind;

constexpr std::array<std::string_view, 3> kWords = {"message", "pmessage", "smessage"};

// The bulk string in front of `rest`, which is left behind it.
std::optional<std::string_view> take_bulk(std::string_view& rest) {
  Header header;
  const char* const end = rest.data() + rest.size();
  if (read_header(rest.data(), end, 0, header) != HeaderStatus::whole) return std::nullopt;
  if (header.type != '$' || header.null) return std::nullopt;
  if (static_cast<std::uint64_t>(end - header.end) < header.length + 2) return std::nullopt;
  const std::string_view text(header.end, static_cast<std::size_t>(header.length));
  rest = {header.end + header.length + 2, end};
  return text;
}

std::optional<Kind> kind_of(std::string_view word) {
  for (std::size_t i = 0; i < kWords.size(); ++i) {
    if (word == kWords[i]) return static_cast<Kind>(i);
  }
  return std::nullopt;
}

}  // namespace

std::optional<PubsubMessage> read_message(std::string_view value) {
  Header header;
  const char* const end = value.data() + value.size();
  if (read_header(value.data(), end, 0, header) != HeaderStatus::whole) return std::nullopt;
  if (header.type != '>' && header.type != '*') return std::nullopt;
  std::string_view rest(header.end, end);
  const auto word = take_bulk(rest);
  const auto kind = word ? kind_of(*word) : std::nullopt;
  const std::uint64_t elements = kind == Kind::pmessage ? 4 : 3;
  if (!kind || header.length != elements) return std::nullopt;
  PubsubMessage message;
  message.kind = *kind;
  if (*kind == Kind::pmessage) {
    const auto pattern = take_bulk(rest);
    if (!pattern) return std::nullopt;
    message.pattern = *pattern;
  }
  const auto channel = take_bulk(rest);
  if (!channel) return std::nullopt;
  message.channel = *channel;
  message.payload_wire = rest;
  message.payload = take_bulk(rest).value_or(std::string_view());
  return message;
}

void write_message(const PubsubMessage& message, bool resp3, Buffer& out) {
  const bool by_pattern = message.kind == Kind::pmessage;
  ReplyWriter writer(out, resp3);
  writer.push(by_pattern ? 4 : 3);
  writer.bulk(kWords[static_cast<std::size_t>(message.kind)]);
  if (by_pattern) writer.bulk(message.pattern);
  writer.bulk(message.channel);
  if (message.payload_wire.empty())
    writer.bulk(message.payload);
  else
    out.append(message.payload_wire);
}

}  // namespace bulkhead::resp
