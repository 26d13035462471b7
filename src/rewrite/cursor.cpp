#include "bulkhead/rewrite/cursor.hpp"

#include <utility>

namespace bulkhead::rewrite {
namespace {

constexpr int kHalf = 27;  // a Feistel network over two halves of 27 bits
constexpr std::uint64_t kHalfMask = (std::uint64_t{1} << kHalf) - 1;
constexpr std::uint64_t kLimit = std::uint64_t{1} << 53;
constexpr int kRounds = 6;
constexpr int kCheckBits = 10;

// The finaliser of MurmurHash3: every bit of the input moves every bit of the output.
std::uint64_t mix(std::uint64_t x) {
  x ^= x >> 33;
  x *= 0xff51afd7ed558ccdull;
  x ^= x >> 33;
  x *= 0xc4ceb9fe1a85ec53ull;
  return x ^ (x >> 33);
}

std::uint64_t round_of(std::uint64_t half, int round, std::uint64_t key) {
  return mix(half ^ mix(key + static_cast<std::uint64_t>(round))) & kHalfMask;
}

std::uint64_t encrypt_once(std::uint64_t value, std::uint64_t key) {
  std::uint64_t left = value >> kHalf, right = value & kHalfMask;
  for (int round = 0; round < kRounds; ++round) {
    left = std::exchange(right, left ^ round_of(right, round, key));
  }
  return left << kHalf | right;
}

std::uint64_t decrypt_once(std::uint64_t value, std::uint64_t key) {
  std::uint64_t left = value >> kHalf, right = value & kHalfMask;
  for (int round = kRounds - 1; round >= 0; --round) {
    right = std::exchange(left, right ^ round_of(left, round, key));
  }
  return left << kHalf | right;
}

// The network covers 54 bits: it is walked until the value lies in the smaller range, 0 left out.
bool in_range(std::uint64_t value) {
  return value != 0 && value < kLimit;
}

std::uint64_t check_of(std::uint64_t body, std::uint64_t key) {
  return mix(body ^ mix(~key)) >> (64 - kCheckBits);
}

}  // namespace

std::optional<std::uint64_t> seal(const Cursor& cursor, std::uint64_t key) {
  if (cursor.upstream > kUpstreamCursorMax || cursor.place >= kCursorPlaces) return std::nullopt;
  const std::uint64_t body = std::uint64_t{cursor.place} << 37 | cursor.upstream;
  std::uint64_t value = body << kCheckBits | check_of(body, key);
  if (value == 0) return std::nullopt;
  do value = encrypt_once(value, key);
  while (!in_range(value));
  return value;
}

std::optional<Cursor> unseal(std::uint64_t sealed, std::uint64_t key) {
  if (!in_range(sealed)) return std::nullopt;
  std::uint64_t value = sealed;
  do value = decrypt_once(value, key);
  while (!in_range(value));
  const std::uint64_t body = value >> kCheckBits;
  if ((value & ((1u << kCheckBits) - 1)) != check_of(body, key)) return std::nullopt;
  return Cursor{static_cast<std::uint32_t>(body >> 37), body & kUpstreamCursorMax};
}

}  // namespace bulkhead::rewrite
