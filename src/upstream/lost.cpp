#include "lost.hpp"

namespace bulkhead::upstream {

using metrics::Lost;

std::string_view sentence(Lost why) {
  switch (why) {
    case Lost::by_backend:
      return "closed the connection";
    case Lost::timeout:
      return "did not answer in time";
    case Lost::protocol:
      return "sent what is no reply";
    case Lost::surplus_reply:
      return "sent a reply that nobody asked for";
    case Lost::handshake:
      return "cannot be reached";
    case Lost::retired:
      return "is no longer configured";
  }
  return "is away";
}

}  // namespace bulkhead::upstream
