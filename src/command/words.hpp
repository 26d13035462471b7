// The words that the rows in rows/*.inc are written in: {"get", 2, forward, readonly | fast,
// at_string, key(1), hit_or_miss}. Name, arity, handling, flags, categories; then, in any order,
// whatever else there is to say. What a row may not be is refused while compiling.
#pragma once

#include "bulkhead/command/finders.hpp"
#include "bulkhead/command/row.hpp"

#include <string_view>

namespace bulkhead::command::words {

// Types of their own, so that a flag in the column of the categories does not compile.
struct Flags {
  std::uint32_t bits = 0;
};
constexpr Flags operator|(Flags a, Flags b) {
  return {a.bits | b.bits};
}
struct Categories {
  std::uint32_t bits = 0;
};
constexpr Categories operator|(Categories a, Categories b) {
  return {a.bits | b.bits};
}
struct Why {
  std::string_view sentence;
};
struct Container {};

using enum Handling;

// These constants are read as words of a row, and named like words.
// NOLINTBEGIN(readability-identifier-naming)
inline constexpr Flags write{kWrite}, readonly{kReadonly}, denyoom{kDenyoom}, admin{kAdmin},
    pubsub{kPubsub}, noscript{kNoscript}, blocking{kBlocking}, loading{kLoading}, stale{kStale},
    skip_monitor{kSkipMonitor}, skip_slowlog{kSkipSlowlog}, asking{kAsking}, fast{kFast},
    no_auth{kNoAuth}, no_async_loading{kNoAsyncLoading}, no_multi{kNoMulti},
    movable_keys{kMovableKeys}, allow_busy{kAllowBusy}, no_mandatory_keys{kNoMandatoryKeys},
    by_module{kModule};

// Only what does not follow from the flags is written: see implied() below.
inline constexpr Categories at_keyspace{kCatKeyspace}, at_read{kCatRead}, at_set{kCatSet},
    at_sortedset{kCatSortedset}, at_list{kCatList}, at_hash{kCatHash}, at_string{kCatString},
    at_bitmap{kCatBitmap}, at_hyperloglog{kCatHyperloglog}, at_geo{kCatGeo}, at_stream{kCatStream},
    at_admin{kCatAdmin}, at_dangerous{kCatDangerous}, at_connection{kCatConnection},
    at_transaction{kCatTransaction}, at_scripting{kCatScripting}, at_tenant{kCatTenant},
    at_json{kCatJson}, at_bloom{kCatBloom}, at_cuckoo{kCatCuckoo}, at_cms{kCatCms},
    at_topk{kCatTopk}, at_tdigest{kCatTdigest}, at_timeseries{kCatTimeseries},
    at_search{kCatSearch};

inline constexpr Trait before_auth = kBeforeAuth, stateful = kStateful, hit_or_miss = kHitOrMiss,
                       secret = kSecret, may_copy_across = kMayCopyAcross, may_block = kMayBlock,
                       ends_transaction = kEndsTransaction, at_once = kAtOnce,
                       never_queued = kNeverQueued, while_subscribed = kWhileSubscribed,
                       counts_writes = kCountsWrites, searches = kSearches, matches = kMatches,
                       same_in_scripts = kSameInScripts, follows_writes = kFollowsWrites;
// What becomes of its keys' expiry: every write that reaches a backend says one of these, or one of
// the functions below.
inline constexpr Lifetime makes_none{Lifetime::Keys::none}, makes_first{Lifetime::Keys::first},
    makes_second{Lifetime::Keys::second}, makes_every{Lifetime::Keys::every},
    makes_stored{Lifetime::Keys::stored},
    takes_over_first{Lifetime::Keys::first, Lifetime::Says::elsewhere},
    takes_over_second{Lifetime::Keys::second, Lifetime::Says::elsewhere},
    takes_over_every{Lifetime::Keys::every, Lifetime::Says::elsewhere};
inline constexpr Container container{};
// A module counts the arguments itself: COMMAND says -1, and its rows ask for as many as it takes
// to find the names.
inline constexpr Since v7_2 = Since::redis_7_2, v7_4 = Since::redis_7_4, v8_0 = Since::redis_8_0,
                       v8_2 = Since::redis_8_2, v8_4 = Since::redis_8_4, v8_6 = Since::redis_8_6,
                       valkey_8 = Since::valkey_8, valkey_9 = Since::valkey_9,
                       with_module = Since::module;
// NOLINTEND(readability-identifier-naming)

constexpr Why why(std::string_view sentence) {
  return {sentence};
}

// How long a blocking command waits, as the argument at this position says.
constexpr Timeout seconds_at(int at) {
  return {Timeout::Unit::seconds, static_cast<std::int8_t>(at)};
}
constexpr Timeout milliseconds_at(int at) {
  return {Timeout::Unit::milliseconds, static_cast<std::int8_t>(at)};
}

// Where the first key's expiry stands.
constexpr Lifetime first_expires(Lifetime::Says how, int at) {
  return {Lifetime::Keys::first, how, static_cast<std::int8_t>(at)};
}
constexpr Lifetime expires_in_seconds(int at) {
  return first_expires(Lifetime::Says::seconds, at);
}
constexpr Lifetime expires_in_milliseconds(int at) {
  return first_expires(Lifetime::Says::milliseconds, at);
}
constexpr Lifetime expires_at(int at) {
  return first_expires(Lifetime::Says::moment, at);
}
constexpr Lifetime expires_by_options(int from) {
  return first_expires(Lifetime::Says::options, from);
}
constexpr Lifetime changes_expiry(int from) {
  return first_expires(Lifetime::Says::changes, from);
}

// Where names are. Positions count from the command's own name, which is 0; -1 is the last
// argument.
constexpr NameSpec range(NameKind kind, int from, int to, int step) {
  NameSpec spec;
  spec.kind = kind;
  spec.begin = NameSpec::Begin::index;
  spec.at = static_cast<std::int8_t>(from);
  spec.last = static_cast<std::int8_t>(to < 0 ? to : to - from);
  spec.step = static_cast<std::int8_t>(step);
  return spec;
}
constexpr NameSpec keys_step(int from, int to, int step) {
  return range(NameKind::key, from, to, step);
}
constexpr NameSpec keys(int from, int to) {
  return keys_step(from, to, 1);
}
constexpr NameSpec key(int at) {
  return keys(at, at);
}
constexpr NameSpec key_pattern(int at) {
  return range(NameKind::key_pattern, at, at, 1);
}
constexpr NameSpec channel(int at) {
  return range(NameKind::channel, at, at, 1);
}
constexpr NameSpec channels(int from) {
  return range(NameKind::channel, from, -1, 1);
}
constexpr NameSpec channel_pattern(int at) {
  return range(NameKind::channel_pattern, at, at, 1);
}
constexpr NameSpec channel_patterns(int from) {
  return range(NameKind::channel_pattern, from, -1, 1);
}
constexpr NameSpec sharded_channel(int at) {
  return range(NameKind::sharded_channel, at, at, 1);
}
constexpr NameSpec sharded_channels(int from) {
  return range(NameKind::sharded_channel, from, -1, 1);
}

using Counting = NameSpec::Counting;
constexpr NameSpec counted(int at, Counting counting) {
  NameSpec spec = key(at);
  spec.walk = NameSpec::Walk::count;
  spec.counting = counting;
  return spec;
}
// Keys that each stand before a value, and are counted.
constexpr NameSpec counted_pairs(int at) {
  NameSpec spec = counted(at, Counting::pairs);
  spec.step = 2;
  return spec;
}
// The keys behind a keyword that is searched for from `from` on, backwards when negative; the first
// `1/limit` of what is left, or just one where `to` is 0.
constexpr NameSpec after(std::string_view keyword, int from, int to, int limit = 0) {
  NameSpec spec;
  spec.kind = NameKind::key;
  spec.begin = NameSpec::Begin::keyword;
  spec.keyword = keyword;
  spec.at = static_cast<std::int8_t>(from);
  spec.last = static_cast<std::int8_t>(to);
  spec.limit = static_cast<std::int8_t>(limit);
  return spec;
}
constexpr NameSpec optional(NameSpec spec) {
  spec.optional = true;
  return spec;
}

// As Redis' setImplicitACLCategories (src/acl.c).
constexpr std::uint32_t implied(Flags flags, Categories written) {
  const auto follows = [&](Flag flag, std::uint32_t categories) {
    return (flags.bits & flag) != 0 ? categories : 0u;
  };
  const bool scripting = (written.bits & kCatScripting) != 0;
  return follows(kWrite, kCatWrite) | (scripting ? 0u : follows(kReadonly, kCatRead)) |
         follows(kAdmin, kCatAdmin | kCatDangerous) | follows(kPubsub, kCatPubsub) |
         follows(kBlocking, kCatBlocking) | follows(kFast, kCatFast) |
         ((flags.bits & kFast) == 0 ? std::uint32_t{kCatSlow} : 0u);
}

// A row while it is written.
struct Line : Row {
  template <class... Words>
  constexpr Line(std::string_view full_name, int arguments, Handling how, Flags flag_words,
                 Categories category_words, Words... more)
      : Row{.name = full_name,
            .arity = static_cast<std::int8_t>(arguments),
            .flags = flag_words.bits,
            .categories = category_words.bits | implied(flag_words, category_words),
            .handling = how} {
    (add(more), ...);
    check();
  }

