// How clients come in: from the listening socket to a session. What must be known of a connection
// before anything is read from it is found out here.
#include "bulkhead/base/process.hpp"
#include "bulkhead/base/sentences.hpp"
#include "bulkhead/server/listener.hpp"
#include "bulkhead/server/worker.hpp"
#include "proxy_header.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <algorithm>

namespace bulkhead::server {
namespace {

constexpr auto kPauseWithoutDescriptors = std::chrono::milliseconds(100);

// The user that the configuration has for the process at the other end.
const std::string* user_of_peer(const config::Listener& listener, Socket& socket) {
  if (listener.peers.empty()) return nullptr;
  const auto uid = remote_uid(socket.native_handle());
  if (!uid) return nullptr;
  const auto found = std::find_if(listener.peers.begin(), listener.peers.end(),
                                  [&](const config::Peer& peer) { return peer.uid == *uid; });
  return found == listener.peers.end() ? nullptr : &found->user;
}

}  // namespace

Awaitable<void> Worker::accept_loop(Door& door) {
  for (;;) {
    auto [error, socket] = co_await door.acceptor.async_accept(kAwait);
    if (error == asio::error::operation_aborted || !door.acceptor.is_open()) co_return;
    if (has_descriptors(error, socket)) {
      admit(std::move(socket), door);
      continue;
    }
    // Clients wait in the kernel's queue meanwhile.
    context_.counters.accept_pauses.add();
    Timer pause(io_.get_executor(), kPauseWithoutDescriptors);
    co_await pause.async_wait(kAwait);
    if (!door.acceptor.is_open()) co_return;
  }
}

// Whether a client could be accepted. The last descriptors are not for clients: lanes, the admin
// port and reloads must have theirs.
bool Worker::has_descriptors(error_code error, Socket& socket) {
  const bool scarce = !error && socket.native_handle() >= first_scarce_descriptor();
  if (scarce) {
    context_.counters.accepted.add();
    context_.counters.rejected_descriptors.add();
    error_code ignored;
    socket.non_blocking(true, ignored);
    socket.write_some(asio::buffer("-" + refuse::max_clients().sentence + "\r\n"), ignored);
    socket.close(ignored);
  }
  if (!scarce && !error) {
    if (std::exchange(short_of_descriptors_, false)) context_.log.info("accepting_again");
    return true;
  }
  if (!std::exchange(short_of_descriptors_, true)) {
    context_.log.warning("accept_failed",
                         {{"problem", error ? error.message() : "descriptors are short"}});
  }
  return false;
}

// A listener that is not in the configuration any more stays as it was until the next start.
void Worker::follow_listeners() {
  std::vector<config::Listener> now;
  for (const auto& door : doors_) now.push_back(door->settings);
  const auto next = counterparts(now, context_.snapshot->config.listen);
  for (std::size_t i = 0; i < doors_.size(); ++i) {
    if (next[i] != nullptr) doors_[i]->settings = *next[i];
  }
}

bool Worker::is_full(Socket& socket) {
  const auto limit = static_cast<std::int64_t>(context_.snapshot->config.limits.clients);
  if (limit == 0 || context_.registry.clients() + waiting_ < limit) return false;
  context_.counters.rejected_max_clients.add();
  error_code ignored;
  socket.write_some(asio::buffer("-" + refuse::max_clients().sentence + "\r\n"), ignored);
  return true;
}

tenant::ClientState Worker::client_of(Socket& socket) {
  tenant::ClientState client;
  client.id = accepted_++ * static_cast<std::uint64_t>(place_.count) +
              static_cast<std::uint64_t>(place_.index) + 1;
  client.address = remote_address(socket.native_handle());
  client.local_address = local_address(socket.native_handle());
  client.source = remote_ip(socket.native_handle());
  return client;
}

void Worker::admit(Socket socket, const Door& door) {
  context_.counters.accepted.add();
  error_code ignored;
  socket.non_blocking(true, ignored);
  if (is_full(socket)) return;
  socket.set_option(asio::ip::tcp::no_delay(true), ignored);
  socket.set_option(asio::socket_base::keep_alive(true), ignored);
  if (door.settings.proxy_protocol) {
    asio::co_spawn(io_, admit_proxied(std::move(socket), door), asio::detached);
    return;
  }
  tenant::ClientState client = client_of(socket);
  welcome(std::move(socket), door.settings, std::move(client));
}

// Who may say whose connection it is has to; everybody else is sent away, for who could connect
// here directly could say anything.
Awaitable<void> Worker::admit_proxied(Socket socket, const Door& door) {
  // A reload may change the door's while the header is on its way.
  const config::Listener listener = door.settings;
  tenant::ClientState client = client_of(socket);
  if (!listener.proxy_protocol->from.contains(client.source)) {
    context_.counters.rejected_source.add();
    context_.log.warning("untrusted_source",
                         {{"client", client.address}, {"listener", client.local_address}});
    co_return;
  }
  ++waiting_;
  const auto read = co_await read_proxy_header(socket, listener.proxy_protocol->timeout);
  --waiting_;
  if (const auto* problem = std::get_if<std::string>(&read)) {
    context_.counters.rejected_header.add();
    context_.log.warning("proxy_header_refused",
                         {{"client", client.address}, {"problem", *problem}});
    co_return;
  }
  const auto& header = std::get<resp::ProxyHeader>(read);
  if (!header.local) {
    client.address = header.source.with_port(header.source_port);
    client.local_address = header.destination.with_port(header.destination_port);
    client.source = header.source;
  }
  welcome(std::move(socket), listener, std::move(client));
}

void Worker::welcome(Socket socket, const config::Listener& listener, tenant::ClientState client) {
  if (drain_until_) return context_.counters.rejected_draining.add();
  const tenant::Directory& directory = context_.snapshot->directory;
  if (listener.tenant) {
    client.tenant = directory.find_tenant(*listener.tenant);
    if (client.tenant == nullptr) return;  // removed by a reload: nobody may come in here
    client.confined = true;
    client.proof = "listener";
  }
  if (const std::string* name = user_of_peer(listener, socket)) {
    client.user = directory.find_user(*name);
    client.tenant = client.user == nullptr ? nullptr : client.user->tenant;
    client.proof = "peer";
  }
  const boost::intrusive_ptr<session::Session> session(
      new session::Session(context_, upstream::Stream(std::move(socket)), std::move(client)));
  sessions_.push_back(*session);
  session->start();
}

}  // namespace bulkhead::server
