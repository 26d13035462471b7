// Asks one of the proxy's own answers, for the tests of this module: no socket, no backend.
#pragma once

#include "bulkhead/command/table.hpp"
#include "bulkhead/session/answers.hpp"
#include "request/sample.hpp"

#include <memory>
#include <string>
#include <vector>

namespace bulkhead::session {

struct Asking {
  explicit Asking(std::string_view tenant = "acme")
      : snapshot(request::snapshot_of(request::kSample)) {
    if (!tenant.empty()) {
      client = request::client_of(*snapshot, tenant);
      client.user = snapshot->directory.find_user(tenant);
    }
    client.id = 7;
    client.address = "127.0.0.1:5000";
    client.local_address = "127.0.0.1:6380";
  }

  // The bytes of the reply; what else is to happen stands in `effects`.
  std::string operator()(const resp::OwnedArgs& owned) {
    const resp::Args args = owned.view();
    const auto row = command::find_row(args);
    REQUIRE(row.has_value());
    const Answer answer = answer_for((*row)->action);
    REQUIRE(answer != nullptr);
    effects = {};
    Question question{**row, args, client, *snapshot, facts, effects, &guard, Instant{}};
    Buffer out;
    answer(question, out);
    return std::string(out.view());
  }

  std::shared_ptr<const request::Snapshot> snapshot;
  tenant::ClientState client;
  upstream::Facts facts;
  Effects effects;
  tenant::LoginGuard guard;
};

inline std::string bulk(std::string_view text) {
  return "$" + std::to_string(text.size()) + "\r\n" + std::string(text) + "\r\n";
}
inline bool has(const std::string& reply, std::string_view text) {
  return reply.find(bulk(text)) != std::string::npos;
}

}  // namespace bulkhead::session
