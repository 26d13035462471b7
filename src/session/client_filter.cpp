#include "client_filter.hpp"

#include "bulkhead/base/sentences.hpp"
#include "bulkhead/base/text.hpp"
#include "bulkhead/resp/number.hpp"

#include <algorithm>
#include <array>

namespace bulkhead::session {
namespace {

constexpr std::array<std::string_view, 5> kTypes = {"normal", "slave", "replica", "pubsub",
                                                    "master"};

Result<std::string> read_type(std::string_view text) {
  const std::string type = lowered(text);
  if (std::find(kTypes.begin(), kTypes.end(), type) != kTypes.end()) return type;
  return refuse::generic("ERR Unknown client type '" + std::string(text.substr(0, 128)) + "'");
}

}  // namespace

bool ClientFilter::matches(const tenant::ClientState& client, Instant now) const {
  if (!ids.empty() && std::find(ids.begin(), ids.end(), client.id) == ids.end()) return false;
  if (type && *type != "normal") return false;
  if (user && (client.user == nullptr || client.user->name != *user)) return false;
  if (address && client.address != *address) return false;
  if (local_address && client.local_address != *local_address) return false;
  return !older_than || now - client.connected_at >= std::chrono::seconds(*older_than);
}

Result<ClientFilter> read_list_filter(const resp::Args& args) {
  ClientFilter filter;
  if (args.size() == 2) return filter;
  if (args.size() == 4 && equals_ignoring_case(args[2], "type")) {
    auto type = read_type(args[3]);
    if (!type) return type.error();
    filter.type = std::move(*type);
    return filter;
  }
  if (args.size() < 4 || !equals_ignoring_case(args[2], "id")) return refuse::syntax();
  for (std::size_t i = 3; i < args.size(); ++i) {
    const auto id = resp::parse_integer(args[i]);
    if (!id) return refuse::generic("ERR Invalid client ID");
    filter.ids.push_back(static_cast<std::uint64_t>(*id));
  }
  return filter;
}

Result<ClientFilter> read_kill_filter(const resp::Args& args) {
  ClientFilter filter;
  filter.skip_me = true;
  if (args.size() % 2 != 0) return refuse::syntax();
  for (std::size_t i = 2; i < args.size(); i += 2) {
    const std::string_view value = args[i + 1];
    if (equals_ignoring_case(args[i], "id")) {
      const auto id = resp::parse_integer(value);
      if (!id || *id < 1) return refuse::generic("ERR client-id should be greater than 0");
      filter.ids = {static_cast<std::uint64_t>(*id)};
    } else if (equals_ignoring_case(args[i], "type")) {
      auto type = read_type(value);
      if (!type) return type.error();
      filter.type = std::move(*type);
    } else if (equals_ignoring_case(args[i], "addr")) {
      filter.address = value;
    } else if (equals_ignoring_case(args[i], "laddr")) {
      filter.local_address = value;
    } else if (equals_ignoring_case(args[i], "user")) {
      filter.user = value;
    } else if (equals_ignoring_case(args[i], "maxage")) {
      filter.older_than = resp::parse_integer(value);
      if (!filter.older_than)
        return refuse::generic("ERR maxage is not an integer or out of range");
    } else if (equals_ignoring_case(args[i], "skipme") && equals_ignoring_case(value, "yes")) {
      filter.skip_me = true;
    } else if (equals_ignoring_case(args[i], "skipme") && equals_ignoring_case(value, "no")) {
      filter.skip_me = false;
    } else {
      return refuse::syntax();
    }
  }
  return filter;
}

}  // namespace bulkhead::session
