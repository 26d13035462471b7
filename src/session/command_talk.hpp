// COMMAND and its subcommands: the backend describes the commands, the proxy chooses which. Private
// to the module.
#pragma once

#include "bulkhead/session/conversations.hpp"

namespace bulkhead::session {

Awaitable<void> talk_command_info(Conversation& talk);  // COMMAND, COMMAND INFO
Awaitable<void> talk_command_docs(Conversation& talk);
Awaitable<void> talk_command_getkeys(Conversation& talk);  // GETKEYS, GETKEYSANDFLAGS

}  // namespace bulkhead::session
