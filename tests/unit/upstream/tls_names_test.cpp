#include "bulkhead/upstream/tls_names.hpp"

#include "catch.hpp"

namespace bulkhead::upstream {

using Kind = config::CertificateName::Kind;

TEST_CASE("names for a line of the log") {
  CHECK(text_of({}).empty());
  CHECK(text_of({{Kind::dns, "a.example"}, {Kind::cn, "a"}}) == "DNS:a.example, CN:a");
  CHECK(text_of({{Kind::uri, std::string(1000, 'x')}, {Kind::cn, "a"}}).size() == 256);
}

}  // namespace bulkhead::upstream
