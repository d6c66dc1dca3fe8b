"""The data a day after the deployment: nothing drifted, nothing counts twice, and one would see."""

from contextlib import contextmanager
from datetime import UTC, datetime

import pytest

from fixtures.clients.nctool import fresh_npub
from fixtures.clients.waiting import until
from fixtures.probes.cashu import held
from fixtures.probes.deployment_validation import read_report
from fixtures.probes.migrated_documents import Several, schema_problems
from suites.nctool.before import TOKENS
from suites.nctool.migrated import WALLETS
from suites.nctool.store_wide import counted_twice, melts

NAME = "databaseIntegrity"
STATUSES = ("unspent", "pending", "spent")
SETTLED_S = 5


def _story(store):
    """How many melts are on record, and what does not fit between them and their tokens.

    A melt that was under way while they were read fits a moment later.
    """

    def read():
        count, problems = 0, Several()
        for melt in melts(store):
            count += 1
            problems.add(melt.problems())
        return count, problems

    def fits():
        story = read()
        return None if len(story[1]) else story

    return until(fits, SETTLED_S, every_s=1.0) or read()


def _drifted(api, store, wallet):
    """How the API's balance of a wallet differs from the sum of its tokens; "" where it does not.

    Where the wallet changes meanwhile it is asked again.
    """
    own = {name: wallet[name] for name in ("npub", "mint_url", "unit")}

    def judged():
        before = store.find(TOKENS, own)
        reply = api.balance(wallet["npub"])
        assert reply.status == 200, reply.explain(f"the balance of {wallet['npub']}")
        if store.find(TOKENS, own) != before:
            return None
        sums = {f"{status}_balance": held(before, status) for status in STATUSES}
        told = {name: reply.json().get(name) for name in sums}
        return ("" if told == sums else f"{wallet['npub']}: told {told}, summed up {sums}",)

    (text,) = until(judged, SETTLED_S) or (f"{wallet['npub']} changes all the time",)
    return text


@pytest.mark.item("NC-POST-09")
def test_no_wallet_drifted_since_the_deployment(target, migrated, api, store, limits, evidence):
    """Of every wallet the balance is what it was, but for melts that are on record to the sat.

    What an atomic melt leaves behind shows in the days after, in one wallet, as a sat too many.
    """
    found = migrated.compared(TOKENS)
    count, problems = _story(store)
    own = {"mint_url": target.require("mint_url", "nctool")}
    asked, drifted = 0, Several()
    for wallet in store.stream(WALLETS, own):
        asked += 1
        drifted.add(filter(None, [_drifted(api, store, wallet)]))
    moved, twice = found.balances_changed, counted_twice(store)
    wrong = len(moved) + len(problems) + len(twice) + len(drifted)
    shown = "; ".join([*moved[:5], str(problems), *twice[:5], str(drifted)])

    evidence.observe(
        wallets_compared=store.count(WALLETS),
        balances_asked=asked,
        operations_checked=count,
        checksum_mismatches=wrong,
    )
    assert not found.unnamed, found.unnamed
    limit = limits["checksum_mismatches"]
    assert limit.holds(wrong), f"{limit.explain(wrong)}: {shown}"
    if undecided := found.undecided("lost", "new", "changed"):
        evidence.inconclusive(undecided)


@contextmanager
def _damaged(store):
    """One token more, whose sum is not that of its proofs."""
    tokens, wallets = store.writing()[TOKENS], store.writing()[WALLETS]
    owner = {"npub": fresh_npub(), "mint_url": "https://mint.invalid", "unit": "sat"}
    now = datetime.now(UTC)
    wallet = wallets.insert_one({**owner, "created_at": now}).inserted_id
    token = {
        **owner, "wallet_id": wallet, "status": "unspent", "transaction_type": "received",
        "transaction_id": "damaged", "total_amount": 3, "created_at": now, "spent_at": None,
        "proofs": [{"id": "00", "amount": 2, "secret": owner["npub"], "C": "02"}],
        "metadata": {"source": "gatehouse"},
    }  # fmt: skip
    seeded = tokens.insert_one(token).inserted_id
    try:
        yield seeded
    finally:
        tokens.delete_one({"_id": seeded})
        wallets.delete_one({"_id": wallet})


@pytest.mark.writes
@pytest.mark.item("NC-POST-18")
def test_the_validated_database_is_sound_and_a_damaged_one_is_not(
    validated, staging, store, evidence
):
    """The validation calls the database sound, as the sums do, and finds one damaged token.

    A store that answers a ping may have lost every sum in it.
    """
    run = validated()
    unsound = Several()
    for token in store.stream(TOKENS):
        if problems := schema_problems(token):
            unsound.add([f"{token['_id']}: {', '.join(problems)}"])
    before = read_report(staging.api.validate().text)
    with _damaged(staging.store) as seeded:
        reply = staging.api.validate()
    damaged = read_report(reply.text)

    evidence.observe(validations_run=3, tokens_with_problems=len(unsound))
    assert run.problems(NAME) == [], run.explain(f"{NAME} successful")
    assert not len(unsound), f"the validation succeeds, and tokens are not sound: {unsound}"
    assert not before.failed(NAME), "the control fails: staging is not sound to begin with"
    assert damaged.failed(NAME), reply.explain(f"a failure of {NAME}, for the token {seeded}")
