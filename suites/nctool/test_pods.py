"""The pods themselves: that each started in time, is healthy, and logs nothing grave or new."""

from datetime import UTC, datetime, timedelta

import pytest

from fixtures.clients.nctool import fresh_npub
from fixtures.clients.outcomes import Inconclusive
from fixtures.probes.pod_logs import grave_lines, new_errors
from fixtures.probes.rollout_state import (
    applied_at,
    began,
    pods_of,
    restarted_within,
    rollout_of,
    seconds_to_start,
)


@pytest.mark.item("NC-DEP-04")
def test_no_pod_logs_anything_fatal_or_unhandled(cluster, limits, evidence):
    """The end of every pod's log holds no fatal line, no unhandled error and no stack trace.

    `kubectl logs` prints whatever there is and succeeds; a pod can fail at each request it gets
    and stay up.
    """
    tail = int(limits["log_tail_lines"].value)
    logs = {pod.name: cluster.log(pod.name, tail=tail) for pod in pods_of(cluster.pods())}
    lines = sum(len(log) for log in logs.values())
    evidence.observe(pods_read=len(logs), log_lines=lines, log_tail_lines=tail)
    assert logs, f"no pod matches {cluster.label} in {cluster.namespace}"
    for name, log in logs.items():
        assert log, f"the log of {name} is empty: not even a start is in it"
        grave = grave_lines(log)
        assert not grave, f"{name} logged {len(grave)} grave lines, such as: {grave[0][:300]}"


@pytest.mark.item("NC-DEP-08")
def test_each_pod_started_in_time_and_stayed_up(cluster, limits, evidence):
    """Each pod became healthy soon after the apply and was not restarted in the minutes after.

    A process that finds its configuration missing exits at once, is started again, and looks
    alive to whoever looks at the right moment.
    """
    within, quiet = limits["start_seconds"], limits["quiet_seconds"]
    rollout = rollout_of(cluster.read_deployment())
    applied = applied_at(cluster.replica_sets(), rollout.revision)
    pods = pods_of(cluster.pods())
    evidence.observe(pods_found=len(pods), pods_desired=rollout.desired)
    assert applied is not None, f"no replica set has the revision {rollout.revision}"
    assert len(pods) >= rollout.desired > 0, f"{len(pods)} pods for {rollout.desired} desired"

    for pod in pods:
        took_s = seconds_to_start(pod, applied, rollout)
        assert took_s is not None, f"{pod.name} is not ready: {pod.waiting or 'its probe fails'}"
        assert within.holds(took_s), f"{pod.name}: {within.explain(took_s)}"
        until = began(pod, applied, rollout) + timedelta(seconds=within.value + quiet.value)
        restarted = restarted_within(pod, until)
        assert restarted is not True, f"{pod.name} was restarted before {until.isoformat()}"
        if restarted is None or datetime.now(UTC) < until:
            raise Inconclusive(
                f"{pod.name}: whether it stayed up until {until.isoformat()} cannot be told "
                f"({pod.restarts} restarts, the last at {pod.last_end}). Look again after that."
            )
        health = cluster.ask(pod.name, "/health")
        assert health.status == 200, health.explain("200 from the pod itself")
        assert health.json().get("status") == "healthy", health.explain('status "healthy"')


@pytest.mark.item("NC-DEP-13")
def test_the_new_version_is_healthy_through_the_service_and_on_each_pod(
    cluster, api, release, evidence
):
    """Every pod, and the service in front of them, says it is healthy and of the new version.

    A health page that does not ask the database stays green while each request fails, so each
    pod is also asked for something that only the database knows.
    """
    pods = pods_of(cluster.pods())
    anew = {"Connection": "close"}  # a service spreads connections over its pods, not requests
    through = [api.http.get("/health", headers=anew) for _ in range(2 * len(pods) or 1)]
    direct = [cluster.ask(pod.name, "/health") for pod in pods]
    asked = [cluster.ask(pod.name, f"/api/wallets/{fresh_npub()}/balance") for pod in pods]
    evidence.observe(pods_asked=len(direct), answers_through_service=len(through))

    assert pods, f"no pod matches {cluster.label} in {cluster.namespace}"
    for reply in (*through, *direct):
        assert reply.status == 200, reply.explain("200")
        assert reply.json().get("status") == "healthy", reply.explain('status "healthy"')
        assert reply.json().get("version") == release.version, reply.explain(release.version)
    for reply in asked:
        assert reply.status == 404, reply.explain("404: the store was asked and has no such wallet")


@pytest.mark.item("NC-POST-04")
def test_the_logs_hold_no_error_that_the_week_before_did_not_have(cluster, previous_logs, evidence):
    """Every kind of error in the pods' logs was there before the release, or is acknowledged.

    A new kind is what the release brought; among thousands of known lines nobody sees it.
    """
    pods = pods_of(cluster.pods())
    lines = [line for pod in pods for line in cluster.log(pod.name)]
    known = previous_logs
    new = new_errors(lines, known.lines, known.acknowledged)
    evidence.observe(pods_read=len(pods), log_lines=len(lines), lines_before=len(known.lines))
    assert lines, f"the pods of {cluster.label} in {cluster.namespace} have logged nothing"
    assert not new, f"new kinds of error: {'; '.join(f'{n} x {k[:200]}' for k, n in new.items())}"
