#include "answers_client.hpp"

#include "available.hpp"
#include "bulkhead/base/sentences.hpp"
#include "bulkhead/base/text.hpp"
#include "client_line.hpp"
#include "client_name.hpp"

namespace bulkhead::session {

void answer_client_getname(Question& question, Buffer& out) {
  if (question.client.name.empty())
    question.writer(out).null();
  else
    question.writer(out).bulk(question.client.name);
}

void answer_client_id(Question& question, Buffer& out) {
  question.writer(out).integer(static_cast<std::int64_t>(question.client.id));
}

void answer_client_info(Question& question, Buffer& out) {
  const bool libraries = shows_libraries(question.facts);
  question.writer(out).verbatim(client_line(question.client, Clock::now(), libraries));
}

// Accepted, since they only say how the client would like to be treated.
void answer_client_on_off(Question& question, Buffer& out) {
  const std::string_view mode = question.args[2];
  const bool known = equals_ignoring_case(mode, "on") || equals_ignoring_case(mode, "off");
  if (known)
    question.writer(out).ok();
  else
    question.writer(out).error(refuse::syntax());
}

void answer_client_reply(Question& question, Buffer& out) {
  const std::string_view mode = question.args[2];
  if (equals_ignoring_case(mode, "on"))
    question.effects.reply_mode = ReplyMode::on;
  else if (equals_ignoring_case(mode, "off"))
    question.effects.reply_mode = ReplyMode::off;
  else if (equals_ignoring_case(mode, "skip"))
    question.effects.reply_mode = ReplyMode::skip_next;
  else
    return question.writer(out).error(refuse::syntax());
  question.writer(out).ok();
}

void answer_client_setinfo(Question& question, Buffer& out) {
  const std::string_view attribute = question.args[2];
  const std::string_view value = question.args[3];
  const bool lib_name = equals_ignoring_case(attribute, "lib-name");
  if (!lib_name && !equals_ignoring_case(attribute, "lib-ver")) {
    return question.writer(out).error(
        refuse::generic("ERR Unrecognized option '" + std::string(attribute.substr(0, 128)) + "'"));
  }
  if (!valid_client_name(value)) {
    return question.writer(out).error(refuse::client_attribute_invalid(lowered(attribute)));
  }
  (lib_name ? question.client.lib_name : question.client.lib_version) = value;
  question.writer(out).ok();
}

void answer_client_setname(Question& question, Buffer& out) {
  const std::string_view name = question.args[2];
  if (!valid_client_name(name)) {
    return question.writer(out).error(refuse::client_name_invalid());
  }
  question.client.name = name;
  question.writer(out).ok();
}

}  // namespace bulkhead::session
