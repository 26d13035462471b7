// What the targets have in common: a check that stops the fuzzer, and the two ways of feeding
// bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>

#define FUZZ_CHECK(condition)                                                             \
  do {                                                                                    \
    if (!(condition)) {                                                                   \
      std::fprintf(stderr, "%s:%d: does not hold: %s\n", __FILE__, __LINE__, #condition); \
      std::abort();                                                                       \
    }                                                                                     \
  } while (false)

namespace bulkhead::fuzz {

// Cuts bytes into pieces: all in one (seed 0), each byte alone (1), or of lengths from 1 to 16 that
// follow from the seed.
class Pieces {
 public:
  Pieces(std::string_view bytes, std::uint8_t seed) : rest_(bytes), state_(seed) {}

  bool more() const { return !rest_.empty(); }
  std::string_view next() {
    std::size_t length = 1;
    if (state_ == 0) length = rest_.size();
    if (state_ > 1) {
      state_ = state_ * 1103515245u + 12345u;
      if (state_ < 2) state_ = 2;
      length = 1 + (state_ >> 16) % 16;
    }
    const std::string_view piece = rest_.substr(0, length);
    rest_.remove_prefix(piece.size());
    return piece;
  }

 private:
  std::string_view rest_;
  std::uint32_t state_;
};

// The first byte of an input chooses, the others are what is fed. False when there is none.
inline bool take_choice(std::string_view& bytes, std::uint8_t& choice) {
  if (bytes.empty()) return false;
  choice = static_cast<std::uint8_t>(bytes[0]);
  bytes.remove_prefix(1);
  return true;
}

}  // namespace bulkhead::fuzz
