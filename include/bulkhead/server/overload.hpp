// Keeps what the process holds for its clients within limits.process_buffers: tells the worker how
// much it may hold until the next tick, and, when that was not enough, closes clients of the tenant
// that holds the most. Each worker has one; the decision is about the whole process, from the
// counters of all workers. Touched by its worker's thread only.
#pragma once

#include "bulkhead/session/context.hpp"

namespace bulkhead::server {

class Overload {
 public:
  Overload(session::Context& context, std::size_t workers) : context_(context), workers_(workers) {}

  // Called a few times a second, when the worker has told the counters what it holds.
  void tick();

 private:
  void allot(std::size_t held, std::size_t most);
  void shed(std::size_t surplus);
  std::size_t shed_from(const metrics::TenantCounters* counters, std::size_t wanted);

  session::Context& context_;
  const std::size_t workers_;
  int over_for_ = 0;  // ticks in a row
};

}  // namespace bulkhead::server
