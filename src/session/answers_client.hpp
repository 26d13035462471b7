// CLIENT, about the connection that asks. Private to the module.
#pragma once

#include "bulkhead/session/answers.hpp"

namespace bulkhead::session {

void answer_client_getname(Question& question, Buffer& out);
void answer_client_id(Question& question, Buffer& out);
void answer_client_info(Question& question, Buffer& out);
void answer_client_on_off(Question& question, Buffer& out);  // NO-EVICT, NO-TOUCH
void answer_client_reply(Question& question, Buffer& out);
void answer_client_setinfo(Question& question, Buffer& out);
void answer_client_setname(Question& question, Buffer& out);

}  // namespace bulkhead::session
