#include "bulkhead/rewrite/script_library.hpp"
#include "catch.hpp"

using namespace bulkhead;
using namespace bulkhead::rewrite::script;

namespace {

tenant::Tenant named(const std::string& name) {
  tenant::Tenant tenant;
  tenant.name = name;
  tenant.prefixes = {{name + ":", name + ":"}};
  return tenant;
}

Shape shape_of(bool merged = true) {
  Shape shape;
  shape.merged = merged;
  shape.features = {{{"session:*"}, 0, true}, {{}, 1, true}};
  shape.fallback = 1;
  shape.databases = {0, 1};
  return shape;
}

std::string name_or_sentence(std::string_view code) {
  const auto name = library_name(code);
  return name ? *name : name.error().sentence;
}

constexpr std::string_view kCode = "#!lua name=mylib\nredis.register_function('f', print)\n";

}  // namespace

TEST_CASE("a library's name is read as Redis reads it") {
  CHECK(name_or_sentence(kCode) == "mylib");
  CHECK(name_or_sentence("#!LUA \t NAME=a_B1 \r\n") == "a_B1");
  CHECK(name_or_sentence("#!lua name=\"q\\x41\"\n") == "qA");
  CHECK(name_or_sentence("") == "ERR Missing library metadata");
  CHECK(name_or_sentence("#!lua name=x") == "ERR Invalid library metadata");
  CHECK(name_or_sentence("#!lua 'name=x\n") == "ERR Invalid library metadata");
  CHECK(name_or_sentence(std::string_view("#!lua name=x\0\n", 14)) ==
        "ERR Invalid library metadata");
  CHECK(name_or_sentence("#!lua\n") == "ERR Library name was not given");
  CHECK(name_or_sentence("#!lua flags=x name=x\n") == "ERR Invalid metadata value given: flags=x");
  CHECK(name_or_sentence("#!lua name=x name=x\n") ==
        "ERR Invalid metadata value, name argument was given multiple times");
  CHECK(name_or_sentence("#!lua name=a-b\n").starts_with("ERR Library names can only contain"));
  CHECK(name_or_sentence("#!py name=x\n") == "ERR Engine 'py' not found");
}

TEST_CASE("tags have one length, and are as different as the tenants") {
  const std::string acme = library_tag(named("acme"));
  CHECK(acme.size() == library_tag(named("a")).size());
  CHECK(acme != library_tag(named("globex")));
  CHECK(acme.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_") == acme.npos);
}

TEST_CASE("a wrapped library has a tagged name, keeps its lines, and can be unwrapped") {
  const Shim shim(shape_of());
  const std::string nul(1, '\0');
  const std::vector<std::string> codes = {std::string(kCode), "#!lua \"name=a\"\r\n",
                                          "#!lua name=a\nx" + nul + "y\n]] --\n" + nul};
  for (const std::string& code : codes) {
    for (const bool nested : {false, true}) {
      const std::string text = wrap_library(shim, named("acme"), code, nested);
      CHECK(text.starts_with("#!lua name=" + library_tag(named("acme"))));
      const auto lines = [](const std::string& of) {
        return std::count(of.begin(), of.end(), '\n');
      };
      CHECK(lines(text) == lines(code) + (nested ? 1 : 0));
      const auto unwrapped = unwrap_library(text);
      REQUIRE(unwrapped);
      CHECK(unwrapped->code == code);
      CHECK(unwrapped->mark == shim.library_mark());
    }
  }
  CHECK_FALSE(unwrap_library(kCode));
  CHECK_FALSE(unwrap_library(""));
  CHECK_FALSE(unwrap_library("#!lua name=x\n--[[bulkhead 1 acme m zz 000000001 p]] "));
  CHECK_FALSE(unwrap_library("#!lua name=x\n--[[bulkhead 1 acme m 00 999999999 p]] "));
}

TEST_CASE("the mark tells shims apart that wrap otherwise") {
  CHECK(Shim(shape_of()).library_mark() == Shim(shape_of()).library_mark());
  CHECK(Shim(shape_of()).library_mark().size() == 16);
  Shape other = shape_of();
  other.features[0].keys = {"sessions:*"};
  CHECK(Shim(other).library_mark() != Shim(shape_of()).library_mark());
}

TEST_CASE("the hidden arguments say where a call begins and whose it is") {
  const Shim shim(shape_of());
  const auto routed = hidden_arguments(shim, named("acme"), {1, false, 1});
  CHECK(routed[0] == "1");
  CHECK(routed[1] == "acme:");
  CHECK(routed[2] == shim.library_mark() + "r");
  CHECK(hidden_arguments(shim, named("acme"), {0, true, 1})[2] == shim.library_mark() + "s");
  const Shim plain(shape_of(false));
  CHECK(hidden_arguments(plain, named("acme"), {0, false, 1})[2] == plain.library_mark() + "s");
}

TEST_CASE("the shim brings what the library mentions") {
  const Shim shim(shape_of());
  const auto wrapped = [&](const std::string& body) {
    return wrap_library(shim, named("acme"), "#!lua name=l\n" + body, false);
  };
  const std::string bare =
      wrapped("redis.register_function('f', function() return redis.call('GET', 'a') end)");
  CHECK(bare.find("F.call=function") != bare.npos);
  CHECK(bare.find("F.pcall=function") == bare.npos);
  CHECK(bare.find("local redis=(function()") != bare.npos);
  const std::string deep = wrapped("local g = _G");
  CHECK(deep.find("Y._G=setmetatable") != deep.npos);
  CHECK(deep.find("F.pcall=function") != deep.npos);
}

TEST_CASE("tags are taken out of Redis' own lines") {
  std::string line = "ERR Function t_f already exists, t_f";
  remove_tag(line, "t_");
  CHECK(line == "ERR Function f already exists, f");
}
