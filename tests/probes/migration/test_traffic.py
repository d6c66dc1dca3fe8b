"""What a document tells of its own time."""

import datetime as dt

import bson
import pytest

from fixtures.probes.migration.differences import DocumentChange
from fixtures.probes.migration.identities import identity_words
from fixtures.probes.migration.layout import Layout
from fixtures.probes.migration.traffic import BROKEN, UNCERTAIN, WRITTEN, Traffic, Window, times
from tests.probes.migration.stores import KEY

MOMENT = dt.datetime(2026, 5, 1, 12, tzinfo=dt.UTC)
AT = MOMENT.timestamp()
WINDOW = Window(AT, AT + 1)
LAYOUT = Layout(created=("created_at",), updated=("updated_at",), skew_s=5)


@pytest.mark.parametrize(
    "told",
    [MOMENT, bson.ObjectId(f"{int(AT):08x}" + "0" * 16), "2026-05-01T14:00:00+02:00"],
    ids=["date", "ObjectId", "ISO text"],
)
def test_a_time_is_read_in_every_form(told):
    assert list(times(bson.encode({"a": 1, "t": told}), ["t"])) == [AT]


@pytest.mark.parametrize("told", ["2026-05-01T14:00:00", "soon", 5, None], ids=repr)
def test_what_is_no_certain_time_is_none(told):
    assert list(times(bson.encode({"t": told}), ["t"])) == []


def judged(kind, later_s, window=WINDOW, **fields):
    raw = bson.encode({"_id": 1, "created_at": MOMENT + dt.timedelta(seconds=later_s), **fields})
    sides = {"new": (None, ("a",)), "lost": (("a",), None), "changed": (("a",), ("a",))}
    change = DocumentChange(identity_words(b"\x10_id\0\1\0\0\0"), *sides[kind])
    return Traffic(LAYOUT, KEY, window).judge(change, raw if kind != "lost" else None)


@pytest.mark.parametrize(
    ("later_s", "verdict"),
    [(-60, BROKEN), (-5.1, BROKEN), (-4.9, UNCERTAIN), (5.9, UNCERTAIN), (6.1, WRITTEN)],
)
def test_a_new_document_is_judged_by_its_time(later_s, verdict):
    assert judged("new", later_s).verdict == verdict


def test_a_lost_document_has_no_excuse():
    assert judged("lost", 0).verdict == BROKEN


def test_without_the_time_of_the_snapshot_nothing_is_concluded():
    assert judged("new", 60, window=None).verdict == UNCERTAIN


def test_what_may_be_written_has_to_be_said():
    later = MOMENT + dt.timedelta(seconds=60)

    assert judged("changed", 0, updated_at=later).verdict == UNCERTAIN


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"writable": ("status",)}, "updated"),
        ({"writable": ("proofs.amount",), "updated": ("u",)}, "must stay"),
        ({"changeable": ("u",), "updated": ("u",)}, "must stay"),
    ],
    ids=["no time", "amounts", "a time that the migration changes"],
)
def test_a_layout_that_could_hide_a_loss_is_refused(options, says):
    with pytest.raises(ValueError, match=says):
        Layout(**options)
