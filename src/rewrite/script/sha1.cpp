#include "bulkhead/rewrite/script_shim.hpp"

#include <openssl/evp.h>

#include <array>
#include <new>

namespace bulkhead::rewrite::script {

std::string sha1_hex(std::string_view text) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned length = 0;
  if (EVP_Digest(text.data(), text.size(), digest.data(), &length, EVP_sha1(), nullptr) != 1) {
    throw std::bad_alloc();  // there is no other reason
  }
  std::string hex;
  for (unsigned i = 0; i < length; ++i) {
    constexpr std::string_view kDigits = "0123456789abcdef";
    hex += kDigits[digest[i] >> 4];
    hex += kDigits[digest[i] & 15];
  }
  return hex;
}

void restore_sha(std::string& line, std::string_view wrapped, std::string_view own) {
  const std::string tail = " script: " + std::string(wrapped) + ", on @";
  const std::size_t at = line.rfind(tail);
  if (at != line.npos) line.replace(at + 9, wrapped.size(), own);
}

}  // namespace bulkhead::rewrite::script
