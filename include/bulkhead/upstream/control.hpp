// The proxy's own connection to a backend, one per worker: is it up, and what is it. Carries no
// client's command. Owned by its Backend, touched by its worker's thread only.
#pragma once

#include "bulkhead/base/buffer.hpp"
#include "bulkhead/resp/parsed_reply.hpp"
#include "bulkhead/upstream/health.hpp"
#include "bulkhead/upstream/lane.hpp"
#include "bulkhead/upstream/stream.hpp"

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>

namespace bulkhead::upstream {

// What the backend says of itself in INFO: "redis_version" -> "7.0.15".
class Facts {
 public:
  void read(std::string_view info);
  // Empty when the backend has not said.
  std::string_view get(std::string_view field) const;
  bool known() const { return !fields_.empty(); }
  // Counts how often it has said.
  int told() const { return told_; }

  // How many databases it has: they are numbered from 0. As many as can be, when it has not said.
  int databases() const { return databases_; }
  void set_databases(int databases) { databases_ = databases; }

  // Which commands it has, by their full names in lower case ("client|list"); empty when it has not
  // said.
  const std::unordered_set<std::string>& commands() const { return commands_; }
  void set_commands(std::unordered_set<std::string> commands) {
    commands_ = std::move(commands);
    ++generation_;
  }
  // Counts how often the commands were told: once per connection.
  int generation() const { return generation_; }

 private:
  std::unordered_set<std::string> commands_;
  int generation_ = 0;
  int told_ = 0;
  int databases_ = 65536;
  std::unordered_map<std::string, std::string> fields_;
};

class Control final : public boost::intrusive_ref_counter<Control, boost::thread_unsafe_counter> {
 public:
  Control(const Services& services, std::shared_ptr<const config::Backend> backend,
          std::shared_ptr<Health> health);

  void start();
  void stop();
  void tick(Instant now);
  // Checks at once, if it is only waiting for the next time.
  void check_now() { pause_.cancel(); }

  bool up() const { return up_; }
  const Facts& facts() const { return facts_; }
  // Waits until the backend has said what it is, but not forever: false when it has not.
  Awaitable<bool> known();

 private:
  // What came of a health check.
  struct Found {
    metrics::Condition condition;
    std::string detail;
  };

  Awaitable<void> run();
  Awaitable<Found> talk();
  Awaitable<std::optional<Found>> greet();
  Awaitable<Found> check();
  Awaitable<error_code> ask(std::string command, std::optional<resp::ParsedReply>& answer,
                            Milliseconds patience);
  Found failed(error_code error) const;
  void tell(const Found& found);

  const Services services_;
  const std::shared_ptr<const config::Backend> backend_;
  const std::shared_ptr<Health> health_;
  Stream stream_;
  Timer pause_;
  Facts facts_;
  Instant deadline_ = Instant::max();
  std::int64_t ooms_ = -1;  // errors that the backend had counted at the last check
  bool late_ = false;       // the deadline has passed
  bool up_ = false;
  bool told_ = false;  // whether the log knows of the present state
  bool stopped_ = false;
};

}  // namespace bulkhead::upstream
