"""Who gets a feature: the switch, the allow-list, the percentage, and nobody in particular."""

from itertools import pairwise

import pytest

from fixtures.clients.waiting import until
from fixtures.probes.crowd import THREE_SIGMA, crowd, share_pct, shown
from fixtures.probes.rollout import binomial_bounds, bucket

ATOMIC = "atomicMeltOperations"
MANY = 10_000
NOBODY, EVERYBODY = 0, 100
SEEN_S = 5.0


@pytest.mark.item("NC-FF-05")
@pytest.mark.writes
def test_a_feature_that_is_switched_off_is_off_for_listed_users_too(rollout, payer, evidence):
    """The switch decides before the allow-list and the percentage do.

    It is what people reach for in an emergency: it must not leave anybody in.
    """
    listed = payer.funded()
    rollout.set(ATOMIC, EVERYBODY, allowedUsers=[listed])
    before = payer.path_of(listed)
    rollout.set(ATOMIC, EVERYBODY, enabled=False, allowedUsers=[listed])
    decided, after = rollout.has(ATOMIC, listed), payer.path_of(listed)
    evidence.observe(melts=2, path_on=before, path_off=after)
    assert before == "atomic", f"switched on, a listed user's melt took the {before} path"
    assert not decided, f"{ATOMIC} is switched off, and {listed}, who is listed, still has it"
    assert after == "legacy", f"switched off, a listed user's melt took the {after} path"


@pytest.mark.item("NC-FF-06")
@pytest.mark.writes
def test_a_listed_user_gets_a_feature_at_zero_per_cent(rollout, payer, early_users, evidence):
    """The plan's allow-list reaches the people it is meant for, and nobody else.

    A list of placeholders serves nobody, and the stage looks perfectly healthy.
    """
    rollout.choose("phases")
    stage = rollout.stage("5.1")
    row, strangers = rollout.stored(ATOMIC), crowd(1_000).users
    served = dict(zip(early_users, rollout.decisions(ATOMIC, early_users), strict=True))
    unlisted = sum(rollout.decisions(ATOMIC, strangers))
    evidence.observe(
        listed_users=len(served), listed_enabled=sum(served.values()), unlisted_users=1_000
    )
    assert stage.status == 200, stage.explain("the stage of listed users")
    assert row["rolloutPercentage"] == NOBODY, f"the stage stored {row['rolloutPercentage']} %"
    left_out = [user for user, decided in served.items() if not decided]
    assert not left_out, f"{left_out} do not have {ATOMIC}; listed are {row['allowedUsers']}"
    assert unlisted == 0, f"{unlisted} users who are not listed have {ATOMIC} at 0 %"
    paths = [payer.path_of(payer.funded(user)) for user in (early_users[0], strangers[0])]
    assert paths == ["atomic", "legacy"], f"a listed and an unlisted user's melts took {paths}"


@pytest.mark.item("NC-FF-07")
@pytest.mark.disrupts
@pytest.mark.writes
def test_a_user_gets_the_same_answer_everywhere_and_always(
    staging, staging_cluster, rollout, limits, evidence, plans
):
    """A user stays on one side: for every process, every time, and after a restart.

    Whoever changes sides between two requests is paid by one path and reconciled by the other.
    """
    people, percentage = crowd(2_000), plans.percentages[4]
    rollout.set(ATOMIC, percentage)
    pods = [pod["metadata"]["name"] for pod in staging_cluster.pods()]
    processes = [rollout.at(staging_cluster.through(pod)) for pod in pods]
    first = people.one_of(0)
    everywhere = [rollout, *processes]
    seen = until(lambda: all(one.has(ATOMIC, first) for one in everywhere), SEEN_S)
    answers = [one.decisions(ATOMIC, people.users) for one in (*everywhere, rollout)]
    ended = staging_cluster.delete_pods()
    staging.wait_until_up()
    process = staging.api.health().json().get("pod")
    answers.append(rollout.decisions(ATOMIC, people.users))
    distinct = max(len(set(one)) for one in zip(*answers, strict=True))
    strays = people.enabled(answers[-1]) ^ people.within(percentage)
    evidence.observe(
        users_evaluated=len(people), processes=len(pods), passes=len(answers),
        distinct_answers_per_user=distinct,
    )  # fmt: skip
    assert pods, "there is no pod to ask by itself"
    assert process not in ended, f"{process} answers, which was to be replaced"
    limit = limits["distinct_answers_per_user"]
    assert limit.holds(distinct), limit.explain(distinct)
    assert not strays, (
        f"{len(strays)} of {len(people)} users are on the other side than their bucket says at "
        f"{percentage} %: {shown(strays)}"
    )
    assert seen, f"{SEEN_S:g} s after the change a process still does not serve {first}"


@pytest.mark.item("NC-FF-08")
@pytest.mark.writes
def test_the_share_of_users_is_the_percentage_at_every_stage(rollout, limits, evidence, plans):
    """Of many users, as many have the feature as the percentage says, give or take chance.

    The next stage is decided by what this share of users met.
    """
    people = crowd(MANY)
    counts = {}
    for percentage in plans.percentages:
        rollout.set(ATOMIC, percentage)
        counts[percentage] = sum(rollout.decisions(ATOMIC, people.users))
    errors = {p: abs(share_pct(range(n), people) - p) for p, n in counts.items()}
    evidence.observe(
        users_evaluated=len(people), stages=len(counts), share_error_pct=max(errors.values())
    )
    limit = limits["share_error_pct"]
    for percentage, count in counts.items():
        bounds = binomial_bounds(len(people), percentage / 100, THREE_SIGMA)
        assert limit.holds(errors[percentage]), limit.explain(errors[percentage])
        assert count in bounds, (
            f"at {percentage} % {count} of {len(people)} users have {ATOMIC}; chance explains "
            f"{bounds.low} to {bounds.high}"
        )


