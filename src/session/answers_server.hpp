// The server as this tenant sees it: INFO, CONFIG GET, COMMAND, ACL and the like. Private to the
// module.
#pragma once

#include "bulkhead/session/answers.hpp"

namespace bulkhead::session {

void answer_acl_cat(Question& question, Buffer& out);
void answer_acl_whoami(Question& question, Buffer& out);
void answer_command_count(Question& question, Buffer& out);
void answer_command_list(Question& question, Buffer& out);
void answer_config_get(Question& question, Buffer& out);
void answer_lastsave(Question& question, Buffer& out);
void answer_lolwut(Question& question, Buffer& out);
void answer_module_list(Question& question, Buffer& out);
void answer_role(Question& question, Buffer& out);
void answer_time(Question& question, Buffer& out);

}  // namespace bulkhead::session
