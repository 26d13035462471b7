// The header that a proxy in front of us puts before a connection's bytes, to say whose connection
// it is: PROXY protocol, version 2 (haproxy.org, doc/proxy-protocol.txt). Version 1, which is text,
// is refused. Fed with what arrives, in pieces of any size; keeps no more than the addresses.
#pragma once

#include "bulkhead/base/network.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace bulkhead::resp {

struct ProxyHeader {
  bool local = false;  // the proxy's own connection (a health check), or it cannot tell whose
  IpAddress source, destination;  // of TCP, unless it is local
  std::uint16_t source_port = 0;
  std::uint16_t destination_port = 0;
};

class ProxyHeaderReader {
 public:
  enum class Progress : std::uint8_t { incomplete, complete, malformed };

  // Behind the fixed part: addresses and whatever else the proxy tells (TLVs), which is skipped.
  static constexpr std::size_t kMostBehind = 4096;

  // How many bytes still belong to the header for all that is known: never more, so that what is
  // read for it takes nothing of what follows.
  std::size_t wanted() const { return total_ - taken_; }

  // At most so many.
  Progress take(std::string_view bytes);

  const ProxyHeader& header() const { return header_; }
  // Why it is malformed.
  std::string_view problem() const { return problem_; }

 private:
  static constexpr std::size_t kFixed = 16;
  static constexpr std::size_t kAddresses = 36;  // of TCP over IPv6: the most that is looked at

  Progress refuse(std::string_view problem);
  Progress check_signature(std::size_t from);
  Progress read_fixed();
  void read_addresses();
  std::uint16_t number_at(std::size_t at) const;

  std::array<unsigned char, kFixed + kAddresses> kept_{};
  std::size_t taken_ = 0;
  std::size_t total_ = kFixed;
  ProxyHeader header_;
  std::string_view problem_;
};

}  // namespace bulkhead::resp
