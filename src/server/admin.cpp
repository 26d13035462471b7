#include "bulkhead/server/admin.hpp"

#include "bulkhead/server/listener.hpp"
#include "bulkhead/upstream/asio.hpp"

#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>

namespace bulkhead::server {
namespace {

namespace http = boost::beast::http;
using Request = http::request<http::empty_body>;
using Response = http::response<http::string_body>;
using Acceptor = asio::basic_socket_acceptor<asio::generic::stream_protocol, Executor>;

constexpr auto kPauseWithoutDescriptors = std::chrono::milliseconds(100);
constexpr auto kPatience = std::chrono::seconds(10);  // with one whole exchange

}  // namespace

struct Admin::Impl {
  Impl(asio::io_context& context, const Log& l, const metrics::Registry& r,
       std::function<Readiness()> is_ready)
      : io(context), log(l), registry(r), ready(std::move(is_ready)), acceptor(io.get_executor()) {}

  Awaitable<void> accept_loop() {
    while (acceptor.is_open()) {
      auto [error, socket] = co_await acceptor.async_accept(kAwait);
      if (error == asio::error::operation_aborted) co_return;
      if (!error) {
        asio::co_spawn(io, serve(std::move(socket)), asio::detached);
        continue;
      }
      Timer pause(io.get_executor(), kPauseWithoutDescriptors);
      co_await pause.async_wait(kAwait);
    }
  }

  // One connection; closed when it is idle or slow.
  Awaitable<void> serve(Socket socket) {
    auto shared = std::make_shared<Socket>(std::move(socket));
    boost::beast::flat_buffer buffer(16 * 1024);
    for (;;) {
      Timer timer(io.get_executor(), kPatience);
      timer.async_wait([weak = std::weak_ptr<Socket>(shared)](error_code error) {
        if (const auto late = weak.lock(); late && !error) late->close(error);
      });
      Request request;
      auto [read_error, read] = co_await http::async_read(*shared, buffer, request, kAwait);
      if (read_error) co_return;
      Response response = answer(request);
      auto [write_error, written] = co_await http::async_write(*shared, response, kAwait);
      if (write_error || !response.keep_alive()) co_return;
    }
  }

  Response answer(const Request& request) const {
    const auto path = request.target().substr(0, request.target().find('?'));
    if (request.method() != http::verb::get && request.method() != http::verb::head) {
      return text(request, http::status::method_not_allowed, "only GET\n");
    }
    if (path == "/metrics") {
      Response response = text(request, http::status::ok, registry.render());
      response.set(http::field::content_type, "text/plain; version=0.0.4; charset=utf-8");
      return response;
    }
    if (path == "/healthz") return text(request, http::status::ok, "ok\n");
    if (path == "/readyz") {
      const Readiness found = ready();
      return text(request, found.ready ? http::status::ok : http::status::service_unavailable,
                  (found.ready ? "ready\n" : "not ready\n") + found.detail);
    }
    return text(request, http::status::not_found, "try /metrics, /healthz or /readyz\n");
  }

  static Response text(const Request& request, http::status status, std::string body) {
    Response response(status, request.version());
    response.set(http::field::content_type, "text/plain; charset=utf-8");
    response.keep_alive(request.keep_alive());
    response.content_length(body.size());
    if (request.method() != http::verb::head) response.body() = std::move(body);
    return response;
  }

  asio::io_context& io;
  const Log& log;
  const metrics::Registry& registry;
  std::function<Readiness()> ready;
  Acceptor acceptor;
};

Admin::Admin(asio::io_context& io, const config::Endpoint& address, const Log& log,
             const metrics::Registry& registry, std::function<Readiness()> ready)
    : impl_(std::make_unique<Impl>(io, log, registry, std::move(ready))) {
  const int fd = open_listeners(address, 1).front();
  sockaddr_storage bound{};
  socklen_t length = sizeof bound;
  getsockname(fd, reinterpret_cast<sockaddr*>(&bound), &length);
  impl_->acceptor.assign({bound.ss_family, 0}, fd);
  asio::co_spawn(io, impl_->accept_loop(), asio::detached);
}

Admin::~Admin() = default;

std::string Admin::address() const {
  return local_address(impl_->acceptor.native_handle());
}

void Admin::stop() {
  error_code ignored;
  impl_->acceptor.close(ignored);
}

}  // namespace bulkhead::server
