"""A snapshot is read again as it was written, or refused with a sentence."""

import pytest

from fixtures.probes.migration.snapshot_file import from_bytes, to_bytes
from fixtures.probes.migration.summary import SnapshotError, Summary
from tests.probes.migration.stores import KEY, LAYOUT, encoded, store


def summed(made):
    summary = Summary(LAYOUT, KEY)
    summary.add(encoded(made))
    return summary


def test_a_snapshot_is_read_again_as_it_was_and_holds_no_key():
    summary = summed(store(200))
    raw = to_bytes(summary, {"taken_at": "2026-01-01T00:00:00Z"})

    again, manifest = from_bytes(raw, KEY)

    assert again.balances() == summary.balances()
    assert not again.difference(summary).table.any()
    assert manifest["taken_at"] == "2026-01-01T00:00:00Z"
    assert KEY not in raw


@pytest.mark.parametrize(
    ("damage", "says"),
    [
        (lambda raw: raw[: len(raw) // 2], "damaged"),
        (lambda raw: raw[:0], "damaged"),
        (lambda raw: raw.replace(b"PK", b"KP"), "damaged"),
    ],
    ids=["cut in half", "empty", "no archive"],
)
def test_a_damaged_snapshot_is_refused(damage, says):
    raw = to_bytes(summed(store(20)), {})

    with pytest.raises(SnapshotError, match=says):
        from_bytes(damage(raw), KEY)


def test_a_snapshot_of_another_key_is_refused():
    raw = to_bytes(summed(store(20)), {})

    with pytest.raises(SnapshotError, match="another key"):
        from_bytes(raw, b"x" * 32)
