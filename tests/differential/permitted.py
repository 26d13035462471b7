"""What may differ between the proxy and a bare Redis, with the reason. Everything else is compared byte by
byte. tests/differential/test_permitted.py shows for every rule that without it the example would fail.

Order within sets and hashes is not among it where all keys lie in one database: both sides are the same
process, so that its hash tables have the same seed and the same history.
"""

from dataclasses import dataclass

import generate
import templates
import vocabulary
from wire import plain, value

CLOCK_SLACK = 120_000  # ms between the two sides' executions of one command, on a slow machine
NEAR = 3_900_000_000_000  # ms; a time before it was relative, one behind it is absolute
UNORDERED = generate.unordered_commands()
PAIRED = {b"HGETALL", b"HSCAN", b"ZSCAN", b"HRANDFIELD", b"ZRANDMEMBER"}
HASH_TABLES = (b"\x02", b"\x04")  # DUMP's first byte: a set, a hash
STREAM = b"\x13"


@dataclass
class Rule:
    """`same` gets the command and both replies. No commands: any. `several`: with several features only."""
    name: str
    reason: str
    commands: tuple
    same: object
    example: list
    several: bool = False


def _integers(bare, through):
    if bare[:1] == through[:1] == b":":
        return int(bare[1:]), int(through[1:])
    return None


def same_kind(command, bare, through):
    return _integers(bare, through) is not None


def same_page(command, bare, through):
    one, other = plain(value(bare)), plain(value(through))
    if command[1] != b"0" and other == b"ERR invalid cursor":
        return True
    if not isinstance(one, list) or not isinstance(other, list):
        return False
    whole = one[0] == other[0] == b"0"
    return not whole or set(one[1]) == set(other[1])


def same_names(command, bare, through):
    return bare[:1] == through[:1] == b"*" and sorted(plain(value(bare))) == sorted(plain(value(through)))


def both_a_name(command, bare, through):
    return bare[:1] == through[:1] == b"$"


def same_moment(command, bare, through):
    numbers = _integers(bare, through)
    if numbers is None or min(numbers) < 0:
        return False
    unit = 1 if command[0].upper().startswith(b"P") else 1000
    absolute = command[0].upper().endswith(b"TIME")
    if absolute and max(numbers) * unit > NEAR:
        return False
    return abs(numbers[0] - numbers[1]) * unit <= CLOCK_SLACK


def without_times(tree):
    """The tree with a mark for every integer that the clock decides: beside the name of a time, and behind
    the consumer or the ID in lists of pending entries."""
    kind, content = tree
    if not isinstance(content, list):
        return tree
    items = list(content)
    for at in range(len(items) - 1):
        if items[at][1] in (b"idle", b"seen-time", b"inactive", b"active-time"):
            items[at + 1] = (items[at + 1][0], b"time")
    if kind in b"*" and len(items) in (3, 4) and [i[0] for i in items[-2:]] == [b":", b":"]:
        items[-2] = (b":", b"time")
    return kind, [without_times(item) for item in items]


def same_but_times(command, bare, through):
    return without_times(value(bare)) == without_times(value(through))


def same_stream_length(command, bare, through):
    one, other = plain(value(bare)), plain(value(through))
    return one[:1] == other[:1] == STREAM and len(one) == len(other)


def same_table_length(command, bare, through):
    one, other = plain(value(bare)), plain(value(through))
    return one[:1] == other[:1] and one[:1] in HASH_TABLES and len(one) == len(other)


def _bag(command, reply):
    kind, items = value(reply)
    if not isinstance(items, list):
        return kind, items
    name = command[0].upper()
    if name.endswith(b"SCAN"):
        cursor, items = items[0], items[1][1]
        return cursor, _pairs(items) if name in PAIRED else sorted(items)
    flat_pairs = name == b"HGETALL" or (name in PAIRED and len(command) == 4)
    if flat_pairs and items and not isinstance(items[0][1], list):
        return kind, _pairs(items)
    return kind, sorted(items, key=repr)


def _pairs(items):
    return sorted((items[i:i + 2] for i in range(0, len(items), 2)), key=repr)


def same_bag(command, bare, through):
    return bare[:1] == through[:1] and _bag(command, bare) == _bag(command, through)


def unknown_text(command, whole):
    """Redis' sentence on an unknown command; `whole`: what it quotes does not end at a NUL."""
    quoted = list(command) if whole else [word.split(b"\0")[0] for word in command]
    echoed = b""
    for word in quoted[1:]:
        if len(echoed) < 128:
            echoed += b"'" + word[:128 - len(echoed)] + b"' "
    text = b"-ERR unknown command '" + quoted[0][:128] + b"', with args beginning with: " + echoed
    return text.replace(b"\r", b" ").replace(b"\n", b" ") + b"\r\n"


def same_but_nul(command, bare, through):
    if bare.startswith(b"-ERR unknown subcommand '"):
        told = [b"-ERR unknown subcommand '%s'. Try %s HELP.\r\n" % (sub[:128], command[0].upper())
                for sub in (command[1].split(b"\0")[0], command[1])]
        return [bare, through] == [line[:-2].replace(b"\r", b" ").replace(b"\n", b" ") + b"\r\n" for line in told]
    return bare == unknown_text(command, False) and through == unknown_text(command, True)


FILL = [(b"SET", key, b"v") for key in vocabulary.ONE_FEATURE[:6]]
PENDING = [(b"XADD", b"a", b"1-1", b"f", b"v"), (b"XGROUP", b"CREATE", b"a", b"g1", b"0"),
           (b"XREADGROUP", b"GROUP", b"g1", b"c1", b"STREAMS", b"a", b">")]
