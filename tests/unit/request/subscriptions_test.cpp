#include "bulkhead/request/subscriptions.hpp"

#include "catch.hpp"
#include "request/event_world.hpp"

using namespace bulkhead;
using namespace bulkhead::request;
using resp::PubsubMessage;
using Texts = std::vector<std::string>;

namespace {

constexpr auto kChannel = ChannelKind::channel, kPattern = ChannelKind::pattern,
               kSharded = ChannelKind::sharded;

// One client of a tenant, and RESP made readable: "*3 subscribe news :1".
struct Client {
  explicit Client(std::string_view tenant) : view(world.view(tenant)) {}

  SubscriptionChange change(ChannelKind kind, bool on,
                            std::initializer_list<std::string_view> names) {
    resp::OwnedArgs args{"command"};
    for (std::string_view name : names) args.add(name);
    if (!on) return book.unsubscribe(view, kind, args.view(), resp3);
    auto made = book.subscribe(view, kind, args.view(), resp3);
    REQUIRE(made.has_value());
    return std::move(*made);
  }
  // What goes upstream; the client's answer is kept.
  Texts subscribe(ChannelKind kind, std::initializer_list<std::string_view> names) {
    return sent(change(kind, true, names));
  }
  Texts unsubscribe(ChannelKind kind, std::initializer_list<std::string_view> names) {
    return sent(change(kind, false, names));
  }
  Texts sent(const SubscriptionChange& change) {
    answer = change.upstream.empty() ? readable(change.answer.view())
                                     : readable(book.acknowledge().view());
    return texts(change.upstream);
  }
  std::string told(PubsubMessage::Kind kind, std::string_view pattern, std::string_view channel,
                   std::string_view payload) {
    Buffer out;
    const std::string wire = bulk(payload);
    const PubsubMessage message{kind, pattern, channel, payload, wire};
    switch (book.tell(view, message, resp3, out)) {
      case Told::foreign:
        return "foreign";
      case Told::nothing:
        return "nothing";
      case Told::told:
        break;
    }
    return readable(out.view());
  }
  std::string message(std::string_view channel, std::string_view payload) {
    return told(PubsubMessage::Kind::message, "", channel, payload);
  }
  std::string pmessage(std::string_view pattern, std::string_view channel,
                       std::string_view payload) {
    return told(PubsubMessage::Kind::pmessage, pattern, channel, payload);
  }

  static std::string bulk(std::string_view text) {
    return "$" + std::to_string(text.size()) + "\r\n" + std::string(text) + "\r\n";
  }
  // The lines without their ends, and without the lengths of bulk strings.
  static std::string readable(std::string_view bytes) {
    std::string text;
    while (!bytes.empty()) {
      const std::size_t end = bytes.find("\r\n");
      const std::string_view line = bytes.substr(0, end);
      bytes.remove_prefix(end + 2);
      if (line[0] == '$' && line != "$-1") continue;
      if (!text.empty()) text += ' ';
      text += line;
    }
    return text;
  }

  EventWorld world;
  TenantView view;
  SubscriptionBook book;
  bool resp3 = false;
  std::string answer;
};

}  // namespace

TEST_CASE("subscribing sends the tenant's names and answers with the client's") {
  Client acme("acme");
  CHECK(acme.subscribe(kChannel, {"news", "sport"}) == Texts{"acme:news", "acme:sport"});
  CHECK(acme.answer == "*3 subscribe news :1 *3 subscribe sport :2");
  CHECK(acme.subscribe(kPattern, {"n*"}) == Texts{"acme:n*"});
  CHECK(acme.answer == "*3 psubscribe n* :3");
  CHECK(acme.subscribe(kSharded, {"shard"}) == Texts{"acme:shard"});
  CHECK(acme.answer == "*3 ssubscribe shard :1");
  CHECK(acme.book.total() == 4);
}

TEST_CASE("a name twice is one subscription with two answers") {
  Client acme("acme");
  CHECK(acme.subscribe(kChannel, {"a", "a"}) == Texts{"acme:a"});
  CHECK(acme.answer == "*3 subscribe a :1 *3 subscribe a :1");
  CHECK(acme.subscribe(kChannel, {"a"}).empty());
  CHECK(acme.answer == "*3 subscribe a :1");
}

TEST_CASE("unsubscribing answers for every name, subscribed or not") {
  Client acme("acme");
  acme.subscribe(kChannel, {"a", "b"});
  acme.subscribe(kPattern, {"p"});
  CHECK(acme.unsubscribe(kChannel, {"x"}).empty());
  CHECK(acme.answer == "*3 unsubscribe x :3");
  CHECK(acme.unsubscribe(kChannel, {"a", "x", "a"}) == Texts{"acme:a"});
  CHECK(acme.answer == "*3 unsubscribe a :2 *3 unsubscribe x :2 *3 unsubscribe a :2");
}

