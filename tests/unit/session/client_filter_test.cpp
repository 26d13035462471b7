#include "session/client_filter.hpp"

#include "catch.hpp"

#include <chrono>

using namespace bulkhead;
using namespace bulkhead::session;
using resp::OwnedArgs;

namespace {

tenant::ClientState client(std::uint64_t id, const tenant::User& user) {
  tenant::ClientState state;
  state.id = id;
  state.user = &user;
  state.address = "10.0.0.1:5000";
  state.local_address = "10.0.0.9:6380";
  return state;
}

std::string refused(const Result<ClientFilter>& filter) {
  return filter ? "accepted" : filter.error().sentence;
}

}  // namespace

TEST_CASE("CLIENT LIST means all, some ids, or a type") {
  const tenant::User ann{"ann", nullptr, {}};
  const Instant now = Clock::now();
  CHECK(read_list_filter(OwnedArgs{"CLIENT", "LIST"}.view())->matches(client(1, ann), now));
  const auto ids = read_list_filter(OwnedArgs{"CLIENT", "LIST", "ID", "2", "3"}.view());
  CHECK(ids->matches(client(3, ann), now));
  CHECK_FALSE(ids->matches(client(1, ann), now));
  const auto pubsub = read_list_filter(OwnedArgs{"client", "list", "type", "PUBSUB"}.view());
  CHECK_FALSE(pubsub->matches(client(1, ann), now));
  CHECK(refused(read_list_filter(OwnedArgs{"CLIENT", "LIST", "TYPE", "odd"}.view())) ==
        "ERR Unknown client type 'odd'");
  CHECK(refused(read_list_filter(OwnedArgs{"CLIENT", "LIST", "ID", "x"}.view())) ==
        "ERR Invalid client ID");
  CHECK(refused(read_list_filter(OwnedArgs{"CLIENT", "LIST", "ID"}.view())) == "ERR syntax error");
}

TEST_CASE("CLIENT KILL takes every filter of Redis, all of which must fit") {
  const tenant::User ann{"ann", nullptr, {}};
  const Instant now = Clock::now();
  const auto both =
      read_kill_filter(OwnedArgs{"CLIENT", "KILL", "USER", "ann", "ADDR", "10.0.0.1:5000"}.view());
  CHECK(both->matches(client(1, ann), now));
  CHECK(both->skip_me);
  const tenant::User bob{"bob", nullptr, {}};
  CHECK_FALSE(both->matches(client(1, bob), now));
  const auto local =
      read_kill_filter(OwnedArgs{"CLIENT", "KILL", "LADDR", "10.0.0.9:1", "SKIPME", "no"}.view());
  CHECK_FALSE(local->matches(client(1, ann), now));
  CHECK_FALSE(local->skip_me);
  const auto old = read_kill_filter(OwnedArgs{"CLIENT", "KILL", "MAXAGE", "10"}.view());
  tenant::ClientState state = client(1, ann);
  state.connected_at = now - std::chrono::seconds(11);
  CHECK(old->matches(state, now));
  state.connected_at = now - std::chrono::seconds(9);
  CHECK_FALSE(old->matches(state, now));
}

TEST_CASE("a filter that Redis does not know is refused in its words") {
  CHECK(refused(read_kill_filter(OwnedArgs{"CLIENT", "KILL", "ID", "0"}.view())) ==
        "ERR client-id should be greater than 0");
  CHECK(refused(read_kill_filter(OwnedArgs{"CLIENT", "KILL", "SKIPME", "maybe"}.view())) ==
        "ERR syntax error");
  CHECK(refused(read_kill_filter(OwnedArgs{"CLIENT", "KILL", "USER", "a", "b"}.view())) ==
        "ERR syntax error");
}
