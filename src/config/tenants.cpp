#include "config/file.hpp"
#include "config/sections.hpp"
#include "config/tenant_section.hpp"
#include "config/utf8.hpp"

#include <algorithm>
#include <atomic>
#include <thread>

namespace bulkhead::config {

namespace {

namespace fs = std::filesystem;

void read_list(const Node& list, const Source& source, Draft& draft) {
  for (const Node* node : maps_of(list, "a tenant", source)) read_tenant(*node, source, draft);
}

// A file with nothing but comments is no mistake: it may wait for its first tenant.
void read_root(const Node* root, const Source& source, Draft& draft) {
  if (root == nullptr) return;
  if (root->kind == Node::Kind::list) return read_list(*root, source, draft);
  if (root->kind == Node::Kind::map) return read_tenant(*root, source, draft);
  source.report(root->line, "this must be a tenant or a list of tenants");
}

// A file of tenants as far as it can be read without knowing any other.
struct TenantsFile {
  std::string path;
  Problems problems{};
  std::optional<Document> document{};
};

void parse_tenants_file(TenantsFile& file) {
  std::error_code ignored;
  if (fs::exists(file.path, ignored) && !fs::is_regular_file(file.path, ignored)) {
    return file.problems.push_back({file.path, 0, "this is not a plain file"});
  }
  std::string text;
  if (const auto why = read_file(file.path, text)) {
    return file.problems.push_back({file.path, 0, "the file " + *why});
  }
  file.document = parse_yaml(text, file.path, file.problems);
}

// The YAML parser is most of the time that loading takes, so all cores parse, a file each.
void parse_all(std::vector<TenantsFile>& files) {
  std::atomic<std::size_t> next{0};
  const auto parse_some = [&] {
    for (std::size_t i; (i = next++) < files.size();) parse_tenants_file(files[i]);
  };
  const std::size_t cores = std::max(1u, std::thread::hardware_concurrency());
  std::vector<std::jthread> helpers(std::min(cores, std::max<std::size_t>(1, files.size())) - 1);
  for (std::jthread& helper : helpers) helper = std::jthread(parse_some);
  parse_some();
}

void read_tenants_file(const TenantsFile& file, Draft& draft) {
  const Source source = draft.source(file.path);
  draft.problems.insert(draft.problems.end(), file.problems.begin(), file.problems.end());
  if (file.document) read_root(file.document->root, source, draft);
}

// Editors keep their own files beside the real ones, with a dot in front.
bool is_tenants_file(const fs::path& path) {
  const bool is_yaml = path.extension() == ".yaml" || path.extension() == ".yml";
  return is_yaml && !path.filename().string().starts_with('.');
}

// Nothing when the folder can be read, however many of its entries vanish meanwhile.
std::optional<std::string> list_folder(const fs::path& folder, std::vector<TenantsFile>& out) {
  std::error_code error;
  for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
    if (is_tenants_file(it->path())) out.push_back({it->path().string()});
  }
  std::sort(out.begin(), out.end(),
            [](const TenantsFile& a, const TenantsFile& b) { return a.path < b.path; });
  return error ? std::optional(error.message()) : std::nullopt;
}

// A folder that is not there holds no tenants: it is named before the first one is made.
void read_tenants_dir(MapReader& main, Draft& draft) {
  std::string name;
  if (!main.text("tenants_dir", name)) return;
  const fs::path folder = draft.folder / name;
  std::error_code error;
  if (!fs::exists(folder, error) && !error) return;
  std::vector<TenantsFile> files;
  if (const auto why = list_folder(folder, files)) {
    main.report("tenants_dir",
                "the folder " + in_quotes(folder.string()) + " cannot be read: " + *why);
  }
  parse_all(files);
  for (const TenantsFile& file : files) read_tenants_file(file, draft);
}

}  // namespace

void read_tenants(MapReader& main, Draft& draft) {
  const Node* list = main.list("tenants");
  if (list != nullptr) {
    draft.reserve(list->items.size());
    read_list(*list, main.source(), draft);
  }
  read_tenants_dir(main, draft);
}

}  // namespace bulkhead::config
