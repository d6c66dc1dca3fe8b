"""What the migration left in the store, compared with everything that was there before it."""

from datetime import UTC, datetime

import pytest

from fixtures.probes.migrated_documents import (
    Several,
    first,
    mark_problems,
    schema_problems,
    unkept,
)
from fixtures.probes.migration_log import PHASES, entry_problems, going_up
from suites.nctool.before import TOKENS
from suites.nctool.migrated import WALLETS

LOG = "migrationlogs"
INDEX = [("npub", 1), ("status", 1), ("transaction_type", 1)]
IMMUTABLE = ("npub", "wallet_id", "mint_url", "unit", "total_amount", "proofs", "created_at")


def _phases(store, evidence):
    """The entries of the migration's phases; without any there is nothing to judge."""
    entries = going_up(store.find(LOG))
    if not entries:
        evidence.not_verified("the log of migrations is empty: this store was never migrated")
    return entries


def _decided(evidence, undecided):
    """Nothing passes while it may be a loss."""
    if undecided:
        evidence.inconclusive(undecided)


@pytest.mark.item("NC-MIG-06")
def test_the_index_of_atomic_melts_is_there(store, evidence):
    """Tokens have the index over owner, status and type, in this order, and it is built.

    Where the transaction that creates it is refused, everything works, and slowly.
    """
    indexes = store.indexes(TOKENS)
    wanted = [one for one in indexes if list(one["key"].items()) == INDEX]
    building = [one["name"] for one in wanted if "buildUUID" in one]

    evidence.observe(indexes_read=len(indexes))
    shown = {one["name"]: dict(one["key"]) for one in indexes}
    assert wanted, f"expected an index of {TOKENS} over {dict(INDEX)}, observed {shown}"
    assert not building, f"still being built: {', '.join(building)}"
    assert not any(one.get("hidden") for one in wanted), "the index is hidden from queries"


@pytest.mark.item("NC-MIG-07")
def test_every_token_has_metadata_also_those_written_meanwhile(store, limits, evidence):
    """No token is without metadata: none from before, none of the migration's time, none since.

    Old processes go on writing while the migration runs; what they wrote is easily passed over.
    """
    entries = _phases(store, evidence)
    began = min(entry["startTime"] for phase in entries.values() for entry in phase)
    total = store.count(TOKENS)
    without = Several()
    for one in store.stream(TOKENS, {"metadata": {"$exists": False}}, fields=["created_at"]):
        without.add([f"{one['_id']} of {one['created_at']}"])
    since = store.count(TOKENS, {"created_at": {"$gt": began}})

    evidence.observe(
        tokens_checked=total, tokens_written_since=since, tokens_without_metadata=len(without)
    )
    limit = limits["tokens_without_metadata"]
    assert limit.holds(len(without)), f"{limit.explain(len(without))}: {without}"


@pytest.mark.item("NC-MIG-08")
def test_every_token_that_had_no_metadata_carries_the_marks(migrated, limits, evidence):
    """Tokens that had no metadata and were not melted are marked as migrated, with version, date.

    How many there must be is known from the dump: a total would be wrong, and no test of each.
    """
    entries = _phases(migrated.store, evidence).get("data", [])
    earliest = min(entry["startTime"] for entry in entries)
    latest = max(entry.get("endTime") or datetime.now(UTC) for entry in entries)
    version = limits["metadata.version"].value
    checked, problems = 0, Several()
    for before, after in migrated.pairs(TOKENS):
        if "metadata" in before or before["transaction_type"] == "melted" or not after:
            continue
        checked += 1
        if found := mark_problems(after, version, earliest, latest):
            problems.add([f"{before['_id']}: {', '.join(found)}"])

    evidence.observe(tokens_checked=checked, tokens_with_wrong_marks=len(problems))
    assert not len(problems), f"{len(problems)} of {checked} are not marked so: {problems}"


@pytest.mark.item("NC-MIG-09")
def test_every_token_melted_before_is_marked_for_cleanup(migrated, evidence):
    """Each token that was melted before the migration is marked as legacy, for cleanup.

    How many tokens were migrated says nothing about it: melted ones may have been marked or not.
    """
    melted, unmarked = 0, Several()
    for before, after in migrated.pairs(TOKENS):
        if before["transaction_type"] != "melted":
            continue
        melted += 1
        metadata = (after or {}).get("metadata") or {}
        if metadata.get("legacy") is not True or metadata.get("cleanup_required") is not True:
            unmarked.add([before["_id"]])

    evidence.observe(melted_tokens=melted, unmarked_tokens=len(unmarked))
    assert not len(unmarked), f"{len(unmarked)} of {melted} melted are not marked: {unmarked}"


