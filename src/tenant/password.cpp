#include "bulkhead/tenant/password.hpp"

#include <openssl/crypto.h>
#include <openssl/sha.h>

namespace bulkhead::tenant {

config::Password hash_password(std::string_view password) {
  config::Password hash;
  SHA256(reinterpret_cast<const unsigned char*>(password.data()), password.size(),
         hash.sha256.data());
  return hash;
}

std::string written_hash(const config::Password& password) {
  static constexpr char kHex[] = "0123456789abcdef";
  std::string out = "#";
  for (unsigned char byte : password.sha256) {
    out += kHex[byte >> 4];
    out += kHex[byte & 15];
  }
  return out;
}

bool matches_any(std::span<const config::Password> hashes, const config::Password& tried) {
  bool match = false;
  for (const config::Password& hash : hashes) {
    match |= CRYPTO_memcmp(hash.sha256.data(), tried.sha256.data(), hash.sha256.size()) == 0;
  }
  return match;
}

}  // namespace bulkhead::tenant