TEST_CASE("unsubscribing without names answers for each, or once with null") {
  Client acme("acme");
  CHECK(acme.unsubscribe(kChannel, {}).empty());
  CHECK(acme.answer == "*3 unsubscribe $-1 :0");
  acme.subscribe(kChannel, {"b", "a"});
  acme.subscribe(kPattern, {"p"});
  CHECK(acme.unsubscribe(kChannel, {}) == Texts{"acme:b", "acme:a"});
  CHECK(acme.answer == "*3 unsubscribe b :2 *3 unsubscribe a :1");
  acme.unsubscribe(kChannel, {});
  CHECK(acme.answer == "*3 unsubscribe $-1 :1");
  acme.unsubscribe(kSharded, {});
  CHECK(acme.answer == "*3 sunsubscribe $-1 :0");
}

TEST_CASE("RESP3 has pushes and a null of its own") {
  Client acme("acme");
  acme.resp3 = true;
  acme.subscribe(kChannel, {"a"});
  CHECK(acme.answer == ">3 subscribe a :1");
  CHECK(acme.message("acme:a", "hi") == ">3 message a hi");
  acme.unsubscribe(kPattern, {});
  CHECK(acme.answer == ">3 punsubscribe _ :1");
}

TEST_CASE("a pipeline of changes is answered in its order, with counts as of each") {
  Client acme("acme");
  const auto first = acme.change(kChannel, true, {"a"});
  const auto second = acme.change(kChannel, false, {"a"});
  const auto third = acme.change(kChannel, true, {"a", "b"});
  CHECK(texts(second.upstream) == Texts{"acme:a"});
  CHECK_FALSE(acme.book.idle());
  CHECK(Client::readable(acme.book.acknowledge().view()) == "*3 subscribe a :1");
  CHECK(Client::readable(acme.book.acknowledge().view()) == "*3 unsubscribe a :0");
  CHECK(Client::readable(acme.book.acknowledge().view()) == "*3 subscribe a :1 *3 subscribe b :2");
  acme.unsubscribe(kChannel, {});
  CHECK(acme.book.idle());
}

TEST_CASE("messages lose the prefix, and the pattern its escapes") {
  Client odd("odd");
  CHECK(odd.subscribe(kPattern, {"n*"}) == Texts{"o\\*\\[1]:n*"});
  CHECK(odd.pmessage("o\\*\\[1]:n*", "o*[1]:news", "hi") == "*4 pmessage n* news hi");
  CHECK(odd.message("o*[1]:", "empty name") == "*3 message  empty name");
  CHECK(odd.told(PubsubMessage::Kind::smessage, "", "o*[1]:s", "x") == "*3 smessage s x");
}

TEST_CASE("messages of nobody's or of others are foreign") {
  Client acme("acme");
  acme.subscribe(kPattern, {"*"});
  CHECK(acme.message("chosen:news", "x") == "foreign");
  CHECK(acme.message("news", "x") == "foreign");
  CHECK(acme.pmessage("*", "acme:news", "x") == "foreign");
  CHECK(acme.pmessage("acme:*", "chosen:news", "x") == "foreign");
  CHECK(acme.message("__keyevent@1__:del", "acme:x") == "foreign");
}

TEST_CASE("events are subscribed to where they are, and by the name itself") {
  Client acme("acme");
  CHECK(acme.subscribe(kChannel, {"__keyevent@0__:del"}) ==
        Texts{"acme:__keyevent@0__:del", "__keyevent@0__:del", "__keyevent@1__:del",
              "__keyevent@4__:del"});
  CHECK(acme.answer == "*3 subscribe __keyevent@0__:del :1");
  CHECK(acme.message("__keyevent@1__:del", "acme:k") == "*3 message __keyevent@0__:del k");
  CHECK(acme.message("__keyevent@1__:del", "chosen:k") == "nothing");
  CHECK(acme.message("__keyevent@0__:del", "acme:k") == "nothing");
  CHECK(acme.message("acme:__keyevent@0__:del", "published") ==
        "*3 message __keyevent@0__:del published");
  CHECK(acme.unsubscribe(kChannel, {}).size() == 4);
  CHECK(acme.message("__keyevent@1__:del", "acme:k") == "foreign");
}

TEST_CASE("two names of one client share what carries them") {
  Client acme("acme");
  acme.subscribe(kChannel, {"__keyevent@0__:del"});
  CHECK(acme.subscribe(kChannel, {"__keyevent@4__:del"}) == Texts{"acme:__keyevent@4__:del"});
  CHECK(acme.message("__keyevent@4__:del", "acme:job:1") ==
        "*3 message __keyevent@0__:del job:1 *3 message __keyevent@4__:del job:1");
  CHECK(acme.message("__keyevent@4__:del", "acme:cache:1") ==
        "*3 message __keyevent@4__:del cache:1");
  CHECK(acme.unsubscribe(kChannel, {"__keyevent@0__:del"}) ==
        Texts{"acme:__keyevent@0__:del", "__keyevent@0__:del", "__keyevent@1__:del"});
  CHECK(acme.message("__keyevent@4__:del", "acme:job:1") == "*3 message __keyevent@4__:del job:1");
  CHECK(acme.unsubscribe(kChannel, {}) == Texts{"acme:__keyevent@4__:del", "__keyevent@4__:del"});
}