@pytest.mark.item("NC-FF-09")
@pytest.mark.writes
def test_raising_the_percentage_takes_the_feature_from_nobody(rollout, evidence, plans):
    """Whoever had the feature at one stage has it at the next.

    A user who is thrown back in mid-rollout has wallets that both paths have touched.
    """
    people = crowd(2_000)
    stages = []
    for percentage in plans.percentages:
        rollout.set(ATOMIC, percentage)
        stages.append((percentage, people.enabled(rollout.decisions(ATOMIC, people.users))))
    lost = {after: had - has for (_, had), (after, has) in pairwise(stages)}
    evidence.observe(users_evaluated=len(people), stages=len(stages))
    assert stages[0][1], f"nobody of {len(people)} users has {ATOMIC} at {stages[0][0]} %"
    for percentage, users in lost.items():
        assert not users, f"{len(users)} users lost {ATOMIC} at {percentage} %: {shown(users)}"


@pytest.mark.item("NC-FF-10")
@pytest.mark.writes
def test_at_zero_per_cent_nobody_has_the_feature(rollout, limits, evidence):
    """At 0 % a feature is on for listed users only.

    The first stage is meant for people who know that they are the first.
    """
    people = crowd(MANY)
    rollout.set(ATOMIC, EVERYBODY)
    control = rollout.has(ATOMIC, people.users[0])
    rollout.set(ATOMIC, NOBODY)
    enabled = people.enabled(rollout.decisions(ATOMIC, people.users))
    evidence.observe(users_evaluated=len(people), enabled_users=len(enabled))
    assert control, f"{people.users[0]} does not have {ATOMIC} at 100 % either"
    limit = limits["enabled_users"]
    assert limit.holds(len(enabled)), f"{limit.explain(len(enabled))}: {shown(enabled)}"


@pytest.mark.item("NC-FF-11")
@pytest.mark.writes
def test_at_a_hundred_per_cent_everybody_has_the_feature(rollout, limits, evidence):
    """At 100 % every user has the feature, and so have anonymous operations.

    The old path is taken out next: whoever still depends on it can no longer pay.
    """
    people = crowd(MANY)
    rollout.set(ATOMIC, EVERYBODY)
    decisions = rollout.decisions(ATOMIC, (*people.users, None))
    left_out = frozenset(people.users) - people.enabled(decisions[:-1])
    share = 100 - share_pct(left_out, people)
    evidence.observe(
        users_evaluated=len(people), enabled_share_pct=share, anonymous_enabled=decisions[-1]
    )
    limit = limits["enabled_share_pct"]
    assert limit.holds(share), f"{limit.explain(share)}; without it: {shown(left_out)}"
    assert decisions[-1], f"an anonymous operation does not have {ATOMIC} at 100 %"


@pytest.mark.item("NC-FF-12")
@pytest.mark.writes
def test_anonymous_operations_change_sides_where_the_team_agreed(rollout, limits, evidence, plans):
    """Operations without a user get a feature at the stage that was agreed on, and not before.

    Hashed as one user they share one bucket, and all of them would switch over at once.
    """
    place = bucket(None)
    neighbour = crowd(MANY).one_of(place)
    seen = {}
    for percentage in plans.percentages:
        rollout.set(ATOMIC, percentage)
        seen[percentage] = rollout.decisions(ATOMIC, [None, neighbour])
    evidence.observe(
        stages=len(seen), anonymous_bucket=place,
        anonymous_from_pct=next((p for p, (anonymous, _) in seen.items() if anonymous), "never"),
    )  # fmt: skip
    limit = limits["anonymous_bucket"]
    assert limit.holds(place), limit.explain(place)
    for percentage, (anonymous, user) in seen.items():
        assert user == (place < percentage), f"at {percentage} % a user of bucket {place}: {user}"
        agreed = percentage >= plans.anonymous_from_percentage
        assert anonymous == agreed, (
            f"at {percentage} % anonymous operations have {ATOMIC}: {anonymous}; agreed is from "
            f"{plans.anonymous_from_percentage} % on"
        )


@pytest.mark.item("NC-FF-13")
@pytest.mark.writes
def test_a_flag_without_a_row_counts_as_off(staging, rollout, payer, evidence):
    """A feature that nobody stored is off, with a warning, and payments go on by the old path.

    One misspelt name must not stop every melt.
    """
    user = payer.funded()
    rollout.set(ATOMIC, EVERYBODY)
    before = payer.path_of(user)
    unknown = staging.api.evaluate("atomicMeltOperatoins", user)
    staging.store.writing()["featureflags"].delete_one({"name": ATOMIC})
    rollout.reload()
    removed, melt = staging.api.evaluate(ATOMIC, user), payer.melt(user)
    evidence.observe(unknown_flags=2, melts=2, path_before=before, melt_status=melt.status)
    assert before == "atomic", f"with the row, at 100 %, the melt took the {before} path"
    for reply in (unknown, removed):
        assert reply.status == 200, reply.explain("200 and a decision, not an exception")
        assert reply.json()["enabled"] is False, reply.explain("a feature that is off")
        assert reply.json().get("warning"), reply.explain("a warning about the missing row")
    assert melt.status == 200, melt.explain("a melt without any row of the feature")
    assert melt.json()["path"] == "legacy", melt.explain("the legacy path")
