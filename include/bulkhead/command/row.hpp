// One command's line in the command table: everything that Bulkhead knows about it. Lookup, policy,
// rewriting, stripping, COMMAND replies, docs/commands.md and the isolation suite read the same
// row. Rows are constants; any thread may read them.
#pragma once

#include "bulkhead/base/refusal.hpp"
#include "bulkhead/resp/args.hpp"

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

namespace bulkhead::command {

// What a name is. Decides how it is rewritten: keys and channels get the prefix in front, glob
// patterns the escaped prefix, SORT's BY and GET patterns (not globs: one '*' is replaced) the
// plain one.
enum class NameKind : std::uint8_t {
  none,
  key,
  key_pattern,
  sort_pattern,
  unused_key,  // an option's that a later one takes the place of: SORT ... STORE a STORE b
  channel,
  channel_pattern,
  sharded_channel,
};

struct Name {
  std::uint32_t arg;  // index in Args; 0 is the command's own name
  NameKind kind;
};
using Names = std::vector<Name>;

// Where names are, in the terms of Redis' key specs
// (https://redis.io/docs/latest/develop/reference/key-specs/): where to begin, how to walk.
struct NameSpec {
  enum class Begin : std::uint8_t { nowhere, index, keyword };
  enum class Walk : std::uint8_t { range, count };
  // What Redis answers to a number of names that cannot be: six families, six sets of sentences.
  enum class Counting : std::uint8_t { input_keys, pop, cardinality, script, function, pairs };

