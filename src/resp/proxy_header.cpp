#include "bulkhead/resp/proxy_header.hpp"

#include <algorithm>
#include <cstring>

namespace bulkhead::resp {
namespace {

constexpr std::string_view kSignature("\r\n\r\n\0\r\nQUIT\n", 12);
constexpr std::size_t kVersionAt = 12, kFamilyAt = 13, kLengthAt = 14;
constexpr unsigned char kLocal = 0x20, kProxy = 0x21;
constexpr unsigned char kUnspecified = 0x00, kTcp4 = 0x11, kTcp6 = 0x21;

std::size_t bytes_of_addresses(unsigned char family) {
  return family == kTcp4 ? 12 : family == kTcp6 ? 36 : 0;
}

}  // namespace

ProxyHeaderReader::Progress ProxyHeaderReader::refuse(std::string_view problem) {
  problem_ = problem;
  return Progress::malformed;
}

std::uint16_t ProxyHeaderReader::number_at(std::size_t at) const {
  return static_cast<std::uint16_t>(kept_[at] << 8 | kept_[at + 1]);
}

// At the first byte that is wrong: who sends something else is told so at once.
ProxyHeaderReader::Progress ProxyHeaderReader::check_signature(std::size_t from) {
  const std::size_t end = std::min(taken_, kSignature.size());
  for (std::size_t i = from; i < end; ++i) {
    if (kept_[i] == static_cast<unsigned char>(kSignature[i])) continue;
    return refuse(i == 0 && kept_[0] == 'P' ? "is not version 2 of the PROXY protocol"
                                            : "does not begin with a PROXY header");
  }
  return Progress::incomplete;
}

ProxyHeaderReader::Progress ProxyHeaderReader::read_fixed() {
  const unsigned char command = kept_[kVersionAt], family = kept_[kFamilyAt];
  const std::size_t behind = number_at(kLengthAt);
  if (command >> 4 != 2) return refuse("has a PROXY header of another version than 2");
  if (command != kLocal && command != kProxy) return refuse("has a PROXY header with no command");
  if (behind > kMostBehind) return refuse("has a PROXY header that is too long");
  total_ = kFixed + behind;
  header_.local = command == kLocal || family == kUnspecified;
  if (header_.local) return Progress::incomplete;
  if (family != kTcp4 && family != kTcp6) {
    return refuse("has a PROXY header of something other than TCP");
  }
  if (behind < bytes_of_addresses(family)) {
    return refuse("has a PROXY header without room for its addresses");
  }
  return Progress::incomplete;
}

void ProxyHeaderReader::read_addresses() {
  if (header_.local) return;
  const unsigned char* at = kept_.data() + kFixed;
  const bool v4 = kept_[kFamilyAt] == kTcp4;
  const std::size_t size = v4 ? 4 : 16;
  header_.source = v4 ? IpAddress::v4(at) : IpAddress::v6(at);
  header_.destination = v4 ? IpAddress::v4(at + size) : IpAddress::v6(at + size);
  header_.source_port = number_at(kFixed + 2 * size);
  header_.destination_port = number_at(kFixed + 2 * size + 2);
}

ProxyHeaderReader::Progress ProxyHeaderReader::take(std::string_view bytes) {
  const std::size_t before = taken_;
  if (before < kept_.size()) {
    const std::size_t keep = std::min(bytes.size(), kept_.size() - before);
    std::memcpy(kept_.data() + before, bytes.data(), keep);
  }
  taken_ += bytes.size();
  if (before < kSignature.size() && check_signature(before) == Progress::malformed) {
    return Progress::malformed;
  }
  if (before < kFixed && taken_ >= kFixed && read_fixed() == Progress::malformed) {
    return Progress::malformed;
  }
  if (taken_ < total_) return Progress::incomplete;
  read_addresses();
  return Progress::complete;
}

}  // namespace bulkhead::resp
