// A plan in words, for operators: which row, which verdict, which names, where it goes, what bytes.
// A pure function.
#pragma once

#include "bulkhead/request/snapshot.hpp"
#include "bulkhead/resp/args.hpp"

#include <string>

namespace bulkhead::request {

// `db`: what the client has selected; 0 for a new connection.
std::string explain(const Snapshot& snapshot, const tenant::Tenant& tenant, int db,
                    const resp::Args& args);

}  // namespace bulkhead::request
