"""Fixtures for all integration suites: `stack` is shared by a module, `fresh` is one test's own."""

import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent))

import harness


class Stack:
    def __init__(self, **options):
        self.directory = harness.temporary_directory()
        redis_options = options.pop("redis_options", ())
        self.redis = harness.Redis(self.directory, *redis_options)
        self.proxy = None
        try:
            self.proxy = harness.Bulkhead(self.directory, self.redis.socket, **options)
        except BaseException:
            self.close()
            raise

    def close(self):
        if self.proxy is not None:
            self.proxy.stop()
        self.redis.stop()
        harness.remove(self.directory)

    def clean(self):
        self.redis.client().flushall()


@pytest.fixture(scope="module")
def stack_of():
    """Makes the module's stack with options of its own: a module's shared_stack is made of this."""
    stacks = []

    def make(**options):
        stacks.append(Stack(**options))
        return stacks[-1]

    yield make
    for stack in stacks:
        stack.close()


@pytest.fixture(scope="module")
def shared_stack(stack_of):
    return stack_of()


@pytest.fixture
def stack(shared_stack):
    """The module's Redis, empty, behind the module's Bulkhead."""
    shared_stack.clean()
    yield shared_stack
    assert shared_stack.proxy.process.poll() is None, shared_stack.proxy.log_text()


@pytest.fixture
def fresh():
    """Makes stacks with options of their own: fresh(extra="limits: ...")."""
    stacks = []

    def make(**options):
        stacks.append(Stack(**options))
        return stacks[-1]

    yield make
    for stack in stacks:
        stack.close()
