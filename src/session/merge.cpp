#include "merge.hpp"

#include "bulkhead/base/sentences.hpp"
#include "bulkhead/resp/elements.hpp"
#include "bulkhead/resp/parsed_reply.hpp"
#include "bulkhead/rewrite/reply_rewriter.hpp"

namespace bulkhead::session {
namespace {

using command::Merge;
using Replies = std::span<const std::string_view>;

void merge_sum(Replies replies, resp::ReplyWriter writer) {
  std::int64_t sum = 0;
  for (std::string_view reply : replies) {
    if (const auto parsed = resp::ParsedReply::parse(reply)) sum += parsed->integer();
  }
  writer.integer(sum);
}

// Puts the elements back into the places of the client's names.
void merge_in_order(Replies replies, const Positions& positions, resp::ReplyWriter writer,
                    Buffer& out) {
  std::size_t names = 0;
  for (const auto& part : positions) names += part.size();
  std::vector<std::string_view> merged(names);
  for (std::size_t p = 0; p < positions.size(); ++p) {
    const auto elements = resp::elements_of(replies[p]);
    if (elements.size() != positions[p].size()) {
      return writer.error(refuse::unreadable_reply());
    }
    for (std::size_t i = 0; i < elements.size(); ++i) merged[positions[p][i]] = elements[i];
  }
  writer.array(names);
  for (std::string_view element : merged) out.append(element);
}

}  // namespace

Positions positions_of(const std::vector<request::Part>& parts) {
  Positions positions;
  for (const request::Part& part : parts) positions.push_back(part.positions);
  return positions;
}

void merge(Merge rule, Replies replies, const Positions& positions, const tenant::Tenant& tenant,
           bool resp3, Buffer& out) {
  for (std::string_view reply : replies) {
    if (reply[0] == '-') return rewrite::append_error(reply, tenant, out);
  }
  resp::ReplyWriter writer(out, resp3);
  switch (rule) {
    case Merge::sum:
      return merge_sum(replies, writer);
    case Merge::in_order:
      return merge_in_order(replies, positions, writer, out);
    case Merge::all_ok:
    case Merge::none:
      return writer.ok();
  }
}

}  // namespace bulkhead::session
