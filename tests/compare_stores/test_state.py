"""Unfinished work goes on from what was kept, or says why it cannot."""

import pytest

from fixtures.clients.token_stores.model import SourceError
from fixtures.compare_stores.state import State
from fixtures.probes.migration.layout import Layout
from fixtures.probes.migration.ledger import Bounds
from fixtures.probes.migration.summary import Summary
from tests.probes.migration.stores import KEY, LAYOUT, alike, encoded, store

FEW = Bounds(rows=8, key_bytes=300, remembered=8, runs=3)


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "taken.zip.part"


def begun(folder, made):
    state = State(folder)
    summary = Summary(LAYOUT, KEY, state.shelf, FEW)
    summary.add(encoded(made))
    return state, summary


def whole(made):
    summary = Summary(LAYOUT, KEY)
    summary.add(encoded(made))
    return summary


@pytest.mark.parametrize("later", [0, 1, 90], ids=["nothing", "a document", "many runs"])
def test_what_was_kept_comes_back_whatever_was_added_later(folder, later):
    """The process is killed after it went on, and had merged and dropped runs."""
    made = store(300)
    state, summary = begun(folder, made[:100])
    state.keep(summary, {"done": [1]})
    summary.add(encoded(made[100:150]))
    state.keep(summary, {"done": [1, 2]})
    summary.add(encoded(made[150 : 150 + later]))
    summary.finish()

    again, about = State(folder).kept(LAYOUT, KEY)

    assert about["done"] == [1, 2]
    assert alike(again, whole(made[:150]))
    again.add(encoded(made[150:]))
    assert alike(again, whole(made))


def test_what_no_state_names_is_removed(folder):
    state, summary = begun(folder, store(100))
    state.keep(summary, {})
    (folder / "rows-of-a-killed-process").write_bytes(b"?")
    named = {path.name for path in folder.iterdir()}

    State(folder).kept(LAYOUT, KEY)

    assert {path.name for path in folder.iterdir()} == named - {"rows-of-a-killed-process"}


def test_files_do_not_pile_up(folder):
    state, summary = begun(folder, store(10))
    for at in range(10, 300, 10):
        state.keep(summary, {})
        summary.add(encoded(store(at + 10)[at:]))

    assert len(list(folder.iterdir())) < 30


def test_nothing_was_kept_where_nothing_is(folder):
    assert State(folder).kept(LAYOUT, KEY) is None


def gone(folder):
    next(folder.glob("keys-*")).unlink()


def cut(folder):
    state = folder / "state.json"
    state.write_bytes(state.read_bytes()[:-10])


def elsewhere(folder):
    state = folder / "state.json"
    state.write_text(state.read_text().replace("sketch-", "sketch-/../../"))


@pytest.mark.parametrize("damage", [gone, cut, elsewhere], ids=["file", "state", "place"])
def test_a_damaged_state_is_refused(folder, damage):
    state, summary = begun(folder, store(100))
    state.keep(summary, {})
    damage(folder)

    with pytest.raises(SourceError, match="Remove it to begin anew"):
        State(folder).kept(LAYOUT, KEY)


def test_a_run_that_was_cut_off_is_noticed(folder):
    state, summary = begun(folder, store(100))
    state.keep(summary, {})
    (run, *_) = folder.glob("sketch-*")
    run.write_bytes(run.read_bytes()[:-1])

    with pytest.raises(SourceError, match="cut off"):
        State(folder).kept(LAYOUT, KEY)


@pytest.mark.parametrize(
    ("layout", "key", "says"),
    [(Layout(), KEY, "another layout"), (LAYOUT, b"x" * 32, "another key")],
    ids=["layout", "key"],
)
def test_it_does_not_go_on_by_another_key_or_layout(folder, layout, key, says):
    state, summary = begun(folder, store(20))
    state.keep(summary, {})

    with pytest.raises(SourceError, match=says):
        State(folder).kept(layout, key)


def test_a_state_of_an_older_version_is_refused(folder):
    folder.write_bytes(b"PK")

    with pytest.raises(SourceError, match="Remove it to begin anew"):
        State(folder)
