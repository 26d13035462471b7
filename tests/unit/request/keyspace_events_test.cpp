#include "bulkhead/request/keyspace_events.hpp"

#include "bulkhead/base/glob.hpp"
#include "catch.hpp"
#include "request/event_world.hpp"

using namespace bulkhead;
using namespace bulkhead::request;
using Texts = std::vector<std::string>;

namespace {

Texts channels(const EventWorld& world, std::string_view tenant, std::string_view name) {
  const auto found = event_channels(world.view(tenant), name);
  return found ? texts(*found) : Texts{found.error().sentence};
}
Texts patterns(const EventWorld& world, std::string_view tenant, std::string_view pattern) {
  const auto found = event_patterns(world.view(tenant), pattern);
  return found ? texts(*found) : Texts{found.error().sentence};
}

// "merged|own|payload", or why the client does not see it.
std::string seen(const EventWorld& world, std::string_view tenant, std::string_view channel,
                 std::string_view payload) {
  ClientsEvent event;
  switch (clients_event(world.view(tenant), channel, payload, event)) {
    case Sight::foreign:
      return "foreign";
    case Sight::unseen:
      return "unseen";
    case Sight::seen:
      break;
  }
  return event.merged + "|" + event.own + "|" + std::string(event.payload);
}

}  // namespace

TEST_CASE("the events of one key come from the database that it is routed to") {
  const EventWorld world;
  CHECK(channels(world, "acme", "__keyspace@0__:session:1") ==
        Texts{"__keyspace@0__:acme:session:1"});
  CHECK(channels(world, "acme", "__keyspace@0__:cache:1") == Texts{"__keyspace@1__:acme:cache:1"});
  CHECK(channels(world, "acme", "__keyspace@0__:") == Texts{"__keyspace@1__:acme:"});
  CHECK(channels(world, "parted", "__keyspace@0__:job:1") == Texts{"__keyspace@4__:p:jobs:job:1"});
}

TEST_CASE("a database that the client can select is named as Redis names it") {
  const EventWorld world;
  CHECK(channels(world, "acme", "__keyspace@4__:cache:1") == Texts{"__keyspace@4__:acme:cache:1"});
  CHECK(channels(world, "acme", "__keyevent@4__:del") == Texts{"__keyevent@4__:del"});
  CHECK(channels(world, "chosen", "__keyspace@0__:job:1") == Texts{"__keyspace@0__:chosen:job:1"});
  CHECK(channels(world, "chosen", "__keyspace@9__:x") == Texts{"__keyspace@9__:chosen:x"});
}

TEST_CASE("other names ask for no events") {
  const EventWorld world;
  for (std::string_view name :
       {"news", "", "__keyspace@", "__keyspace@0", "__keyspace@0__", "__keyspace@00__:x",
        "__keyspace@-1__:x", "__keyspace@0__x:y", "__keyspaces@0__:x", " __keyspace@0__:x",
        "__keyspace@7__:x", "__keyevent@99999999999999999999__:del", "__keyevent@2__:del"}) {
    CAPTURE(name);
    CHECK(channels(world, "acme", name).empty());
  }
  CHECK(channels(world, "chosen", "__keyspace@4__:x").empty());
}

TEST_CASE("the merged view has the events of all its databases, each channel once") {
  const EventWorld world;
  CHECK(channels(world, "acme", "__keyevent@0__:expired") ==
        Texts{"__keyevent@0__:expired", "__keyevent@1__:expired", "__keyevent@4__:expired"});
  CHECK(channels(world, "parted", "__keyevent@0__:del") ==
        Texts{"__keyevent@0__:del", "__keyevent@1__:del", "__keyevent@4__:del"});
}

TEST_CASE("patterns of keys keep the prefix between database and key") {
  const EventWorld world;
  CHECK(patterns(world, "acme", "__keyspace@4__:foo*") == Texts{"__keyspace@4__:acme:foo*"});
  CHECK(patterns(world, "acme", "__keyspace@0__:foo*") == Texts{"__keyspace@*__:acme:foo*"});
  CHECK(patterns(world, "acme", "__keyspace@*__:foo*") == Texts{"__keyspace@*__:acme:*foo*"});
  CHECK(patterns(world, "odd", "__keyspace@4__:a") == Texts{"__keyspace@4__:o\\*\\[1]:a"});
  CHECK(patterns(world, "chosen", "__keyspace@[19]__:a?") == Texts{"__keyspace@*__:chosen:a?"});
  CHECK(patterns(world, "chosen", "__keyspace@9__:*") == Texts{"__keyspace@9__:chosen:*"});
  CHECK(patterns(world, "chosen", "__keyspace@7__:*").empty());
}

