"""The migration rehearsed on copies: it runs, fails, is killed, is repeated and is taken back."""

import re
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import bson
import pytest
from pymongo.errors import PyMongoError

from fixtures.clients.metrics import Metrics
from fixtures.clients.prober import Prober
from fixtures.probes.availability import Probe, silences
from fixtures.probes.migrated_documents import altered, first
from fixtures.probes.migration_log import PHASES, entry_problems, failures, going_up, hours
from suites.nctool.migrated import TOKENS, WALLETS
from suites.nctool.rehearsals import DOWN, UP, VALIDATE

BOTH = (TOKENS, WALLETS)
PROBED_EVERY_S = 0.05
PROBED_LATE = timedelta(seconds=2)
LATER = {"metadata.payment": {"quote": "later", "fee": 2}}
WRONG = {"$inc": {"total_amount": 1}}
INDEX = {"npub": 1, "status": 1, "transaction_type": 1}
ERROR_LINE = re.compile(r"\b(error|fatal|exception|traceback)\b", re.IGNORECASE)
ERRORS = "nctool_migration_errors_total"
MARKED = {"metadata.migration_date": {"$exists": True}}
TWO_PROOFS = {"proofs.1": {"$exists": True}, "metadata.migrated": True}
DAMAGES = {
    "the index is missing": (
        lambda tokens: tokens.drop_index(list(INDEX.items())),
        lambda tokens, _: tokens.create_index(list(INDEX.items())),
    ),
    "a sum is wrong": (
        lambda tokens: tokens.find_one_and_update(
            TWO_PROOFS, {"$inc": {"proofs.0.amount": 1, "total_amount": 1}}
        ),
        lambda tokens, before: tokens.replace_one({"_id": before["_id"]}, before),
    ),
    "metadata is missing": (
        lambda tokens: tokens.find_one_and_update(TWO_PROOFS, {"$unset": {"metadata": ""}}),
        lambda tokens, before: tokens.replace_one({"_id": before["_id"]}, before),
    ),
}
"""What is wrong: what damages the tokens, and what repairs them with what that returned."""


def _different(before, after, collections=BOTH):
    """Documents and indexes that are not the same in two states, fields in whatever order."""
    found = []
    for name in collections:
        old, new = before.documents.get(name, {}), after.documents.get(name, {})
        found += [f"{name}: a document is gone" for key in old if key not in new]
        found += [f"{name}: a document is new" for key in new if key not in old]
        for key, raw in old.items():
            if key in new and raw != new[key]:
                found += [
                    f"{name} {one}" for one in altered(bson.decode(raw), bson.decode(new[key]))
                ]
        if before.indexes.get(name) != after.indexes.get(name):
            now = sorted(after.indexes.get(name, {}))
            found.append(f"{name}: its indexes were {sorted(before.indexes[name])}, are {now}")
    return found


def _count(state):
    return sum(len(documents) for documents in state.documents.values())


@pytest.mark.writes
@pytest.mark.item("NC-MIG-05")
def test_the_migration_runs_through_on_a_copy_that_is_in_use(rehearsals, limits, evidence):
    """On a copy of the store that is read and written, without the new index, it succeeds.

    An index that is there already hides that it cannot be created the way the migration does it,
    and a store at rest hides that the migration holds up everybody else.
    """
    had = [list(one["key"].items()) for one in rehearsals.dump.indexes(TOKENS)]
    with rehearsals.copy() as copy:
        began = datetime.now(UTC)
        with Prober(copy.traffic(), every_s=PROBED_EVERY_S) as prober:
            completed = copy.run(UP)
        ended = datetime.now(UTC)
        entries = [e for phase in going_up(copy.log()).values() for e in phase if "endTime" in e]
        validated = copy.run(VALIDATE)
        migrated = copy.store.count(TOKENS, MARKED)
    taken = sum(hours(entry) for entry in entries)
    probes = [Probe(one.kind, one.at, one.status, one.error) for one in prober.seen]
    held_up = [str(probe) for probe in probes if probe.failed]
    held_up += silences(probes, began + PROBED_LATE, ended - PROBED_LATE)

    evidence.observe(
        tokens_migrated=migrated, rehearsal_hours=round(taken, 6), probes_sent=len(probes)
    )
    assert list(INDEX.items()) not in had, "the copy had the new index already: it shows nothing"
    assert completed.ok, completed.explain("a migration that succeeds on a copy")
    assert validated.ok, validated.explain("a validation without findings")
    limit = limits["rehearsal_hours"]
    assert limit.holds(taken), limit.explain(round(taken, 3))
    assert not held_up, f"readers and writers were held up: {first(held_up)}"


