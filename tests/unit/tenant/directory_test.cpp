#include "bulkhead/tenant/directory.hpp"

#include "bulkhead/tenant/password.hpp"
#include "catch.hpp"

using namespace bulkhead;
using tenant::Directory;
using tenant::hash_password;
using tenant::LoginResult;

namespace {

config::Config sample() {
  config::Config config;
  config.features = {{"sessions", 3, "", {"session:*"}}, {"cache", 1, "", {}}, {"more", 1, "", {}}};
  config.default_feature = "cache";
  config.policy = {"+@all"};
  config::Tenant acme;
  acme.name = "acme";
  acme.prefix = "{tenant}:";
  acme.users = {{"app", {hash_password("old"), hash_password("new")}},
                {"worker", {hash_password("w")}},
                {"idle", {}}};
  config::Tenant globex;
  globex.name = "globex";
  globex.prefix = "{tenant}/{feature}[";
  globex.databases = std::vector<int>{9, 0};
  globex.users = {{"globex", {hash_password("g")}}};
  config.tenants = {acme, globex};
  return config;
}

std::string who(const Directory& directory, std::optional<std::string_view> user,
                std::string_view password) {
  const tenant::Login login = directory.authenticate({user, password}, {});
  if (login.result != LoginResult::ok) return "nobody";
  return login.user->tenant->name + "/" + login.user->name;
}

}  // namespace

TEST_CASE("a pair of user and password says who it is") {
  const Directory directory(sample());
  CHECK(who(directory, "worker", "w") == "acme/worker");
  CHECK(who(directory, "globex", "g") == "globex/globex");
  CHECK(who(directory, "worker", "g") == "nobody");
  CHECK(who(directory, "worker", "") == "nobody");
  CHECK(who(directory, "nobody", "w") == "nobody");
  CHECK(who(directory, "", "w") == "nobody");
  CHECK(who(directory, "Worker", "w") == "nobody");
  CHECK(who(directory, "acme", "w") == "nobody");
}

TEST_CASE("each of a user's passwords is good, so that they can be rotated") {
  const Directory directory(sample());
  CHECK(who(directory, "app", "old") == "acme/app");
  CHECK(who(directory, "app", "new") == "acme/app");
  CHECK(who(directory, "app", "#old") == "nobody");
}

TEST_CASE("a user without passwords cannot come in") {
  const Directory directory(sample());
  CHECK(who(directory, "idle", "") == "nobody");
  CHECK(who(directory, "idle", std::string_view("\0", 1)) == "nobody");
}

TEST_CASE("the password alone says who it is, and so it does for Redis' user default") {
  const Directory directory(sample());
  for (const std::optional<std::string_view> user :
       {std::optional<std::string_view>(), std::optional<std::string_view>("default")}) {
    CHECK(who(directory, user, "new") == "acme/app");
    CHECK(who(directory, user, "g") == "globex/globex");
    CHECK(who(directory, user, "wrong") == "nobody");
    CHECK(who(directory, user, "") == "nobody");
  }
}

TEST_CASE("a user that is called default has its own passwords only") {
  config::Config config = sample();
  config.tenants[0].users[0].name = "default";
  const Directory directory(config);
  CHECK(who(directory, "default", "old") == "acme/default");
  CHECK(who(directory, "default", "g") == "nobody");
  CHECK(who(directory, std::nullopt, "g") == "globex/globex");
}

TEST_CASE("where the password alone is not enough, it is not") {
  config::Config config = sample();
  config.password_only_auth = false;
  const Directory directory(config);
  CHECK(who(directory, std::nullopt, "g") == "nobody");
  CHECK(who(directory, "default", "g") == "nobody");
  CHECK(who(directory, "globex", "g") == "globex/globex");
}

TEST_CASE("tenants and users are found by name, and tenants know their place") {
  const Directory directory(sample());
  REQUIRE(directory.tenants().size() == 2);
  CHECK(directory.users().size() == 4);
  CHECK(directory.find_tenant("globex")->index == 1);
  CHECK(directory.find_tenant("app") == nullptr);
  CHECK(directory.find_user("app")->tenant == directory.find_tenant("acme"));
  CHECK(directory.find_user("acme") == nullptr);
}

TEST_CASE("prefixes are expanded, one or one per feature, and the last is that of channels") {
  const Directory directory(sample());
  const tenant::Tenant& acme = *directory.find_tenant("acme");
  REQUIRE(acme.prefixes.size() == 1);
  CHECK(acme.key_prefix(2).plain == "acme:");
  CHECK(acme.channel_prefix().plain == "acme:");
  const tenant::Tenant& globex = *directory.find_tenant("globex");
  REQUIRE(globex.prefixes.size() == 4);
  CHECK(globex.key_prefix(0).plain == "globex/sessions[");
  CHECK(globex.key_prefix(1).escaped == "globex/cache\\[");
  CHECK(globex.channel_prefix().plain == "globex/channels[");
}

