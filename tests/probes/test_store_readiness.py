import math
from datetime import UTC, datetime, timedelta

from fixtures.probes.store_readiness import FLAGS, free_pct, index_builds, lags, unready

NOW = datetime(2026, 11, 20, tzinfo=UTC)


def member(name, state, behind_s=0.0):
    return {"name": name, "stateStr": state, "optimeDate": NOW - timedelta(seconds=behind_s)}


def test_lag_is_measured_against_the_primary():
    status = {
        "members": [member("a", "PRIMARY"), member("b", "SECONDARY", 3), member("c", "ARBITER")]
    }

    assert lags(status) == {"b": 3.0}


def test_a_member_that_is_away_is_infinitely_late():
    assert lags({"members": [member("a", "PRIMARY"), member("b", "RECOVERING")]}) == {"b": math.inf}
    assert lags({"members": [member("b", "SECONDARY")]}) == {"b": math.inf}
    assert lags({}) == {}


def test_free_space_is_that_of_the_volume():
    assert free_pct({"fsTotalSize": 200.0, "fsUsedSize": 150.0}) == 25
    assert free_pct({"freeStorageSize": 900.0, "storageSize": 1000.0}) is None
    assert free_pct({"fsTotalSize": 0, "fsUsedSize": 0}) is None


def test_a_flag_counts_with_a_time_before_the_migration():
    ready = {"ready": True, "at": "2026-11-19T00:00:00Z"}
    whole = {"flags": dict.fromkeys(FLAGS, ready)}

    assert unready(whole, NOW) == []
    assert len(unready({}, NOW)) == len(FLAGS)
    for wrong in (
        {"ready": False, "at": "2026-11-19T00:00:00Z"},
        {"ready": True, "at": "2026-11-21T00:00:00Z"},
        {"ready": True, "at": "2026-11-19T00:00:00"},
        {"ready": True, "at": None},
        {"ready": 1, "at": "2026-11-19T00:00:00Z"},
        True,
    ):
        assert len(unready({"flags": {**whole["flags"], FLAGS[2]: wrong}}, NOW)) == 1, wrong


def test_an_index_build_in_progress_is_noticed():
    quiet = {"inprog": [{"ns": "admin.$cmd", "command": {"currentOp": 1}}, {"ns": "n.t"}]}
    busy = {"inprog": [{"ns": "n.t", "command": {"createIndexes": "t"}, "msg": "Index Build: 4/9"}]}

    assert index_builds(quiet) == []
    assert index_builds(busy) == ["n.t Index Build: 4/9"]
