#include "bulkhead/tenant/password.hpp"

#include "catch.hpp"

#include <vector>

using namespace bulkhead;
using tenant::hash_password;

TEST_CASE("a password is written as Redis' ACL writes it") {
  CHECK(tenant::written_hash(hash_password("")) ==
        "#e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  CHECK(tenant::written_hash(hash_password("abc")) ==
        "#ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST_CASE("one of several hashes is enough, and none of none is not") {
  const std::vector<config::Password> hashes = {hash_password("old"), hash_password("new")};
  CHECK(tenant::matches_any(hashes, hash_password("old")));
  CHECK(tenant::matches_any(hashes, hash_password("new")));
  CHECK_FALSE(tenant::matches_any(hashes, hash_password("other")));
  CHECK_FALSE(tenant::matches_any(hashes, hash_password("")));
  CHECK_FALSE(tenant::matches_any({}, hash_password("old")));
}
