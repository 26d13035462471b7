#include "bulkhead/request/explain.hpp"

#include "bulkhead/request/expiries.hpp"
#include "bulkhead/request/plan.hpp"

#include <array>

namespace bulkhead::request {
namespace {

using command::Handling;
using command::NameKind;

constexpr std::array kHandlings = {"forward", "split",  "pinned", "script",
                                   "local",   "scoped", "denied"};
constexpr std::array kKinds = {"",           "key",     "key pattern",     "sort pattern",
                               "unused key", "channel", "channel pattern", "sharded channel"};

// Bytes as a person can read them: what is not printable is escaped.
std::string readable(std::string_view bytes) {
  static constexpr char kHex[] = "0123456789abcdef";
  std::string out;
  for (char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '\r')
      out += "\\r";
    else if (c == '\n')
      out += "\\n";
    else if (c == '\\')
      out += "\\\\";
    else if (byte >= 0x20 && byte < 0x7f)
      out += c;
    else
      (out += "\\x") += {kHex[byte >> 4], kHex[byte & 15]};
  }
  return out;
}

class Lines {
 public:
  void add(std::string_view title, std::string_view value) {
    text_ += title;
    text_ += std::string(title.size() < 10 ? 10 - title.size() : 1, ' ');
    text_ += value;
    text_ += '\n';
  }
  std::string take() { return std::move(text_); }

 private:
  std::string text_;
};

void add_route(Lines& lines, const Snapshot& snapshot, const route::Route& route) {
  lines.add("feature", snapshot.router.feature_names()[route.feature]);
  lines.add("backend", snapshot.config.backends[route.place.backend].name);
  lines.add("db", std::to_string(route.place.db));
}

// What TTL policies add.
void add_expiries(Lines& lines, const rewrite::TenantCommand& command) {
  const Expiries* expiries = command.expiries();
  if (expiries == nullptr) return;
  if (!expiries->words.empty()) lines.add("ttl", "the default, within the command's own words");
  if (expiries->words.empty() && expiries->missing != 0) lines.add("ttl", "missing, and counted");
  for (const rewrite::Following& one : expiries->following) {
    switch (one.kind) {
      case rewrite::Following::Kind::give:
        lines.add("ttl", "the default, behind the command, for a key without one");
        break;
      case rewrite::Following::Kind::cut:
        lines.add("ttl", "the max, behind the command, for a key that would live longer");
        break;
      case rewrite::Following::Kind::ask:
        lines.add("ttl", "asked for behind the command, and counted");
        break;
    }
  }
}

void add_bytes(Lines& lines, const rewrite::TenantCommand& command, bool blocks = false) {
  add_expiries(lines, command);
  Buffer bytes;
  if (blocks) {
    command.append_alone(bytes);
    command.append_following(bytes);
  } else {
    command.append_to(bytes);
  }
  lines.add("sent", readable(bytes.view()));
}

// Those of the client's own words: what is sent may be another command, with other places.
void add_names(Lines& lines, const command::Row& row, const resp::Args& args) {
  command::Names names;
  // Up to a mistake in the options, if there is one.
  if (!command::find_names(row, args, names) && !names.empty()) names.pop_back();
  for (const command::Name& name : names) {
    lines.add("name", readable(args[name.arg]) + " (argument " + std::to_string(name.arg) + ", " +
                          kKinds[static_cast<std::size_t>(name.kind)] + ")");
  }
}

}  // namespace

std::string explain(const Snapshot& snapshot, const tenant::Tenant& tenant, int db,
                    const resp::Args& args) {
  Lines lines;
  lines.add("tenant", tenant.name);
  tenant::ClientState client;
  client.tenant = &tenant;
  client.selected_db = db;
  Scratch scratch;
  Plan plan = request::plan(snapshot, client, args, scratch);
  if (plan.row != nullptr) {
    lines.add("row", plan.row->name);
    lines.add("handling", kHandlings[static_cast<std::size_t>(plan.row->handling)]);
  }
  if (const auto* refusal = std::get_if<Refusal>(&plan.step)) {
    lines.add("verdict", "refused (" + std::string(label(refusal->reason)) + ")");
    lines.add("answer", "-" + refusal->sentence);
    return lines.take();
  }
  lines.add("verdict", "allowed");
  if (std::holds_alternative<Answer>(plan.step)) {
    lines.add("sent", "nothing: the proxy answers");
  } else if (std::holds_alternative<Converse>(plan.step)) {
    lines.add("sent", "commands of the proxy's own, about this tenant alone");
    for (const route::Route& place : snapshot.router.places(client)) {
      add_route(lines, snapshot, place);
    }
  } else if (const auto* forward = std::get_if<Forward>(&plan.step)) {
    add_names(lines, *plan.row, args);
    add_route(lines, snapshot, forward->route);
    add_bytes(lines, forward->command);
  } else if (const auto* block = std::get_if<Block>(&plan.step)) {
    add_names(lines, *plan.row, args);
    add_route(lines, snapshot, block->route);
    add_bytes(lines, block->command, true);
  } else {
    add_names(lines, *plan.row, args);
    for (Part& part : split(client, snapshot, args, scratch)) {
      add_route(lines, snapshot, part.route);
      add_bytes(lines, command_of(part, *plan.row, tenant, args));
    }
  }
  return lines.take();
}

}  // namespace bulkhead::request
