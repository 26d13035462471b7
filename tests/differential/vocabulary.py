"""The words of which commands are generated: few keys, so that they collide and change their type, and
values that are empty, binary, numbers or nearly numbers."""

NUL_CRLF = b"\x00\r\n$-1\r\n"

# What a key's name begins with decides on its database in the reference configuration (harness.FEATURES).
DATABASES = [(b"session:", 0), (b"auth:", 0), (b"cache:", 1), (b"rate:", 2), (b"ws:", 3), (b"queue:", 4),
             (b"bull:", 4), (b"analytics:", 5), (b"leaderboard:", 5)]
DEFAULT_DATABASE = 1


def database_of(key):
    """The database in which a key of acme lies when there are the reference features."""
    for front, database in DATABASES:
        if key.startswith(front):
            return database
    return 0 if b":session:" in key else DEFAULT_DATABASE


# One feature: names like another tenant's or with a prefix already, with a hash tag, with what a pattern
# gives a meaning, empty, and binary.
ONE_FEATURE = [b"a", b"b", b"c", b"acme:a", b"erp:tenant:globex:a", b"{tag}k", b"[a]?", b"", b"n\xff" + NUL_CRLF,
               b"w_1", b"w_2"]
# Several features, of which the last three names have the fallback's database.
SEVERAL_FEATURES = [b"session:a", b"auth:b", b"cache:a", b"rate:a", b"ws:a", b"queue:a", b"bull:" + NUL_CRLF,
                    b"analytics:a", b"x:session:a", b"w_1", b"w_2", b""]

FAR = 4102444800  # a second in 2100: everything that is to stay has such a time

# What does not belong there. None has a NUL, at which Redis' messages end, and none is beyond 64 bits: strtoull
# leaves an errno that Redis' next SORT takes for its own, if nothing has come between.
JUNK = [b"", b"-1", b"0", b"1", b"+1", b"01", b" 1", b"1 ", b"1.5", b"-0", b"1e3", b"nan", b"inf", b"0x10", b"abc",
        b"9223372036854775807", b"9223372036854775808", b"-9223372036854775808", b"-9223372036854775809",
        b"18446744073709551615", b"\xff\xfe", b"a\r\nb", b"'q\"", b"x" * 200,
        b"STORE", b"LIMIT", b"COUNT", b"MATCH", b"GET", b"EXAT", b"WITHSCORES", b"NX", b"STREAMS", b"KEYS"]

UNKNOWN = [b"NOSUCH", b"", b"get\xff", b"GET\r\nX", b"SET ", b"x" * 150, b"'SET'", b"JSONX.GET", b"*", b"GET|X"]

MEMBERS = [b"m1", b"m2", b"m3", b"1", b"2", b"3", b"", b"-7", b"M\x00\r\n", b"y" * 70, b"\xc3\xa4", b"12345678901"]
FIELDS = [b"f1", b"f2", b"f3", b"", b"1", b"F\r\n\x00", b"g" * 70]
VALUES = [b"", b"0", b"1", b"10", b"-5", b"3.5", b"abc", b"hello world", b"\x00\xff\r\n+OK\r\n", b"$-1\r\n",
          b"9223372036854775806", b"z" * 100, b"7fffffff", b"*1\r\n$4\r\nPING\r\n", b"1e2", b"\xf0\x9f\x98\x80"]
SCORES = [b"0", b"1", b"2", b"2.5", b"-1", b"1e10", b"inf", b"-inf", b"3.0000000001", b"-0", b"0.1", b"1e-300"]

CHOICES = {
    "m": MEMBERS, "h": FIELDS, "v": VALUES, "score": SCORES,
    "int": [b"0", b"1", b"-1", b"2", b"5", b"100", b"-100", b"9223372036854775807", b"-9223372036854775808"],
    "float": [b"0.5", b"-1.25", b"3", b"1e5", b"0.1", b"-0", b"inf", b"1.5e-7"],
    "i": [b"0", b"1", b"2", b"-1", b"-2", b"3", b"-100", b"100"],
    "n": [b"1", b"2", b"3", b"10", b"0", b"1000"],
    "positive": [b"1", b"2", b"5", b"1000"],
    "whole": [b"1000", b"4096"],
    "offset": [b"0", b"1", b"5", b"7", b"100", b"700", b"-1", b"4294967296"],
    "bit": [b"0", b"1", b"0", b"1", b"2"],
    "bits": [b"0", b"7", b"8", b"15", b"100", b"1023", b"2000", b"-1", b"4294967296"],
    "type": [b"u8", b"i8", b"u4", b"i16", b"u63", b"i64", b"u1", b"u64", b"i0", b"x8"],
    "where": [b"0", b"7", b"#0", b"#1", b"#3", b"100", b"-1", b"#x"],
    "at": [b"%d" % (FAR + n) for n in (0, 1, 1000)],
    "at_ms": [b"%d" % (FAR * 1000 + n) for n in (0, 1, 1000000)],
    "past": [b"1", b"1000000", b"0", b"-1"],
    "no_time": [b"0", b"-1", b"9223372036854775807", b"x", b"99999999999999999999"],
    "soon": [b"1000000", b"2000000"],
    "soon_ms": [b"1000000000", b"2000000000"],
    "id": [b"1-1", b"1-2", b"2-1", b"5-0", b"5-5", b"9-1", b"100-0", b"3", b"7"],
    "new_id": [b"1-1", b"1-*", b"2-1", b"2-*", b"5-0", b"5-*", b"9-*", b"100-*", b"200-1", b"0-0", b"0-*", b"x-1"],
    "from_id": [b"-", b"1-1", b"(1-1", b"2", b"0", b"(5-0", b"x"],
    "to_id": [b"+", b"5-5", b"(9-1", b"100", b"(100", b"1", b"x"],
    "after_id": [b"0", b"0-0", b"1-1", b"2", b"5-0", b"99", b"x"],
    "group": [b"g1", b"g2", b"g\r\n"], "consumer": [b"c1", b"c2", b"c\x00\r\n"],
    "lo": [b"-inf", b"0", b"(1", b"1", b"-1", b"(-inf", b"x"],
    "hi": [b"+inf", b"10", b"(2", b"2", b"inf", b"1e10", b"x"],
    # Between other bounds Redis' answer is chance: the scores differ, and skip lists have random levels.
    "lex_lo": [b"-", b"[", b"-", b"x"], "lex_hi": [b"+", b"+", b"x"],
    "lon": [b"13.361389", b"15.087269", b"2.3522", b"-122.4", b"0", b"181"],
    "lat": [b"38.115556", b"37.502669", b"48.8566", b"37.7", b"0", b"86"],
    "radius": [b"200", b"2000", b"10000", b"0", b"-1"], "unit": [b"km", b"m", b"mi", b"ft", b"KM", b"yd"],
    "glob": [b"*", b"m*", b"f?", b"[a-m]*", b"nothing", b"\\*", b"", b"*\r\n*", b"M\x00*"],
    "key_glob": [b"*", b"a*", b"*a", b"acme:*", b"?", b"session:*", b"*:a", b"\\[a\\]?", b"nothing", b""],
    "sort_by": [b"w_*", b"w_*->f1", b"w_*->"], "sort_get": [b"w_*", b"w_*->f1", b"#", b"none"],
    "blob": [b"", b"junk", b"\x00\x01" + b"\x0b\x00" + b"\x00" * 8,
             b"\x00\xc0\x07\x0a\x00\x91\xad\x82\xb6\x06\x64\xb6\xa1"],
}
