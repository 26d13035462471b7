// What one tenant did with each command, and which errors it got: for its own INFO and LATENCY.
// Part of a worker's counters (counters.hpp): made when first needed, written by the worker's
// thread only, read by any.
#pragma once

#include "bulkhead/metrics/counter.hpp"

#include <array>
#include <bit>
#include <chrono>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

namespace bulkhead::metrics {

// Durations by powers of two, from 1.024 us to 17 s: the bounds that Redis' own histograms have,
// and LATENCY HISTOGRAM shows.
inline constexpr std::size_t kSpans = 25;  // the last one: all that is longer

// The longest duration that Redis would count in the same place: its histograms hold two digits.
constexpr std::uint64_t longest_nanoseconds(std::size_t span) {
  return (std::uint64_t{1024} << span) + (std::uint64_t{8} << span) - 1;
}

struct CommandCounters {
  Counter calls, microseconds, rejected, failed;
  std::array<Counter, kSpans> spans{};

  void observe(std::chrono::nanoseconds took, bool with_error) {
    const auto ns = static_cast<std::uint64_t>(took.count() < 1 ? 1 : took.count());
    calls.add();
    microseconds.add(ns / 1000);
    const auto span = static_cast<std::size_t>(std::bit_width((ns - 1) >> 10));
    spans[span < kSpans ? span : kSpans - 1].add();
    if (with_error) failed.add();
  }
};

// By row. In chunks, because a tenant that uses ten of the 600 commands should pay for ten.
class CommandTable {
 public:
  CommandTable() : chunks_(kChunks) {}

  // Past the end all share the last place: no count is worth a crash.
  CommandCounters& at(std::size_t row) {
    if (row >= kRowsMax) row = kRowsMax - 1;
    return chunks_.get(row / kChunk, kChunk).get(row % kChunk);
  }
  const CommandCounters* peek(std::size_t row) const {
    const Chunk* chunk = chunks_.peek(row / kChunk);
    return chunk == nullptr ? nullptr : chunk->peek(row % kChunk);
  }

  static constexpr std::size_t kRowsMax = 1024;

 private:
  using Chunk = LazyArray<CommandCounters>;
  static constexpr std::size_t kChunk = 32;
  static constexpr std::size_t kChunks = kRowsMax / kChunk;

  LazyArray<Chunk> chunks_;
};

// Error replies by their first word. Redis' own are few; a script can make up others, so only the
// first thirty-two are told apart.
class ErrorTable {
 public:
  ErrorTable() : errors_(kDifferent) {}

  // `reply` begins as on the wire: "-ERR ..." or, in RESP3, "!21\r\nERR ...".
  void count(std::string_view reply) {
    const std::string_view code = code_of(reply);
    for (std::size_t i = 0; i < kDifferent; ++i) {
      Error& error = errors_.get(i, code);
      if (error.code() != code) continue;
      error.count.add();
      return;
    }
  }

  template <class Take>
  void each(const Take& take) const {
    for (std::size_t i = 0; i < kDifferent; ++i) {
      const Error* error = errors_.peek(i);
      if (error == nullptr) return;
      take(error->code(), error->count.value());
    }
  }

 private:
  static constexpr std::size_t kDifferent = 32;

  class Error {
   public:
    explicit Error(std::string_view code) : length_(static_cast<std::uint8_t>(code.size())) {
      std::memcpy(code_.data(), code.data(), code.size());
    }
    std::string_view code() const { return {code_.data(), length_}; }
    Counter count;

   private:
    std::array<char, 31> code_{};
    std::uint8_t length_;
  };

  static std::string_view code_of(std::string_view reply) {
    const std::size_t line = reply.find("\r\n");
    if (reply.starts_with('!') && line != std::string_view::npos) {
      reply.remove_prefix(line + 2);
    } else {
      reply.remove_prefix(1);
    }
    reply = reply.substr(0, reply.find_first_of(" \r\n"));
    return reply.substr(0, 31);
  }

  LazyArray<Error> errors_;
};

// One tenant's, over all workers.
struct CommandTotals {
  std::size_t row = 0;
  std::uint64_t calls = 0, microseconds = 0, rejected = 0, failed = 0;
  std::array<std::uint64_t, kSpans> spans{};

  void add(const CommandCounters& counters);
};

struct ErrorTotals {
  std::string code;
  std::uint64_t count = 0;
};

}  // namespace bulkhead::metrics
