// Addresses of clients, and the networks that they are compared with. Values and pure functions;
// any thread.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace bulkhead {

// IPv4 addresses stand as IPv6 maps them (::ffff:192.0.2.1), so that a client is the same one
// whichever kind of listener it came by.
struct IpAddress {
  std::array<unsigned char, 16> bytes{};

  static IpAddress v4(const unsigned char* four);
  static IpAddress v6(const unsigned char* sixteen);
  // "192.0.2.1" or "2001:db8::1", without brackets, port or zone.
  static std::optional<IpAddress> parse(std::string_view text);

  bool is_v4() const;
  std::string text() const;
  std::string with_port(std::uint16_t port) const;  // "192.0.2.1:5000", "[2001:db8::1]:5000"
  auto operator<=>(const IpAddress&) const = default;
};

struct Network {
  IpAddress address;
  int bits = 128;  // of the mapped form: a /8 of IPv4 is one of 104

  // "10.0.0.0/8", "2001:db8::/32", or an address, which is a network of one. Nothing when it is
  // neither, or has bits set behind its prefix.
  static std::optional<Network> parse(std::string_view text);

  // An IPv6 network holds no IPv4 address, not even ::/0.
  bool contains(const IpAddress& one) const;
  bool operator==(const Network&) const = default;
};

}  // namespace bulkhead
