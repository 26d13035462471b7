#include "bulkhead/tenant/password.hpp"

#include <openssl/crypto.h>
#include <openssl/sha.h>

#include <algorithm>

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

Match compare(std::span<const config::Password> passwords, const config::Digest& tried,
              WallTime now, std::size_t comparisons) {
  static constexpr config::Password kNobody{};
  bool good = false, expired = false;
  for (std::size_t i = 0; i < std::max(comparisons, passwords.size()); ++i) {
    const bool real = i < passwords.size();
    const config::Password& password = real ? passwords[i] : kNobody;
    const bool same =
        CRYPTO_memcmp(password.sha256.data(), tried.data(), tried.size()) == 0 && real;
    const bool over = password.expired(now);
    good |= same && !over;
    expired |= same && over;
  }
  return good ? Match::good : expired ? Match::expired : Match::none;
}

}  // namespace bulkhead::tenant
