// MGET, MSET, DEL, UNLINK, EXISTS and TOUCH whose names lie in several databases: one command per
// database, all under way at once, one answer.
#include "bulkhead/base/sentences.hpp"
#include "bulkhead/resp/parsed_reply.hpp"
#include "bulkhead/resp/reply_scanner.hpp"
#include "bulkhead/rewrite/reply_rewriter.hpp"
#include "bulkhead/session/conversations.hpp"

#include <string_view>
#include <vector>

namespace bulkhead::session {
namespace {

using command::Merge;
using Replies = std::vector<std::string_view>;  // one per part

// The elements of an array, as they are.
std::vector<std::string_view> elements_of(std::string_view reply) {
  std::vector<std::string_view> elements;
  resp::Header header;
  const char* const end = reply.data() + reply.size();
  if (resp::read_header(reply.data(), end, 0, header) != resp::HeaderStatus::whole) return elements;
  const char* at = header.end;
  for (std::uint64_t i = 0; i < header.length && at != end; ++i) {
    resp::ReplyScanner scanner;
    const std::size_t length = scanner.scan({at, static_cast<std::size_t>(end - at)});
    elements.emplace_back(at, length);
    at += length;
  }
  return elements;
}

void merge_sum(Conversation& talk, const Replies& replies) {
  std::int64_t sum = 0;
  for (std::string_view reply : replies) {
    if (const auto parsed = resp::ParsedReply::parse(reply)) sum += parsed->integer();
  }
  talk.writer().integer(sum);
}

// Puts the elements back into the places of the client's names.
void merge_in_order(Conversation& talk, const Replies& replies,
                    const std::vector<request::Part>& parts, std::size_t names) {
  std::vector<std::string_view> merged(names);
  for (std::size_t p = 0; p < parts.size(); ++p) {
    const auto elements = elements_of(replies[p]);
    if (elements.size() != parts[p].positions.size()) {
      return talk.writer().error(refuse::generic("ERR the backend's answer cannot be read"));
    }
    for (std::size_t i = 0; i < elements.size(); ++i) merged[parts[p].positions[i]] = elements[i];
  }
  talk.writer().array(names);
  for (std::string_view element : merged) talk.out.append(element);
}

}  // namespace

Awaitable<void> split_command(Conversation& talk) {
  // Planned anew into a scratch of its own: the worker's belongs to others by now.
  request::Scratch scratch;
  request::plan(talk.snapshot, talk.client, talk.args, scratch);
  auto parts = request::split(talk.client, talk.snapshot, talk.args, scratch);
  std::vector<boost::intrusive_ptr<upstream::Call>> calls;
  for (request::Part& part : parts) {
    calls.emplace_back(
        new upstream::Call(talk.context.io, talk.snapshot.config.limits.client_output));
    calls.back()->send(talk.lane_in_clients_protocol(part.route.place),
                       request::command_of(part, *talk.client.tenant, talk.args));
  }
  Replies replies;
  std::optional<Refusal> refusal;
  for (auto& call : calls) {
    const auto reply = co_await call->reply();
    if (reply)
      replies.push_back(*reply);
    else
      refusal = reply.error();
  }
  if (refusal) co_return talk.writer().error(*refusal);
  for (std::string_view reply : replies) {
    if (reply[0] == '-') co_return rewrite::append_error(reply, *talk.client.tenant, talk.out);
  }
  switch (talk.row.merge) {
    case Merge::sum:
      co_return merge_sum(talk, replies);
    case Merge::in_order:
      co_return merge_in_order(talk, replies, parts, scratch.scoped.size());
    case Merge::all_ok:
    case Merge::none:
      co_return talk.writer().ok();
  }
}

}  // namespace bulkhead::session
