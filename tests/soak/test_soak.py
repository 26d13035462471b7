"""A short run of the soak: every fault once, and tens of thousands of checked replies."""

from soak import soak


def test_every_reply_is_right_through_every_fault():
    assert soak(replies=30_000, clients=6) == []