  NameKind kind = NameKind::none;
  Begin begin = Begin::nowhere;
  Walk walk = Walk::range;
  std::int8_t at = 0;  // index; or where the search for the keyword starts (negative: from the end)
  std::string_view keyword{};
  std::int8_t last = 0;   // range: relative to the first; -1 the last argument, -2 the one before
  std::int8_t step = 1;   // both: distance between two names
  std::int8_t limit = 0;  // range with last = -1: 2 means the first half of what is left, and so on
  Counting counting = Counting::input_keys;  // count: the number is at `at`, the names follow it
  bool optional = false;  // fewer arguments than that are no mistake (KEYS of an option not given)
};

// Where no spec can say it, a function reads the options as Redis reads them. Where it refuses, the
// last of the names may be of no kind: the argument where it was at the end of its reading.
using Finder = Result<void> (*)(const resp::Args& args, Names& out);

// What is done with a command.
enum class Handling : std::uint8_t {
  forward,  // one shared lane
  split,    // many keys, several databases, one answer; forwarded where one database holds them all
  pinned,   // its state lives upstream: transactions, blocking, subscriptions
  script,   // Lua, under shim and fence
  local,    // the proxy answers
  scoped,   // the proxy answers about this tenant alone, with commands of its own
  denied,   // refused to everybody
};

// How a reply carries names.
enum class ReplyRule : std::uint8_t {
  plain,    // it does not
  name,     // the reply is one name: RANDOMKEY
  names,    // an array of names: KEYS
  scan,     // [cursor, [names]]: SCAN
  popped,   // [name, ...] or null: LMPOP, ZMPOP, BLPOP
  streams,  // [[name, entries]...] in RESP2, a map by name in RESP3: XREAD
};

// How the parts of a split command become one answer.
enum class Merge : std::uint8_t { none, sum, in_order, all_ok };

// How a command whose names lie in two databases is still carried out atomically: in a script of
// the proxy's own, which may SELECT (request/crossing.hpp). Others are answered CROSSDB.
enum class Crossing : std::uint8_t {
  none,
  rename,
  rename_nx,
  move_member,   // SMOVE
  move_element,  // LMOVE
  pop_push,      // RPOPLPUSH
  store_first,   // the first name is where the result goes: SUNIONSTORE, BITOP
  set_all_nx,    // MSETNX
  merge_first,   // and is a source, too: PFMERGE
  store_last,    // the last key is: SORT ... STORE, GEORADIUS ... STORE
};

// Where a blocking command says how long it would wait at most; 0 there means forever.
struct Timeout {
  enum class Unit : std::uint8_t { none, seconds, milliseconds };
  Unit unit = Unit::none;
  std::int8_t at = 0;  // index of the argument; negative: from the end
};

// What a write does to how long its keys live, for features with a TTL policy.
struct Lifetime {
  // Which of its keys it may leave without an expiry, or with one that nobody has looked at.
  enum class Keys : std::uint8_t {
    unsaid,  // of a write: a mistake in the table
    none,    // it makes no key, and takes no expiry away
    first,
    second,  // where an element goes to
    every,
    stored,  // the last one, where there is one behind the first: SORT ... STORE
  };
  // How an expiry stands in the arguments.
  enum class Says : std::uint8_t {
    nothing,       // the key keeps the one that it has, or has none: HSET, MSET
    seconds,       // argument `at`
    milliseconds,  // likewise
    moment,        // a point in time
    options,       // EX, PX, EXAT, PXAT or KEEPTTL from argument `at` on, or none: SET
    changes,       // the same and PERSIST, or as it was: GETEX
    elsewhere,     // it is another key's, or that of what is restored: RENAME, RESTORE
  };
  Keys keys = Keys::unsaid;
  Says says = Says::nothing;
  std::int8_t at = 0;
};

// Redis' command flags that matter here, as COMMAND shows them.
enum Flag : std::uint32_t {
  kWrite = 1u << 0,
  kReadonly = 1u << 1,
  kDenyoom = 1u << 2,
  kAdmin = 1u << 3,
  kPubsub = 1u << 4,
  kNoscript = 1u << 5,
  kBlocking = 1u << 6,
  kLoading = 1u << 7,
  kStale = 1u << 8,
  kSkipMonitor = 1u << 9,
  kSkipSlowlog = 1u << 10,
  kAsking = 1u << 11,
  kFast = 1u << 12,
  kNoAuth = 1u << 13,
  kMayReplicate = 1u << 14,
  kNoAsyncLoading = 1u << 15,
  kNoMulti = 1u << 16,
  kMovableKeys = 1u << 17,
  kAllowBusy = 1u << 18,
  kModule = 1u << 19,
  kNoMandatoryKeys = 1u << 20,
  kSentinel = 1u << 21,
  kOnlySentinel = 1u << 22,
  kProtected = 1u << 23,
  kTouchesArbitraryKeys = 1u << 24,
};

// ACL categories, as ACL CAT lists them, and @tenant of our own: admin or dangerous commands that
// are harmless here because their answer is about the tenant alone.
enum Category : std::uint32_t {
  kCatKeyspace = 1u << 0,
  kCatRead = 1u << 1,
  kCatWrite = 1u << 2,
  kCatSet = 1u << 3,
  kCatSortedset = 1u << 4,
  kCatList = 1u << 5,
  kCatHash = 1u << 6,
  kCatString = 1u << 7,
  kCatBitmap = 1u << 8,
  kCatHyperloglog = 1u << 9,
  kCatGeo = 1u << 10,
  kCatStream = 1u << 11,
  kCatPubsub = 1u << 12,
  kCatAdmin = 1u << 13,
  kCatFast = 1u << 14,
  kCatSlow = 1u << 15,
  kCatBlocking = 1u << 16,
  kCatDangerous = 1u << 17,
  kCatConnection = 1u << 18,
  kCatTransaction = 1u << 19,
  kCatScripting = 1u << 20,
  kCatTenant = 1u << 21,
  kCatJson = 1u << 22,
  kCatBloom = 1u << 23,
  kCatCuckoo = 1u << 24,
  kCatCms = 1u << 25,
  kCatTopk = 1u << 26,
  kCatTdigest = 1u << 27,
  kCatTimeseries = 1u << 28,
  kCatSearch = 1u << 29,
};

// Since which version a server has the command.
enum class Since : std::uint8_t {
  redis_7_0,
  redis_7_2,
  redis_7_4,
  redis_8_0,
  redis_8_2,
  redis_8_4,
  redis_8_6,
  valkey_8,
  valkey_9,
  module,
};

// Which of the proxy's own answers a local or scoped row gets, or what a pinned one does to its
// connection. One word each; the switches in session/ that carry them out name all of them.
enum class Action : std::uint8_t {
  none,
#define BULKHEAD_ACTION(word) word,
#include "bulkhead/command/actions.inc"
#undef BULKHEAD_ACTION
};

// What a cache that has nothing would answer, for features with `on_failure: miss`: of a read that
// there is nothing, of a write that it is done. Rows without one have their error told.
enum class Miss : std::uint8_t {
  none,
  null,
  null_or_empty,  // no element, or an empty list of them when a number is asked for
  nulls,          // one for each argument behind the key
  null_each_key,  // one for each key
  null_arrays,    // one for each argument behind the key
  zeros,          // one for each argument behind the key
  empty_array,
  empty_set,
  empty_map,
  empty_page,  // HSCAN's: no cursor and no elements
  empty_string,
  zero,
  no_key,   // -2, as TTL
  no_type,  // "none", as TYPE
  ok,
  ok_if_plain,  // SET, but where it asks for what was there before
  one,
  added,        // as many as arguments behind the key
  added_pairs,  // as many as pairs behind the key
};

// What else is true of a row, in bits so that the data path tests and never compares.
enum Trait : std::uint32_t {
  kBeforeAuth = 1u << 0,     // legal without an identity
  kStateful = 1u << 1,       // changes the client's state: waits for the client's earlier commands
  kHitOrMiss = 1u << 2,      // a read whose null reply is a miss, anything else a hit
  kContainer = 1u << 3,      // has subcommands; its own row is only reached when none fits
  kSecret = 1u << 4,         // arguments are credentials: never logged, not even at debug level
  kMayCopyAcross = 1u << 5,  // takes a DB argument for the destination: COPY
  kEndsTransaction = 1u << 7,  // refused, it discards the transaction and says so: EXEC
  kMayBlock = 1u << 6,     // blocks, and so is pinned, only when BLOCK is given: XREAD, XREADGROUP
  kAtOnce = 1u << 8,       // carried out in a transaction, too, and not queued
  kNeverQueued = 1u << 9,  // refused in a transaction: its reply or effect cannot wait for EXEC
  kWhileSubscribed = 1u << 10,  // legal for a subscriber that speaks RESP2
  kCountsWrites = 1u << 11,     // about the writes of its own connection: WAIT
  kSameInScripts = 1u << 12,    // the backend's own answer is harmless: scripts may ask for it
  kFollowsWrites = 1u << 13,    // sent by the proxy itself around writes and behind them: PEXPIRE
  kSearches = 1u << 14,         // its arguments are glob patterns: KEYS, PSUBSCRIBE
  kMatches = 1u << 15,          // takes a glob pattern behind MATCH: SCAN, HSCAN
  kSearchesOrMatches = kSearches | kMatches,
};

struct Row {
  std::string_view name;  // lower case; "container|sub" for a subcommand
  std::int8_t arity;      // as COMMAND: negative means at least
  std::uint32_t flags;
  std::uint32_t categories;  // complete, with those that follow from the flags
  Handling handling;
  std::array<NameSpec, 3> names{};
  Finder finder = nullptr;  // reads the names; `names` then only says what COMMAND shows of them
  ReplyRule reply = ReplyRule::plain;
  Merge merge = Merge::none;
  Crossing crossing = Crossing::none;
  Action action = Action::none;
  Timeout timeout{};
  Lifetime lifetime{};
  Miss miss = Miss::none;
  std::uint32_t traits = 0;
  Since since = Since::redis_7_0;
  std::string_view why{};  // denied or scoped: the reason, for docs/commands.md

  constexpr bool has(Trait trait) const { return (traits & trait) != 0; }
  constexpr bool takes_names() const {
    return finder != nullptr || names[0].kind != NameKind::none;
  }
  // The commonest shape by far, with a short cut in the name finder: one key behind the name.
  constexpr bool one_key_first() const {
    const NameSpec& first = names[0];
    return finder == nullptr && first.kind == NameKind::key &&
           first.begin == NameSpec::Begin::index && first.walk == NameSpec::Walk::range &&
           first.at == 1 && first.last == 0 && names[1].kind == NameKind::none;
  }
};

}  // namespace bulkhead::command
