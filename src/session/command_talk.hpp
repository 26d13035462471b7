// COMMAND and its subcommands: the backend describes the commands, the proxy chooses which. Private
// to the module.
#pragma once

#include "bulkhead/session/conversations.hpp"

namespace bulkhead::session {

Awaitable<void> talk_command_info(Conversation& talk);  // COMMAND, COMMAND INFO
Awaitable<void> talk_command_docs(Conversation& talk);
// GETKEYS, GETKEYSANDFLAGS and every HELP: the reply depends on the arguments alone.
Awaitable<void> talk_as_asked(Conversation& talk);

}  // namespace bulkhead::session
