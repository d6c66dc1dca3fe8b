from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import reports
from contracts.statuses import Status
from fixtures.plugins import plan

PROFILE = SimpleNamespace(name="t", release=SimpleNamespace(commit="c" * 40), own_releases={})
tricky = st.text(st.sampled_from('ab"\\,{}[]:\n é') | st.characters(codec="utf-8"), max_size=12)
TITLES = ['", "status": "passed"', "x\\", '\n"items": [\n {}\n]', ', "status": "go', "]\n}"]
entries = st.lists(
    st.fixed_dictionaries(
        {
            "id": tricky,
            "title": tricky | st.sampled_from(TITLES),
            "status": st.sampled_from([status.value for status in Status]),
            "results": st.lists(st.fixed_dictionaries({"status": st.just("passed")}), max_size=1),
        }
    ),
    max_size=4,
)


def earlier(folder: Path, **verdict):
    run = folder / "20260101T000000Z-t-aaaaaa"
    run.mkdir(exist_ok=True)
    document = {
        "run_id": run.name,
        "release": {"commit": "c" * 40},
        "own_releases": {},
        "fault": None,
        "verdict": "no-go",
        "items": [],
        "problems": ['\n"items": [\n'],
        **verdict,
    }
    reports.write_json(run / "verdict.json", document)
    return plan._earlier(folder / "20260102T000000Z-t-bbbbbb", PROFILE)


@given(items=entries)
@settings(deadline=None, derandomize=True)
def test_what_failed_earlier_is_read_from_the_lines_as_from_the_whole(tmp_path_factory, items):
    found = earlier(tmp_path_factory.mktemp("runs"), items=items)
    blocking = [item["id"] for item in items if Status(item["status"]).blocks]
    assert [row["failed"] for row in found] == [blocking]


@pytest.mark.parametrize(
    "verdict",
    [
        {"verdict": "go"},
        {"fault": "MA-POST-01"},
        {"release": {"commit": "d" * 40}},
        {"own_releases": {"nctool": {"commit": "c" * 40}}},
        {"items": [{"id": "MA-POST-01", "status": "unheard-of"}]},
        {"items": [{"id": "MA-POST-01"}]},
    ],
    ids=["passed", "with-a-fault", "other-release", "other-system", "unknown-word", "no-status"],
)
def test_other_earlier_runs_are_passed_over(tmp_path, verdict):
    assert earlier(tmp_path, **verdict) == []
