"""What an attacker puts where a name belongs."""

import world

CRLF = b"\r\n"
LONG = 64 * 1024


def secret(victim, namespace, name, word="secret"):
    """The physical name of what the position could read or write."""
    prefix = world.PREFIXES[victim]
    if name.kind == "sort_pattern":
        return prefix + world.key(namespace, "*", word)
    if "channel" in name.kind:
        return prefix + world.key("session", "channel", word)
    return prefix + world.key(namespace, name.type, word)


def exact(attacker, namespace, name):
    """The victim's name as it is in Redis, as the victim says it, and with the prefix doubled."""
    victim = world.VICTIM_OF[attacker]
    prefix = world.PREFIXES[victim]
    physical = secret(victim, namespace, name)
    logical = physical[len(prefix):]
    return [logical, prefix + physical, world.PREFIXES[attacker] + physical]


def collisions(name):
    """For t1, whose prefix `t1:` is nearly the beginning of `t10:`."""
    physical = secret("t10", "session", name)
    return [b"0:" + physical[4:], physical[2:], physical, b"0" + physical, b":" + physical, b"\b0:" + physical]


def odd(namespace, name):
    """Glob tricks, hash tags, bytes that end strings or lines, nothing, and too much."""
    prefix = world.PREFIXES["globex"]
    physical = secret("globex", namespace, name)
    get = b"*2\r\n$3\r\nGET\r\n$%d\r\n%s\r\n" % (len(physical), physical)
    names = [
        b"*", b"[a-z]*", b"?rp:*", b"\\*", b"[^a]*", b"*secret*", prefix + b"*", b"[", b"\\", b"*" + physical,
        b"..:*", b"*->f", physical + b"->f", prefix + b"*->*",
        b"{" + prefix + b"}x", b"{" + physical + b"}", b"{}" + physical, b"}" + physical,
        physical + b"\0", b"\0" + physical, prefix + b"\0" + physical,
        physical + CRLF, CRLF + physical, b"x" + CRLF + b"GET " + physical + CRLF, b"x" + CRLF + get,
        CRLF + get, b"$-1" + CRLF, b"\r" + get, b"\n" + physical, b"%s" + physical, b"{tenant}:" + physical,
        b"", b"k" * LONG, physical + b"k" * LONG, b"k" * LONG + physical,
    ]
    return names


def own(attacker, near, name):
    """A key of the attacker's own, in the database where `near` lies."""
    namespace = next((word for word in world.NAMESPACES if word.encode() + b":" in near), "cache")
    if name.kind == "sort_pattern":
        return world.key(namespace, "*")
    if "channel" in name.kind:
        return world.key("session", "channel")
    return world.key(namespace, name.type, "absent" if name.absent else "own")
