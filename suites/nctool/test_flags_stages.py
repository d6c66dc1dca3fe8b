"""The phase plan: what a feature's flag says at each stage, and whom it serves then."""

from contextlib import contextmanager

import pytest

from fixtures.probes.crowd import crowd, share_pct
from fixtures.probes.rollout_stages import Served, stage_problems

ATOMIC, RECONCILIATION = "atomicMeltOperations", "preFlightReconciliation"
PHASES = "phases"
PASSES = 3  # who changes sides between requests is seen on more than one
ATOMIC_REFUSED = {"$jsonSchema": {"properties": {"path": {"enum": ["legacy"]}}}}


def brought_to(name, rollout, plans):
    """Go through the feature's stages up to one; the answer to the last step."""
    feature = plans.stages[name].feature
    rollout.choose(PHASES)
    for stage in plans.stages.values():
        if stage.feature == feature:
            reply = rollout.stage(stage.name)
            if stage.name == name:
                return reply
    raise LookupError(name)


@contextmanager
def atomic_melts_refused(database):
    """Have the store refuse whatever begins an atomic melt, for a block."""
    rule = {"collMod": "meltoperations", "validationAction": "error"}
    database.command({**rule, "validator": ATOMIC_REFUSED})
    try:
        yield
    finally:
        database.command({**rule, "validator": {}})


def served(name, rollout, plans):
    """The feature of a stage as it is stored, and whom it serves."""
    feature, people = plans.stages[name].feature, crowd(2_000)
    flag = rollout.stored(feature)
    passes = [people.enabled(rollout.decisions(feature, people.users)) for _ in range(PASSES)]
    listed = flag.get("allowedUsers") or []
    has = rollout.decisions(feature, listed)
    unserved = frozenset(user for user, one in zip(listed, has, strict=True) if not one)
    return Served(flag, people, frozenset().union(*passes), unserved)


@pytest.mark.writes
@pytest.mark.parametrize(
    "name",
    [
        pytest.param("4.1", marks=pytest.mark.item("NC-FF-16"), id="stage 4.1"),
        pytest.param("4.3", marks=pytest.mark.item("NC-FF-18"), id="stage 4.3"),
        pytest.param("5.1", marks=pytest.mark.item("NC-FF-20"), id="stage 5.1"),
        pytest.param("5.2", marks=pytest.mark.item("NC-FF-21"), id="stage 5.2"),
        pytest.param("5.3", marks=pytest.mark.item("NC-FF-22"), id="stage 5.3"),
        pytest.param("6.1", marks=pytest.mark.item("NC-FF-23"), id="stage 6.1"),
    ],
)
def test_a_stage_sets_and_serves_what_the_plan_says(
    name, rollout, plans, early_users, limits, evidence
):
    """At a stage the stored flag is the plan's, and the share of users is the flag's.

    What is learned at a stage counts for the next one only if the stage was what it is called.
    """
    applied = brought_to(name, rollout, plans)
    seen, limit = served(name, rollout, plans), limits["rolloutPercentage"]
    evidence.observe(users_evaluated=len(seen.people), share_pct=seen.share_pct)
    assert applied.status == 200, applied.explain(f"stage {name}")
    assert limit.holds(seen.percentage), f"stage {name}: {limit.explain(seen.percentage)}"
    wrong = stage_problems(plans.stages[name], seen, early_users)
    assert not wrong, f"stage {name}: {'; '.join(wrong)}"


