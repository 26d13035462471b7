#include "config/certificates.hpp"
#include "config/checks.hpp"
#include "config/moment.hpp"
#include "config/sources.hpp"
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

bool read_hash(const std::string& text, int line, const Source& source, const User& user,
               Password& out) {
  const WhyNot why = parse_password(text, out);
  if (why) source.report(line, "a password of user " + in_quotes(user.name) + " " + *why);
  return !why;
}

// { hash: "#...", expires: 2026-12-31 }
bool read_expiring(const Node& node, const Source& source, const User& user, Password& out) {
  MapReader map(node, "a password", source);
  std::string hash, expires;
  map.require("hash");
  bool good = map.text("hash", hash) && read_hash(hash, map.line("hash"), source, user, out);
  if (map.text("expires", expires)) {
    out.expires = parse_moment(expires);
    if (!out.expires) {
      map.report("expires",
                 "'expires' must be a date such as 2026-12-31, or with a time and its zone "
                 "2026-12-31T18:00:00Z, not " +
                     in_quotes(expires));
    }
  }
  good = good && out.expires.has_value() == map.has("expires");
  map.finish();
  return good;
}

// The parser places an empty item where the next one begins, so the key's line is the better one.
bool read_password(const Node& node, const Source& source, const User& user, Password& out) {
  if (node.kind == Node::Kind::map) return read_expiring(node, source, user, out);
  if (node.kind == Node::Kind::text) return read_hash(node.text, node.line, source, user, out);
  if (node.kind == Node::Kind::null) {
    source.report(user.line,
                  "an item of 'passwords' is empty; one that begins with '#' needs quotes");
  } else {
    source.report(node.line,
                  "the items of 'passwords' must be hashes, or maps as in { hash: "
                  "\"#...\", expires: 2026-12-31 }");
  }
  return false;
}

void read_passwords(MapReader& map, User& user) {
  // Else it may come with a certificate alone.
  if (!map.has("certificates") || map.is_empty_list("certificates")) map.require("passwords");
  user.line = map.line("passwords");
  const Node* list = map.list("passwords");
  if (list == nullptr) return;
  if (list->items.empty()) map.report("passwords", "a user needs a password at least");
  for (const Node* node : list->items) {
    Password password;
    if (read_password(*node, map.source(), user, password)) user.passwords.push_back(password);
  }
}

void read_user_sources(MapReader& map, User& user) {
  if (!map.has("source")) {
    map.any("source");
    return;
  }
  // Also when it cannot be read: a list that is there never means "from anywhere".
  read_sources(map, "source", user.sources.emplace());
}

User read_user(const Node& node, const Source& source, const Tenant& tenant, Draft& draft) {
  User user;
  MapReader map(node, "a user", source);
  read_name(map, user.name, draft.users);
  read_passwords(map, user);
  read_user_sources(map, user);
  read_certificates(map, user.name, draft.certificates, user.certificates);
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
