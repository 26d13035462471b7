#include "bulkhead/session/fanout_table.hpp"

#include "catch.hpp"
#include "rewrite/tenants.hpp"

#include <algorithm>
#include <map>

using namespace bulkhead;
using namespace bulkhead::session;
using request::SubscriptionChange;
using rewrite::ChannelKind;
using Texts = std::vector<std::string>;

namespace {

const tenant::Tenant kAcme = rewrite::tenant_with({"a:"});

struct Ear final : Listener {
  void on_changed(std::uint64_t ticket) override { changed.push_back(ticket); }
  void on_change_lost(std::uint64_t, const Refusal&) override {}
  void on_message(const resp::PubsubMessage&, Written*) override {}
  std::vector<std::uint64_t> changed;
};

SubscriptionChange change_of(bool subscribe, std::initializer_list<std::string_view> names,
                             ChannelKind kind = ChannelKind::channel) {
  SubscriptionChange change{kind, subscribe, {}, {}};
  for (std::string_view name : names) {
    change.upstream.push_back(*rewrite::scoped_channel(kAcme, kind, name));
  }
  return change;
}

struct Stage {
  Texts change(Ear& ear, std::uint64_t ticket, bool on,
               std::initializer_list<std::string_view> names) {
    const Texts sent = texts(table.change(ear, ticket, change_of(on, names)));
    table.settle();
    return sent;
  }
  static Texts texts(const FanoutOrder& order) {
    Texts out;
    for (const auto& channel : order.channels) out.push_back(channel.text());
    std::sort(out.begin(), out.end());
    return out;
  }
  // How many hear it; -1 when it is not known.
  int hear(std::string_view channel) const {
    const auto* topic = table.find(ChannelKind::channel, channel);
    return topic == nullptr ? -1 : static_cast<int>(topic->listeners.size());
  }
  FanoutTable table;
  Ear one, two;
};

using Tickets = std::vector<std::uint64_t>;

}  // namespace

TEST_CASE("a channel is subscribed to for the first and given up with the last") {
  Stage stage;
  CHECK(stage.change(stage.one, 1, true, {"x", "y"}) == Texts{"a:x", "a:y"});
  CHECK(stage.one.changed.empty());
  CHECK(stage.hear("a:x") == 0);
  stage.table.acknowledged();
  CHECK(stage.one.changed == Tickets{1});
  CHECK(stage.change(stage.two, 7, true, {"x"}).empty());
  CHECK(stage.two.changed == Tickets{7});
  CHECK(stage.hear("a:x") == 2);
  CHECK(stage.change(stage.one, 2, false, {"x", "y"}) == Texts{"a:y"});
  CHECK(stage.hear("a:x") == 2);
  stage.table.acknowledged();
  CHECK(stage.hear("a:x") == 1);
  CHECK(stage.hear("a:y") == -1);
  CHECK(stage.change(stage.two, 8, false, {"x"}) == Texts{"a:x"});
  stage.table.acknowledged();
  CHECK(stage.table.empty());
}

TEST_CASE("who asks for what another has just ordered waits with it") {
  Stage stage;
  stage.change(stage.one, 1, true, {"x"});
  CHECK(stage.change(stage.two, 1, true, {"x"}).empty());
  CHECK(stage.two.changed.empty());
  stage.table.acknowledged();
  CHECK(stage.one.changed == Tickets{1});
  CHECK(stage.two.changed == Tickets{1});
}

TEST_CASE("changes of a client come into force in their order") {
  Stage stage;
  stage.change(stage.one, 1, true, {"x"});
  stage.change(stage.one, 2, false, {"x"});
  CHECK(stage.change(stage.one, 3, true, {"x"}) == Texts{"a:x"});
  stage.table.acknowledged();
  CHECK(stage.hear("a:x") == 1);
  stage.table.acknowledged();
  CHECK(stage.one.changed == Tickets{1, 2});
  CHECK(stage.hear("a:x") == 0);
  stage.table.acknowledged();
  CHECK(stage.one.changed == Tickets{1, 2, 3});
  CHECK(stage.hear("a:x") == 1);
}

