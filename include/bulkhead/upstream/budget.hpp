// How many bytes one worker holds for its clients, and how many it may until it is told anew. Owned
// by the worker, touched by its thread only.
#pragma once

#include <cstddef>
#include <cstdint>

namespace bulkhead::upstream {

struct Budget {
  std::size_t held = 0;
  std::size_t most = SIZE_MAX;
  std::size_t pressed_from = SIZE_MAX;

  // Nothing more is read from clients.
  bool over() const { return held > most; }
  // Memory is short: clients keep less.
  bool under_pressure() const { return held > pressed_from; }
};

}  // namespace bulkhead::upstream
