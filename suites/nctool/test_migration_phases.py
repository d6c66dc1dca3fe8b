"""The phases of the migration: each within its time, and none that anybody noticed."""

import json
from dataclasses import dataclass, field
from itertools import islice

import pytest

from fixtures.clients.files import read_bytes
from fixtures.probes.availability import around, outage_s, read_record, silences
from fixtures.probes.migrated_documents import Several, first
from fixtures.probes.migration_log import going_up, hours
from suites.nctool.rehearsals import DOWN

LOG = "migrationlogs"
EXPORTS = "migrationexports"
AT_ONCE = 500


@pytest.fixture
def phase(target, store):
    """Tells of a phase by its name: its entry in the log, and the probes around its time."""
    path = target.require("deployment_probes", "nctool")

    def of(name):
        entries = going_up(store.find(LOG)).get(name)
        lines = read_bytes(path, target.recorder).decode().splitlines()
        return (entries or [None])[0], read_record(json.loads(line) for line in lines)

    return of


@dataclass(frozen=True)
class Judged:
    """A phase: what was wrong with it, why that cannot be known, and figures; "" for nothing."""

    problem: str = ""
    unwatched: str = ""
    figures: dict = field(default_factory=dict)


def _holders(dump, collection, field):
    """Documents of before that had a field, some at a time: its value by their `_id`."""
    holders = ((one["_id"], one[field]) for one in dump.documents(collection) if field in one)
    while part := dict(islice(holders, AT_ONCE)):
        yield part


def _judged(phase, name, limit):
    """Whether a phase was completed, within its time, watched throughout, and never down."""
    entry, record = phase(name)
    if entry is None:
        return Judged(unwatched=f"the log of migrations has no entry of the phase {name}")
    if entry["status"] != "COMPLETED":
        problem = f"the phase {name} is {entry['status']}: {entry.get('error')}"
        return Judged(problem, figures={"phases_measured": 1})
    taken = hours(entry)
    span = entry["startTime"], entry["endTime"]
    probes = around(record, *span)
    failed = [probe for probe in probes if probe.failed]
    problem = unwatched = ""
    if not limit.holds(taken):
        problem = f"the phase {name}: {limit.explain(round(taken, 3))}"
    elif found := silences(probes, *span):
        unwatched = f"the phase {name} was not watched throughout: {first(found)}"
    elif failed:
        down = f"{len(failed)} of {len(probes)} probes failed, for {outage_s(probes)} s"
        problem = f"during the phase {name} {down}: {first(failed)}"
    figures = {
        "phases_measured": 1,
        "phase_hours": round(taken, 6),
        "probes_checked": len(probes),
        "failed_probes": len(failed),
    }
    return Judged(problem, unwatched, figures)


@pytest.mark.item("NC-MIG-19")
def test_the_schema_phase_took_its_time_at_most_and_no_downtime(phase, limits, evidence):
    """The new index was built within two hours, while the service went on to read and write.

    An index that waits behind a long operation holds up everything that comes after it.
    """
    judged = _judged(phase, "schema", limits["phase1_hours"])

    evidence.observe(entries_looked_for=1, **judged.figures)
    if judged.unwatched:
        evidence.inconclusive(judged.unwatched)
    assert not judged.problem, judged.problem


@pytest.mark.item("NC-MIG-20")
def test_the_data_phase_took_its_time_at_most_and_no_downtime(phase, limits, evidence):
    """All tokens were migrated within four hours, while the service went on to read and write.

    In one transaction they cannot be: a server aborts it after a minute.
    """
    judged = _judged(phase, "data", limits["phase2_hours"])

    evidence.observe(entries_looked_for=1, **judged.figures)
    if judged.unwatched:
        evidence.inconclusive(judged.unwatched)
    assert not judged.problem, judged.problem


@pytest.mark.item("NC-MIG-21")
def test_the_cleanup_phase_took_its_time_at_most_and_kept_what_it_removed(
    phase, target, store, dump, limits, evidence
):
    """Deprecated fields went within an hour, without downtime, and what they held was exported.

    A field that is removed without an export cannot be brought back by any rollback.
    """
    missing, left = Several(), Several()
    for name in target.require("deprecated_fields", "nctool"):
        collection, _, field = name.partition(".")
        still = store.stream(collection, {field: {"$exists": True}}, fields=["_id"])
        left.add(f"{name} of {one['_id']}" for one in still)
        for part in _holders(dump, collection, field):
            wanted = {"collection": collection, "field": field}
            found = store.find(EXPORTS, {**wanted, "document": {"$in": list(part)}})
            exported = {one["document"]: one["value"] for one in found}
            lost = [one for one, value in part.items() if exported.get(one) != value]
            missing.add(f"{name} of {one}" for one in lost)

    judged = _judged(phase, "cleanup", limits["phase3_hours"])

    evidence.observe(values_exported=store.count(EXPORTS), **judged.figures)
    if judged.unwatched:
        evidence.inconclusive(judged.unwatched)
    assert not judged.problem, judged.problem
    assert not len(left), f"deprecated fields are still there: {left}"
    assert not len(missing), f"{len(missing)} removed values were not exported: {missing}"


@pytest.mark.writes
@pytest.mark.item("NC-MIG-21")
def test_the_export_brings_the_removed_fields_back(target, rehearsals, limits, evidence):
    """On a migrated copy the deprecated fields are restored as they were, types included.

    An export counts once it has been restored.
    """
    restored, wrong = 0, Several()
    with rehearsals.migrated() as copy:
        result = copy.run(DOWN)
        for name in target.require("deprecated_fields", "nctool"):
            collection, _, field = name.partition(".")
            for part in _holders(rehearsals.dump, collection, field):
                query = {"_id": {"$in": list(part)}}
                found = copy.store.find(collection, query, fields=[field])
                now = {one["_id"]: one.get(field) for one in found}
                for one, was in part.items():
                    value = now.get(one)
                    same = value == was and type(value) is type(was)
                    restored += same
                    wrong.add([] if same else [f"{name} of {one} is {value!r}"])

    evidence.observe(
        phases_measured=1,
        probes_checked=2,
        values_exported=restored,
        phase_limit_hours=limits["phase3_hours"].value,
    )
    assert result.ok, result.explain("a cleanup that can be taken back")
    assert not len(wrong), f"{len(wrong)} values were not restored: {wrong}"
