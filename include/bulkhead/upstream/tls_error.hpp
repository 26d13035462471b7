// What goes wrong in TLS, as error codes whose messages are OpenSSL's own words.
#pragma once

#include "bulkhead/metrics/counters.hpp"
#include "bulkhead/upstream/asio.hpp"

namespace bulkhead::upstream {

// The error that OpenSSL has put into this thread's queue, which is emptied.
error_code take_tls_error();

// Why the other side's certificate was not taken: an X509_V_ERR_... of OpenSSL's.
error_code certificate_error(long verdict);

// What became of a handshake that ended so.
metrics::Handshake outcome_of(error_code error);

}  // namespace bulkhead::upstream
