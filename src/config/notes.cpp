#include "bulkhead/config/notes.hpp"

#include "config/moment.hpp"
#include "config/utf8.hpp"

#include <algorithm>

namespace bulkhead::config {

Problems expired_passwords(const Config& config, WallTime now) {
  Problems notes;
  for (const Tenant& tenant : config.tenants) {
    for (const User& user : tenant.users) {
      std::size_t over = 0;
      for (const Password& password : user.passwords) {
        if (!password.expired(now)) continue;
        ++over;
        notes.push_back({tenant.file, user.line,
                         "a password of user " + in_quotes(user.name) + " has expired on " +
                             moment_text(*password.expires) + "; take it away"});
      }
      if (over == 0 || over < user.passwords.size()) continue;
      notes.push_back({tenant.file, user.line,
                       "user " + in_quotes(user.name) + " has no password that is still good"});
    }
  }
  return notes;
}

}  // namespace bulkhead::config
