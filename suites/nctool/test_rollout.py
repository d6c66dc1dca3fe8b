"""The rollout of the release on the cluster: what runs, since when, and with which features."""

import pytest

from fixtures.probes.rollout_state import (
    applied_at,
    image_problems,
    pod_problems,
    pods_of,
    rollout_of,
    rollout_problems,
)
from suites.nctool.purse import ATOMIC, RECONCILIATION, Purse


@pytest.mark.item("NC-DEP-01")
@pytest.mark.writes
def test_the_new_version_runs_and_melts_as_before(cluster, image, api, store, mint, evidence):
    """Every pod runs the released image, both melt features are off, and a melt is a legacy one.

    A flag that says "off" is not enough: a variable of the manifest can switch the feature on in
    the process, and every user's money then goes the new way on the first day.
    """
    pods = pods_of(cluster.pods())
    flags = {name: store.find("featureflags", {"name": name}) for name in (ATOMIC, RECONCILIATION)}
    purse = Purse(api, store, mint).funded(64)
    melt = purse.melt(mint.invoice(10).text)
    marked = [one for one in purse.tokens() if (one.get("metadata") or {}).get("atomic_operation")]
    evidence.observe(pods_compared=len(pods), flags_read=len(flags), melts=1)

    assert pods, f"no pod matches {cluster.label} in {cluster.namespace}"
    assert not (problems := image_problems(pods, image)), "\n".join(problems)
    for name, stored in flags.items():
        assert len(stored) == 1, f"{len(stored)} flags named {name} are stored, one is expected"
        state = (stored[0].get("enabled"), stored[0].get("rolloutPercentage"))
        assert state == (False, 0), f"{name} is {state}; (False, 0) is expected after the apply"
    assert melt.status == 200, melt.explain("a melt that is carried out")
    assert melt.json()["path"] == "legacy", melt.explain("the legacy path while the flag is off")
    assert not marked, f"{len(marked)} tokens of {purse.npub} say metadata.atomic_operation"


@pytest.mark.item("NC-DEP-02")
def test_the_rollout_was_complete_in_time(cluster, operations, limits, evidence):
    """All desired pods are updated, ready and available, and were so soon after the apply.

    `kubectl rollout status` alone says nothing when a script goes on after it failed. The same
    facts are read from the API; where kubectl is installed it is asked as well.
    """
    rollout = rollout_of(cluster.read_deployment())
    applied = applied_at(cluster.replica_sets(), rollout.revision)
    asked = operations.has("rollout_status") and operations.lacking("rollout_status") is None
    said = operations.run("rollout_status") if asked else None
    evidence.observe(pods_desired=rollout.desired, kubectl_asked=int(asked))

    assert not (problems := rollout_problems(rollout)), "; ".join(problems)
    assert applied is not None, f"no replica set has the revision {rollout.revision}"
    took_s = (rollout.completed_at - applied).total_seconds()
    limit = limits["rollout_seconds"]
    evidence.observe(rollout_seconds=took_s)
    assert limit.holds(took_s), limit.explain(took_s)
    assert said is None or said.ok, said.explain("a rollout that kubectl calls complete")


@pytest.mark.item("NC-DEP-03")
def test_as_many_pods_as_desired_are_ready_and_none_was_restarted(cluster, image, evidence):
    """The label finds all desired pods; each is ready, of the new image, and never restarted.

    `kubectl get pods` succeeds when nothing matches, and prints crashing pods without complaint.
    """
    rollout = rollout_of(cluster.read_deployment())
    pods = pods_of(cluster.pods())
    evidence.observe(pods_desired=rollout.desired, pods_found=len(pods))
    problems = pod_problems(pods, rollout.desired, image)
    assert rollout.desired > 0, "the deployment desires no pod"
    assert not problems, f"{cluster.label} in {cluster.namespace}: {'; '.join(problems)}"
