// Every sentence that a client can read from Bulkhead itself, in Redis' wording where Redis has
// one: clients match on it. (Redis 7.0: src/server.c, src/networking.c, src/acl.c, src/t_stream.c.)
#pragma once

#include "bulkhead/base/refusal.hpp"

#include <cstdint>
#include <span>
#include <string_view>

namespace bulkhead::refuse {

// Identity
Refusal no_auth();
Refusal wrong_pass();
Refusal hello_needs_auth();
Refusal no_proto();
Refusal client_name_invalid();
Refusal client_attribute_invalid(std::string_view attribute);

// Finding the command. Arguments are cut at 128 bytes in all, as Redis does.
Refusal unknown_command(std::string_view name, std::span<const std::string_view> args);
Refusal unknown_subcommand(std::string_view name, std::string_view container);
Refusal unknown_subcommand_or_arity(std::string_view name, std::string_view container);
Refusal wrong_arity(std::string_view full_name);
// What EXEC itself answers when it is refused: the code in front gives way to EXECABORT.
Refusal exec_aborted_by(const Refusal& refusal);

// Transactions and subscriptions
Refusal nested_multi();
Refusal watch_inside_multi();
Refusal exec_without_multi();
Refusal discard_without_multi();
Refusal transaction_aborted();
// EXEC, when the backend did not take one of the queued commands.
Refusal transaction_aborted_by(std::string_view error);
Refusal not_in_transaction();
Refusal transaction_too_large();
Refusal only_while_subscribed(std::string_view full_name);
Refusal not_while_monitoring();

// Permission
Refusal not_permitted(std::string_view full_name);
Refusal not_supported(std::string_view full_name);
Refusal foreign_key();
Refusal foreign_name_in_reply();

// Arguments
Refusal syntax();
Refusal not_an_integer();
Refusal not_an_int();
Refusal timeout_not_an_integer();
Refusal timeout_negative();
Refusal bad_numkeys();
Refusal invalid_numkeys();
Refusal not_in_pairs();
Refusal numkeys_too_large();
Refusal negative_numkeys();
Refusal function_numkeys();
Refusal no_input_keys(std::string_view full_name);
Refusal unbalanced_streams();
Refusal only_for_xreadgroup(std::string_view option);
Refusal missing_group();
// CLIENT TRACKING and CLIENT CACHING
Refusal redirect_twice();
Refusal no_redirect_target();
Refusal prefix_needs_broadcast();
Refusal broadcast_switched();
Refusal opt_with_broadcast();
Refusal opt_in_and_out();
Refusal opt_switched();
Refusal overlaps_existing(std::string_view prefix, std::string_view existing);
Refusal overlaps_provided(std::string_view prefix, std::string_view other);
Refusal caching_without_tracking();
Refusal caching_yes_without_opt_in();
Refusal caching_no_without_opt_out();
Refusal invalid_cursor();
Refusal unblock_reason();
Refusal db_out_of_range();
Refusal cross_db();
Refusal events_elsewhere();
Refusal generic(std::string_view sentence);

// Protocol. The sentence begins with "ERR Protocol error: "; the connection is closed after it.
Refusal protocol(std::string_view what);

// Scripts
Refusal no_script();
Refusal not_busy();
Refusal scripts_refused(std::string_view why);

// Limits and the backend
Refusal max_clients();
Refusal max_pinned();
Refusal max_subscriptions();
Refusal reply_too_large();
Refusal no_room_for_reply();
Refusal pattern_too_long();
Refusal pattern_has_too_many_stars();
Refusal unreadable_reply();
Refusal backend_down(std::string_view backend, std::string_view why);

}  // namespace bulkhead::refuse
