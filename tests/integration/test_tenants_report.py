"""What a tenant is told about its own commands, errors, memory and keys: INFO, LATENCY HISTOGRAM, MEMORY STATS."""

import re

import pytest
import redis

FIELDS = """
redis_version redis_mode os arch_bits uptime_in_seconds connected_clients blocked_clients maxclients
used_memory used_memory_human used_memory_rss used_memory_peak used_memory_peak_human used_memory_dataset
maxmemory maxmemory_human maxmemory_policy mem_fragmentation_ratio
total_connections_received total_commands_processed instantaneous_ops_per_sec instantaneous_input_kbps
instantaneous_output_kbps total_net_input_bytes total_net_output_bytes keyspace_hits keyspace_misses
expired_keys evicted_keys rejected_connections total_error_replies acl_access_denied_cmd
role connected_slaves used_cpu_sys used_cpu_user cluster_enabled
""".split()


def failing(client, *words):
    with pytest.raises(redis.exceptions.ResponseError):
        client.execute_command(*words)


def test_commandstats_count_calls_failures_and_refusals(fresh):
    stack = fresh(workers=2)
    acme, globex = stack.proxy.client(), stack.proxy.client("globex")
    acme.set("a", 1)
    for _ in range(3):
        acme.get("a")
    failing(acme, "LPUSH", "a", 1)
    failing(acme, "KEYS", "*")
    globex.get("a")
    stats = acme.info("commandstats")
    assert stats["cmdstat_get"]["calls"] == 3
    assert stats["cmdstat_lpush"]["failed_calls"] == 1 and stats["cmdstat_lpush"]["calls"] == 1
    assert stats["cmdstat_keys"] == {"calls": 0, "usec": 0, "usec_per_call": 0.0,
                                     "rejected_calls": 1, "failed_calls": 0}
    assert globex.info("commandstats")["cmdstat_get"]["calls"] == 1
    assert "cmdstat_lpush" not in globex.info("commandstats")


def test_errorstats_are_the_tenants(fresh):
    stack = fresh()
    acme, globex = stack.proxy.client(), stack.proxy.client("globex")
    acme.set("a", 1)
    failing(acme, "LPUSH", "a", 1)
    failing(acme, "KEYS", "*")
    failing(acme, "NOSUCH")
    found = acme.info("errorstats")
    assert found == {"errorstat_ERR": "count=1", "errorstat_NOPERM": "count=1",
                     "errorstat_WRONGTYPE": "count=1"}
    assert acme.info("stats")["total_error_replies"] == 3
    assert globex.info("errorstats") == {}


def test_latencystats_and_histogram(fresh):
    acme = fresh().proxy.client()
    for i in range(10):
        acme.set(f"k{i}", i)
    acme.get("k1")
    acme.client_setname("x")
    percentiles = acme.info("latencystats")["latency_percentiles_usec_set"]
    assert 0 < percentiles["p50"] <= percentiles["p99"] <= percentiles["p99.9"]
    flat = acme.execute_command("LATENCY HISTOGRAM", "set", "get", "client", "nosuch")
    reply = dict(zip(flat[::2], flat[1::2]))
    assert set(reply) == {b"set", b"get", b"client|setname"}
    calls, count, name, spans = reply[b"set"]
    assert (calls, count, name) == (b"calls", 10, b"histogram_usec")
    assert spans[1::2] == sorted(spans[1::2]) and spans[-1] == 10
    everything = acme.execute_command("LATENCY HISTOGRAM")
    assert b"set" in everything and b"client|setname" in everything


def test_info_has_the_fields_that_dashboards_read(stack):
    info = stack.proxy.client().info()
    assert [field for field in FIELDS if field not in info] == []
    assert "cmdstat_info" not in info
    assert "cmdstat_info" in stack.proxy.client().info("all")


def test_the_order_of_the_sections_is_redis(stack):
    def sections(client):
        client.set_response_callback("INFO", lambda reply: reply.decode())
        return re.findall(r"^# (\w+)\r$", client.execute_command("INFO", "everything"), re.M)

    ours, theirs = sections(stack.proxy.client()), sections(stack.redis.client())
    assert ours == [title for title in theirs if title in ours]
    assert set(theirs) - set(ours) == set()


def test_memory_is_that_of_the_tenants_keys(fresh):
    stack = fresh()
    acme, globex = stack.proxy.client(), stack.proxy.client("globex")
    globex.set("huge", "x" * 5_000_000)
    for i in range(10):
        acme.set(f"k{i}", "x" * 10_000)
    real = sum(stack.redis.client(db=1).memory_usage(f"acme:k{i}") for i in range(10))
    info = acme.info("memory")
    assert info["used_memory"] == real == info["used_memory_dataset"]
    assert info["used_memory_human"] == f"{real / 1024:.2f}K"
    assert globex.info("memory")["used_memory"] > 5_000_000
    stats = acme.memory_stats()
    assert stats["keys.count"] == 10 and stats["dataset.bytes"] == real
    bare = stack.redis.client().memory_stats()
    assert set(stats) - set(bare) == set()
    assert all(isinstance(value, type(bare[field])) or {type(value), type(bare[field])} <= {int, float}
               for field, value in stats.items())


def test_the_keyspace_tells_which_keys_expire(fresh):
    acme = fresh().proxy.client()
    for i in range(10):
        acme.set(f"k{i}", i, px=100_000 if i < 4 else None)
    line = acme.info("keyspace")["db0"]
    assert line["keys"] == 10 and line["expires"] == 4
    assert 90_000 < line["avg_ttl"] <= 100_000


def test_info_is_remembered_for_a_while(fresh):
    stack = fresh()
    acme = stack.proxy.client()
    acme.set("a", 1)
    acme.info()
    before = stack.redis.client().info("commandstats")["cmdstat_scan"]["calls"]
    for _ in range(20):
        acme.info()
    assert stack.redis.client().info("commandstats")["cmdstat_scan"]["calls"] == before


def test_slowlog_shows_commands_that_the_backend_carried_out(fresh):
    acme = fresh(extra="limits: { slowlog_slower_than: 0 }\n").proxy.client()
    acme.set("a", "1")
    acme.get("a")
    commands = [entry["command"] for entry in acme.slowlog_get(100)]
    assert b"SET a 1" in commands and b"GET a" in commands
