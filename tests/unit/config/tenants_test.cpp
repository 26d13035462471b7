#include "helpers.hpp"

namespace bulkhead::config {

namespace {

std::string main_file(const TemporaryFolder& folder) {
  return folder.write("b.yaml", kLeast + "tenants: [{ name: acme }]\ntenants_dir: tenants.d\n");
}

std::vector<std::string> names_of(const Config& config) {
  std::vector<std::string> names;
  for (const Tenant& tenant : config.tenants) names.push_back(tenant.name);
  return names;
}

}  // namespace

TEST_CASE("a folder of tenants that is not there holds none") {
  const TemporaryFolder folder;
  CHECK(names_of(loaded(load(main_file(folder)))) == std::vector<std::string>{"acme"});
}

TEST_CASE("files of tenants are read in the order of their names, whatever lies beside them") {
  const TemporaryFolder folder;
  folder.write("tenants.d/20.yml", "- name: d\n- name: c\n");
  folder.write("tenants.d/10.yaml", "# one\nname: b\nprefix: \"b/\"\n");
  folder.write("tenants.d/30.yaml", "# nobody yet\n");
  folder.write("tenants.d/.#10.yaml", "[ no yaml");
  folder.write("tenants.d/README.md", "[ no yaml");
  folder.write("tenants.d/sub/x.yaml", "[ no yaml");
  const Config config = loaded(load(main_file(folder)));
  CHECK(names_of(config) == std::vector<std::string>{"acme", "b", "d", "c"});
  CHECK(config.tenants[1].file == (folder.path() / "tenants.d/10.yaml").string());
  CHECK(config.tenants[1].line == 2);
  CHECK(config.tenants[3].line == 2);
}

TEST_CASE("a listener may name a tenant of the folder") {
  const TemporaryFolder folder;
  folder.write("tenants.d/b.yaml", "name: b\n");
  const std::string main = folder.write(
      "b.yaml",
      "listen: [{ address: \"127.0.0.1:0\", tenant: b }]\n"
      "backends: [{ name: main, address: \"127.0.0.1:6379\" }]\ntenants_dir: tenants.d\n");
  CHECK(loaded(load(main)).listen[0].tenant == "b");
}

TEST_CASE("problems of all files come together, sorted") {
  const TemporaryFolder folder;
  const std::string a = folder.write("tenants.d/a.yaml", "name: x\nprefixx: y\n");
  const std::string b = folder.write("tenants.d/b.yaml", "- name: acme\n- word\n");
  const std::string c = folder.write("tenants.d/c.yaml", "name: [\n");
  const std::string d = folder.write("tenants.d/d.yaml", "word\n");
  std::filesystem::create_directory(folder.path() / "tenants.d/e.yaml");
  std::filesystem::create_symlink("nowhere", folder.path() / "tenants.d/f.yaml");
  const Problems problems = problems_in(load(main_file(folder)));
  REQUIRE(problems.size() == 7);
  CHECK(problems[0].text() == a + ":2: 'prefixx' is no key of a tenant; did you mean 'prefix'?");
  CHECK(problems[1].text() == b + ":1: the tenant 'acme' is there already, in " +
                                  (folder.path() / "b.yaml").string() + ":5");
  CHECK(problems[2].text() == b + ":2: a tenant must be a map, as in { name: ... }");
  CHECK(problems[3].text() == c + ":1: a '[' or '{' in this line is not closed");
  CHECK(problems[4].text() == d + ":1: this must be a tenant or a list of tenants");
  CHECK(problems[5].sentence == "this is not a plain file");
  CHECK(problems[6].sentence == "the file cannot be opened: No such file or directory");
}

TEST_CASE("a folder that is a file is a problem") {
  const TemporaryFolder folder;
  folder.write("tenants.d", "");
  const Problems problems = problems_in(load(main_file(folder)));
  REQUIRE(problems.size() == 1);
  CHECK(problems[0].line == 6);
  CHECK(problems[0].sentence.ends_with("cannot be read: Not a directory"));
}

}  // namespace bulkhead::config
