import math
from datetime import UTC, datetime, timedelta

import pytest

from fixtures.probes.availability import Probe, around, outage_s, read_record, silences

START = datetime(2026, 11, 20, 10, tzinfo=UTC)


def probes(*statuses, kind="read", every=1.0):
    return [
        Probe(kind, START + timedelta(seconds=every * number), status)
        for number, status in enumerate(statuses)
    ]


def both(*statuses, **more):
    return sorted(
        [*probes(*statuses, **more), *probes(*statuses, kind="write", **more)], key=lambda p: p.at
    )


@pytest.mark.parametrize(
    ("status", "failed"), [(200, False), (409, False), (500, True), (503, True), (None, True)]
)
def test_a_refusal_with_reason_is_an_answer(status, failed):
    assert probes(status)[0].failed is failed


def test_a_period_is_judged_with_the_probes_around_it():
    found = around(
        both(*[200] * 10), START + timedelta(seconds=3.5), START + timedelta(seconds=4.2)
    )

    assert [(p.kind, (p.at - START).seconds) for p in found] == [
        ("read", 3), ("write", 3), ("read", 4), ("write", 4), ("read", 5), ("write", 5),
    ]  # fmt: skip


def test_what_nobody_watched_is_noticed():
    end = START + timedelta(seconds=9)

    assert silences(both(*[200] * 10), START, end) == []
    assert silences(probes(*[200] * 10), START, end) == ["no write was probed"]
    assert silences(both(*[200] * 5), START, end)
    assert len(silences(both(200, 200, every=9), START, end)) == 2


def test_an_outage_lasts_until_the_next_good_answer():
    assert outage_s(both(200, 200)) == 0
    assert outage_s(probes(200, 503, None, 200)) == 2
    assert outage_s(probes(200, 503)) == math.inf


def test_a_record_is_read_by_time_or_refused():
    line = {"at": "2026-11-20T10:00:00.000Z", "kind": "read", "status": 200, "error": None}
    earlier = {**line, "at": "2026-11-20T09:00:00.000Z", "status": None, "error": "refused"}

    assert [probe.status for probe in read_record([line, earlier])] == [None, 200]
    for wrong in ({**line, "at": "soon"}, {**line, "status": "200"}, {"at": line["at"]}):
        with pytest.raises(ValueError, match="line 1 is no probe"):
            read_record([wrong])
