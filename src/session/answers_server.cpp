#include "answers_server.hpp"

#include "available.hpp"
#include "bulkhead/base/glob.hpp"
#include "bulkhead/base/sentences.hpp"
#include "bulkhead/base/text.hpp"
#include "bulkhead/command/table.hpp"
#include "bulkhead/resp/number.hpp"

#include <array>
#include <chrono>

namespace bulkhead::session {
namespace {

// A setting that says nothing about anybody else. Empty value: what the backend says in INFO.
struct Setting {
  std::string_view name;
  std::string_view value;
};
constexpr std::array kSettings = {
    Setting{"appendonly", "no"},
    Setting{"databases", {}},
    Setting{"maxmemory", {}},
    Setting{"maxmemory-policy", {}},
    Setting{"proto-max-bulk-len", {}},
    Setting{"save", ""},
    Setting{"slowlog-log-slower-than", {}},
    Setting{"slowlog-max-len", {}},
    Setting{"timeout", {}},
};

std::string value_of(const Setting& setting, const Question& question) {
  const config::Limits& limits = question.snapshot.config.limits;
  if (setting.name == "proto-max-bulk-len") return std::to_string(limits.request_bulk);
  if (setting.name == "databases") return std::to_string(question.facts.databases());
  if (setting.name == "timeout") return std::to_string(limits.idle_timeout.count() / 1000);
  if (setting.name == "slowlog-log-slower-than") {
    return std::to_string(limits.slowlog_slower_than.count() * 1000);
  }
  if (setting.name == "slowlog-max-len") return std::to_string(limits.slowlog_max_len);
  const std::size_t quota = question.client.tenant->limits->memory;
  if (quota != 0 && setting.name == "maxmemory") return std::to_string(quota);
  if (quota != 0 && setting.name == "maxmemory-policy") return "noeviction";
  if (setting.name == "maxmemory") return std::string(question.facts.get("maxmemory"));
  if (setting.name == "maxmemory-policy") {
    return std::string(question.facts.get("maxmemory_policy"));
  }
  return std::string(setting.value);
}

bool asked_for(const Setting& setting, const resp::Args& args) {
  for (std::size_t i = 2; i < args.size(); ++i) {
    if (glob_matches(lowered(args[i]), setting.name)) return true;
  }
  return false;
}

using Filter = bool (*)(const command::Row& row, std::string_view argument);

bool in_module(const command::Row&, std::string_view) {
  return false;
}
bool in_category(const command::Row& row, std::string_view argument) {
  const auto category = command::category_named(lowered(argument));
  return category && (row.categories & *category) != 0;
}
bool like_pattern(const command::Row& row, std::string_view argument) {
  return glob_matches(lowered(argument), row.name);
}

Filter filter_named(std::string_view name) {
  if (equals_ignoring_case(name, "module")) return in_module;
  if (equals_ignoring_case(name, "aclcat")) return in_category;
  if (equals_ignoring_case(name, "pattern")) return like_pattern;
  return nullptr;
}

void write_names(resp::ReplyWriter reply, const std::vector<std::string_view>& names) {
  reply.array(names.size());
  for (std::string_view name : names) reply.bulk(name);
}

}  // namespace

void answer_acl_whoami(Question& question, Buffer& out) {
  question.writer(out).bulk(question.client.user != nullptr ? question.client.user->name
                                                            : "default");
}

void answer_acl_cat(Question& question, Buffer& out) {
  const resp::Args& args = question.args;
  if (args.size() == 2) {
    const auto names = command::category_names();
    return write_names(question.writer(out), {names.begin(), names.end()});
  }
  const auto category = command::category_named(lowered(args[2]));
  if (!category) {
    return question.writer(out).error(
        refuse::generic("ERR Unknown category '" + std::string(args[2].substr(0, 128)) + "'"));
  }
  std::vector<std::string_view> names;
  for (const command::Row& row : command::rows()) {
    const bool listed = (row.categories & *category) != 0;
    if (listed && backend_has(question.facts, row)) names.push_back(row.name);
  }
  write_names(question.writer(out), names);
}

void answer_command_count(Question& question, Buffer& out) {
  const auto rows = available_commands(question.snapshot, *question.client.tenant, question.facts);
  question.writer(out).integer(static_cast<std::int64_t>(rows.size()));
}

void answer_command_list(Question& question, Buffer& out) {
  const resp::Args& args = question.args;
  Filter filter = nullptr;
  if (args.size() > 2) {
    const bool shaped = args.size() == 5 && equals_ignoring_case(args[2], "filterby");
    if (shaped) filter = filter_named(args[3]);
    if (filter == nullptr) return question.writer(out).error(refuse::syntax());
  }
  std::vector<std::string_view> names;
  for (const auto* row :
       available_commands(question.snapshot, *question.client.tenant, question.facts, true)) {
    if (filter == nullptr || filter(*row, args[4])) names.push_back(row->name);
  }
  write_names(question.writer(out), names);
}

void answer_config_get(Question& question, Buffer& out) {
  std::vector<const Setting*> found;
  for (const Setting& setting : kSettings) {
    if (asked_for(setting, question.args)) found.push_back(&setting);
  }
  resp::ReplyWriter reply = question.writer(out);
  reply.map(found.size());
  for (const Setting* setting : found) {
    reply.bulk(setting->name);
    reply.bulk(value_of(*setting, question));
  }
}

void answer_lastsave(Question& question, Buffer& out) {
  const auto time = resp::parse_integer(question.facts.get("rdb_last_save_time"));
  question.writer(out).integer(time.value_or(0));
}

void answer_lolwut(Question& question, Buffer& out) {
  question.writer(out).verbatim("Redis ver. " + std::string(question.facts.get("redis_version")) +
                                "\n");
}

void answer_module_list(Question& question, Buffer& out) {
  question.writer(out).array(0);
}

void answer_role(Question& question, Buffer& out) {
  resp::ReplyWriter reply = question.writer(out);
  reply.array(3);
  reply.bulk("master");
  reply.integer(0);
  reply.array(0);
}

void answer_time(Question& question, Buffer& out) {
  using namespace std::chrono;
  const auto now = duration_cast<microseconds>(system_clock::now().time_since_epoch()).count();
  resp::ReplyWriter reply = question.writer(out);
  reply.array(2);
  reply.bulk(std::to_string(now / 1000000));
  reply.bulk(std::to_string(now % 1000000));
}

}  // namespace bulkhead::session
