#include "bulkhead/rewrite/channel_name.hpp"

#include "catch.hpp"
#include "rewrite/tenants.hpp"

using namespace bulkhead;
using namespace bulkhead::rewrite;

namespace {

const tenant::Tenant kAcme = tenant_with({"a[1]:"});
const tenant::Tenant kLegacy = tenant_with({"nextauth:"}, config::PrefixMode::require);

}  // namespace

TEST_CASE("channels get the prefix, patterns the escaped one") {
  CHECK(scoped_channel(kAcme, ChannelKind::channel, "news")->text() == "a[1]:news");
  CHECK(scoped_channel(kAcme, ChannelKind::sharded, "news")->text() == "a[1]:news");
  CHECK(scoped_channel(kAcme, ChannelKind::pattern, "n*")->text() == "a\\[1]:n*");
}

TEST_CASE("channels have the prefix that stands for no feature") {
  const auto parted = tenant_with({"p:cache:", "p:channels:"});
  CHECK(scoped_channel(parted, ChannelKind::channel, "news")->text() == "p:channels:news");
  CHECK_FALSE(clients_channel(parted, "p:cache:news"));
  CHECK(clients_channel(parted, "p:channels:news") == "news");
}

TEST_CASE("a prefix that the tenant writes itself is asked for") {
  CHECK(scoped_channel(kLegacy, ChannelKind::channel, "nextauth:x")->text() == "nextauth:x");
  CHECK(scoped_channel(kLegacy, ChannelKind::channel, "x").has_error());
  CHECK(scoped_channel(kLegacy, ChannelKind::pattern, "*").has_error());
  CHECK(clients_channel(kLegacy, "nextauth:x") == "nextauth:x");
}

TEST_CASE("what comes back is stripped, and what is not the tenant's is nothing") {
  CHECK(clients_channel(kAcme, "a[1]:news") == "news");
  CHECK(clients_channel(kAcme, "a[1]:") == "");
  CHECK_FALSE(clients_channel(kAcme, "a1:news"));
  CHECK(clients_pattern(kAcme, "a\\[1]:n*") == "n*");
  CHECK_FALSE(clients_pattern(kAcme, "a[1]:n*"));
}

TEST_CASE("channels of events hold database and prefix") {
  CHECK(key_channel(kAcme.prefixes[0], 3, "k").text() == "__keyspace@3__:a[1]:k");
  CHECK(key_pattern(kAcme.prefixes[0], "*", "k*").text() == "__keyspace@*__:a\\[1]:k*");
  CHECK(event_channel(0, "expired").text() == "__keyevent@0__:expired");
  CHECK(event_pattern("4", "*").text() == "__keyevent@4__:*");
}

TEST_CASE("a subscribing command names its channels") {
  Buffer out;
  const std::vector<ScopedChannel> channels = {*scoped_channel(kAcme, ChannelKind::channel, "x"),
                                               event_channel(0, "del")};
  subscribing_command(ChannelKind::channel, true, channels).append_to(out);
  CHECK(out.view() == "*3\r\n" + bulk("subscribe") + bulk("a[1]:x") + bulk("__keyevent@0__:del"));
  CHECK(subscribing_word(ChannelKind::pattern, false) == "punsubscribe");
  CHECK(subscribing_word(ChannelKind::sharded, true) == "ssubscribe");
}
