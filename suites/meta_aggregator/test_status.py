"""The status endpoint: its shape, its figures against limits and measurements, its escrow entry."""

import pytest

from fixtures.clients.sampling import sampled
from fixtures.probes.addresses import is_development_contract
from fixtures.probes.samples import mean
from fixtures.probes.service_report import read_status, status_problems

SAMPLE = 20


def read(api):
    """The figures of the status page, and the reply they stand in."""
    reply = api.status()
    assert reply.status == 200, reply.explain("status 200")
    assert status_problems(reply.json()) == [], reply.explain("the documented status body")
    return read_status(reply.json()), reply


@pytest.mark.item("MA-POST-05")
def test_the_status_endpoint_has_the_documented_shape(api, evidence):
    """The status body has every documented block, with each figure in its documented unit.

    Dashboards and alarms read these fields; a block that is gone silences them.
    """
    reply = api.status()
    assert reply.status == 200, reply.explain("status 200")
    problems = status_problems(reply.json())
    evidence.observe(status_pages_read=1, problems=problems)
    assert problems == [], reply.explain("the documented body") + "\n" + "\n".join(problems)


@pytest.mark.item("MA-POST-06")
def test_the_reported_latency_and_errors_keep_their_limits_and_are_true(api, limits, evidence):
    """By its own figures the service is healthy, fast and free of errors, and so it measures.

    A figure that is good because it measures nothing is worse than none.
    """
    replies = sampled(lambda: api.orders(limit=1), SAMPLE, at_once=2)
    status, reply = read(api)
    measured_ms = round(1000 * mean([one.elapsed_s for one in replies]), 1)
    understated_ms = measured_ms - status.response_time_ms
    evidence.observe(
        requests_measured=len(replies),
        measured_ms=measured_ms,
        response_time_avg_ms=status.response_time_ms,
        error_rate_pct=status.error_rate_pct,
    )
    assert status.api == "healthy", reply.explain('api.status "healthy"')
    for metric, value in (
        ("api.response_time_avg_ms", status.response_time_ms),
        ("api.response_time_avg_ms", measured_ms),
        ("api.error_rate_pct", status.error_rate_pct),
        ("api.response_time_understated_ms", understated_ms),
    ):
        limit = limits[metric]
        assert limit.holds(value), reply.explain(limit.explain(value))


@pytest.mark.item("MA-POST-07")
def test_the_reported_database_figures_keep_their_limits(api, limits, evidence):
    """The database is healthy, has connections, and answers quickly by the service's own figures.

    Slow queries are the first sign of a missing index or a failing volume.
    """
    limit = limits["database.query_time_avg_ms"]
    queries = sampled(lambda: api.orders(limit=1), SAMPLE, at_once=2)
    status, reply = read(api)
    evidence.observe(
        queries_caused=len(queries),
        connections=status.connections,
        query_time_avg_ms=status.query_time_ms,
    )
    assert status.database == "healthy", reply.explain('database.status "healthy"')
    assert status.connections > 0, reply.explain("at least one open connection")
    assert limit.holds(status.query_time_ms), reply.explain(limit.explain(status.query_time_ms))


@pytest.mark.item("MA-POST-08")
def test_the_escrow_entry_agrees_with_the_chain(api, chain, limits, evidence):
    """The escrow on the status page is a real contract of the target chain, with its real balance.

    The sample in the documents shows the first contract of a developer's chain; an app that still
    points there shows figures of nothing.
    """
    limit = limits["escrow_balance_deviation_pct"]
    before = chain.block_number()
    status, reply = read(api)
    blocks = [status.block] if status.block else range(before, chain.block_number() + 1)[-20:]
    code = chain.code(status.escrow_address)
    held = {block: chain.balance(status.escrow_address, block) for block in blocks}
    deviation_pct = min(
        100 * abs(status.balance_wei - wei) / wei if wei else 100 * float(status.balance_wei > 0)
        for wei in held.values()
    )
    evidence.observe(blocks_compared=len(held), code_bytes=len(code), deviation_pct=deviation_pct)

    development = is_development_contract(status.escrow_address)
    assert not development, reply.explain("an escrow that is not a development address")
    assert code, reply.explain(f"a contract on chain {chain.chain_id()}")
    assert status.escrow_state == "active", reply.explain('status "active"')
    shown = reply.explain(f"{limit.explain(deviation_pct)}; the chain has {held} wei")
    assert limit.holds(deviation_pct), shown
