// Argument lists of a client: what is forwarded is one command, and every name in it is the
// tenant's. The first byte chooses the tenant and the database; the others are the arguments, a
// line each.
#include "bulkhead/request/explain.hpp"
#include "bulkhead/request/plan.hpp"
#include "bulkhead/resp/request_reader.hpp"
#include "fuzz.hpp"

#include <array>
#include <memory>
#include <string>

using namespace bulkhead;
using command::NameKind;

namespace {

constexpr std::string_view kYaml = R"(
listen: [{ address: 127.0.0.1:0 }]
backends:
  - { name: main, address: 127.0.0.1:6379 }
  - { name: second, address: 127.0.0.1:6380 }
features:
  - { name: sessions, db: 0, keys: ["session:*", "*:session:*"] }
  - { name: cache, db: 1, keys: ["cache:*", "*:cache:*"], ttl: { default: 1h, max: 7d } }
  - { name: rate, db: 2, backend: second, keys: ["rate:*", "*:rate:*"], ttl: { max: 1h, mode: report } }
default_feature: cache
policy: ["+@all"]
tenants:
  - { name: plain, users: [{ name: a, passwords: ["#HASH0"] }] }
  - { name: odd, prefix: "o?[d]\\*:", users: [{ name: b, passwords: ["#HASH1"] }] }
  - { name: legacy, prefix: "l-l:", prefix_mode: require, users: [{ name: c, passwords: ["#HASH2"] }] }
  - { name: parted, prefix: "p:{feature}:", users: [{ name: d, passwords: ["#HASH3"] }] }
  - { name: chosen, prefix: "c:", routing: by_select, databases: [0, 1, 9], users: [{ name: e, passwords: ["#HASH4"] }] }
)";

std::shared_ptr<const request::Snapshot> load() {
  std::string yaml(kYaml);
  for (char digit = '0'; digit <= '4'; ++digit) {
    const std::string mark = std::string("HASH") + digit;
    yaml.replace(yaml.find(mark), mark.size(), std::string(64, digit));
  }
  auto loaded = request::load_snapshot_text(yaml, "fuzz.yaml");
  if (const auto* problems = std::get_if<config::Problems>(&loaded)) {
    for (const auto& problem : *problems) std::fprintf(stderr, "%s\n", problem.text().c_str());
    std::abort();
  }
  return std::get<0>(loaded);
}

bool begins_with_prefix(const tenant::Tenant& tenant, NameKind kind, std::string_view name) {
  const bool pattern = kind == NameKind::key_pattern || kind == NameKind::channel_pattern;
  for (const tenant::Prefix& prefix : tenant.prefixes) {
    if (name.starts_with(pattern ? prefix.escaped : prefix.plain)) return true;
  }
  return false;
}

// Reads the bytes for a lane as the backend will, and looks for the names once more.
void check_sent(const tenant::Tenant& tenant, const rewrite::TenantCommand& command) {
  resp::RequestReader reader;
  command.append_to(reader.input());
  const resp::RequestLimits limits{1 << 20, 1 << 20, 1 << 24, true};
  FUZZ_CHECK(reader.next(limits) == resp::RequestReader::Progress::complete);
  const bool run = !command.following().empty();
  if (run) {  // MULTI, the command, what follows it, EXEC
    reader.drop();
    FUZZ_CHECK(reader.next(limits) == resp::RequestReader::Progress::complete);
  }
  FUZZ_CHECK(run == (reader.length() != reader.input().size()));
  const auto row = command::find_row(reader.args());
  FUZZ_CHECK(row);
  command::Names names;
  if (!command::find_names(**row, reader.args(), names)) {
    // Cut where an option is wrong, so that the backend refuses it.
    FUZZ_CHECK(!names.empty() && names.back().arg + 1 == reader.args().size());
    FUZZ_CHECK(reader.args()[names.back().arg].empty());
    names.pop_back();
  }
  FUZZ_CHECK(!names.empty());
  for (const command::Name& name : names) {
    FUZZ_CHECK(begins_with_prefix(tenant, name.kind, reader.args()[name.arg]));
    if (name.kind == NameKind::sort_pattern) {
      // The '*' that Redis replaces is the client's.
      const std::string_view pattern = reader.args()[name.arg];
      FUZZ_CHECK(pattern.find('*') >= tenant.prefix_length(pattern));
    }
  }
  for (std::size_t left = command.following().size(); left != 0; --left) {
    reader.drop();
    FUZZ_CHECK(reader.next(limits) == resp::RequestReader::Progress::complete);
    FUZZ_CHECK(begins_with_prefix(tenant, NameKind::key, reader.args()[1]));
  }
  if (!run) return;
  reader.drop();
  FUZZ_CHECK(reader.next(limits) == resp::RequestReader::Progress::complete);
  FUZZ_CHECK(reader.length() == reader.input().size());
}

// Whether every name of the client's command is in what is sent, behind a prefix of the tenant's.
void check_nothing_lost(const tenant::Tenant& tenant, const command::Row& row,
                        const resp::Args& args, const rewrite::TenantCommand& command) {
  Buffer sent;
  command.append_to(sent);
  command::Names names;
  if (!command::find_names(row, args, names)) {
    FUZZ_CHECK(!names.empty());
    names.pop_back();
  }
  for (const command::Name& name : names) {
    bool found = false;
    for (const tenant::Prefix& prefix : tenant.prefixes) {
      const std::string text =
          (tenant.adds_prefix() ? prefix.plain : "") + std::string(args[name.arg]);
      found = found || sent.view().find("\r\n" + text + "\r\n") != std::string_view::npos;
    }
    FUZZ_CHECK(found);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const auto snapshot = load();
  std::string_view bytes(reinterpret_cast<const char*>(data), size);
  std::uint8_t choice = 0;
  if (!fuzz::take_choice(bytes, choice)) return 0;

  resp::OwnedArgs owned;
  for (;;) {
    const std::size_t end = bytes.find('\n');
    owned.add(bytes.substr(0, end));
    if (end == std::string_view::npos) break;
    bytes.remove_prefix(end + 1);
  }
  const auto args = owned.view();
  const auto tenants = snapshot->directory.tenants();
  tenant::ClientState client;
  client.tenant = &tenants[choice % tenants.size()];
  constexpr std::array kDatabases = {0, 1, 2, 9};
  const int db = kDatabases[choice / 8 % kDatabases.size()];
  if (route::Router::may_select(*client.tenant, db)) client.selected_db = db;

  request::Scratch scratch;
  const request::Plan plan = request::plan(*snapshot, client, args, scratch);
  if (const auto* forward = std::get_if<request::Forward>(&plan.step)) {
    check_sent(*client.tenant, forward->command);
    check_nothing_lost(*client.tenant, *plan.row, args, forward->command);
  }
  if (std::holds_alternative<request::Split>(plan.step)) {
    std::size_t names = 0;
    auto parts = request::split(client, *snapshot, args, scratch);
    FUZZ_CHECK(parts.size() > 1);
    for (request::Part& part : parts) {
      names += part.positions.size();
      check_sent(*client.tenant, request::command_of(part, *plan.row, *client.tenant, args));
    }
    FUZZ_CHECK(names == scratch.names.size());
  }
  if (const auto* refusal = std::get_if<Refusal>(&plan.step)) {
    FUZZ_CHECK(!refusal->sentence.empty());
    FUZZ_CHECK(refusal->sentence.find_first_of("\r\n") == std::string::npos);
  }
  FUZZ_CHECK(!request::explain(*snapshot, *client.tenant, client.selected_db, args).empty());
  return 0;
}