# A rename over databases builds the hash table anew: same members, another history.
MOVED = [(b"SADD", b"session:a", *(b"m%d" % n for n in range(40))),
         *((b"SREM", b"session:a", b"m%d" % n) for n in range(30)), (b"RENAME", b"session:a", b"cache:a")]

RULES = [
    Rule("page", "cursors are the proxy's own, and the order of keys follows from their prefixed names",
         (b"SCAN",), same_page, [*FILL, (b"SCAN", b"0", b"COUNT", b"1000")]),
    Rule("keys", "the order of keys follows from their prefixed names",
         (b"KEYS",), same_names, [*FILL, (b"KEYS", b"*")]),
    Rule("randomkey", "any key is right",
         (b"RANDOMKEY",), both_a_name, [*FILL, (b"RANDOMKEY",)]),
    Rule("clock", "a relative time begins when the command arrives, and time goes on",
         (b"TTL", b"PTTL", b"EXPIRETIME", b"PEXPIRETIME"), same_moment,
         [(b"SET", b"a", b"v", b"PX", b"1000000000"), (b"PEXPIRETIME", b"a")]),
    Rule("nul", "what Redis quotes of an unknown command or subcommand ends at a NUL, as C strings do",
         (), same_but_nul, [(b"NOSUCH", b"a\0b", b"c")]),
    Rule("idle", "seconds since the key was used",
         (b"OBJECT IDLETIME",), same_kind, [(b"SET", b"a", b"v"), (b"OBJECT", b"IDLETIME", b"a")]),
    Rule("memory", "the name is a part of the size, and the proxied one is longer",
         (b"MEMORY USAGE",), same_kind, [(b"SET", b"abc", b"v"), (b"MEMORY", b"USAGE", b"abc")]),
    Rule("delivery", "milliseconds since a delivery, or when a consumer was seen",
         (b"XPENDING", b"XINFO CONSUMERS", b"XINFO STREAM"), same_but_times,
         [*PENDING, (b"XINFO", b"STREAM", b"a", b"FULL")]),
    Rule("dumped stream", "holds the times of deliveries",
         (b"DUMP",), same_stream_length, [*PENDING, (b"DUMP", b"a")]),
    Rule("moved table", "hash tables that crossed databases were built anew, so their order is another",
         (b"DUMP",), same_table_length, [*MOVED, (b"DUMP", b"cache:a")], several=True),
    Rule("order", "hash tables that crossed databases were built anew, so their order is another",
         tuple(UNORDERED), same_bag, [*MOVED, (b"SMEMBERS", b"cache:a")], several=True),
    Rule("shared", "small integers are one object for all keys; one that crossed databases is a copy",
         (b"OBJECT REFCOUNT",), same_kind,
         [(b"SET", b"session:a", b"1"), (b"RENAME", b"session:a", b"cache:a"),
          (b"OBJECT", b"REFCOUNT", b"cache:a")], several=True),
]

CONTAINERS = {b"CONFIG", b"ACL", b"CLIENT", b"MODULE"}


def _full_name(words):
    """The command's name, with its subcommand where that decides on the refusal."""
    name = words[0].upper()
    return name + b" " + words[1].upper() if name in CONTAINERS and len(words) > 1 else name


# Refused by policy or to everybody; the bare Redis is not given them.
REFUSED = {_full_name(line.lstrip("!~").encode().split()) for line in templates.REFUSED.splitlines() if line}

# Never refused, wherever their keys lie: split over the databases, or carried across.
ALWAYS_CARRIED = {b"MGET", b"MSET", b"DEL", b"UNLINK", b"EXISTS", b"TOUCH", b"COPY", b"RENAME", b"RENAMENX",
                  b"SMOVE", b"LMOVE", b"RPOPLPUSH", b"ZRANGESTORE", b"GEOSEARCHSTORE"}
# Carried when all that they read lies in one database, wherever the result goes. The number is the
# destination's place; 0: it is behind STORE or STOREDIST, if there is one.
STORES = {b"SUNIONSTORE": 1, b"SINTERSTORE": 1, b"SDIFFSTORE": 1, b"ZUNIONSTORE": 1, b"ZINTERSTORE": 1,
          b"ZDIFFSTORE": 1, b"PFMERGE": 1, b"BITOP": 2, b"SORT": 0, b"GEORADIUS": 0, b"GEORADIUSBYMEMBER": 0}


def rules_for(command, several):
    name = command[0].upper()
    names = {name, name + b" " + command[1].upper()} if len(command) > 1 else {name}
    return [rule for rule in RULES if (several or not rule.several)
            and (not rule.commands or names & set(rule.commands))]


def is_refused(command):
    return _full_name(command) in REFUSED


# About all keys of a tenant: inside a transaction they are answered behind it, and see what it has done.
BEHIND = {b"SCAN", b"KEYS", b"DBSIZE", b"RANDOMKEY"}


def may_be_queued(command):
    return not is_refused(command) and command[0].upper() not in BEHIND


def may_span(command, keys):
    """Whether CROSSDB is a right answer to the command, in which COMMAND GETKEYS finds these keys."""
    name, keys = command[0].upper(), list(keys)
    if name in ALWAYS_CARRIED:
        return False
    if STORES.get(name) == 0:  # the last STORE counts; an earlier one is a key like those that are read
        stores = [word for before, word in zip(command[2:], command[3:]) if before.upper() in (b"STORE", b"STOREDIST")]
        keys = [command[1], *stores[:-1]]
    elif name in STORES and len(keys) > 1:
        keys.remove(command[STORES[name]])
    if name in (b"SORT", b"SORT_RO"):
        keys += [word for before, word in zip(command[1:], command[2:])
                 if before.upper() in (b"BY", b"GET") and b"*" in word]
    return len({vocabulary.database_of(key) for key in keys}) > 1
