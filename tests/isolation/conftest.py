"""Makes the modules and fixtures of the integration suites available here: `stack`, `fresh`."""

import importlib.util
import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
INTEGRATION = HERE.parent / "integration"
sys.path[:0] = [str(HERE), str(INTEGRATION)]

spec = importlib.util.spec_from_file_location("integration_fixtures", INTEGRATION / "conftest.py")
fixtures = importlib.util.module_from_spec(spec)
sys.modules[spec.name] = fixtures
spec.loader.exec_module(fixtures)

stack_of, shared_stack = fixtures.stack_of, fixtures.shared_stack
stack, fresh = fixtures.stack, fixtures.fresh
