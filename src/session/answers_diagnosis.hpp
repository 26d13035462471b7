// LATENCY, MEMORY, CLUSTER, PUBSUB NUMPAT and other questions about the health of a server, as a
// server with one tenant and nothing wrong would answer them. Private to the module.
#pragma once

#include "bulkhead/session/answers.hpp"

namespace bulkhead::session {

void answer_acl_getuser(Question& question, Buffer& out);
void answer_cluster_disabled(Question& question, Buffer& out);
void answer_latency_doctor(Question& question, Buffer& out);
void answer_latency_graph(Question& question, Buffer& out);
void answer_latency_reset(Question& question, Buffer& out);
void answer_memory_doctor(Question& question, Buffer& out);
void answer_no_entries(Question& question, Buffer& out);     // LATENCY LATEST, LATENCY HISTORY
void answer_nothing_to_do(Question& question, Buffer& out);  // MEMORY PURGE

}  // namespace bulkhead::session
