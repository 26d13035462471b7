#include "config/checks.hpp"
#include "config/sections.hpp"
#include "config/utf8.hpp"

namespace bulkhead::config {

namespace {

constexpr Word kPrefixModes[] = {{"add", static_cast<int>(PrefixMode::add)},
                                 {"require", static_cast<int>(PrefixMode::require)}};
constexpr Word kRoutings[] = {{"by_key", static_cast<int>(Routing::by_key)},
                              {"by_select", static_cast<int>(Routing::by_select)}};
constexpr Word kPubsubs[] = {{"exact", static_cast<int>(Pubsub::exact)},
                             {"fanout", static_cast<int>(Pubsub::fanout)}};

constexpr Word kFences[] = {{"scripts", static_cast<int>(Fence::scripts)},
                            {"all", static_cast<int>(Fence::all)}};
constexpr Word kScripts[] = {{"off", static_cast<int>(Scripts::off)},
                             {"shim_only", static_cast<int>(Scripts::shim_only)},
                             {"fenced", static_cast<int>(Scripts::fenced)}};

// A bad one is not kept: the default does less harm to the checks that follow.
void read_prefix(MapReader& main, std::string& out) {
  std::string prefix;
  if (!main.text("prefix", prefix)) return;
  WhyNot why = why_not_prefix(prefix);
  if (!why && prefix.find("{tenant}") == prefix.npos) {
    why = "must have {tenant} in it, for it is the one of all tenants";
  }
  if (why) return main.report("prefix", "the prefix " + in_quotes(prefix) + " " + *why);
  out = prefix;
}

}  // namespace

void read_tenancy(MapReader& main, Draft& draft) {
  Config& config = draft.config;
  read_prefix(main, config.prefix);
  read_prefix_mode(main, config.prefix_mode);
  read_routing(main, config.routing);
  read_pubsub(main, config.pubsub);
  main.boolean("password_only_auth", config.password_only_auth);
  main.text("cursor_secret", config.cursor_secret);
  main.choice("scripts", config.scripts, kScripts);
  read_fence(main, config.scripts, config.fence);
  TenantLimits limits;
  if (read_tenant_limits(main, "tenant_limits", limits)) {
    config.tenant_limits = std::make_shared<const TenantLimits>(std::move(limits));
  }
  config.policy = {"+@all", "-@admin", "-@dangerous", "+@tenant"};
  read_policy(main, config.policy);
}

void read_prefix_mode(MapReader& map, PrefixMode& out) {
  map.choice("prefix_mode", out, kPrefixModes);
}

void read_routing(MapReader& map, Routing& out) {
  map.choice("routing", out, kRoutings);
}

void read_pubsub(MapReader& map, Pubsub& out) {
  map.choice("pubsub", out, kPubsubs);
}

// Scripts of a tenant all of whose commands are fenced cannot be outside.
void read_fence(MapReader& map, Scripts scripts, Fence& out) {
  if (!map.choice("fence", out, kFences)) return;
  if (out == Fence::all && scripts == Scripts::shim_only) {
    map.report("fence", "'fence: all' fences scripts, too, which 'scripts: shim_only' forbids");
  }
}

void read_policy(MapReader& map, std::vector<std::string>& out) {
  std::vector<const Node*> rules;
  if (!map.texts("policy", rules)) return;
  out.clear();
  for (const Node* rule : rules) {
    out.push_back(rule->text);
    const WhyNot why = why_not_rule(rule->text);
    if (why) map.source().report(rule->line, "the rule " + in_quotes(rule->text) + " " + *why);
    const RuleCheck* check = map.source().check_rule;
    if (why || check == nullptr || !*check) continue;
    if (auto sentence = (*check)(rule->text)) map.source().report(rule->line, std::move(*sentence));
  }
}

void read_name(MapReader& map, std::string& out, Unique& names) {
  map.require("name");
  if (!map.text("name", out)) return;
  const WhyNot why = why_not_name(out);
  if (why) map.report("name", "the name " + in_quotes(out) + " " + *why);
  names.add(out, map.source(), map.line("name"));
}

}  // namespace bulkhead::config
