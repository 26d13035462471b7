#include "bulkhead/server/listener.hpp"

#include <arpa/inet.h>
#include <cerrno>
#include <cstring>
#include <memory>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <system_error>
#include <unistd.h>

namespace bulkhead::server {
namespace {

constexpr int kBacklog = 4096;

[[noreturn]] void fail(const std::string& what, int error = errno) {
  throw std::system_error(error, std::generic_category(), what);
}

struct FreeAddresses {
  void operator()(addrinfo* list) const { freeaddrinfo(list); }
};

void listen_on(int fd, const sockaddr* address, socklen_t length, const std::string& text) {
  const int on = 1;
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on);
  if (bind(fd, address, length) != 0) fail("cannot listen on " + text);
  if (listen(fd, kBacklog) != 0) fail("cannot listen on " + text);
}

int open_socket(int family, const std::string& text) {
  const int fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0) fail("cannot open a socket for " + text);
  return fd;
}

// A socket file that nobody listens on any more is in the way.
void remove_stale(const std::string& path) {
  struct stat info {};
  if (stat(path.c_str(), &info) == 0 && S_ISSOCK(info.st_mode)) unlink(path.c_str());
}

// Permissions are set before anybody can connect.
void bind_unix(int fd, const sockaddr_un& address, std::optional<unsigned> mode) {
  const std::string text = std::string("unix:") + address.sun_path;
  if (bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    fail("cannot listen on " + text);
  }
  if (mode && chmod(address.sun_path, *mode) != 0) fail("cannot set the mode of " + text);
  if (listen(fd, kBacklog) != 0) fail("cannot listen on " + text);
}

std::vector<int> open_unix(const config::Endpoint& endpoint, int workers,
                           std::optional<unsigned> mode) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (endpoint.path.size() >= sizeof address.sun_path) fail(endpoint.text(), ENAMETOOLONG);
  std::memcpy(address.sun_path, endpoint.path.data(), endpoint.path.size());
  remove_stale(endpoint.path);
  std::vector<int> fds = {open_socket(AF_UNIX, endpoint.text())};
  bind_unix(fds[0], address, mode);
  while (fds.size() < static_cast<std::size_t>(workers)) fds.push_back(dup(fds[0]));
  return fds;
}

void set_port(sockaddr_storage& address, std::uint16_t port) {
  if (address.ss_family == AF_INET6)
    reinterpret_cast<sockaddr_in6&>(address).sin6_port = port;
  else
    reinterpret_cast<sockaddr_in&>(address).sin_port = port;
}

std::uint16_t port_of(const sockaddr_storage& address) {
  return address.ss_family == AF_INET6 ? reinterpret_cast<const sockaddr_in6&>(address).sin6_port
                                       : reinterpret_cast<const sockaddr_in&>(address).sin_port;
}

using NameOf = int (*)(int, sockaddr*, socklen_t*);

std::string address_text(int fd, NameOf name_of) {
  sockaddr_storage address{};
  socklen_t length = sizeof address;
  if (name_of(fd, reinterpret_cast<sockaddr*>(&address), &length) != 0) return "?:0";
  if (address.ss_family == AF_UNIX) return "unix:0";
  char host[INET6_ADDRSTRLEN] = "?";
  if (address.ss_family == AF_INET6) {
    inet_ntop(AF_INET6, &reinterpret_cast<sockaddr_in6&>(address).sin6_addr, host, sizeof host);
    return "[" + std::string(host) + "]:" + std::to_string(ntohs(port_of(address)));
  }
  inet_ntop(AF_INET, &reinterpret_cast<sockaddr_in&>(address).sin_addr, host, sizeof host);
  return std::string(host) + ":" + std::to_string(ntohs(port_of(address)));
}

}  // namespace

std::vector<int> open_listeners(const config::Endpoint& endpoint, int workers,
                                std::optional<unsigned> mode) {
  if (endpoint.is_unix()) return open_unix(endpoint, workers, mode);
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE;
  addrinfo* found = nullptr;
  const std::string port = std::to_string(endpoint.port);
  if (const int error = getaddrinfo(endpoint.host.c_str(), port.c_str(), &hints, &found)) {
    throw std::system_error(EADDRNOTAVAIL, std::generic_category(),
                            "cannot listen on " + endpoint.text() + ": " + gai_strerror(error));
  }
  const std::unique_ptr<addrinfo, FreeAddresses> owned(found);
  sockaddr_storage address{};
  std::memcpy(&address, found->ai_addr, found->ai_addrlen);
  std::vector<int> fds;
  for (int i = 0; i < workers; ++i) {
    fds.push_back(open_socket(found->ai_family, endpoint.text()));
    listen_on(fds.back(), reinterpret_cast<const sockaddr*>(&address), found->ai_addrlen,
              endpoint.text());
    // Port 0: the first has been given one, and the others share it.
    socklen_t length = sizeof address;
    sockaddr_storage bound{};
    getsockname(fds[0], reinterpret_cast<sockaddr*>(&bound), &length);
    set_port(address, port_of(bound));
  }
  return fds;
}

std::vector<const config::Listener*> counterparts(const std::vector<config::Listener>& now,
                                                  const std::vector<config::Listener>& next) {
  std::vector<const config::Listener*> found;
  std::vector<bool> taken(next.size());
  for (const config::Listener& listener : now) {
    found.push_back(nullptr);
    for (std::size_t i = 0; i < next.size() && found.back() == nullptr; ++i) {
      if (taken[i] || !(next[i].address == listener.address)) continue;
      taken[i] = true;
      found.back() = &next[i];
    }
  }
  return found;
}

std::string local_address(int fd) {
  return address_text(fd, getsockname);
}
std::string remote_address(int fd) {
  return address_text(fd, getpeername);
}

std::optional<IpAddress> remote_ip(int fd) {
  sockaddr_storage address{};
  socklen_t length = sizeof address;
  if (getpeername(fd, reinterpret_cast<sockaddr*>(&address), &length) != 0) return IpAddress{};
  if (address.ss_family == AF_INET) {
    const in_addr& v4 = reinterpret_cast<sockaddr_in&>(address).sin_addr;
    return IpAddress::v4(reinterpret_cast<const unsigned char*>(&v4));
  }
  if (address.ss_family != AF_INET6) return std::nullopt;
  return IpAddress::v6(reinterpret_cast<sockaddr_in6&>(address).sin6_addr.s6_addr);
}

std::optional<std::uint32_t> remote_uid(int fd) {
  ucred peer{};
  socklen_t length = sizeof peer;
  if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &length) != 0) return std::nullopt;
  return peer.uid;
}

}  // namespace bulkhead::server
