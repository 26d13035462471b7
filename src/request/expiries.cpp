#include "bulkhead/request/expiries.hpp"

#include "bulkhead/base/text.hpp"
#include "bulkhead/resp/number.hpp"

#include <limits>
#include <optional>

namespace bulkhead::request {
namespace {

using command::Lifetime;
using command::NameKind;
using command::Row;
using rewrite::Following;
using rewrite::ScopedName;
using tenant::Ttl;

constexpr std::int64_t kLongest = std::numeric_limits<std::int64_t>::max();

// What a command's arguments say of its key's expiry.
struct Said {
  enum class What : std::uint8_t {
    nothing,    // an expiry may be missing
    unchanged,  // whatever it was
    span,       // so many milliseconds
    moment,     // a point in time, which only the backend's clock can measure
    unclear,    // only the backend knows: as it was, a point in time, a mistake
  };
  What what = What::nothing;
  std::int64_t milliseconds = 0;
};

Said span_of(std::string_view text, std::int64_t unit) {
  const auto number = resp::parse_integer(text);
  if (!number) return {Said::What::unclear};
  const bool too_many = *number > kLongest / unit;
  return {Said::What::span, too_many ? kLongest : *number * unit};
}

// Options are taken wherever they stand. A value of another one may be mistaken for one (IFEQ
// "KEEPTTL"): a time span cannot, for its number would be a mistake there.
std::optional<Said> option_at(const resp::Args& args, std::size_t at) {
  const std::string_view word = args[at];
  const bool seconds = equals_ignoring_case(word, "ex");
  if (seconds || equals_ignoring_case(word, "px")) {
    if (at + 1 == args.size()) return Said{Said::What::unclear};
    return span_of(args[at + 1], seconds ? 1000 : 1);
  }
  for (std::string_view other : {"exat", "pxat", "keepttl", "persist"}) {
    if (equals_ignoring_case(word, other)) return Said{Said::What::unclear};
  }
  return std::nullopt;
}

Said in_options(const resp::Args& args, std::size_t from, Said without) {
  Said said = without;
  for (std::size_t i = from; i < args.size(); ++i) {
    const auto option = option_at(args, i);
    if (!option) continue;
    if (option->what != Said::What::span) return *option;
    said = *option;
  }
  return said;
}

Said said_in(const Row& row, const resp::Args& args) {
  const auto at = static_cast<std::size_t>(row.lifetime.at);
  switch (row.lifetime.says) {
    case Lifetime::Says::nothing:
      return {};
    case Lifetime::Says::seconds:
      return span_of(args[at], 1000);
    case Lifetime::Says::milliseconds:
      return span_of(args[at], 1);
    case Lifetime::Says::moment:
      return {Said::What::moment};
    case Lifetime::Says::options:
      return in_options(args, at, {});
    case Lifetime::Says::changes:
      return in_options(args, at, {Said::What::unchanged});
    case Lifetime::Says::elsewhere:
      break;
  }
  return {Said::What::unclear};
}

template <class Take>
void each_key(Lifetime::Keys keys, std::span<const ScopedName> names, const Take& take) {
  switch (keys) {
    case Lifetime::Keys::unsaid:
    case Lifetime::Keys::none:
      return;
    case Lifetime::Keys::first:
      if (!names.empty()) take(names[0]);
      return;
    case Lifetime::Keys::second:
      if (names.size() > 1) take(names[1]);
      return;
    case Lifetime::Keys::every:
      for (const ScopedName& name : names) take(name);
      return;
    case Lifetime::Keys::stored:
      for (std::size_t i = names.size(); i-- > 1;) {
        if (names[i].kind == NameKind::key) return take(names[i]);
      }
      return;
  }
}

void follow(const tenant::Tenant& tenant, const ScopedName& key, const Ttl& ttl, bool may_lack,
            bool may_exceed, Expiries& out) {
  const bool cuts = may_exceed && ttl.most.count() != 0;
  if (!may_lack && !cuts) return;
  Following one;
  one.arg = key.arg;
  if (tenant.adds_prefix()) one.prefix = tenant.key_prefix(key.feature).plain;
  one.ttl = &ttl;
  if (!ttl.is_enforced()) {
    one.kind = Following::Kind::ask;
    return out.following.push_back(one);
  }
  one.kind = Following::Kind::give;
  if (may_lack) out.following.push_back(one);
  one.kind = Following::Kind::cut;
  if (cuts) out.following.push_back(one);
}

// SET without an expiry takes one into its own words, which costs nothing.
void add_to_words(const Ttl& ttl, Expiries& out) {
  ++out.missing;
  if (ttl.is_enforced()) out.words = ttl.px;
}

void add_for_key(const Row& row, const tenant::Tenant& tenant, const ScopedName& key,
                 const Said& said, Expiries& out) {
  const Ttl& ttl = (*tenant.ttls)[key.feature];
  if (ttl.is_off()) return;
  switch (said.what) {
    case Said::What::nothing:
      if (row.lifetime.says == Lifetime::Says::options) return add_to_words(ttl, out);
      return follow(tenant, key, ttl, true, false, out);
    case Said::What::unchanged:
      return;
    case Said::What::span:
      return follow(tenant, key, ttl, false, said.milliseconds > ttl.most.count(), out);
    case Said::What::moment:
      return follow(tenant, key, ttl, false, true, out);
    case Said::What::unclear:
      return follow(tenant, key, ttl, true, true, out);
  }
}

}  // namespace

void add_expiries(const Row& row, const tenant::Tenant& tenant, const resp::Args& args,
                  std::span<const ScopedName> names, rewrite::TenantCommand& command,
                  Expiries& out) {
  if (row.lifetime.keys <= Lifetime::Keys::none) return;
  out.clear();
  const Said said = said_in(row, args);
  each_key(row.lifetime.keys, names,
           [&](const ScopedName& key) { add_for_key(row, tenant, key, said, out); });
  if (!out.empty()) command.expire(out);
}

void add_expiries_unseen(const Row& row, const tenant::Tenant& tenant,
                         std::span<const ScopedName> names, rewrite::TenantCommand& command,
                         Expiries& out) {
  if (row.lifetime.keys <= Lifetime::Keys::none) return;
  out.clear();
  each_key(row.lifetime.keys, names, [&](const ScopedName& key) {
    add_for_key(row, tenant, key, {Said::What::unclear}, out);
  });
  command.expire(out);
}

}  // namespace bulkhead::request