TEST_CASE("a pattern has each event once, under the merged view's name where it has one") {
  Client acme("acme");
  CHECK(acme.subscribe(kPattern, {"__key*__:*"}) ==
        Texts{"acme:__key*__:*", "__keyevent@*__:*", "__keyspace@*__:acme:*"});
  CHECK(acme.answer == "*3 psubscribe __key*__:* :1");
  CHECK(acme.pmessage("__keyspace@*__:acme:*", "__keyspace@4__:acme:job:1", "set") ==
        "*4 pmessage __key*__:* __keyspace@0__:job:1 set");
  CHECK(acme.pmessage("__keyevent@*__:*", "__keyevent@4__:set", "acme:x") ==
        "*4 pmessage __key*__:* __keyevent@4__:set x");
  CHECK(acme.pmessage("__keyevent@*__:*", "__keyevent@4__:set", "odd:x") == "nothing");
  CHECK(acme.pmessage("__keyspace@*__:acme:*", "__keyspace@1__:odd:x__:acme:y", "set") ==
        "nothing");
}

TEST_CASE("patterns that share an upstream one are each told of what they match") {
  Client acme("acme");
  acme.subscribe(kPattern, {"*"});
  CHECK(acme.answer == "*3 psubscribe * :1");
  CHECK(acme.subscribe(kPattern, {"__keyevent@0__:*"}) == Texts{"acme:__keyevent@0__:*"});
  CHECK(acme.pmessage("__keyevent@*__:*", "__keyevent@1__:set", "acme:k") ==
        "*4 pmessage * __keyevent@0__:set k *4 pmessage __keyevent@0__:* __keyevent@0__:set k");
  CHECK(acme.pmessage("__keyevent@*__:*", "__keyevent@4__:set", "acme:k") ==
        "*4 pmessage * __keyevent@4__:set k");
  CHECK(acme.unsubscribe(kPattern, {"*"}) == Texts{"acme:*", "__keyspace@*__:acme:*"});
  CHECK(acme.pmessage("__keyevent@*__:*", "__keyevent@1__:set", "acme:k") ==
        "*4 pmessage __keyevent@0__:* __keyevent@0__:set k");
  CHECK(acme.unsubscribe(kPattern, {}).size() == 2);
}

TEST_CASE("an event between request and acknowledgement is not told") {
  Client acme("acme");
  acme.subscribe(kPattern, {"__keyevent@1__:*"});
  const auto later = acme.change(kPattern, true, {"__keyevent@[1]__:*"});
  CHECK(acme.pmessage("__keyevent@1__:*", "__keyevent@1__:set", "acme:k") ==
        "*4 pmessage __keyevent@1__:* __keyevent@1__:set k");
  acme.book.acknowledge();
  CHECK(acme.pmessage("__keyevent@1__:*", "__keyevent@1__:set", "acme:k") ==
        "*4 pmessage __keyevent@1__:* __keyevent@1__:set k "
        "*4 pmessage __keyevent@[1]__:* __keyevent@1__:set k");
}

TEST_CASE("a tenant that writes its prefix itself") {
  Client legacy("legacy");
  resp::OwnedArgs foreign{"subscribe", "nextauth:a", "other:a"};
  CHECK(legacy.book.subscribe(legacy.view, kChannel, foreign.view(), false).has_error());
  CHECK(legacy.book.idle());
  CHECK(legacy.subscribe(kChannel, {"nextauth:a"}) == Texts{"nextauth:a"});
  CHECK(legacy.message("nextauth:a", "x") == "*3 message nextauth:a x");
  CHECK(legacy.subscribe(kChannel, {"__keyevent@1__:del"}) == Texts{"__keyevent@1__:del"});
  CHECK(legacy.subscribe(kChannel, {"__keyevent@0__:del"}) ==
        Texts{"__keyevent@0__:del", "__keyevent@4__:del"});
  // Its only channel is still needed: nothing goes upstream, and it is answered all the same.
  CHECK(legacy.unsubscribe(kChannel, {"__keyevent@1__:del"}).empty());
  CHECK(legacy.answer == "*3 unsubscribe __keyevent@1__:del :2");
  CHECK(legacy.message("__keyevent@1__:del", "nextauth:k") ==
        "*3 message __keyevent@0__:del nextauth:k");
}
