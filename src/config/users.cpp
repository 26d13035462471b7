#include "config/checks.hpp"
#include "config/tenant_section.hpp"
#include "config/utf8.hpp"

namespace bulkhead::config {

namespace {

void read_name(MapReader& map, std::string& out, Unique& names) {
  map.require("name");
  if (!map.text("name", out)) return;
  const WhyNot why = why_not_user_name(out);
  if (why) map.report("name", "the user's name " + in_quotes(out) + " " + *why);
  names.add(out, map.source(), map.line("name"));
}

void read_password(const Node& node, const Source& source, User& user) {
  Password password;
  if (const WhyNot why = parse_password(node.text, password)) {
    return source.report(node.line, "a password of user " + in_quotes(user.name) + " " + *why);
  }
  user.passwords.push_back(password);
}

void read_passwords(MapReader& map, User& user) {
  std::vector<const Node*> nodes;
  map.require("passwords");
  if (map.is_empty_list("passwords")) map.report("passwords", "a user needs a password at least");
  map.texts("passwords", nodes);
  for (const Node* node : nodes) read_password(*node, map.source(), user);
}

User read_user(const Node& node, const Source& source, const Tenant& tenant, Draft& draft) {
  User user;
  MapReader map(node, "a user", source);
  read_name(map, user.name, draft.users);
  read_passwords(map, user);
  if (draft.config.password_only_auth) {
    draft.passwords.add(tenant, user, source, map.line("passwords"));
  }
  map.finish();
  return user;
}

}  // namespace

void read_users(MapReader& tenant_map, Tenant& tenant, Draft& draft) {
  const Node* list = tenant_map.list("users");
  if (list == nullptr) return;
  const Source& source = tenant_map.source();
  for (const Node* node : maps_of(*list, "a user", source)) {
    tenant.users.push_back(read_user(*node, source, tenant, draft));
  }
}

}  // namespace bulkhead::config
