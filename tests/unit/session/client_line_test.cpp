#include "session/client_line.hpp"

#include "catch.hpp"

#include <chrono>

using namespace bulkhead;

TEST_CASE("a connection is shown as Redis shows its own") {
  const tenant::User user{"ann", nullptr, {}};
  const Instant now = Clock::now();
  tenant::ClientState client;
  client.id = 7;
  client.user = &user;
  client.name = "worker";
  client.address = "10.0.0.1:5000";
  client.local_address = "10.0.0.9:6380";
  client.selected_db = 4;
  client.resp3 = true;
  client.connected_at = now - std::chrono::seconds(60);
  client.active_at = now - std::chrono::seconds(5);
  client.last_command = "client|list";
  client.lib_name = "lib";
  client.lib_version = "1.2";
  const std::string line = session::client_line(client, now, false);
  CHECK(line ==
        "id=7 addr=10.0.0.1:5000 laddr=10.0.0.9:6380 fd=-1 name=worker age=60 idle=5 flags=N db=4 "
        "sub=0 psub=0 ssub=0 multi=-1 qbuf=0 qbuf-free=0 argv-mem=0 multi-mem=0 rbs=0 rbp=0 obl=0 "
        "oll=0 omem=0 tot-mem=0 events=r cmd=client|list user=ann redir=-1 resp=3\n");
  CHECK(session::client_line(client, now, true).ends_with(" resp=3 lib-name=lib lib-ver=1.2\n"));
}

TEST_CASE("a subscriber is shown with what it is subscribed to") {
  tenant::ClientState client;
  client.subscriptions = {3, 2, 1};
  const std::string line = session::client_line(client, Clock::now(), false);
  CHECK(line.find(" flags=P ") != std::string::npos);
  CHECK(line.find(" sub=3 psub=2 ssub=1 ") != std::string::npos);
}
