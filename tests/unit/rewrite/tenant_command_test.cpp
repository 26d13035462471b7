#include "bulkhead/rewrite/tenant_command.hpp"

#include "catch.hpp"
#include "tenants.hpp"

#include <vector>

using namespace bulkhead;
using namespace bulkhead::rewrite;
using namespace std::string_literals;
using namespace std::string_view_literals;
using command::NameKind;

namespace {

constexpr auto kRequire = config::PrefixMode::require;

std::string array(std::initializer_list<std::string_view> words) {
  std::string out = "*" + std::to_string(words.size()) + "\r\n";
  for (std::string_view word : words) out += bulk(word);
  return out;
}

// The bytes for a lane, or the refusal's sentence.
std::string scoped(const tenant::Tenant& tenant, const resp::OwnedArgs& args,
                   const std::vector<ScopedName>& names) {
  std::vector<Prefixed> scratch;
  const auto command = scope_to_tenant(tenant, args.view(), names, scratch);
  if (!command) return command.error().sentence;
  Buffer out;
  command->append_to(out);
  return std::string(out.view());
}

std::string own(const tenant::Tenant& tenant, std::uint16_t feature, std::vector<Word> words) {
  Buffer out;
  own_command(tenant, feature, words).append_to(out);
  return std::string(out.view());
}

}  // namespace

TEST_CASE("a key and a channel get the prefix in front, everything else stays as it is") {
  const auto acme = tenant_with({"acme:"});
  CHECK(scoped(acme, {"SET", "k", "v"}, {{1, NameKind::key, 0}}) == array({"SET", "acme:k", "v"}));
  CHECK(scoped(acme, {"PUBLISH", "news", "k"}, {{1, NameKind::channel, 0}}) ==
        array({"PUBLISH", "acme:news", "k"}));
  CHECK(scoped(acme, {"SPUBLISH", "news", "k"}, {{1, NameKind::sharded_channel, 0}}) ==
        array({"SPUBLISH", "acme:news", "k"}));
  CHECK(scoped(acme, {"PING"}, {}) == array({"PING"}));
  CHECK(scoped(acme, {"X", "k"}, {{1, NameKind::none, 0}}) == array({"X", "k"}));
}

TEST_CASE("a pattern gets the prefix escaped, so that it is nothing but its own text") {
  const auto odd = tenant_with({"a?b[c]*\\:"});
  const auto escaped = "a\\?b\\[c]\\*\\\\:";
  for (const NameKind kind : {NameKind::key_pattern, NameKind::channel_pattern}) {
    CHECK(scoped(odd, {"KEYS", "user:*"}, {{1, kind, 0}}) == array({"KEYS", escaped + "user:*"s}));
  }
  CHECK(scoped(odd, {"GET", "user:*"}, {{1, NameKind::key, 0}}) ==
        array({"GET", "a?b[c]*\\:user:*"}));
}

TEST_CASE("the usual prefixes need no escapes in a pattern") {
  const auto dashed = tenant_with({"my-app_1:"});
  CHECK(scoped(dashed, {"KEYS", "*"}, {{1, NameKind::key_pattern, 0}}) ==
        array({"KEYS", "my-app_1:*"}));
  const auto legacy = tenant_with({"my-app_1:"}, kRequire);
  CHECK(scoped(legacy, {"PSUBSCRIBE", "my-app_1:*"}, {{1, NameKind::channel_pattern, 0}}) ==
        array({"PSUBSCRIBE", "my-app_1:*"}));
}

TEST_CASE("SORT's patterns are no globs: they get the plain prefix") {
  const auto odd = tenant_with({"a?b:"});
  CHECK(scoped(odd, {"SORT", "k", "BY", "w_*->f", "GET", "#"},
               {{1, NameKind::key, 0}, {3, NameKind::sort_pattern, 0}}) ==
        array({"SORT", "a?b:k", "BY", "a?b:w_*->f", "GET", "#"}));
}

TEST_CASE("a star in the prefix would be the one that SORT replaces, so its patterns are refused") {
  for (const auto mode : {config::PrefixMode::add, kRequire}) {
    const auto starred = tenant_with({"a*:"}, mode);
    CHECK(scoped(starred, {"SORT", "a*:k", "GET", "a*:w_*"},
                 {{1, NameKind::key, 0}, {3, NameKind::sort_pattern, 0}}) ==
          "NOPERM this user has no permissions to access one of the keys used as arguments");
  }
}

TEST_CASE("names may be empty and hold any bytes") {
  const auto acme = tenant_with({"acme:"});
  const auto nul_and_crlf = "a\0\r\n$3\r\nb"sv;
  CHECK(scoped(acme, {"GET", ""}, {{1, NameKind::key, 0}}) == array({"GET", "acme:"}));
  CHECK(scoped(acme, {"GET", nul_and_crlf}, {{1, NameKind::key, 0}}) ==
        array({"GET", "acme:" + std::string(nul_and_crlf)}));
  const std::string large(64 * 1024, 'x');
  CHECK(scoped(acme, {"SET", large, large}, {{1, NameKind::key, 0}}) ==
        array({"SET", "acme:" + large, large}));
}

TEST_CASE("many names are all prefixed, and what stands between them is not") {
  const auto acme = tenant_with({"acme:"});
  resp::OwnedArgs args{"MSET"};
  std::vector<ScopedName> names;
  std::string expected = "*20001\r\n" + bulk("MSET");
  for (std::uint32_t i = 0; i < 10000; ++i) {
    const std::string number = std::to_string(i);
    args.add(number);
    args.add(number);
    names.push_back({2 * i + 1, NameKind::key, 0});
    expected += bulk("acme:" + number) + bulk(number);
  }
  CHECK(scoped(acme, args, names) == expected);
}

