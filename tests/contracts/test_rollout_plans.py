from __future__ import annotations

import pytest

from contracts import rollout_plans
from contracts.catalogue import load as load_catalogue
from contracts.rollout_plans import PlanError

PLANS = rollout_plans.load("nctool")


def test_both_plans_end_with_everybody():
    assert list(PLANS.stages) == ["4.1", "4.2", "4.3", "4.4", "5.1", "5.2", "5.3", "6.1", "6.2"]
    assert list(PLANS.weeks) == [1, 2, 3, 4, 5, 6]
    assert PLANS.percentages[-1] == 100 == PLANS.anonymous_from_percentage


def test_every_share_of_the_catalogue_is_among_the_percentages():
    items = [f"NC-FF-{number}" for number in range(16, 31)]
    shares = {
        limit.value
        for item in items
        for limit in load_catalogue().items[item].limits
        if limit.metric.endswith("rolloutPercentage")
    }
    assert shares - {0} == set(PLANS.percentages)


@pytest.mark.parametrize(
    ("change", "named"),
    [
        pytest.param(lambda text: text.replace("[5, 10,", "[10, 5,"), "ascend", id="order"),
        pytest.param(lambda text: text.replace("number = 6", "count = 6"), "count", id="unknown"),
        pytest.param(lambda text: text.split("[[week]]")[0], "week", id="no weeks"),
        pytest.param(lambda text: text + "oops", "cannot be read", id="no TOML"),
        pytest.param(
            lambda text: text.replace('feature = "atomicMelt', 'feature = "atomicMlet'),
            "atomicMlet",
            id="misspelt feature",
        ),
    ],
)
def test_plans_that_cannot_be_used_are_named(tmp_path, change, named):
    path = tmp_path / "plans.toml"
    path.write_text(change((rollout_plans.FOLDER / "nctool.toml").read_text("utf-8")), "utf-8")
    with pytest.raises(PlanError, match=named):
        rollout_plans.read(path)