TEST_CASE("with a prefix per feature, each database is asked for its own") {
  const EventWorld world;
  CHECK(patterns(world, "parted", "__keyspace@0__:j*") ==
        Texts{"__keyspace@0__:p:sessions:j*", "__keyspace@1__:p:cache:j*",
              "__keyspace@4__:p:jobs:j*", "__keyspace@4__:p:more:j*"});
}

TEST_CASE("patterns of events") {
  const EventWorld world;
  CHECK(patterns(world, "acme", "__keyevent@0__:expired") == Texts{"__keyevent@*__:expired"});
  CHECK(patterns(world, "acme", "__keyevent@1__:ex*") == Texts{"__keyevent@1__:ex*"});
  CHECK(patterns(world, "chosen", "__keyevent@*__:*") == Texts{"__keyevent@*__:*"});
}

TEST_CASE("patterns that can match events in several ways ask for all of them") {
  const EventWorld world;
  const Texts all = {"__keyevent@*__:*", "__keyspace@*__:acme:*"};
  CHECK(patterns(world, "acme", "__key*__:*") == all);
  CHECK(patterns(world, "acme", "*") == all);
  CHECK(patterns(world, "acme", "*:updates") ==
        Texts{"__keyevent@*__:*updates", "__keyspace@*__:acme:*updates"});
  CHECK(patterns(world, "acme", std::string(300, '*')) == all);
  CHECK(patterns(world, "acme", "__key?????@0__:x") ==
        Texts{"__keyevent@*__:x", "__keyspace@*__:acme:x"});
  CHECK(patterns(world, "acme", "news*").empty());
  CHECK(patterns(world, "acme", "[a-m]*").empty());
  CHECK(patterns(world, "many", "__key*__:*").size() == 2);
}

TEST_CASE("a tenant that writes its prefix itself has it in the names of keys") {
  const EventWorld world;
  CHECK(channels(world, "legacy", "__keyspace@1__:nextauth:x") ==
        Texts{"__keyspace@1__:nextauth:x"});
  CHECK(channels(world, "legacy", "__keyspace@1__:acme:x").front().starts_with("NOPERM"));
  CHECK(patterns(world, "legacy", "__keyspace@1__:nextauth:x*") ==
        Texts{"__keyspace@1__:nextauth:x*"});
  CHECK(patterns(world, "legacy", "__keyspace@1__:*") == Texts{"__keyspace@1__:nextauth:*"});
  CHECK(patterns(world, "legacy", "*").empty());
  CHECK(seen(world, "legacy", "__keyevent@1__:del", "nextauth:x") ==
        "__keyevent@0__:del|__keyevent@1__:del|nextauth:x");
}

TEST_CASE("databases of another backend than channels have no events") {
  const EventWorld world = EventWorld::with_another_backend();
  const auto refused = [](const Texts& found) {
    return found.size() == 1 && found.front().starts_with("CROSSDB");
  };
  CHECK(refused(channels(world, "acme", "__keyspace@0__:rate:1")));
  CHECK(refused(channels(world, "acme", "__keyspace@2__:x")));
  CHECK(refused(channels(world, "acme", "__keyevent@0__:del")));
  CHECK(refused(patterns(world, "acme", "__key*__:*")));
  CHECK(refused(patterns(world, "acme", "__keyevent@2__:*")));
  CHECK(channels(world, "acme", "__keyevent@1__:del") == Texts{"__keyevent@1__:del"});
  CHECK(patterns(world, "acme", "__keyevent@1__:*") == Texts{"__keyevent@1__:*"});
  // It was not written for events, and is no reason to refuse channels.
  CHECK(patterns(world, "acme", "*") == Texts{"__keyevent@*__:*", "__keyspace@*__:acme:*"});
  CHECK(seen(world, "acme", "__keyspace@2__:acme:rate:1", "set") == "unseen");
}

