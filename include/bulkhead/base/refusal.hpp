// Why a command is not carried out: one wire sentence for the client, one label for the metrics.
// A value, made on the data path by the functions of sentences.hpp and nowhere else.
#pragma once

#include <boost/system/result.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace bulkhead {

enum class Reason : std::uint8_t {
  protocol,         // the bytes are not a request
  unauthenticated,  // no identity yet
  bad_credentials,  // AUTH or HELLO with a wrong pair
  unknown_command,  // no row
  wrong_arity,      // a row, but not with so many arguments
  syntax,           // the argument list in which names should stand cannot be read
  not_permitted,    // the tenant's policy says no
  not_supported,    // a row that is denied to everybody, or not here yet
  foreign_name,     // a name outside the tenant, asked for or found in a reply
  cross_db,         // names of one command belong to different databases
  db_range,         // SELECT of a database which the tenant does not have
  state,            // not in the state that the connection is in
  limit,            // over a limit of the configuration
  throttled,        // over a rate of the tenant's: it may come again
  quota,            // the tenant has the keys, or the memory, that it may have
  backend_down,     // the backend cannot be reached or went away
};

inline constexpr std::size_t kReasons = static_cast<std::size_t>(Reason::backend_down) + 1;

// The metric label of a reason, as in bulkhead_refusals_total{reason="not_permitted"}.
std::string_view label(Reason reason);

struct Refusal {
  Reason reason;
  std::string sentence;  // with the error code in front, without '-' and CRLF
};

template <class T>
using Result = boost::system::result<T, Refusal>;

// Called by result::value() on a refusal; that is a bug, so it ends in an exception.
[[noreturn]] void throw_exception_from_error(const Refusal& refusal,
                                             const boost::source_location& where);

}  // namespace bulkhead
