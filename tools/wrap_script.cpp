// Wraps a script for a tenant of a configuration, for tests/scripts, which runs the result on a
// Redis of its own. Links no sockets.
//
// wrap_script CONFIG TENANT DB [KEY...] < body: the wrapped text, its digest, the hidden argument,
// the database where it begins, and the physical keys, each ended by a NUL. wrap_script --nested
// ...: the other way of wrapping. wrap_script --fence CONFIG TENANT PASSWORD: the words of ACL
// SETUSER, one a line. wrap_script --routes CONFIG TENANT < keys, each ended by a NUL: the database
// of each, as the router says, one a line.
#include "bulkhead/request/script_plan.hpp"
#include "bulkhead/rewrite/script_fence.hpp"
#include "bulkhead/rewrite/script_shim.hpp"

#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <iterator>
#include <string>
#include <vector>

namespace {

using namespace bulkhead;

std::string whole_input() {
  return {std::istreambuf_iterator<char>(std::cin), std::istreambuf_iterator<char>()};
}

void put(std::string_view text) {
  std::cout << text << '\0';
}

int fence(const request::Snapshot& snapshot, const tenant::Tenant& tenant, const char* password) {
  auto shape = request::script_shape(snapshot, tenant, 0);
  shape.backend_has = [](std::size_t row) {
    return command::rows()[row].since == command::Since::redis_7_0;
  };
  std::cout << rewrite::script::fence_user(tenant) << '\n';
  const auto rules = rewrite::script::fence_rules(
      tenant, shape, rewrite::script::Fenced::everything, ">" + std::string(password));
  for (const std::string& rule : rules) std::cout << rule << '\n';
  return 0;
}

int routes(const request::Snapshot& snapshot, const tenant::ClientState& client) {
  const std::string keys = whole_input();
  for (std::size_t at = 0; at < keys.size();) {
    const std::size_t end = keys.find('\0', at);
    const auto route = snapshot.router.route(client, std::string_view(keys).substr(at, end - at));
    std::cout << route.place.db << '\n';
    at = end + 1;
  }
  return 0;
}

int wrap(const request::Snapshot& snapshot, const tenant::ClientState& client, bool nested,
         const std::vector<std::string>& keys) {
  const std::vector<std::string_view> names(keys.begin(), keys.end());
  const auto start = request::script_start(snapshot, client, names);
  const tenant::Tenant& tenant = *client.tenant;
  const rewrite::script::Shim shim(request::script_shape(snapshot, tenant, 0));
  const std::string body = whole_input();
  const auto wrapped = nested ? shim.wrap_nested(body, start.start) : shim.wrap(body, start.start);
  put(wrapped.text);
  put(wrapped.sha);
  put(rewrite::script::hidden_argument(tenant));
  put(std::to_string(start.start.db));
  for (const std::string& key : keys) {
    const auto feature = snapshot.router.route(client, key).feature;
    put((tenant.adds_prefix() ? tenant.key_prefix(feature).plain : "") + key);
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  std::vector<std::string> words(argv + 1, argv + argc);
  std::string mode;
  if (!words.empty() && words[0].starts_with("--")) {
    mode = words[0];
    words.erase(words.begin());
  }
  if (words.size() < (mode == "--routes" ? 2u : 3u)) return 2;
  auto loaded = request::load_snapshot(words[0]);
  if (std::holds_alternative<config::Problems>(loaded)) return 1;
  const auto& snapshot = *std::get<0>(loaded);
  tenant::ClientState client;
  client.tenant = snapshot.directory.find_tenant(words[1]);
  if (client.tenant == nullptr) return 1;
  if (mode == "--routes") return routes(snapshot, client);
  if (mode == "--fence") return fence(snapshot, *client.tenant, words[2].c_str());
  client.selected_db = std::atoi(words[2].c_str());
  return wrap(snapshot, client, mode == "--nested", {words.begin() + 3, words.end()});
}
