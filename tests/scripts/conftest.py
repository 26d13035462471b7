"""Scripts wrapped by tools/wrap_script, run on a redis-server of the suite's own: no proxy in between."""

import pathlib
import sys

import pytest

HERE = pathlib.Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent / "differential"), str(HERE.parent / "integration")]

import world


@pytest.fixture(scope="module")
def lua():
    it = world.World()
    yield it
    it.close()
