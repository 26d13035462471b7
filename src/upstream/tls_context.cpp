#include "bulkhead/upstream/tls_context.hpp"

#include "tls_engine.hpp"
#include "tls_files.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <new>

namespace bulkhead::upstream {
namespace {

constexpr unsigned char kSessionsOf[] = "bulkhead";

int version_of(config::TlsVersion version) {
  return version == config::TlsVersion::v1_3 ? TLS1_3_VERSION : TLS1_2_VERSION;
}

int mode_of(config::ClientCertificates wanted) {
  switch (wanted) {
    case config::ClientCertificates::off:
      break;
    case config::ClientCertificates::optional:
      return SSL_VERIFY_PEER;
    case config::ClientCertificates::required:
      return SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT;
  }
  return SSL_VERIFY_NONE;
}

}  // namespace

void TlsContext::Free::operator()(SSL_CTX* context) const {
  SSL_CTX_free(context);
}

TlsContext::TlsContext() : context_(SSL_CTX_new(TLS_method())) {
  if (context_ == nullptr) throw std::bad_alloc();
  SSL_CTX* const context = context_.get();
  // The protocol says itself where it ends, so that a connection which is cut is noticed as such;
  // many clients do not say goodbye.
  SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION |
                                   SSL_OP_IGNORE_UNEXPECTED_EOF | SSL_OP_SINGLE_DH_USE);
  // An idle connection gives its buffers back.
  SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                                SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  SSL_CTX_set_read_ahead(context, 1);
  SSL_CTX_set_dh_auto(context, 1);
  // Resumption is by tickets: a cache would be shared by the workers, and locked.
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_session_id_context(context, kSessionsOf, sizeof kSessionsOf - 1);
}

TlsContext::~TlsContext() = default;

void TlsContext::load(const config::Tls& settings, Problems& problems) {
  SSL_CTX* const context = context_.get();
  ERR_clear_error();
  SSL_CTX_set_min_proto_version(context, version_of(settings.min_version));
  if (!settings.ciphers.empty() &&
      SSL_CTX_set_cipher_list(context, settings.ciphers.c_str()) != 1) {
    problems.push_back("'ciphers' names none that OpenSSL has for TLS 1.2");
  }
  if (!settings.ciphersuites.empty() &&
      SSL_CTX_set_ciphersuites(context, settings.ciphersuites.c_str()) != 1) {
    problems.push_back("'ciphersuites' names one that OpenSSL does not have for TLS 1.3");
  }
  load_certificate(context, settings.certificate, settings.key, problems);
  not_after_ = end_of_certificate(context);
}

std::shared_ptr<const TlsContext> TlsContext::make(const config::ListenerTls& settings,
                                                   Problems& problems) {
  const std::shared_ptr<TlsContext> made(new TlsContext);
  SSL_CTX* const context = made->context_.get();
  made->server_ = true;
  const std::size_t before = problems.size();
  made->load(settings, problems);
  SSL_CTX_set_verify(context, mode_of(settings.client_certificates), nullptr);
  if (settings.client_certificates != config::ClientCertificates::off) {
    load_authorities(context, settings.ca, true, problems);
    // A ticket would bring in a certificate again without a look at it.
    SSL_CTX_set_options(context, SSL_OP_NO_TICKET);
    SSL_CTX_set_num_tickets(context, 0);
  }
  return problems.size() == before ? made : nullptr;
}

std::shared_ptr<const TlsContext> TlsContext::make(const config::BackendTls& settings,
                                                   const config::Endpoint& address,
                                                   Problems& problems) {
  const std::shared_ptr<TlsContext> made(new TlsContext);
  SSL_CTX* const context = made->context_.get();
  const std::size_t before = problems.size();
  made->server_name_ = settings.server_name.empty() ? address.host : settings.server_name;
  made->verifies_ = settings.verify;
  made->load(settings, problems);
  SSL_CTX_set_verify(context, settings.verify ? SSL_VERIFY_PEER : SSL_VERIFY_NONE, nullptr);
  if (settings.verify) load_authorities(context, settings.ca, false, problems);
  return problems.size() == before ? made : nullptr;
}

std::unique_ptr<TlsEngine> TlsContext::engine(int fd) const {
  auto engine = std::make_unique<TlsEngine>(context_.get(), fd, server_);
  if (!server_ && !engine->expect(server_name_, verifies_)) return nullptr;
  return engine;
}

bool TlsContext::has_certificate_of(const TlsContext& other) const {
  const X509* const mine = SSL_CTX_get0_certificate(context_.get());
  const X509* const theirs = SSL_CTX_get0_certificate(other.context_.get());
  return mine != nullptr && theirs != nullptr && X509_cmp(mine, theirs) == 0;
}

}  // namespace bulkhead::upstream
