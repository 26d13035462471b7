// Commands that the proxy answers by itself, without I/O: one function per action. They read a
// Question and write the reply; what is to happen to the session besides stands in Effects.
#pragma once

#include "bulkhead/command/row.hpp"
#include "bulkhead/request/snapshot.hpp"
#include "bulkhead/resp/args.hpp"
#include "bulkhead/resp/writer.hpp"
#include "bulkhead/tenant/client_state.hpp"
#include "bulkhead/tenant/login.hpp"
#include "bulkhead/tenant/login_guard.hpp"
#include "bulkhead/upstream/control.hpp"

#include <cstdint>
#include <optional>

namespace bulkhead::session {

enum class ReplyMode : std::uint8_t { on, off, skip_next };

// Credentials that were given, and what came of them.
struct Attempt {
  tenant::Login login{tenant::LoginResult::wrong, nullptr};
  std::string_view name;  // as it was given; empty: none was
  tenant::AttemptKeys keys;
  tenant::LoginGuard::Outcome outcome;

  bool failed() const { return login.result != tenant::LoginResult::ok; }
};

struct Effects {
  bool close = false;                           // after the reply
  std::optional<Attempt> attempt;               // a failed one's reply is to be delayed
  bool reset = false;                           // RESET: back to a new connection's state
  std::optional<const tenant::User*> identity;  // AUTH and HELLO
  std::optional<ReplyMode> reply_mode;
};

struct Question {
  const command::Row& row;
  const resp::Args& args;
  tenant::ClientState& client;
  const request::Snapshot& snapshot;
  const upstream::Facts& facts;  // of the first backend
  Effects& effects;
  tenant::LoginGuard* guard = nullptr;  // AUTH and HELLO need it
  Instant now{};

  resp::ReplyWriter writer(Buffer& out) const { return {out, client.resp3}; }
};

using Answer = void (*)(Question& question, Buffer& out);

// Null for actions that are conversations (conversations.hpp).
Answer answer_for(command::Action action);

}  // namespace bulkhead::session
