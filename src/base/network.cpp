#include "bulkhead/base/network.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <charconv>
#include <cstring>

namespace bulkhead {
namespace {

constexpr int kMappedBits = 96;  // in front of an IPv4 address
constexpr std::array<unsigned char, 12> kMapped = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

bool same_bits(const IpAddress& a, const IpAddress& b, int bits) {
  const auto whole = static_cast<std::size_t>(bits / 8);
  if (std::memcmp(a.bytes.data(), b.bytes.data(), whole) != 0) return false;
  if (bits % 8 == 0) return true;
  return ((a.bytes[whole] ^ b.bytes[whole]) >> (8 - bits % 8)) == 0;
}

bool zero_behind(const IpAddress& address, int bits) {
  for (int bit = bits; bit < 128; ++bit) {
    if ((address.bytes[static_cast<std::size_t>(bit / 8)] >> (7 - bit % 8) & 1) != 0) return false;
  }
  return true;
}

}  // namespace

IpAddress IpAddress::v4(const unsigned char* four) {
  IpAddress out;
  std::copy(kMapped.begin(), kMapped.end(), out.bytes.begin());
  std::copy_n(four, 4, out.bytes.begin() + kMapped.size());
  return out;
}

IpAddress IpAddress::v6(const unsigned char* sixteen) {
  IpAddress out;
  std::copy_n(sixteen, 16, out.bytes.begin());
  return out;
}

std::optional<IpAddress> IpAddress::parse(std::string_view text) {
  if (text.size() >= INET6_ADDRSTRLEN || text.find('\0') != text.npos) return std::nullopt;
  const std::string terminated(text);
  unsigned char bytes[16];
  if (inet_pton(AF_INET, terminated.c_str(), bytes) == 1) return v4(bytes);
  if (inet_pton(AF_INET6, terminated.c_str(), bytes) == 1) return v6(bytes);
  return std::nullopt;
}

bool IpAddress::is_v4() const {
  return std::equal(kMapped.begin(), kMapped.end(), bytes.begin());
}

std::string IpAddress::text() const {
  char out[INET6_ADDRSTRLEN] = "?";
  if (is_v4())
    inet_ntop(AF_INET, bytes.data() + kMapped.size(), out, sizeof out);
  else
    inet_ntop(AF_INET6, bytes.data(), out, sizeof out);
  return out;
}

std::string IpAddress::with_port(std::uint16_t port) const {
  return (is_v4() ? text() : "[" + text() + "]") + ":" + std::to_string(port);
}

std::optional<Network> Network::parse(std::string_view text) {
  const std::size_t slash = text.find('/');
  const auto address = IpAddress::parse(text.substr(0, slash));
  if (!address) return std::nullopt;
  if (slash == text.npos) return Network{*address, 128};
  // As written: ::ffff:10.0.0.0/104 and 10.0.0.0/8 are one network.
  const bool dotted = text.substr(0, slash).find(':') == text.npos;
  const std::string_view digits = text.substr(slash + 1);
  int bits = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), bits);
  if (error != std::errc() || end != digits.data() + digits.size() || digits.front() == '-') {
    return std::nullopt;
  }
  if (bits > (dotted ? 32 : 128)) return std::nullopt;
  if (dotted) bits += kMappedBits;
  if (!zero_behind(*address, bits)) return std::nullopt;
  return Network{*address, bits};
}

bool Network::contains(const IpAddress& one) const {
  if (bits < kMappedBits && one.is_v4()) return false;
  return same_bits(address, one, bits);
}

}  // namespace bulkhead
