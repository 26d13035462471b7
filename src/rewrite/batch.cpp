#include "bulkhead/rewrite/batch.hpp"

#include "bulkhead/resp/writer.hpp"

#include <string>

namespace bulkhead::rewrite {

void Batch::add(const TenantCommand& command) {
  command.append_alone(bytes_);
  ++commands_;
  follow(command);
}

void Batch::follow(const TenantCommand& command) {
  command.append_following(bytes_);
  commands_ += static_cast<std::uint32_t>(command.following().size());
}

void Batch::select(int db) {
  resp::write_array_header(bytes_, 2);
  resp::write_bulk(bytes_, "SELECT");
  resp::write_bulk(bytes_, std::to_string(db));
  ++commands_;
}

void Batch::hello(bool resp3) {
  add(resp3 ? "*2\r\n$5\r\nHELLO\r\n$1\r\n3\r\n" : "*2\r\n$5\r\nHELLO\r\n$1\r\n2\r\n");
}

void Batch::auth(std::string_view user, std::string_view password) {
  resp::write_array_header(bytes_, 3);
  for (std::string_view word : {std::string_view("AUTH"), user, password}) {
    resp::write_bulk(bytes_, word);
  }
  ++commands_;
}

void Batch::set_user(std::string_view user, std::span<const std::string> rules) {
  resp::write_array_header(bytes_, 3 + rules.size());
  for (std::string_view word : {std::string_view("ACL"), std::string_view("SETUSER"), user}) {
    resp::write_bulk(bytes_, word);
  }
  for (const std::string& rule : rules) resp::write_bulk(bytes_, rule);
  ++commands_;
}

void Batch::multi() {
  add("*1\r\n$5\r\nMULTI\r\n");
}

void Batch::exec() {
  add("*1\r\n$4\r\nEXEC\r\n");
}

void Batch::unwatch() {
  add("*1\r\n$7\r\nUNWATCH\r\n");
}

void Batch::ping() {
  add("*1\r\n$4\r\nPING\r\n");
}

void Batch::tracking_off() {
  add("*3\r\n$6\r\nCLIENT\r\n$8\r\nTRACKING\r\n$3\r\nOFF\r\n");
}

void Batch::caching(bool yes) {
  add(yes ? "*3\r\n$6\r\nCLIENT\r\n$7\r\nCACHING\r\n$3\r\nYES\r\n"
          : "*3\r\n$6\r\nCLIENT\r\n$7\r\nCACHING\r\n$2\r\nNO\r\n");
}

void Batch::add(std::string_view words) {
  bytes_.append(words);
  ++commands_;
}

void Batch::append(const Batch& other) {
  bytes_.append(other.bytes());
  commands_ += other.commands_;
}

}  // namespace bulkhead::rewrite
