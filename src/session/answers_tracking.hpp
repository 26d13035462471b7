// What a client asks about its own tracking. Private to the module; pure functions.
#pragma once

#include "bulkhead/session/answers.hpp"

namespace bulkhead::session {

void answer_client_caching(Question& question, Buffer& out);
void answer_client_getredir(Question& question, Buffer& out);
void answer_client_trackinginfo(Question& question, Buffer& out);

}  // namespace bulkhead::session
