"""Proves that applications of Node.js, unmodified, work through the proxy: sessions of Express in connect-redis and
the queues of Bull and bee-queue, of two tenants at once with the same names, and nothing mixed."""

import pytest

import applications
import node_clients


@pytest.fixture(scope="module")
def folder():
    return node_clients.installed(applications.FOLDER)


@pytest.fixture(scope="module")
def shared_stack(stack_of):
    return stack_of(workers=2, features=applications.features("sess:*", "bull:*", "bq:*"))


@pytest.mark.parametrize("application", ["sessions", "bull", "bee_queue"])
def test_application(stack, folder, application):
    applications.run_for_all(stack, ["node", applications.FOLDER / f"{application}.mjs"],
                             BULKHEAD_APPLICATIONS=str(folder))
    left = applications.logical_keys(stack)
    assert left["acme"] and len(left["acme"]) == len(left["globex"])
    applications.assert_nothing_strange(stack)