TEST_CASE("who leaves is forgotten, with what was under way") {
  Stage stage;
  stage.change(stage.one, 1, true, {"x"});
  stage.table.acknowledged();
  stage.change(stage.two, 1, true, {"x", "y"});
  CHECK(Stage::texts(stage.table.drop(stage.two, change_of(false, {"x", "y"}))) == Texts{"a:y"});
  stage.table.acknowledged();
  stage.table.acknowledged();
  CHECK(stage.two.changed.empty());
  CHECK(stage.hear("a:x") == 1);
  CHECK(stage.hear("a:y") == -1);
  stage.change(stage.one, 2, false, {"x"});
  stage.table.drop(stage.one, change_of(false, {}));
  CHECK(stage.table.empty());
}

TEST_CASE("a new connection is asked for everything, and those under way are told") {
  Stage stage;
  stage.change(stage.one, 1, true, {"x", "y", "z"});
  stage.table.acknowledged();
  stage.change(stage.two, 5, true, {"w"});
  stage.change(stage.one, 2, false, {"z"});
  stage.table.lost();
  CHECK(stage.table.next_lost() == std::pair<Listener*, std::uint64_t>{&stage.two, 5});
  CHECK(stage.table.next_lost() == std::pair<Listener*, std::uint64_t>{&stage.one, 2});
  CHECK_FALSE(stage.table.next_lost().has_value());
  CHECK(stage.hear("a:z") == -1);
  stage.table.drop(stage.two, change_of(false, {"w"}));
  const auto orders = stage.table.all(1);
  REQUIRE(orders.size() == 2);
  CHECK(Stage::texts(orders[0]) != Stage::texts(orders[1]));
  CHECK(stage.change(stage.two, 6, true, {"x"}).empty());
  CHECK(stage.two.changed.empty());
  stage.table.acknowledged();
  stage.table.acknowledged();
  CHECK(stage.hear("a:y") == 1);
}

TEST_CASE("kinds do not mix") {
  Stage stage;
  stage.table.change(stage.one, 1, change_of(true, {"x"}, ChannelKind::pattern));
  stage.table.change(stage.one, 2, change_of(true, {"x"}, ChannelKind::sharded));
  CHECK(stage.hear("a:x") == -1);
  CHECK(stage.table.all(10).size() == 2);
}

TEST_CASE("whatever clients do, the upstream subscriptions are those that somebody has") {
  std::srand(7);
  const std::array<std::string_view, 4> names = {"p", "q", "r", "s"};
  for (int round = 0; round < 300; ++round) {
    FanoutTable table;
    std::array<Ear, 3> ears;
    std::array<std::map<std::string_view, bool>, 3> has;
    std::map<std::string, bool> upstream;
    int under_way = 0;
    const auto send = [&](const FanoutOrder& order) {
      for (const auto& channel : order.channels) {
        REQUIRE(upstream[channel.text()] != order.subscribe);
        upstream[channel.text()] = order.subscribe;
      }
      if (!order.channels.empty()) ++under_way;
      table.settle();
    };
    for (std::uint64_t step = 0; step < 60; ++step) {
      const auto who = static_cast<std::size_t>(std::rand()) % 3;
      const std::string_view name = names[static_cast<std::size_t>(std::rand()) % 4];
      if (std::rand() % 3 == 0 && under_way > 0) {
        --under_way;
        table.acknowledged();
        continue;
      }
      bool& mine = has[who][name];
      mine = !mine;
      send(table.change(ears[who], step, change_of(mine, {name})));
    }
    for (; under_way > 0; --under_way) table.acknowledged();
    for (std::string_view name : names) {
      const auto* topic = table.find(ChannelKind::channel, "a:" + std::string(name));
      std::size_t listeners = 0;
      for (std::size_t who = 0; who < 3; ++who) {
        listeners += has[who][name];
        if (topic != nullptr) CHECK(topic->listeners.contains(&ears[who]) == has[who][name]);
      }
      CHECK((topic == nullptr ? 0 : topic->listeners.size()) == listeners);
      CHECK(upstream["a:" + std::string(name)] == (listeners != 0));
    }
  }
}
