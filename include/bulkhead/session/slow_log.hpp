// A tenant's slow commands as one worker saw them, from arrival to answer: SLOWLOG. Owned by the
// worker's context and touched by its thread only.
#pragma once

#include "bulkhead/resp/args.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <cstring>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

namespace bulkhead::session {

// The first bytes of a request, kept with its place in the queue of replies: enough to say which
// command was slow, and too little to cost anything.
class RequestHead {
 public:
  void keep(std::string_view request) {
    length_ = static_cast<std::uint8_t>(std::min(request.size(), bytes_.size()));
    std::memcpy(bytes_.data(), request.data(), length_);
  }
  // The arguments in it; the last one may be cut, which is then said as Redis says it.
  std::vector<std::string> args() const;

 private:
  std::array<char, 95> bytes_;
  std::uint8_t length_ = 0;
};

struct SlowEntry {
  std::uint64_t id = 0;
  std::int64_t unix_time = 0;  // seconds
  std::int64_t microseconds = 0;
  std::vector<std::string> args;
  std::string address;
  std::string name;
};

class SlowLog {
 public:
  // The oldest entries beyond `keep` are forgotten.
  void add(SlowEntry entry, std::size_t keep);
  const std::deque<SlowEntry>& entries() const { return entries_; }  // newest first
  void clear() { entries_.clear(); }

 private:
  std::deque<SlowEntry> entries_;
};

}  // namespace bulkhead::session
