"""What deployment, replica set and pods say of a rollout."""

from datetime import UTC, datetime, timedelta

import pytest

from fixtures.probes.rollout_state import (
    applied_at,
    pod_problems,
    pods_of,
    restarted_within,
    rollout_of,
    rollout_problems,
    seconds_to_start,
)

AT = datetime(2026, 11, 13, 9, 0, tzinfo=UTC)
DIGEST = "sha256:" + "b" * 64
REVISION = "deployment.kubernetes.io/revision"


def stamp(seconds):
    return (AT + timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%SZ")


def deployment(desired=2, done_after=30, generation=3, **status):
    counts = ("replicas", "updatedReplicas", "readyReplicas", "availableReplicas")
    progressing = {
        "type": "Progressing",
        "status": "True",
        "reason": "NewReplicaSetAvailable",
        "lastUpdateTime": stamp(done_after),
    }
    return {
        "metadata": {"generation": generation, "annotations": {REVISION: "4"}},
        "spec": {"replicas": desired},
        "status": dict.fromkeys(counts, desired)
        | {"observedGeneration": 3, "conditions": [progressing]}
        | status,
    }


def pod(name="a", ready_after=20, restarts=0, ended=None, image=f"docker.test/app@{DIGEST}"):
    last = {} if ended is None else {"terminated": {"finishedAt": stamp(ended)}}
    condition = {"type": "Ready", "status": "False"}
    if ready_after is not None:
        condition = {
            "type": "Ready",
            "status": "True",
            "lastTransitionTime": stamp(ready_after),
        }
    return {
        "metadata": {"name": name, "creationTimestamp": stamp(5)},
        "status": {
            "conditions": [condition],
            "containerStatuses": [
                {"restartCount": restarts, "imageID": image, "lastState": last, "state": {}}
            ],
        },
    }


def state(**given):
    return pods_of([pod(**given)])[0]


def test_a_complete_rollout_has_no_problem():
    rollout = rollout_of(deployment())

    assert rollout_problems(rollout) == []
    assert rollout.completed_at == AT + timedelta(seconds=30)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"updatedReplicas": 1}, "1 of 2 desired pods are updated"),
        ({"readyReplicas": 0}, "0 of 2 desired pods are ready"),
        ({"replicas": 3}, "3 of 2 desired pods are existing"),
        ({"observedGeneration": 2}, "newest manifest"),
        ({"conditions": []}, "not complete"),
    ],
    ids=["updated", "ready", "surplus", "unobserved", "no progress"],
)
def test_what_is_missing_from_a_rollout_is_said(change, said):
    assert any(said in each for each in rollout_problems(rollout_of(deployment(**change))))


def test_a_deployment_that_desires_nothing_is_no_rollout():
    assert "no pod is desired" in rollout_problems(rollout_of(deployment(desired=0)))


def test_the_replica_set_of_the_revision_says_when_it_was_applied():
    sets = [
        {"metadata": {"annotations": {REVISION: number}, "creationTimestamp": stamp(int(number))}}
        for number in ("3", "4")
    ]

    assert applied_at(sets, "4") == AT + timedelta(seconds=4)
    assert applied_at(sets, "5") is None


def test_good_pods_have_no_problem():
    assert pod_problems(pods_of([pod("a"), pod("b")]), 2, DIGEST) == []


@pytest.mark.parametrize(
    ("pods", "said"),
    [
        ([], "0 pods match"),
        ([pod(ready_after=None)], "not ready"),
        ([pod(restarts=3)], "restarted 3 times"),
        ([pod(image="docker.test/app@sha256:old")], "runs sha256:old"),
        ([pod(image="")], "no image yet"),
    ],
    ids=["none", "unready", "restarted", "other image", "no image"],
)
def test_what_is_wrong_with_pods_is_said(pods, said):
    assert any(said in each for each in pod_problems(pods_of(pods), 1, DIGEST))


def test_a_pod_that_is_being_removed_does_not_count():
    leaving = pod()
    leaving["metadata"]["deletionTimestamp"] = stamp(9)

    assert pods_of([leaving]) == []


def test_a_start_is_timed_from_the_apply():
    assert seconds_to_start(state(), AT, rollout_of(deployment())) == 20


def test_a_disturbance_days_later_does_not_lengthen_the_start():
    assert seconds_to_start(state(ready_after=90_000), AT, rollout_of(deployment())) == 30


def test_a_pod_that_came_after_the_rollout_is_timed_from_its_creation():
    late = deployment(done_after=2)

    assert seconds_to_start(state(), AT, rollout_of(late)) == 15


def test_a_pod_that_is_not_ready_has_no_time():
    assert seconds_to_start(state(ready_after=None), AT, rollout_of(deployment())) is None


@pytest.mark.parametrize(
    ("restarts", "ended", "expected"),
    [(0, None, False), (1, 50, True), (1, 5000, False), (2, 5000, None), (1, None, None)],
)
def test_of_several_ends_the_early_ones_are_not_known(restarts, ended, expected):
    until = AT + timedelta(seconds=600)

    assert restarted_within(state(restarts=restarts, ended=ended), until) is expected
