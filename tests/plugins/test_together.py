"""How the checks are dealt out to the workers of xdist."""

import json
import tomllib

import pytest

from fixtures.plugins.together import TABLE, Units
from tests.plugins.inner import BOTH, GREEN

ROOT = TABLE.parents[1]


def test_every_file_of_the_table_exists_and_is_named_once():
    entries = tomllib.loads(TABLE.read_text(encoding="utf-8"))["together"]
    files = [file for entry in entries for file in entry["files"]]
    assert [file for file in files if not (ROOT / file).is_file()] == []
    assert len(files) == len(set(files))
    assert len({entry["name"] for entry in entries}) == len(entries)


def test_checks_of_one_unit_have_one_name_and_all_others_that_of_their_file(tmp_path):
    table = tmp_path / "together.toml"
    table.write_text(
        '[[together]]\nname = "first"\nfiles = ["b.py"]\n'
        '[[together]]\nname = "second"\nfiles = ["a.py", "c.py"]\n'
    )
    units = Units(table)
    assert units.of("b.py::test[x::y]") == (0, "first")
    assert units.of("c.py::test") == units.of("a.py::test") == (1, "second")
    assert units.of("d/e.py::test[1]") == (2, "d/e.py")


@pytest.mark.parametrize(
    ("dealing", "workers"), [((), {1}), (("--dist", "each"), {2})], ids=["ours", "asked-for"]
)
def test_checks_of_one_file_run_in_one_worker_unless_another_way_is_asked_for(
    project, dealing, workers
):
    project.suite(GREEN, "test_a")
    project.suite(GREEN, "test_b")
    project.profile(BOTH)
    outcome = project.run("-n", "2", *dealing)
    ran = {}
    for file in outcome.run.glob("evidence-*.jsonl"):
        for line in file.read_text(encoding="utf-8").splitlines():
            entry = json.loads(line)
            if entry["kind"] == "finished":
                ran.setdefault(entry["check"].partition("::")[0], set()).add(file.name)
    assert set(ran) == {"suites/test_a.py", "suites/test_b.py"}
    assert {len(each) for each in ran.values()} == workers
