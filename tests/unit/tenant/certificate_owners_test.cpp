#include "bulkhead/tenant/certificate_owners.hpp"

#include "catch.hpp"

#include <vector>

namespace bulkhead::tenant {

using Kind = config::CertificateName::Kind;
using Names = std::vector<config::CertificateName>;

TEST_CASE("a certificate is its user's by one name, or several, and nobody's by two users' names") {
  User app, robot;
  app.name = "app";
  robot.name = "robot";
  CertificateOwners owners;
  owners.add({Kind::cn, "app"}, app);
  owners.add({Kind::any, "app.example"}, app);
  owners.add({Kind::uri, "spiffe://a/robot"}, robot);

  CHECK(owners.find(Names{{Kind::cn, "app"}}) == &app);
  CHECK(owners.find(Names{{Kind::dns, "app.example"}}) == &app);
  CHECK(owners.find(Names{{Kind::cn, "app.example"}}) == &app);
  CHECK(owners.find(Names{{Kind::dns, "x"}, {Kind::cn, "app"}, {Kind::dns, "app.example"}}) ==
        &app);
  CHECK(owners.find(Names{{Kind::uri, "spiffe://a/robot"}}) == &robot);

  CHECK(owners.find(Names{}) == nullptr);
  CHECK(owners.find(Names{{Kind::dns, "app"}}) == nullptr);
  CHECK(owners.find(Names{{Kind::cn, "app2"}}) == nullptr);
  CHECK(owners.find(Names{{Kind::cn, "app"}, {Kind::uri, "spiffe://a/robot"}}) == nullptr);
}

}  // namespace bulkhead::tenant
