// Who waits for a lane's replies: a session, or a call of the proxy's own. A sink whose client has
// left stays until its replies have come, and swallows them: a written request is never taken back.
#pragma once

#include "bulkhead/base/refusal.hpp"
#include "bulkhead/rewrite/expiries.hpp"
#include "bulkhead/upstream/payer.hpp"
#include "bulkhead/upstream/turn.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace bulkhead::upstream {

class Lane;

// Who asked what, for the log.
struct Asker {
  std::string client;
  std::string_view command;
  bool script = false;  // a tenant's, which may answer what it likes
};

class ReplySink : public Flushable {
 public:
  // In whose name it sends; read with every command, hence no virtual function.
  const Payer& payer() const { return payer_; }

  // A reply to the command with this ticket, whole (`last` in the first call) or in pieces. Returns
  // false when no more can be taken for now: the lane stops reading until resume().
  virtual bool on_reply(Lane& lane, std::uint64_t ticket, std::string_view bytes, bool last) = 0;

  // A key that the command with this ticket wrote to had no expiry, or one too far away. Called
  // before the reply's last piece.
  virtual void on_expiry(std::uint64_t /*ticket*/, rewrite::Expiry /*what*/) {}

  // The reply will not come, or not the rest of it if some of it has been handed over.
  virtual void on_lost(std::uint64_t ticket, const Refusal& why) = 0;

  // This sink has kept others' replies waiting on a lane for too long.
  virtual void on_too_slow() = 0;

  // The lane that was congested has room again.
  virtual void on_lane_ready() = 0;

  // Whose command it is that this ticket waits for.
  virtual Asker asker(std::uint64_t ticket) const;

 protected:
  void pay_as(Payer payer) { payer_ = payer; }

 private:
  Payer payer_;
};

inline Asker ReplySink::asker(std::uint64_t) const {
  return {};
}

// Who leases a pinned lane.
class PinnedOwner : public ReplySink {
 public:
  // What nobody asked for, whole: a message, an invalidation.
  virtual void on_push(std::string_view bytes) = 0;

  // All acknowledgements of a subscribing command have come; they are not handed on.
  virtual void on_acknowledged(std::uint64_t ticket) = 0;

  // The lane is gone and its state with it; on_lost() has been called for every reply due.
  virtual void on_pinned_lost(const Refusal& why) = 0;
};

}  // namespace bulkhead::upstream