@pytest.mark.item("NC-MIG-10")
def test_metadata_of_before_is_kept(migrated, evidence):
    """Every key and value that a token's metadata held before the migration is still there.

    An update that sets the whole object replaces what others had written into it.
    """
    compared, lost = 0, Several()
    for before, after in migrated.pairs(TOKENS):
        if "metadata" in before:
            compared += 1
            lost.add(unkept(before, after or {}))

    evidence.observe(metadata_compared=compared, values_lost=len(lost))
    assert not len(lost), f"{len(lost)} former values are gone or changed: {lost}"


@pytest.mark.item("NC-MIG-11")
def test_every_balance_is_what_it_was(migrated, limits, evidence):
    """For every wallet the sum of its tokens is the same, by mint, unit and status, to the unit.

    All of them are compared: an error in the wallet after the last one of a sample costs as much.
    """
    found = migrated.compared(TOKENS)
    mismatches = found.balances_changed

    evidence.observe(
        balances_compared=found.balances,
        tokens_compared=found.documents,
        checksum_mismatches=len(mismatches),
        tokens_changed_by_service=found.served,
    )
    assert not found.unnamed, found.unnamed
    limit = limits["checksum_mismatches"]
    assert limit.holds(len(mismatches)), f"{limit.explain(len(mismatches))}: {first(mismatches)}"
    _decided(evidence, found.undecided("lost", "new", "changed"))


@pytest.mark.item("NC-MIG-12")
def test_no_token_of_before_is_gone(migrated, limits, evidence):
    """Every token that was there before the migration is there; new ones may have come.

    Totals do not show it: while people go on, a token that came hides one that was lost.
    """
    found = migrated.compared(TOKENS)
    lost = found.lost

    evidence.observe(tokens_compared=found.documents, tokens_new=found.new, tokens_lost=len(lost))
    assert not found.unnamed, found.unnamed
    limit = limits["token_count_delta"]
    assert limit.holds(-len(lost)), f"{limit.explain(-len(lost))}: {first(lost)}"
    _decided(evidence, found.undecided("lost"))


@pytest.mark.item("NC-MIG-13")
def test_no_wallet_of_before_is_gone(migrated, limits, evidence):
    """Every wallet that was there before the migration is there, unchanged.

    A loop over what is left never comes upon what is missing.
    """
    found = migrated.compared(WALLETS)
    lost = found.lost

    evidence.observe(wallets_compared=found.documents, wallets_new=found.new)
    assert not found.unnamed, found.unnamed
    limit = limits["wallet_count_delta"]
    assert limit.holds(-len(lost)), f"{limit.explain(-len(lost))}: {first(lost)}"
    assert not found.changes, f"wallets were changed: {first(found.changes)}"
    _decided(evidence, found.undecided("lost", "changed"))


@pytest.mark.item("NC-MIG-15")
def test_nothing_that_is_final_changed_in_any_token(migrated, limits, evidence):
    """Secrets, amounts, mints and owners are the same, types included, and all tokens are sound.

    An amount that became text compares as equal in many places, and adds up in none.
    """
    found = migrated.compared(TOKENS)
    changed = [one for one in found.changes if one.path.partition(".")[0] in IMMUTABLE]
    unsound = Several()
    for token in migrated.store.stream(TOKENS):
        if problems := schema_problems(token):
            unsound.add([f"{token['_id']}: {', '.join(problems)}"])
    validated = migrated.store.command("validate", TOKENS)

    evidence.observe(tokens_compared=found.documents, changed_immutable_fields=len(changed))
    assert not found.unnamed, found.unnamed
    limit = limits["changed_immutable_fields"]
    assert limit.holds(len(changed)), f"{limit.explain(len(changed))}: {first(changed)}"
    assert not found.changes, f"tokens changed beyond what is allowed: {first(found.changes)}"
    assert not len(unsound), f"tokens are not of the documented shape: {unsound}"
    assert validated.get("valid") is True, f"the server finds the collection damaged: {validated}"
    _decided(evidence, found.undecided("changed"))


@pytest.mark.item("NC-MIG-17")
def test_the_log_tells_begin_and_end_of_every_phase(store, evidence):
    """Each phase has an entry that began, was completed later, and took the time in between.

    Whoever is to undo a migration at night reads there what was done, and how far.
    """
    entries = _phases(store, evidence)
    missing = [phase for phase in PHASES if phase not in entries]
    problems = [
        f"{phase}: {', '.join(found)}"
        for phase in PHASES
        if phase in entries and (found := entry_problems(entries[phase][-1]))
    ]

    evidence.observe(entries_read=sum(map(len, entries.values())))
    assert not missing, f"the log has no entry of: {', '.join(missing)}"
    assert not problems, f"entries of the log: {'; '.join(problems)}"
