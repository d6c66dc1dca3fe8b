import copy
from datetime import UTC, datetime

import pytest

from fixtures.probes.service_report import (
    ether_in_wei,
    health_problems,
    milliseconds,
    percent,
    read_status,
    status_problems,
    utc_time,
)

HEALTH = {
    "status": "healthy",
    "timestamp": "2026-01-02T03:04:05Z",
    "version": "2.0.0",
    "dependencies": {
        "database": "healthy",
        "external_apis": "healthy",
        "smart_contracts": "healthy",
    },
}
STATUS = {
    "api": {"status": "healthy", "response_time_avg": "150ms", "error_rate": "0.1%"},
    "database": {"status": "healthy", "connections": 45, "query_time_avg": "25ms"},
    "contracts": {
        "escrow_contract": {"address": "0x" + "aB" * 20, "status": "active", "balance": "10.5 ETH"}
    },
}


def without(body, path):
    body = copy.deepcopy(body)
    *parents, last = path.split(".")
    place = body
    for name in parents:
        place = place[name]
    del place[last]
    return body


def test_figures_are_read_with_their_unit():
    assert milliseconds("150ms") == 150
    assert milliseconds("0.5ms") == 0.5
    assert percent("0.1%") == 0.1
    assert ether_in_wei("10.5 ETH") == 10_500_000_000_000_000_000
    assert ether_in_wei("0.000000000000000001 ETH") == 1


@pytest.mark.parametrize(
    ("read", "text"),
    [
        (milliseconds, "150"),
        (milliseconds, "0.15s"),
        (milliseconds, "150 ms"),
        (milliseconds, "-1ms"),
        (milliseconds, "nanms"),
        (milliseconds, 150),
        (percent, "0.1"),
        (percent, "0,1%"),
        (ether_in_wei, "10.5"),
        (ether_in_wei, "10.5 wei"),
        (ether_in_wei, "0.0000000000000000001 ETH"),
        (ether_in_wei, None),
    ],
    ids=lambda value: getattr(value, "__name__", None) or repr(value),
)
def test_a_figure_without_its_unit_is_no_number(read, text):
    with pytest.raises(ValueError, match=r"expected|decimals"):
        read(text)


def test_times_are_utc():
    assert utc_time("2026-01-02T03:04:05.250Z") == datetime(2026, 1, 2, 3, 4, 5, 250_000, UTC)
    for text in ("2026-01-02T03:04:05+02:00", "2026-01-02 03:04:05Z", "2026-01-02", "", 5):
        with pytest.raises(ValueError, match="UTC"):
            utc_time(text)


def test_the_documented_bodies_have_no_problem():
    assert health_problems(HEALTH) == []
    assert status_problems(STATUS) == []


@pytest.mark.parametrize(
    "path", ["status", "timestamp", "version", "dependencies", "dependencies.external_apis"]
)
def test_every_part_of_the_health_page_is_missed(path):
    (problem,) = health_problems(without(HEALTH, path))
    assert problem.startswith(path)


@pytest.mark.parametrize(
    "path",
    ["api", "api.error_rate", "database.connections", "contracts", "contracts.escrow_contract"],
)
def test_every_part_of_the_status_page_is_missed(path):
    (problem,) = status_problems(without(STATUS, path))
    assert path in problem


@pytest.mark.parametrize("body", [None, [], "healthy", 5])
def test_a_body_that_is_no_object_is_a_problem(body):
    assert health_problems(body)
    assert status_problems(body)


def test_status_figures_become_numbers():
    status = read_status(STATUS)
    assert (status.response_time_ms, status.error_rate_pct, status.query_time_ms) == (150, 0.1, 25)
    assert status.balance_wei == 105 * 10**17
    assert status.block is None
    with pytest.raises(ValueError, match="connections"):
        read_status(without(STATUS, "database.connections"))
