#include "bulkhead/base/sentences.hpp"

#include "bulkhead/base/text.hpp"

#include <algorithm>
#include <array>
#include <stdexcept>

namespace bulkhead {

std::string_view label(Reason reason) {
  static constexpr std::array<std::string_view, kReasons> kLabels = {
      "protocol", "unauthenticated", "bad_credentials", "unknown_command", "wrong_arity",
      "syntax",   "not_permitted",   "not_supported",   "foreign_name",    "cross_db",
      "db_range", "state",           "limit",           "backend_down"};
  return kLabels[static_cast<std::size_t>(reason)];
}

void throw_exception_from_error(const Refusal& refusal, const boost::source_location&) {
  throw std::logic_error("unexpected refusal: " + refusal.sentence);
}

namespace refuse {
namespace {

constexpr std::size_t kEchoed = 128;  // bytes of a client's text that an error repeats

Refusal make(Reason reason, std::initializer_list<std::string_view> parts) {
  Refusal refusal{reason, {}};
  for (std::string_view part : parts) refusal.sentence += part;
  // An error is one line: a client's CR or LF in it would forge the next reply.
  std::replace_if(
      refusal.sentence.begin(), refusal.sentence.end(),
      [](char c) { return c == '\r' || c == '\n'; }, ' ');
  return refusal;
}

}  // namespace

Refusal no_auth() {
  return make(Reason::unauthenticated, {"NOAUTH Authentication required."});
}
Refusal wrong_pass() {
  return make(Reason::bad_credentials,
              {"WRONGPASS invalid username-password pair or user is disabled."});
}
Refusal hello_needs_auth() {
  return make(
      Reason::unauthenticated,
      {"NOAUTH HELLO must be called with the client already authenticated, otherwise the HELLO "
       "<proto> AUTH <user> <pass> option can be used to authenticate the client and select the "
       "RESP protocol version at the same time"});
}
Refusal no_proto() {
  return make(Reason::syntax, {"NOPROTO unsupported protocol version"});
}
Refusal client_name_invalid() {
  return make(Reason::syntax,
              {"ERR Client names cannot contain spaces, newlines or special characters."});
}
Refusal client_attribute_invalid(std::string_view attribute) {
  return make(Reason::syntax,
              {"ERR ", attribute, " cannot contain spaces, newlines or special characters."});
}

Refusal unknown_command(std::string_view name, std::span<const std::string_view> args) {
  std::string echoed;
  for (std::string_view arg : args) {
    if (echoed.size() >= kEchoed) break;
    const std::size_t left = kEchoed - echoed.size();
    echoed += '\'';
    echoed += arg.substr(0, left);
    echoed += "' ";
  }
  return make(Reason::unknown_command, {"ERR unknown command '", name.substr(0, kEchoed),
                                        "', with args beginning with: ", echoed});
}
Refusal unknown_subcommand(std::string_view name, std::string_view container) {
  return make(Reason::unknown_command, {"ERR unknown subcommand '", name.substr(0, kEchoed),
                                        "'. Try ", uppered(container), " HELP."});
}
Refusal unknown_subcommand_or_arity(std::string_view name, std::string_view container) {
  return make(Reason::wrong_arity,
              {"ERR unknown subcommand or wrong number of arguments for '", name.substr(0, kEchoed),
               "'. Try ", uppered(container), " HELP."});
}
Refusal exec_aborted_by(const Refusal& refusal) {
  const std::string_view sentence = refusal.sentence;
  return make(refusal.reason, {"EXECABORT Transaction discarded because of: ",
                               sentence.substr(sentence.find(' ') + 1)});
}
Refusal wrong_arity(std::string_view full_name) {
  return make(Reason::wrong_arity,
              {"ERR wrong number of arguments for '", lowered(full_name), "' command"});
}

Refusal nested_multi() {
  return make(Reason::state, {"ERR MULTI calls can not be nested"});
}
Refusal watch_inside_multi() {
  return make(Reason::state, {"ERR WATCH inside MULTI is not allowed"});
}
Refusal exec_without_multi() {
  return make(Reason::state, {"ERR EXEC without MULTI"});
}
Refusal discard_without_multi() {
  return make(Reason::state, {"ERR DISCARD without MULTI"});
}
Refusal transaction_aborted() {
  return make(Reason::state, {"EXECABORT Transaction discarded because of previous errors."});
}
Refusal transaction_aborted_by(std::string_view error) {
  return make(Reason::state, {"EXECABORT Transaction discarded because of: ", error});
}
Refusal not_in_transaction() {
  return make(Reason::state, {"ERR Command not allowed inside a transaction"});
}
Refusal transaction_too_large() {
  return make(Reason::limit, {"ERR the transaction is larger than the configured limit"});
}
Refusal only_while_subscribed(std::string_view full_name) {
  return make(
      Reason::state,
      {"ERR Can't execute '", lowered(full_name),
       "': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET are allowed in this "
       "context"});
}

Refusal not_while_monitoring() {
  return make(Reason::state, {"ERR Replica can't interact with the keyspace"});
}

Refusal not_permitted(std::string_view full_name) {
  return make(Reason::not_permitted, {"NOPERM this user has no permissions to run the '",
                                      lowered(full_name), "' command"});
}
Refusal not_supported(std::string_view full_name) {
  Refusal refusal = not_permitted(full_name);
  refusal.reason = Reason::not_supported;
  return refusal;
}
Refusal foreign_key() {
  return make(Reason::foreign_name,
              {"NOPERM this user has no permissions to access one of the keys used as arguments"});
}
Refusal foreign_name_in_reply() {
  return make(Reason::foreign_name,
              {"ERR reply withheld: it holds a name that does not belong to this tenant"});
}

Refusal syntax() {
  return make(Reason::syntax, {"ERR syntax error"});
}
Refusal not_an_integer() {
  return make(Reason::syntax, {"ERR value is not an integer or out of range"});
}
Refusal not_an_int() {
  return make(Reason::syntax,
              {"ERR value is out of range, value must between -2147483648 and 2147483647"});
}
Refusal timeout_not_an_integer() {
  return make(Reason::syntax, {"ERR timeout is not an integer or out of range"});
}
Refusal timeout_negative() {
  return make(Reason::syntax, {"ERR timeout is negative"});
}
Refusal bad_numkeys() {
  return make(Reason::syntax, {"ERR numkeys should be greater than 0"});
}
Refusal invalid_numkeys() {
  return make(Reason::syntax, {"ERR invalid numkeys value"});
}
Refusal not_in_pairs() {
  return make(Reason::syntax, {"ERR wrong number of key-value pairs"});
}
Refusal numkeys_too_large() {
  return make(Reason::syntax, {"ERR Number of keys can't be greater than number of args"});
}
Refusal negative_numkeys() {
  return make(Reason::syntax, {"ERR Number of keys can't be negative"});
}
Refusal function_numkeys() {
  return make(Reason::syntax, {"ERR Bad number of keys provided"});
}
Refusal no_input_keys(std::string_view full_name) {
  return make(Reason::syntax,
              {"ERR at least 1 input key is needed for '", lowered(full_name), "' command"});
}
Refusal unbalanced_streams() {
  return make(Reason::syntax,
              {"ERR Unbalanced XREAD list of streams: for each stream key an ID or '$' "
               "must be specified."});
}
Refusal only_for_xreadgroup(std::string_view option) {
  return make(
      Reason::syntax,
      {"ERR The ", option, " option is only supported by XREADGROUP. You called XREAD instead."});
}
Refusal missing_group() {
  return make(Reason::syntax, {"ERR Missing GROUP option for XREADGROUP"});
}
Refusal redirect_twice() {
  return make(Reason::syntax, {"ERR A client can only redirect to a single other client"});
}
Refusal no_redirect_target() {
  return make(Reason::syntax, {"ERR The client ID you want redirect to does not exist"});
}
Refusal prefix_needs_broadcast() {
  return make(Reason::syntax, {"ERR PREFIX option requires BCAST mode to be enabled"});
}
Refusal broadcast_switched() {
  return make(Reason::state,
              {"ERR You can't switch BCAST mode on/off before disabling tracking for this client, "
               "and then re-enabling it with a different mode."});
}
Refusal opt_with_broadcast() {
  return make(Reason::syntax, {"ERR OPTIN and OPTOUT are not compatible with BCAST"});
}
Refusal opt_in_and_out() {
  return make(Reason::syntax, {"ERR You can't specify both OPTIN mode and OPTOUT mode"});
}
Refusal opt_switched() {
  return make(Reason::state,
              {"ERR You can't switch OPTIN/OPTOUT mode before disabling tracking for this client, "
               "and then re-enabling it with a different mode."});
}
Refusal overlaps_existing(std::string_view prefix, std::string_view existing) {
  return make(Reason::syntax, {"ERR Prefix '", prefix, "' overlaps with an existing prefix '",
                               existing, "'. Prefixes for a single client must not overlap."});
}
Refusal overlaps_provided(std::string_view prefix, std::string_view other) {
  return make(Reason::syntax, {"ERR Prefix '", prefix, "' overlaps with another provided prefix '",
                               other, "'. Prefixes for a single client must not overlap."});
}
Refusal caching_without_tracking() {
  return make(Reason::state,
              {"ERR CLIENT CACHING can be called only when the client is in tracking mode with "
               "OPTIN or OPTOUT mode enabled"});
}
Refusal caching_yes_without_opt_in() {
  return make(Reason::state,
              {"ERR CLIENT CACHING YES is only valid when tracking is enabled in OPTIN mode."});
}
Refusal caching_no_without_opt_out() {
  return make(Reason::state,
              {"ERR CLIENT CACHING NO is only valid when tracking is enabled in OPTOUT mode."});
}
Refusal unblock_reason() {
  return make(Reason::syntax, {"ERR CLIENT UNBLOCK reason should be TIMEOUT or ERROR"});
}
Refusal invalid_cursor() {
  return make(Reason::syntax, {"ERR invalid cursor"});
}
Refusal db_out_of_range() {
  return make(Reason::db_range, {"ERR DB index is out of range"});
}
Refusal cross_db() {
  return make(Reason::cross_db,
              {"CROSSDB Keys in request belong to features with different databases"});
}
Refusal events_elsewhere() {
  return make(Reason::cross_db,
              {"CROSSDB Keyspace events of this database cannot be subscribed to: "
               "it lies on another backend than channels"});
}
Refusal generic(std::string_view sentence) {
  return make(Reason::syntax, {sentence});
}

Refusal protocol(std::string_view what) {
  return make(Reason::protocol, {"ERR Protocol error: ", what});
}

Refusal no_script() {
  return make(Reason::syntax, {"NOSCRIPT No matching script. Please use EVAL."});
}
Refusal not_busy() {
  return make(Reason::syntax, {"NOTBUSY No scripts in execution right now."});
}
Refusal scripts_refused(std::string_view why) {
  return make(Reason::not_supported, {"NOPERM scripts are not permitted: ", why});
}

Refusal max_clients() {
  return make(Reason::limit, {"ERR max number of clients reached"});
}
Refusal max_pinned() {
  return make(Reason::limit,
              {"ERR max number of blocked, subscribed and watching clients reached"});
}
Refusal max_subscriptions() {
  return make(Reason::limit, {"ERR max number of subscriptions reached"});
}
Refusal unreadable_reply() {
  return make(Reason::backend_down, {"ERR the backend's answer cannot be read"});
}
Refusal reply_too_large() {
  return make(Reason::limit, {"ERR reply withheld: it is larger than the configured limit"});
}
Refusal no_room_for_reply() {
  return make(Reason::limit, {"ERR reply withheld: the proxy holds as much as it may"});
}
Refusal pattern_too_long() {
  return make(Reason::limit, {"ERR the pattern is longer than the configured limit"});
}
Refusal pattern_has_too_many_stars() {
  return make(Reason::limit, {"ERR the pattern has more wildcards than the configured limit"});
}
Refusal backend_down(std::string_view backend, std::string_view why) {
  return make(Reason::backend_down, {"BACKENDDOWN backend '", backend, "' ", why});
}

}  // namespace refuse
}  // namespace bulkhead
