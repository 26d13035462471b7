// What the TLS connections of one listener, or to one backend, have in common: certificate, key,
// whom they trust. Made when the configuration is loaded; immutable, shared by all workers.
// Connections that have begun with one keep it.
#pragma once

#include "bulkhead/config/config.hpp"

#include <ctime>
#include <memory>
#include <string>
#include <vector>

struct ssl_ctx_st;

namespace bulkhead::upstream {

class TlsEngine;

class TlsContext {
 public:
  ~TlsContext();

  // Reads the files. Each problem is a sentence for who wrote the configuration; with one of them
  // the context is null.
  using Problems = std::vector<std::string>;
  static std::shared_ptr<const TlsContext> make(const config::ListenerTls& settings,
                                                Problems& problems);
  static std::shared_ptr<const TlsContext> make(const config::BackendTls& settings,
                                                const config::Endpoint& address,
                                                Problems& problems);

  // For a connection that a client has made, or that leads to the backend.
  // Null when the backend's name is none.
  std::unique_ptr<TlsEngine> engine(int fd) const;

  // When the own certificate's time is over; 0: there is none.
  std::time_t not_after() const { return not_after_; }
  bool has_certificate_of(const TlsContext& other) const;

 private:
  struct Free {
    void operator()(ssl_ctx_st* context) const;
  };
  TlsContext();
  void load(const config::Tls& settings, Problems& problems);

  std::unique_ptr<ssl_ctx_st, Free> context_;
  bool server_ = false;
  std::string server_name_;  // that the other side's certificate must have
  bool verifies_ = false;
  std::time_t not_after_ = 0;
};

}  // namespace bulkhead::upstream
