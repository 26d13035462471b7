#include "bulkhead/tenant/login_guard.hpp"

#include <openssl/sha.h>

#include <algorithm>
#include <cstring>
#include <string>
#include <tuple>

namespace bulkhead::tenant {
namespace {

constexpr std::size_t kNetworkBytes = 8;            // of an IPv6 address: a /64
constexpr std::size_t kUserBytes = 256;             // no user's name is longer
constexpr auto kToldFor = std::chrono::minutes(1);  // that a pair is good, the others know

AttemptTable::Limits of_pairs(const config::Auth& settings) {
  return {settings.failures, settings.window, settings.ban};
}
AttemptTable::Limits of_sources(const config::Auth& settings) {
  return {settings.source_failures, settings.window, settings.ban};
}
AttemptTable::Limits of_users(const config::Auth& settings) {
  return {settings.user_failures, settings.window, settings.ban};
}

std::string bytes_of(const std::optional<IpAddress>& source) {
  if (!source) return {};
  const std::size_t bytes = source->is_v4() ? source->bytes.size() : kNetworkBytes;
  return std::string(reinterpret_cast<const char*>(source->bytes.data()), bytes);
}

}  // namespace

// ---- One table

const AttemptTable::Place* AttemptTable::find(std::uint64_t key) const {
  if (places_.empty()) return nullptr;
  const std::size_t begin = key % (kPlaces / kWays) * kWays;
  for (std::size_t i = begin; i < begin + kWays; ++i) {
    if (places_[i].key == key) return &places_[i];
  }
  return nullptr;
}

// The place of a key, made if need be: where nothing is, or what is over, or what has failed least;
// a ban that holds gives way last, and the oldest one first.
AttemptTable::Place& AttemptTable::take(std::uint64_t key, Instant now, const Limits* limits) {
  if (places_.empty()) places_.resize(kPlaces);
  if (const Place* found = find(key)) return places_[static_cast<std::size_t>(found - &places_[0])];
  const std::size_t begin = key % (kPlaces / kWays) * kWays;
  const auto worth = [&](const Place& place) {
    const bool holds = place.is_ban && limits != nullptr && now - place.since < limits->ban;
    const bool over = place.key == 0 || (place.is_ban && !holds) ||
                      (!place.is_ban && limits != nullptr && now - place.since > limits->window);
    return std::make_tuple(!over, holds, holds ? 0 : place.failures, place.since);
  };
  Place& least =
      *std::min_element(places_.begin() + static_cast<std::ptrdiff_t>(begin),
                        places_.begin() + static_cast<std::ptrdiff_t>(begin + kWays),
                        [&](const Place& a, const Place& b) { return worth(a) < worth(b); });
  least = Place{key, now, 0, false};
  return least;
}

bool AttemptTable::banned(std::uint64_t key, Instant now, const Limits& limits) const {
  if (limits.failures == 0) return false;
  const Place* place = find(key);
  return place != nullptr && place->is_ban && now - place->since < limits.ban;
}

int AttemptTable::count(std::uint64_t key, Instant now, const Limits& limits) {
  if (limits.failures == 0) return 0;
  Place& place = take(key, now, &limits);
  const bool over = now - place.since > (place.is_ban ? limits.ban : limits.window);
  if (over) place = Place{key, now, 0, false};
  if (place.is_ban) return limits.failures + 1;  // that it is banned is known already
  if (++place.failures < limits.failures) return place.failures;
  place = Place{key, now, limits.failures, true};
  return limits.failures;
}

void AttemptTable::forget(std::uint64_t key) {
  if (const Place* found = find(key)) {
    places_[static_cast<std::size_t>(found - &places_[0])] = Place{};
  }
}

Instant AttemptTable::touch(std::uint64_t key, Instant now) {
  const bool is_new = !has(key);
  Place& place = take(key, now, nullptr);
  const Instant before = is_new ? Instant{} : place.since;
  place.since = now;
  return before;
}

// ---- All of them

AttemptKeys LoginGuard::keys(const std::optional<IpAddress>& source, std::string_view user) const {
  const std::string from = bytes_of(source);
  const std::string_view name = user.substr(0, kUserBytes);
  const auto hashed = [&](char kind, std::string_view a, std::string_view b) {
    std::string text(reinterpret_cast<const char*>(secret_.data()), secret_.size());
    text += kind;
    text += static_cast<char>(a.size());
    text.append(a).append(b);
    unsigned char digest[SHA256_DIGEST_LENGTH];
    SHA256(reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest);
    std::uint64_t out = 0;
    std::memcpy(&out, digest, sizeof out);
    return out == 0 ? 1 : out;
  };
  AttemptKeys keys;
  keys.pair = hashed('p', from, name);
  keys.source = hashed('s', from, {});
  keys.user = name.empty() ? 0 : hashed('u', {}, name);
  return keys;
}

bool LoginGuard::banned(const AttemptKeys& keys, Instant now, const config::Auth& settings) const {
  if (pairs_.banned(keys.pair, now, of_pairs(settings))) return true;
  if (good_.has(keys.pair)) return false;
  return sources_.banned(keys.source, now, of_sources(settings)) ||
         (keys.user != 0 && users_.banned(keys.user, now, of_users(settings)));
}

LoginGuard::Outcome LoginGuard::failed(const AttemptKeys& keys, Instant now,
                                       const config::Auth& settings) {
  Outcome outcome;
  outcome.tell = true;
  outcome.failures = pairs_.count(keys.pair, now, of_pairs(settings));
  outcome.pair_banned = settings.failures != 0 && outcome.failures == settings.failures;
  const int of_source = sources_.count(keys.source, now, of_sources(settings));
  outcome.source_banned = settings.source_failures != 0 && of_source == settings.source_failures;
  if (keys.user == 0) return outcome;
  const int of_user = users_.count(keys.user, now, of_users(settings));
  outcome.user_banned = settings.user_failures != 0 && of_user == settings.user_failures;
  return outcome;
}

// The others are told when there is something to forget, and now and then that the pair is good.
LoginGuard::Outcome LoginGuard::succeeded(const AttemptKeys& keys, Instant now) {
  Outcome outcome;
  const Instant before = good_.touch(keys.pair, now);
  outcome.tell = pairs_.has(keys.pair) || before == Instant{} || now - before > kToldFor;
  pairs_.forget(keys.pair);
  return outcome;
}

LoginGuard::Outcome LoginGuard::follow(const AttemptNote& note, Instant now,
                                       const config::Auth& settings) {
  return note.failed ? failed(note.keys, now, settings) : succeeded(note.keys, now);
}

Milliseconds failure_delay(int failures, Milliseconds least, Milliseconds most) {
  Milliseconds delay = least;
  for (int i = 1; i < failures && delay.count() > 0 && delay < most; ++i) delay *= 2;
  return std::max(least, std::min(delay, most));
}

}  // namespace bulkhead::tenant
