"""The order book's store: its connections stay up, and its queries stay fast."""

import pytest

from fixtures.clients.sampling import sampled
from fixtures.probes.samples import mean, quantile
from fixtures.probes.service_report import read_status, status_problems

CONNECTIONS = 50
CHECKS = 5
REPETITIONS = 7
ENOUGH_MS = 2000
QUERIES = {
    "newest orders": "SELECT * FROM orders ORDER BY created_at DESC, id DESC LIMIT 50",
    "open orders of a pair": "SELECT * FROM orders WHERE status = 'open' "
    "AND sell_token = :sell_token AND buy_token = :buy_token ORDER BY created_at LIMIT 50",
    "orders of a maker": "SELECT * FROM orders WHERE maker = :maker "
    "ORDER BY created_at DESC LIMIT 50",
}


@pytest.mark.item("MA-POST-12")
def test_the_database_takes_every_connection(api, operations, limits, evidence):
    """Every attempt to connect to the store and to check it succeeds, and no connection leaks.

    One failure in ten is invisible to a single probe, and an outage to one user in ten.
    """
    before = _open_connections(api)
    attempts = sampled(lambda: operations.run("test_db_connection"), CONNECTIONS, at_once=2)
    attempts += sampled(lambda: operations.run("check_database"), CHECKS)
    growth = _open_connections(api) - before
    failed = [attempt for attempt in attempts if not attempt.ok]
    evidence.observe(
        connection_attempts=len(attempts), connection_failures=len(failed), growth=growth
    )
    shown = failed[0].explain() if failed else ""
    limit = limits["connection_failures"]
    assert limit.holds(len(failed)), f"{limit.explain(len(failed))} of {len(attempts)}\n{shown}"
    limit = limits["open_connections_growth"]
    assert limit.holds(growth), limit.explain(growth)


@pytest.mark.item("MA-POST-14")
def test_the_order_queries_are_as_fast_as_before(
    order_book, operations, baseline, limits, evidence
):
    """The queries that the API lives on keep their limit, and are not slower than they were.

    A missing index shows with the size of the real book only, and nowhere else.
    """
    newest = order_book.query("SELECT sell_token, buy_token, maker FROM orders LIMIT 1").as_dicts()
    if not newest:
        evidence.inconclusive("the order book is empty, so its queries take no time")
    times_ms = {name: _times_ms(order_book, sql, newest[0]) for name, sql in QUERIES.items()}
    own_tool = operations.run("db_performance")
    average, slowest = max((round(mean(times), 1), name) for name, times in times_ms.items())
    p95 = round(max(quantile(times, 0.95) for times in times_ms.values()), 1)
    slower = max(average - baseline["orders_query_ms"], p95 - baseline["orders_query_p95_ms"])
    timed = sum(map(len, times_ms.values()))
    evidence.observe(queries_timed=timed, average_ms=average, p95_ms=p95, slower_ms=slower)

    limit = limits["db_query_ms"]
    assert limit.holds(average), f"{slowest}, average: {limit.explain(average)}"
    assert limit.holds(p95), f"one query in twenty: {limit.explain(p95)}"
    limit = limits["db_query_slower_ms"]
    assert limit.holds(slower), f"{slowest}, against the baseline: {limit.explain(slower)}"
    assert own_tool.ok, own_tool.explain()


def _times_ms(order_book, sql, values):
    """How long a query takes, several times; a very slow one needs no repetition to be judged."""
    times = []
    while len(times) < REPETITIONS and sum(times) < ENOUGH_MS:
        times.append(1000 * order_book.query(sql, values).duration_s)
    return times


def _open_connections(api):
    """How many connections the service says it has open."""
    reply = api.status()
    assert reply.status == 200, reply.explain("status 200")
    assert status_problems(reply.json()) == [], reply.explain("the documented status body")
    return read_status(reply.json()).connections
