#include "answers_diagnosis.hpp"

#include "bulkhead/base/sentences.hpp"
#include "bulkhead/base/text.hpp"
#include "bulkhead/resp/number.hpp"
#include "bulkhead/tenant/password.hpp"

namespace bulkhead::session {
namespace {

std::string joined(const std::vector<std::string>& rules) {
  std::string text;
  for (const std::string& rule : rules) text += (text.empty() ? "" : " ") + rule;
  return text;
}

}  // namespace

// A user may ask about itself; to the tenant there are no others. Keys and channels are its own
// names, all of them.
void answer_acl_getuser(Question& question, Buffer& out) {
  resp::ReplyWriter reply = question.writer(out);
  const tenant::User* user = question.client.user;
  if (user == nullptr || question.args[2] != user->name) return reply.null();
  reply.map(6);
  reply.bulk("flags");
  reply.set(1);
  reply.bulk("on");
  reply.bulk("passwords");
  reply.array(user->passwords.size());
  for (const config::Password& password : user->passwords) {
    reply.bulk(std::string_view(tenant::written_hash(password)).substr(1));
  }
  reply.bulk("commands");
  std::vector<std::string> rules = question.snapshot.directory.default_policy();
  const std::vector<std::string>& own = question.client.tenant->policy;
  rules.insert(rules.end(), own.begin(), own.end());
  reply.bulk(joined(rules));
  reply.bulk("keys");
  reply.bulk("~*");
  reply.bulk("channels");
  reply.bulk("&*");
  reply.bulk("selectors");
  reply.array(0);
}

void answer_cluster_disabled(Question& question, Buffer& out) {
  question.writer(out).error(refuse::generic("ERR This instance has cluster support disabled"));
}

void answer_latency_doctor(Question& question, Buffer& out) {
  question.writer(out).verbatim(
      "Dave, I have observed the system during my uptime, and no latency spike was recorded. "
      "SLOWLOG GET shows the slow commands.\n");
}

void answer_latency_graph(Question& question, Buffer& out) {
  question.writer(out).error(refuse::generic("ERR No samples available for event '" +
                                             std::string(question.args[2].substr(0, 128)) + "'"));
}

void answer_latency_reset(Question& question, Buffer& out) {
  question.writer(out).integer(0);
}

void answer_memory_doctor(Question& question, Buffer& out) {
  question.writer(out).verbatim(
      "Sam, I can't find any memory issue in your instance. I can only account for what occurs on "
      "this base.\n");
}

void answer_no_entries(Question& question, Buffer& out) {
  question.writer(out).array(0);
}
void answer_nothing_to_do(Question& question, Buffer& out) {
  question.writer(out).ok();
}
}  // namespace bulkhead::session
