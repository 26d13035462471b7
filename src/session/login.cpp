#include "login.hpp"

namespace bulkhead::session {

using tenant::LoginResult;

namespace {

// As the guard knows it: empty when the password alone is to say who it is.
std::string_view guarded_name(const tenant::Directory& directory,
                              const std::optional<std::string_view>& user) {
  if (!user || (*user == "default" && directory.find_user(*user) == nullptr)) return {};
  return *user;
}

}  // namespace

// A banned attempt is not looked at, so that its answer cannot depend on the password.
const tenant::User* log_in(Question& question, std::optional<std::string_view> user,
                           std::string_view password) {
  const tenant::ClientState& client = question.client;
  const tenant::Directory& directory = question.snapshot.directory;
  const config::Auth& settings = question.snapshot.config.auth;
  Attempt& attempt = question.effects.attempt.emplace();
  attempt.name = user.value_or(std::string_view());
  attempt.keys = question.guard->keys(client.source, guarded_name(directory, user));
  if (question.guard->banned(attempt.keys, question.now, settings)) {
    attempt.login = {LoginResult::banned, user ? directory.find_user(*user) : nullptr};
    return nullptr;
  }
  attempt.login = directory.authenticate(
      {user, password}, {client.source, wall_now(), client.confined ? client.tenant : nullptr});
  const bool good = attempt.login.result == LoginResult::ok;
  attempt.outcome = good ? question.guard->succeeded(attempt.keys, question.now)
                         : question.guard->failed(attempt.keys, question.now, settings);
  return good ? attempt.login.user : nullptr;
}

}  // namespace bulkhead::session
