// The connection on which a client is told what others' reads invalidate: CLIENT TRACKING ON
// REDIRECT names its client, and Redis has to know it by an upstream id. It carries no commands of
// the client and speaks RESP3, so that it is told whether it is subscribed or not.
//
// Owned by its session; touched by its worker's thread only.
#pragma once

#include "bulkhead/upstream/backend.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

namespace bulkhead::session {

class Session;

class RedirectTarget final : public upstream::PinnedOwner {
 public:
  // The id upstream, or why there is none.
  using Known = std::function<void(const Result<std::int64_t>&)>;

  RedirectTarget(Session& session, std::shared_ptr<upstream::Backend> backend);
  ~RedirectTarget() override;

  Result<void> connect(int db);
  const upstream::Backend& backend() const { return *backend_; }
  // Calls it when Redis knows the connection: at once, or later.
  void when_known(Known known);
  void end();

  bool on_reply(upstream::Lane& lane, std::uint64_t ticket, std::string_view bytes,
                bool last) override;
  void on_lost(std::uint64_t ticket, const Refusal& why) override;
  void on_too_slow() override {}
  void on_lane_ready() override {}
  void on_push(std::string_view bytes) override;
  void on_acknowledged(std::uint64_t) override {}
  void on_pinned_lost(const Refusal& why) override;
  void flush() override {}

 private:
  void tell(const Result<std::int64_t>& id);

  Session* session_;  // null: it is gone
  std::shared_ptr<upstream::Backend> backend_;
  boost::intrusive_ptr<upstream::PinnedLane> lane_;
  std::vector<Known> waiting_;
};

}  // namespace bulkhead::session
