#include "bulkhead/upstream/tls_names.hpp"

#include "bulkhead/base/text.hpp"

#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <arpa/inet.h>
#include <cstring>
#include <memory>

namespace bulkhead::upstream {
namespace {

using config::CertificateName;
using Kind = CertificateName::Kind;
using Names = std::vector<CertificateName>;

constexpr std::size_t kLongestText = 256;

struct Free {
  void operator()(X509* one) const { X509_free(one); }
  void operator()(GENERAL_NAMES* names) const { GENERAL_NAMES_free(names); }
  void operator()(unsigned char* text) const { OPENSSL_free(text); }
};

bool is_ip_address(const std::string& name) {
  in6_addr scratch{};
  return inet_pton(AF_INET, name.c_str(), &scratch) == 1 ||
         inet_pton(AF_INET6, name.c_str(), &scratch) == 1;
}

// A name with a zero byte in it would look like another one to whoever stops reading there.
void add(Names& names, Kind kind, const ASN1_STRING* text) {
  unsigned char* bytes = nullptr;
  const int length = ASN1_STRING_to_UTF8(&bytes, text);
  if (length < 0) return;
  const std::unique_ptr<unsigned char, Free> owned(bytes);
  const std::string_view view(reinterpret_cast<const char*>(bytes),
                              static_cast<std::size_t>(length));
  if (view.empty() || view.find('\0') != view.npos) return;
  names.push_back({kind, kind == Kind::dns ? lowered(view) : std::string(view)});
}

void add_alternative_names(Names& names, const X509* certificate) {
  const std::unique_ptr<GENERAL_NAMES, Free> found(static_cast<GENERAL_NAMES*>(
      X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)));
  if (found == nullptr) return;
  for (int i = 0; i < sk_GENERAL_NAME_num(found.get()); ++i) {
    const GENERAL_NAME* const name = sk_GENERAL_NAME_value(found.get(), i);
    if (name->type == GEN_DNS) add(names, Kind::dns, name->d.dNSName);
    if (name->type == GEN_URI) add(names, Kind::uri, name->d.uniformResourceIdentifier);
    if (name->type == GEN_EMAIL) add(names, Kind::email, name->d.rfc822Name);
  }
}

void add_common_names(Names& names, const X509* certificate) {
  const X509_NAME* const subject = X509_get_subject_name(certificate);
  int at = -1;
  while ((at = X509_NAME_get_index_by_NID(subject, NID_commonName, at)) >= 0) {
    add(names, Kind::cn, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, at)));
  }
}

}  // namespace

bool expect_name(SSL* ssl, const std::string& name, bool verify) {
  if (name.empty()) return true;
  if (is_ip_address(name)) {
    return !verify || X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), name.c_str()) == 1;
  }
  SSL_set_hostflags(ssl, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
  return SSL_set_tlsext_host_name(ssl, name.c_str()) == 1 &&
         (!verify || SSL_set1_host(ssl, name.c_str()) == 1);
}

Names names_of_peer(SSL* ssl) {
  Names names;
  const std::unique_ptr<X509, Free> certificate(SSL_get1_peer_certificate(ssl));
  if (certificate == nullptr || SSL_get_verify_result(ssl) != X509_V_OK) return names;
  add_alternative_names(names, certificate.get());
  add_common_names(names, certificate.get());
  return names;
}

std::string text_of(const Names& names) {
  static constexpr const char* kKinds[] = {"", "DNS:", "URI:", "email:", "CN:"};
  std::string text;
  for (const CertificateName& name : names) {
    if (!text.empty()) text += ", ";
    text += kKinds[static_cast<std::size_t>(name.kind)] + name.text;
    if (text.size() > kLongestText) break;
  }
  return text.substr(0, kLongestText);
}

}  // namespace bulkhead::upstream