@pytest.mark.writes
@pytest.mark.item("NC-MIG-14")
def test_the_migration_command_reports_no_error(rehearsals, evidence):
    """The command exits 0, logs each phase as completed, and prints no line about an error.

    A deployment goes by the exit code: an error that is only printed is passed by.
    """
    completed, _ = rehearsals.first()
    lines = [*completed.stdout.splitlines(), *completed.stderr.splitlines()]
    errors = [line for line in lines if ERROR_LINE.search(line)]
    assert completed.ok, completed.explain("a migration that succeeds on a copy")
    with rehearsals.migrated() as copy:
        entries = going_up(copy.log())
    done = [p for p in PHASES if p in entries and entries[p][-1]["status"] == "COMPLETED"]

    evidence.observe(phases_completed=len(done), lines_read=len(lines))
    assert not errors, f"it exits 0, and prints: {first(errors)}"
    assert done == list(PHASES), f"expected {list(PHASES)} to be logged as completed, are: {done}"


@pytest.mark.writes
@pytest.mark.item("NC-MIG-16")
def test_the_validator_finds_each_damage(rehearsals, evidence):
    """The release's validator accepts a good copy, and refuses one with a single thing wrong.

    One that prints its figures and exits 0 would have accepted every store.
    """
    passed = []
    with rehearsals.migrated() as copy:
        tokens = copy.store.writing()[TOKENS]
        for what, (damage, repair) in DAMAGES.items():
            before = damage(tokens)
            if copy.run(VALIDATE).exit_code == 0:
                passed.append(what)
            repair(tokens, before)
        good = copy.run(VALIDATE)

    evidence.observe(damages_tried=len(DAMAGES), damages_found=len(DAMAGES) - len(passed))
    assert good.ok, good.explain("a validation of a good copy without findings")
    assert not passed, f"the validator exits 0 although {' and although '.join(passed)}"


@pytest.mark.writes
@pytest.mark.item("NC-MIG-18")
def test_a_migration_that_fails_is_logged_and_undone(rehearsals, evidence):
    """A copy with one wrong sum fails its validation: that is said and logged, and all is undone.

    A rollback that fails itself hides why, and leaves the store half changed.
    """
    with rehearsals.copy() as copy:
        sound = {"proofs.0": {"$exists": True}}
        victim = copy.store.find(TOKENS, sound, fields=["_id"], most=10_000)[-1]["_id"]
        copy.store.writing()[TOKENS].update_one({"_id": victim}, WRONG)
        before = copy.state(BOTH)
        result = copy.run(UP)
        failed = failures(copy.log())
        different = _different(before, copy.state(BOTH))

    evidence.observe(tokens_compared=len(before.documents[TOKENS]), failures_logged=len(failed))
    assert result.exit_code != 0, result.explain("a refusal: one token's sum is wrong")
    texts = [str(entry.get("error", "")) for entry in failed]
    assert any(str(victim) in text for text in texts), f"no log entry names {victim}: {texts}"
    said = result.stdout + result.stderr
    assert str(victim) in said, result.explain(f"the reason of the failure, token {victim}")
    assert not different, f"{len(different)} differences are left behind: {first(different)}"


@pytest.mark.writes
@pytest.mark.item("NC-MIG-22")
def test_going_down_restores_the_former_state(rehearsals, evidence):
    """After up and down every document and every index is as it was, and later writes are kept.

    Whoever rolls back at night relies on it, and on what customers did in between.
    """
    before = rehearsals.before()
    with rehearsals.migrated() as copy:
        tokens = copy.store.writing()[TOKENS]
        later = tokens.find_one({"metadata.migrated": True})["_id"]
        tokens.update_one({"_id": later}, {"$set": LATER})
        result = copy.run(DOWN)
        kept = copy.store.one(TOKENS, {"_id": later}) or {}
        tokens.update_one({"_id": later}, {"$unset": {"metadata": ""}})
        different = _different(before, copy.state(BOTH))

    evidence.observe(documents_compared=_count(before), differences=len(different))
    assert result.ok, result.explain("a migration that can be taken back")
    payment = (kept.get("metadata") or {}).get("payment")
    assert payment == LATER["metadata.payment"], f"metadata written after up is lost: {kept}"
    assert not different, f"{len(different)} differences to before: {first(different)}"


