from __future__ import annotations

import pytest

from fixtures.reference.defects import NONE, Defects
from fixtures.reference.nctool.facts import DATABASE
from fixtures.reference.nctool.flag_defaults import environments, initial
from fixtures.reference.nctool.service.flag_rules import FEATURES, FlagRules

TIERS = ("development", "staging", "preproduction", "production")


@pytest.mark.parametrize("tier", TIERS)
def test_a_deployment_writes_every_feature_and_nothing_that_would_be_refused(tier):
    rows = initial(tier, NONE)
    assert [row["name"] for row in rows] == list(FEATURES)
    assert not [text for row in rows for text in FlagRules(NONE).problems_of_stored(row)]


def test_the_tiers_differ_only_in_development():
    staging, preproduction, production = (initial(tier, NONE) for tier in TIERS[1:])
    assert staging == preproduction == production
    assert all(row["rolloutPercentage"] == 100 for row in initial("development", NONE))


def test_every_environment_has_a_database_of_its_own():
    listed = environments()
    assert len({one["database"] for one in listed}) == len(listed)
    assert [one["tier"] for one in listed] == sorted(
        (one["tier"] for one in listed), key=TIERS.index
    )
    assert listed[-1] == {"tier": "production", "database": DATABASE}


@pytest.mark.parametrize("item", ["NC-FF-01", "NC-FF-02", "NC-FF-03", "NC-FF-44"])
def test_a_faulty_deployment_writes_other_rows(item):
    faulty = Defects.for_items([item])
    assert any(initial(tier, faulty) != initial(tier, NONE) for tier in TIERS)
