// Who a session's client is, by what its connection brings along or by credentials, and what is
// told of it: counters, the log, the audit log, the other workers' guards.
#include "bulkhead/session/session.hpp"

#include <boost/asio/post.hpp>

namespace bulkhead::session {
namespace {

using tenant::LoginResult;

constexpr std::size_t kNameShown = 64;  // bytes of a user's name that a client made up

metrics::AuthFailure counted_as(LoginResult result) {
  switch (result) {
    case LoginResult::source:
      return metrics::AuthFailure::source_refused;
    case LoginResult::expired:
      return metrics::AuthFailure::expired;
    case LoginResult::banned:
      return metrics::AuthFailure::banned;
    case LoginResult::wrong:
    case LoginResult::ok:
      break;
  }
  return metrics::AuthFailure::wrong;
}

// The log is read by more people than the audit log: a name that nobody has may be a password that
// was typed in its place.
std::string_view known_name(const tenant::User* user) {
  return user == nullptr ? std::string_view() : std::string_view(user->name);
}

// An attempt, as one worker tells the others of it.
struct News {
  tenant::AttemptNote note;
  std::string client;
  std::string user;  // if there is one of that name
  std::string name;  // as it was given
};

// The first worker speaks for all: it, too, sees every attempt once.
void report_bans(Context& context, const News& news, const tenant::LoginGuard::Outcome& outcome) {
  if (context.worker != 0) return;
  const auto ban_ms = context.snapshot->config.auth.ban.count();
  const auto report = [&](bool begun, metrics::Ban ban, std::string_view what) {
    if (!begun) return;
    context.counters.bans[static_cast<std::size_t>(ban)].add();
    context.log.warning(
        "auth_banned",
        {{"of", what}, {"client", news.client}, {"user", news.user}, {"ban_ms", ban_ms}});
    context.audit.write(
        AuditTrail::Kind::ban, {}, "ban",
        {{"of", what}, {"user", news.name}, {"client", news.client}, {"ban_ms", ban_ms}});
  };
  report(outcome.pair_banned, metrics::Ban::pair, "pair");
  report(outcome.source_banned, metrics::Ban::source, "source");
  report(outcome.user_banned, metrics::Ban::user, "user");
}

}  // namespace

// The listener's tenant, or the user that the other end is known to be. A user's list of sources
// holds whatever proves who it is.
void Session::identify_by_connection() {
  if (bound_user_ != nullptr && !bound_user_->may_come_from(client_.source)) {
    context_.counters.auth_failures[static_cast<std::size_t>(counted_as(LoginResult::source))]
        .add();
    context_.log.warning("auth_failed", {{"client", client_.address},
                                         {"reason", label(LoginResult::source)},
                                         {"user", bound_user_->name}});
    audit_identity(LoginResult::source, client_.proof, bound_user_->name, bound_user_);
    bound_user_ = nullptr;
    bound_tenant_ = nullptr;
    return;
  }
  identify(bound_user_, bound_tenant_);
  if (bound_user_ != nullptr)
    audit_identity(LoginResult::ok, client_.proof, bound_user_->name, bound_user_);
}

void Session::follow_bound(const tenant::Directory& directory) {
  if (bound_user_ != nullptr) {
    bound_user_ = directory.find_user(bound_user_->name);
    const bool good = bound_user_ != nullptr && bound_user_->may_come_from(client_.source);
    if (!good) bound_user_ = nullptr;
    bound_tenant_ = good ? bound_user_->tenant : nullptr;
  } else if (bound_tenant_ != nullptr) {
    bound_tenant_ = directory.find_tenant(bound_tenant_->name);
  }
}

Milliseconds Session::delay_after(const Attempt& attempt) const {
  const config::Config& config = snapshot_->config;
  const int failures =
      attempt.login.result == LoginResult::banned ? config.auth.failures : attempt.outcome.failures;
  return tenant::failure_delay(failures, config.limits.auth_failure_delay,
                               config.auth.failure_delay_max);
}

void Session::note_attempt(const Attempt& attempt) {
  const LoginResult result = attempt.login.result;
  audit_identity(result, "password", attempt.name, attempt.login.user);
  if (attempt.failed()) {
    context_.counters.auth_failures[static_cast<std::size_t>(counted_as(result))].add();
    // That a ban begins is logged; who hammers on does not fill the log besides.
    if (result != LoginResult::banned) {
      context_.log.warning("auth_failed", {{"client", client_.address},
                                           {"reason", label(result)},
                                           {"user", known_name(attempt.login.user)}});
    }
  }
  if (!attempt.outcome.tell) return;
  const auto news =
      std::make_shared<const News>(News{{attempt.keys, attempt.failed()},
                                        client_.address,
                                        std::string(known_name(attempt.login.user)),
                                        std::string(attempt.name.substr(0, kNameShown))});
  report_bans(context_, *news, attempt.outcome);
  for (Context* peer : *context_.peers) {
    if (peer == &context_) continue;
    asio::post(peer->io, [peer, news] {
      const config::Auth& settings = peer->snapshot->config.auth;
      report_bans(*peer, *news, peer->guard.follow(news->note, peer->turn.now(), settings));
    });
  }
}

// ---- The audit log

void Session::audit_identity(LoginResult result, std::string_view by, std::string_view name,
                             const tenant::User* user) {
  if (!context_.audit.on()) return;
  const bool good = result == LoginResult::ok;
  const std::string_view shown = user != nullptr ? std::string_view(user->name) : name;
  const std::string_view tenant =
      user != nullptr ? std::string_view(user->tenant->name) : std::string_view();
  context_.audit.write(good ? AuditTrail::Kind::login : AuditTrail::Kind::failed_login, tenant,
                       "auth",
                       {{"result", label(result)},
                        {"tenant", tenant},
                        {"user", shown.substr(0, kNameShown)},
                        {"by", by},
                        {"client", client_.address},
                        {"listener", client_.local_address}});
}

void Session::audit(const command::Row& row, bool queued) {
  if (!context_.audit.watches(row) || client_.tenant == nullptr) return;
  context_.audit.write(AuditTrail::Kind::command, client_.tenant->name, "command",
                       {{"command", row.name},
                        {"tenant", client_.tenant->name},
                        {"user", known_name(client_.user)},
                        {"client", client_.address},
                        {"queued", queued ? 1 : 0}});
}

void Session::audit_refusal(const command::Row& row, const Refusal& refusal) {
  if (!context_.audit.on()) return;
  const Reason reason = refusal.reason;
  if (reason != Reason::not_permitted && reason != Reason::not_supported &&
      reason != Reason::foreign_name) {
    return;
  }
  context_.audit.write(AuditTrail::Kind::refusal, client_.tenant->name, "refused",
                       {{"reason", label(reason)},
                        {"command", row.name},
                        {"tenant", client_.tenant->name},
                        {"user", known_name(client_.user)},
                        {"client", client_.address}});
}

}  // namespace bulkhead::session