@pytest.mark.writes
@pytest.mark.item("NC-MIG-23")
def test_a_second_run_changes_nothing(rehearsals, evidence):
    """On a migrated copy the migration succeeds again, and leaves every document as it is.

    It is run again after each doubt, and by each deployment that follows.
    """
    with rehearsals.migrated() as copy:
        before = copy.state(BOTH)
        result = copy.run(UP)
        different = _different(before, copy.state(BOTH))

    evidence.observe(documents_compared=_count(before), documents_changed=len(different))
    assert result.ok, result.explain("a second run that has nothing to do")
    assert not different, f"the second run made {len(different)} changes: {first(different)}"


@pytest.mark.writes
@pytest.mark.item("NC-MIG-24")
def test_a_killed_migration_is_finished_or_undone_by_the_next(rehearsals, evidence):
    """Killed in its middle, a migration says that it is unfinished, and the next run finishes it.

    The store is never taken for migrated while half of it is, and never stays half migrated.
    """
    with rehearsals.copy() as copy:
        total = copy.store.count(TOKENS)
        tokens = copy.store.writing()[TOKENS]

        def begun():
            with suppress(PyMongoError):
                return tokens.find_one(MARKED, {"_id": 1}) is not None
            return False

        killed = copy.run(UP, pause_ms=300, kill_when=begun)
        marked = copy.store.count(TOKENS, MARKED)
        entries = going_up(copy.log()).get("data", [])
        again = copy.run(UP)
        left = copy.store.count(TOKENS, {"metadata": {"$exists": False}})
        validated = copy.run(VALIDATE)

    evidence.observe(tokens_compared=total, tokens_marked_at_the_kill=marked)
    if killed.ok or marked == 0:
        evidence.inconclusive("the migration was over before it could be killed in its middle")
    finished = [entry for entry in entries if not entry_problems(entry)]
    assert not finished, f"half migrated, its log says that it is done: {finished}"
    assert again.ok, again.explain("a run that finishes or undoes what was interrupted")
    assert left in (0, total), f"{left} of {total} tokens are still unmarked after the next run"
    assert validated.ok or left == total, validated.explain("a validation of the finished state")


@pytest.mark.writes
@pytest.mark.item("NC-MIG-25")
def test_a_failed_migration_is_counted(staging, operations, evidence):
    """When a migration fails in staging, the metric of migration errors rises, and the log has it.

    Nobody watches a migration at night; the alert on this metric does.
    """
    metrics = Metrics(staging.http(staging.instance.api_url), "/metrics")
    before = metrics.scrape().value(ERRORS)
    known = len(failures(staging.store.find("migrationlogs")))
    tokens = staging.store.writing()[TOKENS]
    seeded = tokens.insert_one(_unsound()).inserted_id
    try:
        result = operations.run(
            UP, store_url=staging.instance.store_url, database=staging.store.database, pause_ms=0
        )
    finally:
        tokens.delete_one({"_id": seeded})
    after = metrics.scrape().value(ERRORS)
    logged = len(failures(staging.store.find("migrationlogs"))) - known

    evidence.observe(failures_seeded=1, failures_logged=logged, migration_errors=after - before)
    assert result.exit_code != 0, result.explain("a failure: a token with a wrong sum was seeded")
    assert logged, "the log of migrations does not show the failure"
    assert after > before, f"{ERRORS} is {after}, as before the failure: {before}"


def _unsound():
    """A token whose sum is not that of its proofs."""
    return {
        "npub": "npub1seededfailure", "mint_url": "https://mint.invalid", "unit": "sat",
        "status": "unspent", "transaction_type": "received", "transaction_id": "seeded",
        "total_amount": 9, "created_at": datetime.now(UTC) - timedelta(days=400), "spent_at": None,
        "proofs": [{"id": "00", "amount": 1, "secret": "seeded failure", "C": "02"}],
    }  # fmt: skip
