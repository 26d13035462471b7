"""Differential: functions give the same bytes and leave the same data as on a bare Redis, line by line."""

import pathlib
import sys

import function_corpus
import harness
import pytest

sys.path[1:1] = [str(pathlib.Path(__file__).parent.parent / folder) for folder in ("scripts", "differential")]

import corpus
import test_script_forms


BARE_DB = 15  # no feature's


class Bare:
    """A Redis without a proxy, which has no features: everything lies in database 0."""

    def __init__(self, directory):
        self.redis = harness.Redis(directory)
        self.raw = harness.Raw(self.redis.socket)

    def data(self):
        return test_script_forms.data(self.redis, [0])


@pytest.fixture(scope="module")
def bare():
    directory = harness.temporary_directory()
    it = Bare(directory)
    yield it
    it.redis.stop()
    harness.remove(directory)


def in_one_order(reply):
    """Redis lists a library's functions in the order of a hash table."""
    return b"\r\n".join(sorted(reply.split(b"\r\n"))) if reply.count(b"\r\nname\r\n") > 1 else reply


class Sides:
    """The same commands on both sides."""

    def __init__(self, bare, stack, protocol=2):
        self.bare, self.stack = bare, stack
        self.raws = [harness.Raw(bare.redis.socket), stack.proxy.raw("acme")]
        for raw in self.raws:
            assert b"proto" in raw.ask("HELLO", protocol)

    def ask(self, *words):
        return tuple(in_one_order(raw.ask(*words)) for raw in self.raws)

    def same(self, *words):
        bare, ours = self.ask(*words)
        assert bare == ours, words
        return ours

    def begin(self, fixture=True):
        self.bare.redis.client().flushall()
        self.stack.redis.client().flushall()
        self.same("FUNCTION", "FLUSH")
        if fixture:
            self.same("EVAL", function_corpus.FIXTURE, 0)

    def data(self):
        return self.bare.data(), test_script_forms.data(self.stack.redis, range(15), b"acme:")


def report(different, known):
    unexpected = {k: v for k, v in different.items() if k not in known}
    for body, how in unexpected.items():
        print(repr(body), *how, sep="\n    ")
    assert not unexpected
    assert set(known) == set(different)


def bodies(protocol):
    return corpus.SCRIPTS if protocol == 3 else test_script_forms.cases()


@pytest.mark.parametrize("protocol", [2, 3])
def test_bodies(stack, protocol):
    """The scripts of the scripts' suite, as functions; on one Redis, so that members of sets have one order."""
    direct, ours = harness.Raw(stack.redis.socket), stack.proxy.raw("acme")
    for raw in (direct, ours):
        assert b"proto" in raw.ask("HELLO", protocol)
    assert direct.ask("SELECT", BARE_DB) == b"+OK\r\n"
    different, count = {}, 0
    for text, keys, args in bodies(protocol):
        stack.redis.client().flushall()
        library = b"#!lua name=l\nredis.register_function('f', function(KEYS, ARGV) " + text.encode("latin1") + b"\nend)"
        replies = []
        for raw in (direct, ours):
            replies.append((raw.ask("EVAL", corpus.FIXTURE, 0), raw.ask("FUNCTION", "LOAD", "REPLACE", library),
                            raw.ask("FCALL", "f", len(keys), *keys, *args)))
            # What a body did to cjson of all functions.
            direct.ask("FUNCTION", "LOAD", "REPLACE", function_corpus.HEAL)
            direct.ask("FCALL", "heal", 0)
        count += 1
        left = (test_script_forms.data(stack.redis, [BARE_DB]), test_script_forms.data(stack.redis, range(BARE_DB), b"acme:"))
        if replies[0] != replies[1] or left[0] != left[1]:
            different[text] = (*replies, {k: (left[0].get(k), left[1].get(k)) for k in {**left[0], **left[1]}
                                          if left[0].get(k) != left[1].get(k)})
        for raw in (direct, ours):
            raw.ask("FUNCTION", "DELETE", "l")
    known = function_corpus.DIFFERENT_BODIES
    if protocol == 3:
        known = [text for text in known if text in {text for text, *_ in corpus.SCRIPTS}]
    report(different, known)
    assert count > (150 if protocol == 3 else 700)


@pytest.mark.parametrize("protocol", [2, 3])
def test_libraries(bare, stack, protocol):
    """Whole libraries: what loading says, what is listed, what calling says."""
    sides = Sides(bare, stack, protocol)
    different = {}
    for text, calls in function_corpus.LIBRARIES:
        sides.begin()
        code = text.encode("latin1")
        replies = [sides.ask("FUNCTION", "LOAD", code), sides.ask("FUNCTION", "LIST", "WITHCODE"), sides.ask("FUNCTION", "LIST"),
                   sides.ask("FUNCTION", "STATS"), sides.ask("FUNCTION", "LOAD", code),
                   sides.ask("FUNCTION", "LOAD", "REPLACE", code)]
        replies += [sides.ask(*call) for call in calls]
        left = sides.data()
        if any(bare != ours for bare, ours in replies) or left[0] != left[1]:
            different[text] = [r for r in replies if r[0] != r[1]] + [left] * (left[0] != left[1])
    report(different, function_corpus.DIFFERENT_LIBRARIES)


def test_commands(bare, stack):
    """The commands themselves, their options and their mistakes."""
    sides = Sides(bare, stack)
    different = {}
    for words in function_corpus.COMMANDS:
        sides.begin(False)
        sides.same("FUNCTION", "LOAD", function_corpus.LIBRARY)
        bare_reply, ours = sides.ask(*words)
        after = sides.ask("FUNCTION", "LIST")
        if bare_reply != ours or after[0] != after[1]:
            different[words] = (bare_reply, ours, *after)
    report(different, function_corpus.DIFFERENT_COMMANDS)
