// Reads certificates and keys into an OpenSSL context, and says what is wrong with them. Called
// when the configuration is loaded.
#pragma once

#include <ctime>
#include <string>
#include <vector>

struct ssl_ctx_st;

namespace bulkhead::upstream {

// Both in PEM. Adds a sentence to the problems for each thing that is wrong.
void load_certificate(ssl_ctx_st* context, const std::string& certificate, const std::string& key,
                      std::vector<std::string>& problems);
// Who vouches for the other side; `clients`: they are told whose certificates are wanted.
void load_authorities(ssl_ctx_st* context, const std::string& file, bool clients,
                      std::vector<std::string>& problems);

// When the context's own certificate's time is over; 0 without one.
std::time_t end_of_certificate(ssl_ctx_st* context);

}  // namespace bulkhead::upstream
