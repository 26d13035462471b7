#include "bulkhead/command/table.hpp"

#include "catch.hpp"

#include <string>

using namespace bulkhead;
using namespace bulkhead::command;
using namespace std::literals;

namespace {

std::string in_mixed_case(std::string_view name, std::size_t upper_every) {
  std::string out(name);
  for (std::size_t i = 0; i < out.size(); i += upper_every) {
    if (out[i] >= 'a' && out[i] <= 'z') out[i] = static_cast<char>(out[i] - 'a' + 'A');
  }
  return out;
}

// The row's command with as many arguments as it needs at least.
resp::OwnedArgs command_of(const Row& row, std::size_t upper_every) {
  resp::OwnedArgs args;
  std::size_t count = 1;
  const std::string name = in_mixed_case(row.name, upper_every);
  if (const std::size_t bar = name.find('|'); bar != std::string::npos) {
    args.add(name.substr(0, bar));
    args.add(name.substr(bar + 1));
    ++count;
  } else {
    args.add(name);
  }
  for (; count < static_cast<std::size_t>(std::abs(row.arity)); ++count) args.add("x");
  return args;
}

Refusal refusal_of(std::initializer_list<std::string_view> words) {
  const resp::OwnedArgs args(words);
  const auto found = find_row(args.view());
  REQUIRE_FALSE(found.has_value());
  return found.error();
}

std::string_view row_of(std::initializer_list<std::string_view> words) {
  const resp::OwnedArgs args(words);
  const auto found = find_row(args.view());
  REQUIRE(found.has_value());
  return (*found)->name;
}

}  // namespace

TEST_CASE("every row is found by its name in any case", "[table]") {
  for (const Row& row : rows()) {
    CAPTURE(row.name);
    CHECK(&rows()[index_of(row)] == &row);
    for (std::size_t upper_every : {1u, 2u, 3u}) {
      CHECK(find_row(std::string_view(in_mixed_case(row.name, upper_every))) == &row);
      if (row.has(kContainer) && row.name != "command") continue;
      const resp::OwnedArgs args = command_of(row, upper_every);
      const auto found = find_row(args.view());
      REQUIRE(found.has_value());
      CHECK(*found == &row);
    }
  }
}

TEST_CASE("a name that is no row's is unknown", "[table]") {
  for (std::string_view name :
       {""sv, "ge"sv, "gett"sv, "get "sv, " get"sv, "get\0"sv, "g\0t"sv, "\0"sv, "client|list"sv,
        "client|"sv, "|list"sv, "|"sv, "\xC7\x45\x54"sv, "[et"sv, "config|get|x"sv, "'GET'"sv}) {
    CAPTURE(name);
    CHECK(refusal_of({name, "x"}).reason == Reason::unknown_command);
  }
  for (std::string_view name : {"client|"sv, "client|lis"sv, "client|list|"sv, "|list"sv, "get|x"sv,
                                "client|list\0"sv, "client||list"sv}) {
    CAPTURE(name);
    CHECK(find_row(name) == nullptr);
  }
}

TEST_CASE("only letters have a case", "[table]") {
  // The hash sets bit 0x20 of every byte; these differ from names in that bit alone.
  CHECK(find_row("restore\x0d"
                 "asking"sv) == nullptr);
  CHECK(refusal_of({"client",
                    "no\x0d"
                    "evict",
                    "on"})
            .reason == Reason::unknown_command);
  CHECK(refusal_of({"sort\x7fro", "x"}).reason == Reason::unknown_command);
}

TEST_CASE("a name of 64 KiB is unknown, and cut in the answer", "[table]") {
  const std::string name(64 * 1024, 'g');
  const Refusal command = refusal_of({name, "x"});
  CHECK(command.reason == Reason::unknown_command);
  CHECK(command.sentence.size() < 300);
  const Refusal subcommand = refusal_of({"client", name});
  CHECK(subcommand.reason == Reason::unknown_command);
  CHECK(subcommand.sentence.size() < 300);
}

TEST_CASE("an unknown command is answered as Redis answers it", "[table]") {
  CHECK(refusal_of({"FOO"}).sentence == "ERR unknown command 'FOO', with args beginning with: ");
  CHECK(refusal_of({"FOO", "bar", "baz"}).sentence ==
        "ERR unknown command 'FOO', with args beginning with: 'bar' 'baz' ");
  CHECK(refusal_of({"FOO", "bar", std::string(200, 'b')}).sentence ==
        "ERR unknown command 'FOO', with args beginning with: 'bar' '" + std::string(122, 'b') +
            "' ");

  resp::OwnedArgs many{"foo"};
  for (int i = 0; i < 100000; ++i) many.add("");
  const auto found = find_row(many.view());
  REQUIRE_FALSE(found.has_value());
  CHECK(found.error().sentence.size() < 300);
}

TEST_CASE("a container without a fitting subcommand is answered as Redis answers it", "[table]") {
  CHECK(refusal_of({"client", "xyz"}).sentence == "ERR unknown subcommand 'xyz'. Try CLIENT HELP.");
  CHECK(refusal_of({"Client", "XyZ", "more"}).sentence ==
        "ERR unknown subcommand 'XyZ'. Try CLIENT HELP.");
  CHECK(refusal_of({"client", ""}).sentence == "ERR unknown subcommand ''. Try CLIENT HELP.");
  CHECK(refusal_of({"client", "list\0"sv}).reason == Reason::unknown_command);
  CHECK(refusal_of({"client"}).sentence == "ERR wrong number of arguments for 'client' command");
  // A subcommand of another container, and a command that is no container.
  CHECK(refusal_of({"config", "list"}).reason == Reason::unknown_command);
  CHECK(row_of({"get", "list"}) == "get");
  CHECK(row_of({"COMMAND"}) == "command");
  CHECK(row_of({"command", "DOCS"}) == "command|docs");
}

TEST_CASE("EXEC with arguments discards the transaction, as in Redis") {
  const auto found = find_row(resp::OwnedArgs{"exec", "now"}.view());
  REQUIRE_FALSE(found.has_value());
  CHECK(found.error().sentence ==
        "EXECABORT Transaction discarded because of: wrong number of arguments for 'exec' command");
}

TEST_CASE("a wrong number of arguments is answered with the full name", "[table]") {
  CHECK(refusal_of({"GET"}).sentence == "ERR wrong number of arguments for 'get' command");
  CHECK(refusal_of({"get", "a", "b"}).reason == Reason::wrong_arity);
  CHECK(refusal_of({"mset", "a"}).reason == Reason::wrong_arity);
  CHECK(row_of({"mset", "a", "b", "c"}) == "mset");
  CHECK(refusal_of({"CLIENT", "SETNAME"}).sentence ==
        "ERR wrong number of arguments for 'client|setname' command");
}