@pytest.mark.item("NC-FF-17")
@pytest.mark.writes
def test_stage_4_2_corrects_medium_discrepancies_and_no_high_ones(
    rollout, staging, payer, plans, early_users, limits, evidence
):
    """With automatic correction a MEDIUM discrepancy is settled, and a HIGH one is left to people.

    Where money may be lost or counted twice, a wrong correction hides the only trace of it.
    """
    applied = brought_to("4.2", rollout, plans)
    seen, limit = served("4.2", rollout, plans), limits["rolloutPercentage"]
    user = payer.funded(payer.funded())
    tokens = staging.store.writing()["cashutokens"]
    paid = payer.melt(user)
    spent = staging.store.find("cashutokens", {"npub": user, "status": "spent"})[0]
    idle = staging.store.find("cashutokens", {"npub": user, "status": "unspent"})[0]
    tokens.update_one({"_id": spent["_id"]}, {"$set": {"status": "unspent", "spent_at": None}})
    tokens.update_one({"_id": idle["_id"]}, {"$set": {"status": "pending"}})
    reply = staging.api.reconcile(user)
    found = {one["severity"]: one["kind"] for one in reply.json().get("discrepancies", ())}
    after = {row["_id"]: row["status"] for row in staging.store.find("cashutokens", {"npub": user})}
    evidence.observe(
        users_evaluated=len(seen.people), share_pct=seen.share_pct, discrepancies=len(found),
        corrected=len(reply.json().get("corrected", ())),
    )  # fmt: skip
    assert applied.status == 200, applied.explain("stage 4.2")
    assert limit.holds(seen.percentage), f"stage 4.2: {limit.explain(seen.percentage)}"
    wrong = stage_problems(plans.stages["4.2"], seen, early_users)
    assert not wrong, f"stage 4.2: {'; '.join(wrong)}"
    assert paid.status == 200, paid.explain("a paid melt")
    assert reply.status == 200, reply.explain("a reconciliation")
    assert found.keys() == {"HIGH", "MEDIUM"}, reply.explain("a HIGH and a MEDIUM discrepancy")
    assert after[idle["_id"]] == "unspent", reply.explain("the MEDIUM discrepancy to be corrected")
    assert after[spent["_id"]] == "unspent", (
        f"the HIGH discrepancy was corrected: its token is {after[spent['_id']]} now\n"
        f"{reply.explain('it to be left to people')}"
    )
    assert reply.json()["blocked"] is True, reply.explain("the wallet to be blocked")


@pytest.mark.item("NC-FF-19")
@pytest.mark.writes
def test_at_stage_4_4_every_melt_has_a_reconciliation_record(
    rollout, staging, payer, plans, early_users, limits, evidence
):
    """At full rollout each melt is preceded by a reconciliation of its wallet, which is recorded.

    A melt without a record was paid out of a wallet that nobody compared with the mint.
    """
    applied = brought_to("4.4", rollout, plans)
    seen, limit = served("4.4", rollout, plans), limits["rolloutPercentage"]
    users = [payer.funded() for _ in range(2)]
    melts = [payer.melt(user) for user in (*users, *users)]
    records = {
        user: staging.store.find("reconciliations", {"npub": user, "blocked": False})
        for user in users
    }
    evidence.observe(
        users_evaluated=len(seen.people), melts=len(melts), records=sum(map(len, records.values()))
    )
    assert applied.status == 200, applied.explain("stage 4.4")
    assert limit.holds(seen.percentage), f"stage 4.4: {limit.explain(seen.percentage)}"
    wrong = stage_problems(plans.stages["4.4"], seen, early_users)
    assert not wrong, f"stage 4.4: {'; '.join(wrong)}"
    for melt in melts:
        assert melt.status == 200, melt.explain("a paid melt")
    for user, found in records.items():
        assert len(found) == 2, f"2 melts of {user} left {len(found)} reconciliation records"


