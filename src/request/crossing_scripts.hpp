// The scripts by which commands cross databases. SELECT in a script holds for the script alone, so
// the lane stays in its database. Errors are Redis' own, handed on by pcall.
//
// KEYS are the names as they stand in the command, ARGV begins with the destination's and the
// source's database.
#pragma once

#include <string_view>

namespace bulkhead::request {

// KEYS: source, destination.
inline constexpr std::string_view kRename = R"(
if redis.call('COPY', KEYS[1], KEYS[2], 'DB', ARGV[1], 'REPLACE') == 0 then
  return redis.error_reply('ERR no such key')
end
redis.call('DEL', KEYS[1])
return redis.status_reply('OK'))";

inline constexpr std::string_view kRenameNx = R"(
if redis.call('EXISTS', KEYS[1]) == 0 then return redis.error_reply('ERR no such key') end
local copied = redis.call('COPY', KEYS[1], KEYS[2], 'DB', ARGV[1])
if copied == 1 then redis.call('DEL', KEYS[1]) end
return copied)";

// KEYS: source, destination. ARGV[3]: REPLACE, or nothing.
inline constexpr std::string_view kCopy =
    "return redis.pcall('COPY', KEYS[1], KEYS[2], 'DB', ARGV[1], unpack(ARGV, 3))";

// What both kinds of moves need to know first, in Redis' order: nothing to move, wrong types.
#define BULKHEAD_CHECK_TYPES(kind, nothing)                                             \
  "local wrong = 'WRONGTYPE Operation against a key holding the wrong kind of value'\n" \
  "local from = redis.call('TYPE', KEYS[1]).ok\n"                                       \
  "if from == 'none' then return " nothing                                              \
  " end\n"                                                                              \
  "if from ~= '" kind                                                                   \
  "' then return redis.error_reply(wrong) end\n"                                        \
  "redis.call('SELECT', ARGV[1])\n"                                                     \
  "local to = redis.call('TYPE', KEYS[2]).ok\n"                                         \
  "if to ~= 'none' and to ~= '" kind                                                    \
  "' then return redis.error_reply(wrong) end\n"                                        \
  "redis.call('SELECT', ARGV[2])\n"

// ARGV[3]: the member.
inline constexpr std::string_view kMoveMember = BULKHEAD_CHECK_TYPES("set", "0") R"(
if redis.call('SREM', KEYS[1], ARGV[3]) == 0 then return 0 end
redis.call('SELECT', ARGV[1])
redis.call('SADD', KEYS[2], ARGV[3])
return 1)";

// ARGV[3], ARGV[4]: the commands that pop and push.
inline constexpr std::string_view kMoveElement = BULKHEAD_CHECK_TYPES("list", "false") R"(
local element = redis.call(ARGV[3], KEYS[1])
redis.call('SELECT', ARGV[1])
redis.call(ARGV[4], KEYS[2], element)
return element)";

#undef BULKHEAD_CHECK_TYPES

// KEYS: all of them. ARGV: for each its database and its value.
inline constexpr std::string_view kSetAllNx = R"(
for i = 1, #KEYS do
  redis.call('SELECT', ARGV[2 * i - 1])
  if redis.call('EXISTS', KEYS[i]) == 1 then return 0 end
end
for i = 1, #KEYS do
  redis.call('SELECT', ARGV[2 * i - 1])
  redis.call('SET', KEYS[i], ARGV[2 * i])
end
return 1)";

// KEYS: the destination, a name of the source's database for the result meanwhile. ARGV[3]: '1'
// when the destination is a source, too. From ARGV[4] on: the command, with that name as
// destination.
inline constexpr std::string_view kStore = R"(
if ARGV[3] == '1' then
  redis.call('SELECT', ARGV[1])
  redis.call('COPY', KEYS[1], KEYS[2], 'DB', ARGV[2], 'REPLACE')
  redis.call('SELECT', ARGV[2])
end
local command = {}
for i = 4, #ARGV do command[#command + 1] = ARGV[i] end
local result = redis.pcall(unpack(command))
if type(result) == 'table' and result.err then
  redis.call('DEL', KEYS[2])
  return result
end
if redis.call('COPY', KEYS[2], KEYS[1], 'DB', ARGV[1], 'REPLACE') == 1 then
  redis.call('DEL', KEYS[2])
else
  redis.call('SELECT', ARGV[1])
  redis.call('DEL', KEYS[1])
end
return result)";

// Around any of them where what it writes must have an expiry. At the end of ARGV stand, for each
// key, the longest time that it may live (0: any), the one that it gets when it has none, which of
// KEYS it is, its database; and then how many there are.
inline constexpr std::string_view kExpiringFront = R"(
local expiring = {}
for i = 1, 4 * table.remove(ARGV) do expiring[i] = table.remove(ARGV) end
local result = (function()
)";
inline constexpr std::string_view kExpiringBack = R"(
end)()
if type(result) == 'table' and result.err then return result end
for i = 1, #expiring, 4 do
  local key = KEYS[tonumber(expiring[i + 1])]
  redis.call('SELECT', expiring[i])
  redis.call('PEXPIRE', key, expiring[i + 2], 'NX')
  if expiring[i + 3] ~= '0' then redis.call('PEXPIRE', key, expiring[i + 3], 'LT') end
end
return result)";

}  // namespace bulkhead::request
