#include "tls_files.hpp"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <unistd.h>

namespace bulkhead::upstream {
namespace {

using Problems = std::vector<std::string>;

std::string quoted(const std::string& file) {
  return "'" + file + "'";
}

// Only a plain file: a reload must not wait for somebody to write into a pipe.
bool can_be_read(const std::string& file, Problems& problems) {
  std::error_code ignored;
  if (access(file.c_str(), R_OK) != 0) {
    problems.push_back("the file " + quoted(file) + " cannot be opened: " + std::strerror(errno));
  } else if (!std::filesystem::is_regular_file(file, ignored)) {
    problems.push_back("the file " + quoted(file) + " is not a plain file");
  } else {
    return true;
  }
  return false;
}

// A passphrase is not asked for on the terminal.
int no_passphrase(char*, int, int, void* wanted) {
  *static_cast<bool*>(wanted) = true;
  return -1;
}

std::string why() {
  const unsigned long code = ERR_peek_last_error();
  ERR_clear_error();
  const char* const reason = code == 0 ? nullptr : ERR_reason_error_string(code);
  if (ERR_GET_LIB(code) == ERR_LIB_PEM && ERR_GET_REASON(code) == PEM_R_NO_START_LINE) return "";
  return reason == nullptr ? "" : " (" + std::string(reason) + ")";
}

bool load_chain(SSL_CTX* context, const std::string& file, Problems& problems) {
  if (!can_be_read(file, problems)) return false;
  if (SSL_CTX_use_certificate_chain_file(context, file.c_str()) == 1) return true;
  problems.push_back("the file " + quoted(file) + " holds no certificate in PEM format" + why());
  return false;
}

bool load_key(SSL_CTX* context, const std::string& file, const std::string& certificate,
              Problems& problems) {
  if (!can_be_read(file, problems)) return false;
  bool wants_passphrase = false;
  SSL_CTX_set_default_passwd_cb(context, &no_passphrase);
  SSL_CTX_set_default_passwd_cb_userdata(context, &wants_passphrase);
  const bool loaded = SSL_CTX_use_PrivateKey_file(context, file.c_str(), SSL_FILETYPE_PEM) == 1;
  SSL_CTX_set_default_passwd_cb_userdata(context, nullptr);
  if (loaded) return true;
  const unsigned long code = ERR_peek_last_error();
  if (wants_passphrase) {
    problems.push_back("the key in " + quoted(file) +
                       " has a passphrase, which nobody could enter");
  } else if (ERR_GET_LIB(code) == ERR_LIB_X509) {  // values or types differ
    problems.push_back("the key in " + quoted(file) + " is not that of the certificate in " +
                       quoted(certificate));
  } else {
    problems.push_back("the file " + quoted(file) + " holds no private key in PEM format" + why());
  }
  ERR_clear_error();
  return false;
}

}  // namespace

void load_certificate(SSL_CTX* context, const std::string& certificate, const std::string& key,
                      Problems& problems) {
  ERR_clear_error();
  if (certificate.empty()) return;
  const bool chain = load_chain(context, certificate, problems);
  if (!load_key(context, key, certificate, problems) || !chain) return;
  if (SSL_CTX_check_private_key(context) == 1) return;
  problems.push_back("the key in " + quoted(key) + " is not that of the certificate in " +
                     quoted(certificate));
  ERR_clear_error();
}

void load_authorities(SSL_CTX* context, const std::string& file, bool clients, Problems& problems) {
  ERR_clear_error();
  if (file.empty()) {
    SSL_CTX_set_default_verify_paths(context);
    return;
  }
  if (!can_be_read(file, problems)) return;
  STACK_OF(X509_NAME)* const names = SSL_load_client_CA_file(file.c_str());
  if (names == nullptr || SSL_CTX_load_verify_file(context, file.c_str()) != 1) {
    problems.push_back("the file " + quoted(file) + " holds no certificate in PEM format" + why());
  }
  if (clients) {
    SSL_CTX_set_client_CA_list(context, names);
  } else {
    sk_X509_NAME_pop_free(names, X509_NAME_free);
  }
}

std::time_t end_of_certificate(SSL_CTX* context) {
  const X509* const certificate = SSL_CTX_get0_certificate(context);
  std::tm time{};
  if (certificate == nullptr || ASN1_TIME_to_tm(X509_get0_notAfter(certificate), &time) != 1) {
    return 0;
  }
  return timegm(&time);
}

}  // namespace bulkhead::upstream