TEST_CASE("a name that begins with the prefix already gets it once more") {
  const auto acme = tenant_with({"acme:"});
  CHECK(scoped(acme, {"GET", "acme:k"}, {{1, NameKind::key, 0}}) == array({"GET", "acme:acme:k"}));
}

TEST_CASE("where the tenant writes the prefix itself, its names pass and others are refused") {
  const auto legacy = tenant_with({"nextauth:"}, kRequire);
  const std::string refused =
      "NOPERM this user has no permissions to access one of the keys used as arguments";
  for (const NameKind kind :
       {NameKind::key, NameKind::key_pattern, NameKind::sort_pattern, NameKind::channel,
        NameKind::channel_pattern, NameKind::sharded_channel}) {
    CAPTURE(static_cast<int>(kind));
    CHECK(scoped(legacy, {"X", "nextauth:k*"}, {{1, kind, 0}}) == array({"X", "nextauth:k*"}));
    CHECK(scoped(legacy, {"X", "nextauth:"}, {{1, kind, 0}}) == array({"X", "nextauth:"}));
    for (const std::string_view foreign : {""sv, "k"sv, "nextauth"sv, "Nextauth:k"sv, "*"sv,
                                           "acme:k"sv, "nextaut?:*"sv, "\0nextauth:k"sv}) {
      CAPTURE(foreign);
      CHECK(scoped(legacy, {"X", foreign}, {{1, kind, 0}}) == refused);
    }
  }
  CHECK(scoped(legacy, {"MGET", "nextauth:a", "b"},
               {{1, NameKind::key, 0}, {2, NameKind::key, 0}}) == refused);
}

TEST_CASE("where the prefix itself is special in globs, a pattern must have it escaped") {
  const auto odd = tenant_with({"a?:"}, kRequire);
  CHECK(scoped(odd, {"KEYS", "a\\?:*"}, {{1, NameKind::key_pattern, 0}}) ==
        array({"KEYS", "a\\?:*"}));
  CHECK(scoped(odd, {"KEYS", "a?:*"}, {{1, NameKind::key_pattern, 0}}) ==
        "NOPERM this user has no permissions to access one of the keys used as arguments");
}

TEST_CASE("with a prefix per feature each key gets its own, and channels have the last") {
  const auto parted = tenant_with({"acme:s:", "acme:c:", "acme:channels:"});
  CHECK(scoped(parted, {"COPY", "a", "b"}, {{1, NameKind::key, 0}, {2, NameKind::key, 1}}) ==
        array({"COPY", "acme:s:a", "acme:c:b"}));
  CHECK(scoped(parted, {"PUBLISH", "n", "m"}, {{1, NameKind::channel, 0}}) ==
        array({"PUBLISH", "acme:channels:n", "m"}));
  CHECK(scoped(parted, {"SORT", "k", "BY", "w*"},
               {{1, NameKind::key, 1}, {3, NameKind::sort_pattern, 1}}) ==
        array({"SORT", "acme:c:k", "BY", "acme:c:w*"}));
}

TEST_CASE("commands of the proxy's own are scoped word by word") {
  const auto odd = tenant_with({"a*:"});
  CHECK(own(odd, 0, {{"SCAN"}, {"0"}, {"MATCH"}, {"k*", Word::Kind::pattern}}) ==
        array({"SCAN", "0", "MATCH", "a\\*:k*"}));
  CHECK(own(odd, 0, {{"UNLINK"}, {"k", Word::Kind::key}, {"", Word::Kind::key}}) ==
        array({"UNLINK", "a*:k", "a*:"}));
  const auto legacy = tenant_with({"nextauth:"}, kRequire);
  CHECK(own(legacy, 0, {{"UNLINK"}, {"nextauth:k", Word::Kind::key}}) ==
        array({"UNLINK", "nextauth:k"}));
  const auto parted = tenant_with({"acme:s:", "acme:c:", "acme:channels:"});
  CHECK(own(parted, 1, {{"UNLINK"}, {"k", Word::Kind::key}}) == array({"UNLINK", "acme:c:k"}));
}

TEST_CASE("a command is appended behind what is in the buffer already") {
  const auto acme = tenant_with({"acme:"});
  std::vector<Prefixed> scratch;
  const resp::OwnedArgs args{"GET", "k"};
  const std::vector<ScopedName> names = {{1, NameKind::key, 0}};
  const auto command = scope_to_tenant(acme, args.view(), names, scratch);
  Buffer out;
  std::string expected;
  for (int i = 0; i < 100; ++i) {
    command->append_to(out);
    expected += array({"GET", "acme:k"});
  }
  CHECK(out.view() == expected);
}

TEST_CASE("the halves of a command around a long argument are the command") {
  const auto acme = tenant_with({"acme:"});
  std::vector<Prefixed> scratch;
  const resp::OwnedArgs args{"SET", "k", "value", "EX", "60"};
  const std::vector<ScopedName> names = {{1, NameKind::key, 0}};
  const auto command = scope_to_tenant(acme, args.view(), names, scratch);
  Buffer out;
  command->append_before(2, 5, out);
  out.append("value");
  command->append_behind(2, out);
  CHECK(out.view() == array({"SET", "acme:k", "value", "EX", "60"}));
}
