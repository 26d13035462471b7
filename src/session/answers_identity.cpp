#include "answers_identity.hpp"

#include "bulkhead/base/sentences.hpp"
#include "bulkhead/base/text.hpp"
#include "bulkhead/resp/number.hpp"
#include "bulkhead/route/router.hpp"
#include "client_name.hpp"
#include "login.hpp"

#include <utility>

namespace bulkhead::session {
namespace {

constexpr std::string_view kVersionUnknown = "7.0.0";

// Of a tenant that the client was before, nothing remains: not even what it called the connection,
// which the other one's CLIENT LIST would show.
void take_identity(Question& question, const tenant::User* user) {
  tenant::ClientState& client = question.client;
  if (client.tenant != nullptr && client.tenant != user->tenant) client.name.clear();
  question.effects.identity = user;
}

struct HelloOptions {
  std::int64_t version = 0;  // 0: not given
  std::optional<std::string_view> user, password, name;
};

// As Redis reads them (networking.c, helloCommand).
Result<HelloOptions> read_hello(const resp::Args& args) {
  HelloOptions options;
  if (args.size() >= 2) {
    const auto version = resp::parse_integer(args[1]);
    if (!version) {
      return refuse::generic("ERR Protocol version is not an integer or out of range");
    }
    if (*version < 2 || *version > 3) return refuse::no_proto();
    options.version = *version;
  }
  for (std::size_t i = 2; i < args.size(); ++i) {
    const std::size_t more = args.size() - 1 - i;
    if (equals_ignoring_case(args[i], "auth") && more >= 2) {
      options.user = args[i + 1];
      options.password = args[i + 2];
      i += 2;
    } else if (equals_ignoring_case(args[i], "setname") && more >= 1) {
      options.name = args[++i];
    } else {
      return refuse::generic("ERR Syntax error in HELLO option '" +
                             std::string(args[i].substr(0, 128)) + "'");
    }
  }
  return options;
}

void write_hello(Question& question, Buffer& out) {
  resp::ReplyWriter reply = question.writer(out);
  const std::string_view version = question.facts.get("redis_version");
  reply.map(7);
  reply.bulk("server");
  reply.bulk("redis");
  reply.bulk("version");
  reply.bulk(version.empty() ? kVersionUnknown : version);
  reply.bulk("proto");
  reply.integer(question.client.resp3 ? 3 : 2);
  reply.bulk("id");
  reply.integer(static_cast<std::int64_t>(question.client.id));
  reply.bulk("mode");
  reply.bulk("standalone");
  reply.bulk("role");
  reply.bulk("master");
  reply.bulk("modules");
  reply.array(0);
}

}  // namespace

void answer_auth(Question& question, Buffer& out) {
  const resp::Args& args = question.args;
  if (args.size() > 3) return question.writer(out).error(refuse::syntax());
  const bool named = args.size() == 3;
  const tenant::User* user =
      log_in(question, named ? std::optional(args[1]) : std::nullopt, args[named ? 2 : 1]);
  if (user == nullptr) return question.writer(out).error(refuse::wrong_pass());
  take_identity(question, user);
  question.writer(out).ok();
}

void answer_hello(Question& question, Buffer& out) {
  auto options = read_hello(question.args);
  if (!options) return question.writer(out).error(options.error());
  if (options->name && !valid_client_name(*options->name)) {
    return question.writer(out).error(refuse::client_name_invalid());
  }
  if (options->user) {
    const tenant::User* user = log_in(question, options->user, *options->password);
    if (user == nullptr) return question.writer(out).error(refuse::wrong_pass());
    take_identity(question, user);
  } else if (question.client.tenant == nullptr) {
    return question.writer(out).error(refuse::hello_needs_auth());
  }
  if (options->name) question.client.name = *options->name;
  if (options->version != 0) question.client.resp3 = options->version == 3;
  write_hello(question, out);
}

void answer_ping(Question& question, Buffer& out) {
  const resp::Args& args = question.args;
  if (args.size() > 2) return question.writer(out).error(refuse::wrong_arity("ping"));
  if (question.client.mode == tenant::Mode::subscribed) {
    question.writer(out).array(2);
    question.writer(out).bulk("pong");
    return question.writer(out).bulk(args.size() == 2 ? args[1] : std::string_view());
  }
  if (args.size() == 2)
    question.writer(out).bulk(args[1]);
  else
    question.writer(out).simple("PONG");
}

void answer_echo(Question& question, Buffer& out) {
  question.writer(out).bulk(question.args[1]);
}

void answer_select(Question& question, Buffer& out) {
  resp::ReplyWriter reply = question.writer(out);
  const auto db = resp::parse_integer(question.args[1]);
  if (!db) return reply.error(refuse::not_an_integer());
  if (!std::in_range<std::int32_t>(*db)) return reply.error(refuse::not_an_int());
  if (*db < 0 || *db >= question.facts.databases() ||
      !route::Router::may_select(*question.client.tenant, static_cast<int>(*db))) {
    return reply.error(refuse::db_out_of_range());
  }
  question.client.selected_db = static_cast<int>(*db);
  reply.ok();
}

void answer_reset(Question& question, Buffer& out) {
  question.effects.reset = true;
  question.writer(out).simple("RESET");
}

void answer_quit(Question& question, Buffer& out) {
  question.effects.close = true;
  question.writer(out).ok();
}

}  // namespace bulkhead::session
