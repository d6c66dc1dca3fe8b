import hashlib
import json
import tomllib
from datetime import datetime

import pytest

from contracts.catalogue import load
from fixtures.plugins import index
from fixtures.reference.defects import NONE, Defects
from fixtures.reference.meta_aggregator import records
from fixtures.reference.meta_aggregator.facts import Site
from tests.reference.meta_aggregator.release_site import with_checkout


def written(tmp_path, *items):
    facts = with_checkout(tmp_path, NONE)
    site = Site(tmp_path)
    records.write(site, facts, Defects.for_items(items))
    loaded = tomllib.loads(site.attestations.read_text())
    return site, facts, {entry["item"]: entry for entry in loaded["attestation"]}


def test_every_manual_item_is_attested_for_the_release_commit(tmp_path):
    _, facts, found = written(tmp_path)
    items = [item for item in load().items.values() if item.system == "meta_aggregator"]
    manual = {item.id for item in items if item.manual}
    judged = {item for check in index.checks() for item in check.items}
    assert set(found) == manual & judged | {"MA-PRE-06", "MA-PRE-10", "MA-POST-16"}
    for entry in found.values():
        assert entry["commit"] == facts.commit
        assert entry["date"] < entry["expires"]
        assert entry["by"].endswith(".example>")


def test_facts_fit_the_deployment(tmp_path):
    _, facts, found = written(tmp_path)
    assert found["MA-PRE-06"]["facts"]["open_critical_findings"] == 0
    assert found["MA-PRE-10"]["facts"]["sent_at"] < facts.window_start
    assert found["MA-POST-16"]["facts"]["sent_at"] > facts.verified_at
    plan = Site(tmp_path).checkout / found["MA-PRE-09"]["facts"]["plan"]
    assert plan.is_file()
    for document in found["MA-PRE-16"]["facts"]["reconfirmed"]:
        assert (Site(tmp_path).checkout / document).is_file()


def test_staging_verdict_is_a_go_for_the_release_commit(tmp_path):
    site, facts, _ = written(tmp_path)
    verdict = json.loads(site.staging_verdict.read_text())
    assert (verdict["verdict"], verdict["release"]["commit"]) == ("go", facts.commit)
    expected = verdict["selection"]["expected"]
    assert [item["id"] for item in verdict["items"]] == sorted(expected)
    digest = hashlib.sha256("\n".join(expected).encode()).hexdigest()
    assert verdict["selection"]["digest"] == digest


def test_deployment_log_follows_the_documented_order(tmp_path):
    site, _, _ = written(tmp_path)
    steps = json.loads(site.deployment_log.read_text())["components"]
    assert [step["component"] for step in steps] == ["contract", "database", "backend", "frontend"]
    times = [datetime.fromisoformat(step["finished_at"]) for step in steps]
    assert times == sorted(set(times))


@pytest.mark.parametrize(
    ("item", "spoiled"),
    [
        ("MA-PRE-06", lambda entry, facts: entry["commit"] == facts.previous_commit),
        ("MA-PRE-10", lambda entry, facts: entry["facts"]["sent_at"] > facts.window_start),
        ("MA-POST-16", lambda entry, facts: entry["facts"]["sent_at"] < facts.verified_at),
    ],
    ids=["audit of another commit", "announced late", "success before verification"],
)
def test_fault_spoils_its_own_statement_only(tmp_path, item, spoiled):
    _, facts, honest = written(tmp_path / "honest")
    _, faulty_facts, faulty = written(tmp_path / "faulty", item)
    assert spoiled(faulty[item], faulty_facts)
    assert not spoiled(honest[item], facts)
    changed = {name for name in honest if honest[name]["facts"] != faulty[name]["facts"]}
    assert changed <= {item}
