#include "config/endpoint.hpp"

#include "config/units.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <sys/un.h>

namespace bulkhead::config {

namespace {

using Why = std::optional<std::string>;

constexpr std::string_view kUnix = "unix:";
constexpr std::size_t kPathMax = sizeof(sockaddr_un{}.sun_path) - 1;
constexpr std::size_t kHostMax = 253;

bool is_ip(int family, std::string_view text) {
  unsigned char address[sizeof(in6_addr)];
  return inet_pton(family, std::string(text).c_str(), address) == 1;
}

bool is_host_char(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '.' || c == '_';
}

// Four numbers that are no address are a slip of the fingers and not a host's name.
bool is_host(std::string_view host) {
  if (host.find_first_not_of("0123456789.") == host.npos) return is_ip(AF_INET, host);
  return host.size() <= kHostMax && std::all_of(host.begin(), host.end(), is_host_char) &&
         host.front() != '-' && host.front() != '.' && host.find("..") == host.npos;
}

Why parse_port(std::string_view text, Endpoint& out) {
  const auto port = parse_integer(text);
  if (text.empty() || !port || *port < 0 || *port > 65535) {
    return "needs a port from 0 to 65535 after the last ':'";
  }
  out.port = static_cast<std::uint16_t>(*port);
  return std::nullopt;
}

Why parse_unix(std::string_view path, Endpoint& out) {
  if (!path.starts_with('/')) return "needs a path that begins with '/' after 'unix:'";
  if (path.size() > kPathMax) {
    return "has a path of more than " + std::to_string(kPathMax) + " bytes, too long for a socket";
  }
  out.path = path;
  return std::nullopt;
}

// "[::1]:6380". A zone ("%eth0") may follow the address.
Why parse_ipv6(std::string_view text, Endpoint& out) {
  const std::size_t close = text.find(']');
  if (close == text.npos || close + 1 >= text.size() || text[close + 1] != ':') {
    return "needs ']:' and a port after the IPv6 address";
  }
  const std::string_view host = text.substr(1, close - 1);
  if (!is_ip(AF_INET6, host.substr(0, host.find('%'))))
    return "has no IPv6 address in its brackets";
  out.host = host;
  return parse_port(text.substr(close + 2), out);
}

Why parse_host(std::string_view text, Endpoint& out) {
  const std::size_t colon = text.rfind(':');
  if (colon == text.npos) return "needs a port, as in 127.0.0.1:6379";
  const std::string_view host = text.substr(0, colon);
  if (host.find(':') != host.npos) return "needs brackets around an IPv6 address, as in [::1]:6379";
  if (host.empty()) return "needs a host in front of the ':'; 0.0.0.0 means every interface";
  if (!is_host(host)) return "has neither an IP address nor a host name in front of the ':'";
  out.host = host;
  return parse_port(text.substr(colon + 1), out);
}

}  // namespace

Why parse_endpoint(std::string_view text, Endpoint& out) {
  out = Endpoint{};
  if (text.starts_with(kUnix)) return parse_unix(text.substr(kUnix.size()), out);
  if (text.starts_with('[')) return parse_ipv6(text, out);
  return parse_host(text, out);
}

std::string Endpoint::text() const {
  if (is_unix()) return std::string(kUnix) + path;
  const bool is_ipv6 = host.find(':') != host.npos;
  return (is_ipv6 ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

}  // namespace bulkhead::config