@pytest.mark.writes
@pytest.mark.parametrize(
    "name",
    [
        pytest.param("5.1", marks=pytest.mark.item("NC-FF-20"), id="stage 5.1"),
        pytest.param("5.2", marks=pytest.mark.item("NC-FF-21"), id="stage 5.2"),
        pytest.param("5.3", marks=pytest.mark.item("NC-FF-22"), id="stage 5.3"),
        pytest.param("6.1", marks=pytest.mark.item("NC-FF-23"), id="stage 6.1"),
    ],
)
def test_melts_take_the_path_that_their_user_is_given(
    name, rollout, payer, plans, early_users, limits, evidence
):
    """The last users within the share melt atomically, the first ones beyond it as before.

    Users decide, however much one of them pays: a share of operations would follow the heaviest.
    """
    brought_to(name, rollout, plans)
    share, people = int(limits["rolloutPercentage"].value), crowd(10_000)
    inside = [people.one_of(place) for place in range(max(0, share - 3), share)]
    inside = inside or list(early_users[:1])
    outside = [people.one_of(place) for place in range(share, share + 3)]
    heavy = outside[0]
    for user in (*inside, *outside):
        payer.funded(user)
    paths = {user: payer.path_of(user) for user in (*inside, *outside)}
    more = [payer.path_of(heavy) for _ in range(3)]
    atomic = [*paths.values(), *more].count("atomic")
    evidence.observe(
        melts=len(paths) + len(more), users_melting=len(paths),
        atomic_users_pct=share_pct([p for p in paths.values() if p == "atomic"], [*paths]),
        atomic_operations_pct=share_pct(range(atomic), range(len(paths) + len(more))),
    )  # fmt: skip
    for user in inside:
        assert paths[user] == "atomic", f"at stage {name} {user}, within the share, melted legacy"
    for user in outside:
        assert paths[user] == "legacy", f"at stage {name} {user}, beyond the share, melted atomic"
    assert set(more) == {"legacy"}, f"at stage {name} a heavy user beyond the share melted {more}"


@pytest.mark.item("NC-FF-24")
@pytest.mark.writes
def test_stage_6_2_serves_everybody_without_a_fallback(
    rollout, plans, early_users, limits, evidence
):
    """At the last stage everybody is served, and the stored flag has the fallback off.

    Whoever judges the release by it believes that nothing takes the old path any more.
    """
    applied = brought_to("6.2", rollout, plans)
    seen, limit = served("6.2", rollout, plans), limits["rolloutPercentage"]
    evidence.observe(users_evaluated=len(seen.people), share_pct=seen.share_pct)
    assert applied.status == 200, applied.explain("stage 6.2")
    assert limit.holds(seen.percentage), f"stage 6.2: {limit.explain(seen.percentage)}"
    wrong = stage_problems(plans.stages["6.2"], seen, early_users)
    assert not wrong, f"stage 6.2: {'; '.join(wrong)}"


@pytest.mark.item("NC-FF-24")
@pytest.mark.disrupts
@pytest.mark.writes
def test_at_stage_6_2_a_failed_atomic_melt_falls_back_to_nothing(
    rollout, staging, payer, plans, evidence
):
    """With the fallback off an atomic melt that cannot be begun is an error, and nothing is paid.

    The old path is on its way out: whatever still takes it unnoticed escapes every atomic check.
    """
    user = payer.funded()
    brought_to("6.1", rollout, plans)
    rollout.set(ATOMIC, 100, fallbackToLegacy=True)
    ordinary = payer.path_of(user)
    with atomic_melts_refused(staging.store.writing()):
        fallen_back = payer.melt(user)
        applied = brought_to("6.2", rollout, plans)
        failed = payer.melt(user)
    healed = payer.path_of(user)
    paths = [row["path"] for row in staging.store.find("meltoperations", {"npub": user})]
    evidence.observe(melts=4, legacy_melts=paths.count("legacy"), failed_status=failed.status)
    assert ordinary == "atomic", f"at 100 % an ordinary melt took the {ordinary} path"
    assert fallen_back.status == 200, fallen_back.explain("with the fallback on, a paid melt")
    assert fallen_back.json()["path"] == "legacy", fallen_back.explain("the old path")
    assert applied.status == 200, applied.explain("stage 6.2")
    assert failed.status >= 500, failed.explain("an error: the atomic path cannot be taken")
    assert paths.count("legacy") == 1, f"the fallback is off, and stored are melts by {paths}"
    assert healed == "atomic", f"with the store as before, a melt took the {healed} path"
