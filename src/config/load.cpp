#include "bulkhead/config/load.hpp"

#include "config/clashes.hpp"
#include "config/file.hpp"
#include "config/sections.hpp"

#include <algorithm>
#include <tuple>

namespace bulkhead::config {

namespace {

using Loaded = std::variant<Config, Problems>;

Problems sorted(Problems problems) {
  std::stable_sort(problems.begin(), problems.end(), [](const Problem& a, const Problem& b) {
    return std::tie(a.file, a.line) < std::tie(b.file, b.line);
  });
  return problems;
}

// Tenants come before the listeners that name them, and after what they inherit.
void read_main(const Node& root, const Source& source, Draft& draft) {
  MapReader main(root, "the configuration", source);
  read_process(main, draft.config);
  read_backends(main, draft);
  read_features(main, draft);
  read_tenancy(main, draft);
  read_tenants(main, draft);
  read_listeners(main, draft);
  read_limits(main, draft.config.limits);
  read_auth(main, draft.config.auth);
  read_audit(main, draft);
  main.finish();
  check_prefixes(draft.config, draft.problems);
}

void read_text(std::string_view text, const Source& source, Draft& draft) {
  const auto document = parse_yaml(text, source.file, draft.problems);
  if (!document) return;
  if (document->root == nullptr) return source.report(0, "there is nothing in this file");
  if (document->root->kind != Node::Kind::map) {
    return source.report(document->root->line, "this must be a map, beginning with listen: ...");
  }
  read_main(*document->root, source, draft);
}

Loaded finished(Draft draft) {
  if (!draft.problems.empty()) return sorted(std::move(draft.problems));
  return std::move(draft.config);
}

}  // namespace

std::string Problem::text() const {
  return file + ":" + (line > 0 ? std::to_string(line) + ":" : "") + " " + sentence;
}

Loaded load(const std::string& file, const RuleCheck& check_rule) {
  Draft draft;
  draft.check_rule = &check_rule;
  draft.config.file = file;
  draft.folder = std::filesystem::path(file).parent_path();
  const Source source = draft.source(file);
  std::string text;
  if (const auto why = read_file(file, text)) {
    source.report(0, "the file " + *why);
  } else {
    read_text(text, source, draft);
  }
  return finished(std::move(draft));
}

Loaded load_text(std::string_view yaml, const std::string& name, const RuleCheck& check_rule) {
  Draft draft;
  draft.check_rule = &check_rule;
  draft.config.file = name;
  read_text(yaml, draft.source(name), draft);
  return finished(std::move(draft));
}

}  // namespace bulkhead::config