TEST_CASE("a physical name is a tenant's when it begins with one of its prefixes") {
  const Directory directory(sample());
  const tenant::Tenant& acme = *directory.find_tenant("acme");
  const tenant::Tenant& globex = *directory.find_tenant("globex");
  CHECK(acme.prefix_length("acme:k") == 5);
  CHECK(acme.prefix_length("acme:") == 5);
  CHECK(acme.prefix_length("acme") == 0);
  CHECK(acme.prefix_length("") == 0);
  CHECK(globex.prefix_length("globex/cache[k") == 13);
  CHECK(globex.prefix_length("globex/other[k") == 0);
}

TEST_CASE("databases are those of the features unless the tenant has its own") {
  const Directory directory(sample());
  CHECK(directory.find_tenant("acme")->databases == std::vector<int>{1, 3});
  CHECK(directory.find_tenant("globex")->databases == std::vector<int>{0, 9});
}

TEST_CASE("cursors are sealed with a key of the tenant's, the same in every process") {
  config::Config config = sample();
  const Directory one(config), two(config);
  CHECK(one.tenants()[0].cursor_key == two.tenants()[0].cursor_key);
  CHECK(one.tenants()[0].cursor_key != one.tenants()[1].cursor_key);
  config.cursor_secret = "s";
  CHECK(Directory(config).tenants()[0].cursor_key != one.tenants()[0].cursor_key);
}

TEST_CASE("an expired password is told apart, and other users' are not touched by it") {
  config::Config config = sample();
  const WallTime end{std::chrono::seconds(1000)};
  config.tenants[0].users[0].passwords[0].expires = end;
  const Directory directory(config);
  for (const std::optional<std::string_view> user :
       {std::optional<std::string_view>(), std::optional<std::string_view>("app")}) {
    const auto at = [&](std::string_view password, WallTime now) {
      return directory.authenticate({user, password}, {std::nullopt, now}).result;
    };
    CHECK(at("old", end - std::chrono::seconds(1)) == LoginResult::ok);
    CHECK(at("old", end) == LoginResult::expired);
    CHECK(at("new", end) == LoginResult::ok);
    CHECK(at("wrong", end) == LoginResult::wrong);
  }
}

TEST_CASE("a user comes from listed sources only, also by password alone") {
  config::Config config = sample();
  config.tenants[0].users[0].sources = config::Sources{{*Network::parse("10.0.0.0/8")}};
  const Directory directory(config);
  for (const std::optional<std::string_view> user :
       {std::optional<std::string_view>(), std::optional<std::string_view>("app")}) {
    const auto from = [&](const char* source, std::string_view password) {
      return directory.authenticate({user, password}, {IpAddress::parse(source)}).result;
    };
    CHECK(from("10.1.2.3", "old") == LoginResult::ok);
    CHECK(from("::ffff:10.1.2.3", "old") == LoginResult::ok);
    CHECK(from("192.0.2.1", "old") == LoginResult::source);
    CHECK(from("192.0.2.1", "wrong") == LoginResult::wrong);
    CHECK(from("unix", "old") == LoginResult::source);  // no address
  }
  CHECK(directory.authenticate({"worker", "w"}, {}).result == LoginResult::ok);
}

TEST_CASE("of users of one tenant with one password, whoever may log in does") {
  config::Config config = sample();
  config.tenants[0].users[1].passwords = {hash_password("old")};
  config.tenants[0].users[0].sources = config::Sources{{*Network::parse("10.0.0.0/8")}};
  const Directory directory(config);
  const auto name = [&](const char* source) {
    return directory.authenticate({std::nullopt, "old"}, {IpAddress::parse(source)}).user->name;
  };
  CHECK(name("10.0.0.1") == "app");
  CHECK(name("192.0.2.1") == "worker");
}

TEST_CASE("a listener that leads to one tenant lets its users in alone") {
  const Directory directory(sample());
  tenant::Circumstances now;
  now.confined_to = directory.find_tenant("acme");
  CHECK(directory.authenticate({"app", "old"}, now).result == LoginResult::ok);
  CHECK(directory.authenticate({"globex", "g"}, now).result == LoginResult::source);
  CHECK(directory.authenticate({std::nullopt, "g"}, now).result == LoginResult::source);
}
