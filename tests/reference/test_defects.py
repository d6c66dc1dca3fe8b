from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from contracts.catalogue import load
from fixtures.reference import defects
from fixtures.reference.chain.variants import variants
from fixtures.reference.defects import Defects

REFERENCE = Path(defects.__file__).parent
PHASES = {
    **{"MA-PRE": 16, "MA-DEP": 7, "MA-POST": 27, "MA-MIG": 4, "MA-SIG": 10, "MA-SC": 22},
    **{"MA-SEC": 17, "NC-PRE": 23, "NC-DEP": 15, "NC-POST": 24, "NC-MIG": 25, "NC-FF": 44},
    **{"NC-SEC": 3, "NC-REC": 3},
}
READ = re.compile(r"defects\.on\(\s*\"(\w+)\"")


def read_switches() -> set[str]:
    every = REFERENCE.rglob("*.py")
    sources = [path for path in every if path.name != "defects.py"]
    return {name for path in sources for name in READ.findall(path.read_text("utf-8"))}


def test_every_item_of_these_phases_has_a_fault():
    expected = {f"{phase}-{n:02d}" for phase, count in PHASES.items() for n in range(1, count + 1)}
    assert expected <= set(defects.table()) <= set(load().items)


def chosen_by_name() -> set[str]:
    """Switches that stand in a table of variants: of files of a release, or of a tool's steps."""
    tables = [path for path in REFERENCE.rglob("*.toml") if path.parent.name != "faults"]
    sources = [path for path in REFERENCE.rglob("*.py") if "checkout" not in path.parts]
    text = "\n".join(p.read_text("utf-8") for p in (*tables, *sources) if p != defects.TABLE)
    words = set(re.findall(r"\w+", text))
    return words & defects.known_switches()


def test_every_switch_of_the_table_is_read_somewhere():
    found = read_switches() | set(variants()) | chosen_by_name()
    assert set(defects.known_switches()) - found == set()


def test_every_switch_that_is_read_is_in_the_table():
    assert read_switches() - set(defects.known_switches()) == set()


def test_a_fault_switches_on_its_defect_and_no_other():
    active = Defects.for_items(["MA-POST-03"])
    assert active.on("health_body_cached")
    assert not active.on("bare_health_path_missing")
    assert not Defects().active


def test_an_unknown_switch_or_item_is_named_at_once():
    with pytest.raises(KeyError, match="no_such_switch"):
        Defects().on("no_such_switch")
    with pytest.raises(KeyError, match="MA-XX-99"):
        Defects.for_items(["MA-XX-99"])


def test_a_row_of_the_table_says_what_is_changed():
    rows = tomllib.loads(defects.TABLE.read_text("utf-8"))
    assert all(len(row["what"]) > 30 for row in rows.values())
