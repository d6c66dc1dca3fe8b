"""What the embedded nctool starts its pods with, and what is wrong with a node."""

from types import SimpleNamespace

import pytest

from fixtures.reference.defects import NONE, Defects
from fixtures.reference.nctool.cluster import Template
from fixtures.reference.nctool.facts import Facts
from fixtures.reference.nctool.rollout import NODES, namespace_of, template, workload
from fixtures.reference.nctool.service.settings import Settings

FACTS = Facts(commit="a" * 40, previous_commit="b" * 40)


class Pods:
    """Notes what pods are started with, and starts none."""

    def __init__(self):
        self.settings = []
        self.killed = 0

    def start(self, _, chosen):
        self.settings.append(chosen)
        return SimpleNamespace(settings=chosen, kill=self._kill)

    def _kill(self):
        self.killed += 1


def settings(instance="nctool", tier="production"):
    return Settings(
        instance=instance, pod="", port=4711, store_url="mongodb://store", database="d",
        version=FACTS.version, commit=FACTS.commit, admin_key="k", log_path="", tier=tier,
        mint_url="http://mint",
    )  # fmt: skip


def started(tmp_path, defects=NONE, node=NODES[1], version=FACTS.version, **given):
    pods = Pods()
    work = workload(settings(**given), FACTS, 2, pods, tmp_path, defects)
    work.start("nctool-a-b", Template(template(version, "production", defects)), node)
    return pods


def test_a_pod_runs_the_version_of_its_template(tmp_path):
    new = started(tmp_path).settings[0]
    old = started(tmp_path, version=FACTS.previous_version).settings[0]

    assert (new.version, new.commit) == (FACTS.version, FACTS.commit)
    assert (old.version, old.commit) == (FACTS.previous_version, FACTS.previous_commit)
    assert new.features_on == ()


@pytest.mark.parametrize(
    ("item", "field", "value"),
    [
        ("NC-DEP-08", "admin_key", ""),
        ("NC-DEP-13", "store_url", "mongodb://127.0.0.1:9/?directConnection=true"),
        ("NC-DEP-04", "mint_url", "http://127.0.0.1:9"),
    ],
)
def test_what_is_wrong_with_a_node_concerns_its_own_pods_of_production(
    tmp_path, item, field, value
):
    defects = Defects.for_items([item])

    assert getattr(started(tmp_path, defects).settings[0], field) == value
    for other in ({"node": NODES[0]}, {"instance": "staging-1", "tier": "staging"}):
        assert getattr(started(tmp_path, defects, **other).settings[0], field) != value


def test_a_variable_of_the_manifest_switches_a_feature_on(tmp_path):
    chosen = started(tmp_path, Defects.for_items(["NC-DEP-01"])).settings[0]

    assert chosen.features_on == ("atomicMeltOperations",)


def test_a_node_without_memory_ends_what_starts_there(tmp_path):
    assert started(tmp_path, Defects.for_items(["NC-DEP-02"])).killed == 1


def test_the_label_is_what_people_select_by():
    honest = template(FACTS.version, "production", NONE)
    renamed = template(FACTS.version, "production", Defects.for_items(["NC-DEP-03"]))

    assert honest["metadata"]["labels"]["app"] == "nctool"
    assert renamed["metadata"]["labels"]["app"] != "nctool"


def test_every_instance_has_a_namespace_of_its_own():
    assert namespace_of("nctool") == "nctool"
    assert namespace_of("staging-1") == "nctool-staging-1"


def test_settings_say_what_is_missing():
    assert settings().missing() == []
    assert Settings.from_json({**settings().as_json(), "admin_key": ""}).missing() == ["admin_key"]
