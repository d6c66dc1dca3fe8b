from types import SimpleNamespace

import pytest

from contracts.catalogue import load
from fixtures.plugins import index
from fixtures.plugins.catalogue import _INDEX, wanted_systems
from fixtures.plugins.options import GATEHOUSE


@pytest.fixture
def wanted():
    """The systems that a command line wants."""

    def of(expression="", *paths, faults=()):
        gatehouse = SimpleNamespace(catalogue=load(), faults=faults)
        stash = {GATEHOUSE: gatehouse, _INDEX: {check.node: check for check in index.checks()}}
        config = SimpleNamespace(
            stash=stash,
            args=list(paths) or ["suites"],
            getoption=lambda name: expression if name == "markexpr" else None,
        )
        return wanted_systems(config)

    return of


def test_a_selection_of_one_system_wants_no_other(wanted):
    assert wanted("NC-FF-07") == ("nctool",)
    assert wanted("MA-POST-01 or MA-POST-02") == ("meta_aggregator",)
    assert wanted("MA-POST-01 or NC-FF-07") == ("meta_aggregator", "nctool")


def test_without_a_selection_every_system_is_wanted(wanted):
    assert set(wanted()) >= {"meta_aggregator", "nctool"}
    assert set(wanted("predeploy")) >= {"meta_aggregator", "nctool"}


def test_a_node_id_wants_its_own_system(wanted):
    node = "suites/nctool/test_flags.py::test_something"
    assert wanted("", node) == ("nctool",)
    assert wanted("", node, "suites/meta_aggregator/test_health.py") == (
        "meta_aggregator",
        "nctool",
    )
    assert set(wanted("", node, "suites")) >= {"meta_aggregator", "nctool"}


def test_the_system_of_a_fault_is_always_wanted(wanted):
    assert wanted("MA-POST-01", faults=("NC-FF-07",)) == ("meta_aggregator", "nctool")