 private:
  constexpr void add(NameSpec spec) {
    std::size_t free = 0;
    while (names[free].kind != NameKind::none) ++free;
    names[free] = spec;
  }
  constexpr void add(Finder reads_names) { finder = reads_names; }
  constexpr void add(ReplyRule rule) { reply = rule; }
  constexpr void add(Merge parts) { merge = parts; }
  constexpr void add(Crossing way) { crossing = way; }
  constexpr void add(Miss without_backend) { miss = without_backend; }
  constexpr void add(Action answer) { action = answer; }
  constexpr void add(Trait trait) { traits |= trait; }
  constexpr void add(Timeout waits) { timeout = waits; }
  constexpr void add(Lifetime of_keys) { lifetime = of_keys; }
  constexpr void add(Since version) { since = version; }
  constexpr void add(Why reason) { why = reason.sentence; }
  constexpr void add(Container) {
    traits |= kContainer;
    if (handling == denied) why = "only its subcommands are commands";
  }
  constexpr void check() const {
    if (handling == denied && why.empty()) throw "a denied row says why";
    const bool acts = handling == local || handling == scoped || handling == script ||
                      (handling == pinned && timeout.unit == Timeout::Unit::none);
    if (acts != (action != Action::none)) {
      throw "an action, for exactly the local, scoped and script rows and the pinned ones that do not "
            "block";
    }
    if ((handling == split) != (merge != Merge::none))
      throw "split rows, and only they, are merged";
    const bool carried = handling == forward || handling == split || handling == pinned;
    const bool writes = carried && (flags & kWrite) != 0;
    if (writes != (lifetime.keys != Lifetime::Keys::unsaid)) {
      throw "a write that reaches a backend, and nothing else, says what becomes of its keys' expiry";
    }
  }
};

}  // namespace bulkhead::command::words
