#include "bulkhead/request/snapshot.hpp"

#include "catch.hpp"
#include "sample.hpp"

using namespace bulkhead;
using namespace bulkhead::request;

namespace {

std::string replaced(std::string text, std::string_view from, std::string_view to) {
  const std::size_t at = text.find(from);
  REQUIRE(at != std::string::npos);
  return text.replace(at, from.size(), to);
}

std::vector<std::string> problems_of(const std::string& yaml) {
  std::vector<std::string> out;
  const auto loaded = load_snapshot_text(with_passwords(yaml), "x.yaml");
  if (const auto* problems = std::get_if<config::Problems>(&loaded)) {
    for (const auto& problem : *problems) out.push_back(problem.text());
  }
  return out;
}

}  // namespace

TEST_CASE("everything of a snapshot follows from one configuration") {
  const auto snapshot = snapshot_of(kSample);
  CHECK(snapshot->directory.tenants().size() == 5);
  CHECK(snapshot->router.feature_names().size() == 4);
  CHECK(snapshot->config.backends.size() == 2);
  const auto index = command::index_of(*command::find_row("keys"));
  CHECK_FALSE(snapshot->policy.allows(snapshot->directory.find_tenant("acme")->index, index));
  CHECK(snapshot->policy.allows(snapshot->directory.find_tenant("globex")->index, index));
}

TEST_CASE("rules that name no command and no category are problems, all of them") {
  std::string yaml(kSample);
  yaml = replaced(yaml, "\"+@tenant\"", "\"+@nope\"");
  yaml = replaced(yaml, "\"+keys\"", "\"+keyz\"");
  CHECK(problems_of(yaml) ==
        std::vector<std::string>{"x.yaml:11: '@nope' is no category of commands",
                                 "x.yaml:17: 'keyz' is no command that Bulkhead knows"});
}

TEST_CASE("what the configuration itself has wrong is reported as it is") {
  const auto problems = problems_of("lisen: 1\n");
  REQUIRE_FALSE(problems.empty());
  CHECK(problems.front().find("x.yaml:1: ") == 0);
  const auto missing = load_snapshot("/nonexistent/bulkhead.yaml");
  CHECK(std::holds_alternative<config::Problems>(missing));
}

TEST_CASE("the prefix of a tenant's channels may not begin another tenant's names either") {
  const auto problems =
      problems_of(replaced(std::string(kSample), "erp:tenant:globex:", "p:channels:"));
  REQUIRE(problems.size() == 1);
  CHECK(problems[0].find("p:channels:") != std::string::npos);
}

TEST_CASE("a feature may be called like the place of the channels") {
  CHECK(problems_of(replaced(replaced(std::string(kSample), "name: cache", "name: channels"),
                             "default_feature: cache", "default_feature: channels"))
            .empty());
}
