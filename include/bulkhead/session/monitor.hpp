// MONITOR: who is shown the commands of a tenant. Each worker has the list of all monitors of the
// process; a line is posted to the worker of the monitoring client and handed to it there. When
// nobody monitors, the list is empty, and that is all that a command looks at.
#pragma once

#include "bulkhead/command/row.hpp"
#include "bulkhead/resp/args.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

namespace bulkhead::session {

struct Context;

struct Monitor {
  Context* home = nullptr;  // of the client that monitors
  std::uint64_t id = 0;     // the client
  std::string tenant;
  std::shared_ptr<std::atomic<std::size_t>> under_way;  // bytes posted and not handed over yet
};

// A command as Redis shows it: quoted words, credentials hidden.
std::string shown_words(const command::Row& row, const resp::Args& args);

}  // namespace bulkhead::session
