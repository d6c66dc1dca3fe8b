"""The catalogue loads whole, and each structural mistake is named by file and line."""

import shutil

import pytest

from contracts.catalogue import DIRECTORY, CatalogueError, Limit, load

ITEM = """
[[item]]
id = "MA-PRE-01"
title = "t"
stages = ["predeploy"]
topic = "readiness"
severity = "high"
automatable = "full"
needs = ["repo"]
how = "h"
bad = "b"
source = ["000:1"]
"""


@pytest.fixture
def catalogue_of(tmp_path):
    def build(*items):
        shutil.copy(DIRECTORY / "vocabulary.toml", tmp_path)
        text = 'format = 1\nsystem = "meta_aggregator"\n' + "".join(items)
        (tmp_path / "meta_aggregator.toml").write_text(text, encoding="utf-8")
        return load(tmp_path)

    yield build
    load.cache_clear()


def test_all_items_of_the_three_documents_are_there():
    counts = {
        system: len(load().of_system(system))
        for system in ("meta_aggregator", "nctool", "clearhold")
    }

    assert counts == {"meta_aggregator": 210, "nctool": 201, "clearhold": 105}


def test_an_item_carries_its_markers_and_place(catalogue_of):
    item = catalogue_of(ITEM).items["MA-PRE-01"]

    assert item.markers == {"predeploy", "readiness", "high", "meta_aggregator"}
    assert item.phase == "PRE"
    assert item.where == "meta_aggregator.toml:4"


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            'topic = "readiness"',
            'topik = "readiness"',
            "meta_aggregator.toml:8: MA-PRE-01: unknown key 'topik'",
        ),
        (
            '["predeploy"]',
            '["predploy"]',
            "meta_aggregator.toml:7: MA-PRE-01: unknown stage 'predploy'",
        ),
        ('"high"', '"hihg"', "unknown severity 'hihg'"),
        ('["repo"]', '["rope"]', "unknown need 'rope'"),
        ('title = "t"', 'title = ""', "'title' must be a non-empty str"),
        ('id = "MA-PRE-01"', 'id = "MA-PRE-1"', "id must be MA-<PHASE>-<two digits>"),
        ('id = "MA-PRE-01"', 'id = "MA-PRR-01"', "unknown phase 'PRR'"),
        ('source = ["000:1"]', 'source = ["999:1"]', "'999:1' is not file:first-last"),
        (
            'bad = "b"',
            'bad = "b"\nlimits = [{ metric = "x", op = "=>", value = 1 }]',
            "unknown comparison '=>'",
        ),
        (
            'bad = "b"',
            'bad = "b"\nlimits = [{ metric = "x", value = 1 }]',
            "a limit needs metric, op and value",
        ),
        ('bad = "b"', 'bad = "b"\nminimum = { orders = 0 }', "must be a number above zero"),
        (
            'bad = "b"',
            'bad = "b"\nattest = { facts = ["x"] }',
            "only an item of manual attestation",
        ),
    ],
)
def test_a_structural_mistake_is_named(catalogue_of, old, new, message):
    assert old in ITEM

    with pytest.raises(CatalogueError) as caught:
        catalogue_of(ITEM.replace(old, new))

    assert message in str(caught.value)


def test_a_duplicate_id_names_both_places(catalogue_of):
    with pytest.raises(CatalogueError, match=r"toml:16: MA-PRE-01 stands twice; first at .*toml:4"):
        catalogue_of(ITEM, ITEM)


def test_all_mistakes_are_reported_at_once(catalogue_of):
    with pytest.raises(CatalogueError) as caught:
        catalogue_of(ITEM.replace("full", "fully"), ITEM.replace("01", "02").replace("high", "x"))

    assert len(caught.value.problems) == 2


def test_a_changed_file_is_read_anew(catalogue_of):
    catalogue_of(ITEM)
    load.cache_clear()

    assert catalogue_of(ITEM.replace('"t"', '"other"')).items["MA-PRE-01"].title == "other"


@pytest.mark.parametrize(
    ("op", "value", "held", "broken"),
    [
        ("==", 0, 0, 1),
        ("<", 500, 499.9, 500),
        ("<=", 5, 5, 5.1),
        (">", 0, 1, 0),
        (">=", 7, 7, 6.9),
        ("in", "1..3", 3, 3.1),
    ],
    ids=lambda value: str(value),
)
def test_a_limit_holds_exactly_within_its_bound(op, value, held, broken):
    limit = Limit("metric", op, value)

    assert limit.holds(held)
    assert not limit.holds(broken)
    for figure in ("nan", "inf", "-inf"):
        assert not limit.holds(float(figure)), figure


@pytest.mark.parametrize("op", ["<", "<="])
@pytest.mark.parametrize("figure", [-1, -0.5])
def test_only_a_difference_keeps_an_upper_bound_below_zero(op, figure):
    limit = Limit("age_days", op, 5)

    assert not limit.holds(figure)
    assert "not below zero, observed -" in limit.explain(figure)
    assert "zero" not in limit.explain(6)
    assert Limit("increase_pct", op, 5, signed=True).holds(figure)
    assert Limit("lost", "==", figure).holds(figure)