TEST_CASE("an event has the client's names and databases") {
  const EventWorld world;
  CHECK(seen(world, "acme", "__keyspace@1__:acme:cache:1", "set") ==
        "__keyspace@0__:cache:1|__keyspace@1__:cache:1|set");
  CHECK(seen(world, "acme", "__keyevent@1__:set", "acme:cache:1") ==
        "__keyevent@0__:set|__keyevent@1__:set|cache:1");
  CHECK(seen(world, "acme", "__keyevent@0__:set", "acme:session:1") ==
        "__keyevent@0__:set||session:1");
  CHECK(seen(world, "chosen", "__keyevent@9__:set", "chosen:cache:1") ==
        "|__keyevent@9__:set|cache:1");
  CHECK(seen(world, "parted", "__keyspace@4__:p:more:more:1", "del") ==
        "__keyspace@0__:more:1||del");
  CHECK(seen(world, "parted", "__keyspace@4__:p:jobs:job:1", "del") ==
        "__keyspace@0__:job:1|__keyspace@4__:job:1|del");
}

TEST_CASE("the merged view shows a key's events only where the key is looked for") {
  const EventWorld world;
  CHECK(seen(world, "acme", "__keyevent@4__:set", "acme:cache:1") == "|__keyevent@4__:set|cache:1");
  CHECK(seen(world, "acme", "__keyevent@0__:set", "acme:cache:1") == "unseen");
  CHECK(seen(world, "chosen", "__keyevent@4__:set", "chosen:x") == "unseen");
}

TEST_CASE("another tenant's keys are foreign, by name and by event") {
  const EventWorld world;
  for (std::string_view key : {"chosen:x", "acme", "acm", "", "Acme:x", "x:acme:y"}) {
    CAPTURE(key);
    CHECK(seen(world, "acme", "__keyevent@1__:set", key) == "foreign");
    CHECK(seen(world, "acme", "__keyspace@1__:" + std::string(key), "set") == "foreign");
  }
  // What the pattern "__keyspace@*__:acme:*" matches, too.
  CHECK(seen(world, "acme", "__keyspace@1__:chosen:x__:acme:y", "set") == "foreign");
  CHECK(seen(world, "acme", "news", "acme:x") == "foreign");
}

TEST_CASE("every event that a pattern matches comes by exactly one upstream pattern") {
  const EventWorld world;
  const std::vector<std::string> keys = {"session:1", "cache:x",       "job:7",          "more:2",
                                         "plain",     "a__:p:cache:b", "job:__:p:more:x"};
  const std::vector<std::string> asked = {"*",
                                          "__key*__:*",
                                          "__keyspace@*__:*",
                                          "__keyspace@0__:*:*",
                                          "__keyspace@4__:job:*",
                                          "__keyevent@?__:[sd]*",
                                          "__keyevent@0__:set",
                                          "*set",
                                          "__keyspace@[0-4]__:[^s]*"};
  for (std::string_view name : {"acme", "odd", "parted", "chosen", "many"}) {
    const TenantView view = world.view(name);
    for (const std::string& pattern : asked) {
      const auto upstream = event_patterns(view, pattern);
      REQUIRE(upstream.has_value());
      for (int db : {0, 1, 4, 9}) {
        for (const std::string& key : keys) {
          for (const tenant::Prefix& prefix : view.tenant.prefixes) {
            const std::string physical = prefix.plain + key;
            const std::string at = std::to_string(db) + "__:";
            for (const auto& [channel, payload] :
                 {std::pair("__keyspace@" + at + physical, std::string("set")),
                  std::pair("__keyevent@" + at + "set", physical)}) {
              ClientsEvent event;
              if (clients_event(view, channel, payload, event) != Sight::seen) continue;
              const bool wanted = (!event.merged.empty() && glob_matches(pattern, event.merged)) ||
                                  (!event.own.empty() && glob_matches(pattern, event.own));
              std::size_t carried = 0;
              for (const auto& one : *upstream) carried += glob_matches(one.text(), channel);
              CAPTURE(name, pattern, channel, payload);
              REQUIRE(carried <= 1);
              if (wanted) REQUIRE(carried == 1);
            }
          }
        }
      }
    }
  }
}
