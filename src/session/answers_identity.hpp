// AUTH, HELLO, RESET, QUIT and the other answers about the connection itself. Private to the
// module.
#pragma once

#include "bulkhead/session/answers.hpp"

namespace bulkhead::session {

void answer_auth(Question& question, Buffer& out);
void answer_hello(Question& question, Buffer& out);
void answer_ping(Question& question, Buffer& out);
void answer_echo(Question& question, Buffer& out);
void answer_select(Question& question, Buffer& out);
void answer_reset(Question& question, Buffer& out);
void answer_quit(Question& question, Buffer& out);

}  // namespace bulkhead::session
