"""From a row of the command table to calls with a name in every position that takes one.

`attacks(row)` is never empty: what templates.py does not say is made from the row's specs, and where
those do not say enough, there is a mistake, so that a new row needs an attack on the day it is added.
"""

from typing import NamedTuple

import table
import templates

TYPE_OF_GROUP = {"hash": "hash", "list": "list", "set": "set", "sorted_set": "zset",
                 "stream": "stream", "geo": "geo", "hyperloglog": "hyperloglog"}
KINDS = ("KEY", "KEY_PATTERN", "SORT_PATTERN", "UNUSED_KEY", "CHANNEL", "CHANNEL_PATTERN", "SHARDED_CHANNEL")


class Name(NamedTuple):
    """A position that takes a name."""
    kind: str  # of a name, as the table calls it
    type: str  # of a key
    absent: bool = False  # while the attacker's own key stands there, there is none


class Attack(NamedTuple):
    row: dict
    words: tuple  # of str and Name

    @property
    def positions(self):
        return [at for at, word in enumerate(self.words) if isinstance(word, Name)]

    @property
    def is_clean(self):
        """Whether the connection is afterwards as it was before: many calls may share one."""
        blocks = "may_block" in self.row["traits"] and "BLOCK" in self.words
        return self.row["handling"] in ("forward", "split", "scoped") and not blocks

    def call(self, name_at, payload=b""):
        """The words to send; `name_at(position, name)` says what stands in a position."""
        words = []
        for at, word in enumerate(self.words):
            if isinstance(word, Name):
                words.append(name_at(at, word))
            else:
                words.append(payload if word == "PAYLOAD" else word.encode())
        return words

    def text(self):
        return " ".join(w.kind.upper() if isinstance(w, Name) else w for w in self.words)


def read_word(word, row):
    kind, _, type_ = word.partition(".")
    type_ = type_ or TYPE_OF_GROUP.get(row["group"], "string")
    if kind == "ABSENT":
        return Name("key", type_, absent=True)
    return Name(kind.lower(), type_) if kind in KINDS else word


def from_templates(row):
    lines = [line for line in templates.LINES if table.row_of(line) is row]
    return [Attack(row, tuple(read_word(word, row) for word in line)) for line in lines]


def from_specs(row):
    """The command, its names where plain ranges put them, and a 1 for whatever else it takes."""
    assert not row["finder"], f"{row['name']} reads options: it needs a template"
    words = row["name"].split("|")
    least = abs(row["arity"])
    words += ["1"] * (least - len(words))
    for spec in row["names"]:
        assert spec["begin"] == "index" and spec["walk"] == "range", \
            f"{row['name']} has names that are counted or behind a word: it needs a template"
        last = spec["at"] + spec["last"] if spec["last"] >= 0 else max(spec["at"], len(words) + spec["last"])
        words += ["1"] * (last + 1 - len(words))
        for at in range(spec["at"], last + 1, spec["step"]):
            words[at] = spec["kind"].upper()
    return Attack(row, tuple(read_word(word, row) for word in words))


def attacks(row):
    return from_templates(row) or [from_specs(row)]


def rows_to_attack():
    return [row for row in table.ROWS.values() if table.reaches_backend(row)]


ATTACKS = [attack for row in rows_to_attack() for attack in attacks(row)]
ON_NAMES = [attack for attack in ATTACKS if attack.positions]


def identity(attack):
    return attack.text().replace(" ", "_")[:60]
