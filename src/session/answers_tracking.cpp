#include "answers_tracking.hpp"

#include "bulkhead/base/sentences.hpp"
#include "bulkhead/base/text.hpp"

#include <string_view>
#include <vector>

namespace bulkhead::session {
namespace {

using tenant::Tracking;

std::vector<std::string_view> flags_of(const std::optional<Tracking>& tracking) {
  if (!tracking) return {"off"};
  std::vector<std::string_view> flags = {"on"};
  if (tracking->broadcast) flags.emplace_back("bcast");
  if (tracking->opt_in) flags.emplace_back("optin");
  if (tracking->opt_in && tracking->caching) flags.emplace_back("caching-yes");
  if (tracking->opt_out) flags.emplace_back("optout");
  if (tracking->opt_out && tracking->caching) flags.emplace_back("caching-no");
  if (tracking->no_loop) flags.emplace_back("noloop");
  if (tracking->redirect_broken) flags.emplace_back("broken_redirect");
  return flags;
}

}  // namespace

// The session has it said upstream, right before the next command.
void answer_client_caching(Question& question, Buffer& out) {
  resp::ReplyWriter reply = question.writer(out);
  std::optional<Tracking>& tracking = question.client.tracking;
  if (!tracking) return reply.error(refuse::caching_without_tracking());
  const bool yes = equals_ignoring_case(question.args[2], "yes");
  if (!yes && !equals_ignoring_case(question.args[2], "no")) return reply.error(refuse::syntax());
  if (yes && !tracking->opt_in) return reply.error(refuse::caching_yes_without_opt_in());
  if (!yes && !tracking->opt_out) return reply.error(refuse::caching_no_without_opt_out());
  tracking->caching = true;
  reply.ok();
}

void answer_client_getredir(Question& question, Buffer& out) {
  const auto& tracking = question.client.tracking;
  question.writer(out).integer(tracking ? tracking->redirect : -1);
}

void answer_client_trackinginfo(Question& question, Buffer& out) {
  const auto& tracking = question.client.tracking;
  resp::ReplyWriter reply = question.writer(out);
  reply.map(3);
  reply.bulk("flags");
  const auto flags = flags_of(tracking);
  reply.set(flags.size());
  for (std::string_view flag : flags) reply.bulk(flag);
  reply.bulk("redirect");
  reply.integer(tracking ? tracking->redirect : -1);
  reply.bulk("prefixes");
  reply.array(tracking ? tracking->prefixes.size() : 0);
  if (!tracking) return;
  for (const std::string& prefix : tracking->prefixes) reply.bulk(prefix);
}

}  // namespace bulkhead::session
