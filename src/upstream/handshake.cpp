#include "handshake.hpp"

#include "bulkhead/base/buffer.hpp"
#include "bulkhead/resp/writer.hpp"
#include "bulkhead/upstream/fence.hpp"

namespace bulkhead::upstream {

// HELLO and AUTH are one where the lane speaks RESP3.
Handshake::Handshake(const config::Backend& backend, int db, bool resp3, const Fence* fence) {
  const bool authenticate = fence != nullptr || !backend.password.empty();
  std::string_view user = backend.username.empty() ? std::string_view("default") : backend.username;
  std::string_view password = backend.password;
  if (fence != nullptr) {
    user = fence->user();
    password = fence->password();
  }
  Buffer out;
  if (resp3) {
    resp::write_array_header(out, authenticate ? 5 : 2);
    resp::write_bulk(out, "HELLO");
    resp::write_bulk(out, "3");
    if (authenticate) resp::write_bulk(out, "AUTH");
    ++replies;
  } else if (authenticate) {
    resp::write_array_header(out, 3);
    resp::write_bulk(out, "AUTH");
    ++replies;
  }
  if (authenticate) {
    resp::write_bulk(out, user);
    resp::write_bulk(out, password);
  }
  resp::write_array_header(out, 2);
  resp::write_bulk(out, "SELECT");
  resp::write_bulk(out, std::to_string(db));
  ++replies;
  bytes = out.view();
}

void Handshake::ask_id() {
  bytes += "*2\r\n$6\r\nCLIENT\r\n$2\r\nID\r\n";
  ++replies;
}

}  // namespace bulkhead::upstream
