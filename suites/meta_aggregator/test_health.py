"""Health endpoints: what they say, whether it is true now, and how soon it became true."""

from datetime import UTC, datetime, timedelta

import pytest

from fixtures.clients.waiting import during, until
from fixtures.probes.service_report import DEPENDENCIES, health_problems, utc_time


@pytest.mark.item("MA-POST-01")
def test_the_health_endpoint_reports_healthy_in_the_documented_shape(api, evidence):
    """The health endpoint answers 200 with the documented body and calls the service healthy.

    Load balancers and people read the status code and the body; a 200 that says "degraded", or a
    redirect to a login page, passes a naive probe.
    """
    reply = api.health()
    evidence.observe(health_endpoints_read=1, status_code=reply.status)
    assert reply.status == 200, reply.explain("status 200 without a redirect")
    body = reply.json()
    assert health_problems(body) == [], reply.explain("the documented health body")
    assert body["status"] == "healthy", reply.explain('status "healthy"')


@pytest.mark.item("MA-POST-02")
def test_each_dependency_is_reported_healthy(api, evidence):
    """Database, external APIs and smart contracts are each reported healthy.

    The top-level word alone can hide that the service cannot do its work.
    """
    reply = api.health()
    evidence.observe(status_code=reply.status)
    assert reply.status == 200, reply.explain("status 200")
    states = reply.json().get("dependencies", {})
    evidence.observe(dependencies_reported=len(states), states=states)
    wanted = dict.fromkeys(DEPENDENCIES, "healthy")
    assert {name: states.get(name) for name in wanted} == wanted, reply.explain(str(wanted))


@pytest.mark.item("MA-POST-03")
def test_the_health_timestamp_moves_with_the_clock_and_names_the_release(
    api, release, limits, evidence
):
    """Each answer carries the time at which it was made, and the version that was released.

    A cached or constant body goes on saying "healthy" long after the service has died.
    """
    limit = limits["health_clock_difference_s"]
    replies = [api.health()]
    assert replies[0].status == 200, replies[0].explain("status 200")

    def later_than_before():
        replies.append(api.health())
        return _stated(replies[-1]) > _stated(replies[0])

    moved = until(later_than_before, deadline_s=3, every_s=0.5)
    difference_s = abs((datetime.now(UTC) - _stated(replies[-1])).total_seconds())
    evidence.observe(health_timestamps_read=len(replies), clock_difference_s=difference_s)
    stays = f"a timestamp after {replies[0].json()['timestamp']}"
    assert moved, replies[-1].explain(stays)
    assert limit.holds(difference_s), limit.explain(difference_s)
    version = replies[-1].json()["version"]
    assert version == release.version, replies[-1].explain(f"version {release.version}")


@pytest.mark.item("MA-POST-04")
def test_every_health_path_answers_with_the_same_status(api, target, evidence):
    """All documented health paths answer 2xx themselves, and agree with each other.

    The documents name two paths; whoever probes the other one sees a parking page or a 404.
    """
    paths = target.require("health_paths")
    replies = [api.health(path) for path in (*paths, paths[0])]
    evidence.observe(health_paths=len(paths), statuses=[reply.status for reply in replies])
    for reply in replies:
        assert 200 <= reply.status < 300, reply.explain("a 2xx status without a redirect")
    words = [reply.json().get("status") for reply in replies]
    if words[0] != words[-1]:
        evidence.inconclusive(f"the health changed from {words[0]} to {words[-1]} meanwhile")
    assert len(set(words)) == 1, f"{', '.join(paths)} disagree: {', '.join(map(str, words))}"


@pytest.mark.item("MA-POST-19")
def test_all_health_checks_were_green_within_the_agreed_time(
    api, metrics, target, release, limits, evidence
):
    """From the deployment to the first moment with every check green no more time passed.

    A release that takes longer to become healthy is a failed release, whatever it says later.
    """
    limit = limits["time_to_all_healthy_min"]
    deployed = release.deployed_at
    if deployed is None:
        evidence.not_verified("the profile does not say when the release was deployed")
    paths = target.require("health_paths")
    looks = during(1.0, lambda: [api.health(path) for path in paths], every_s=0.5)
    green_since = metrics.scrape().value("meta_aggregator_first_healthy_timestamp_seconds")
    took = datetime.fromtimestamp(green_since, UTC) - deployed
    minutes = round(took / timedelta(minutes=1), 3)
    evidence.observe(health_looks=len(looks), time_to_all_healthy_min=minutes)

    for reply in (reply for look in looks for reply in look):
        assert reply.status == 200, reply.explain("status 200, to stay green")
        assert reply.json()["status"] == "healthy", reply.explain('status "healthy", to stay green')
    assert green_since > 0, "the service has never seen all of its checks green"
    started = release.window_start or deployed
    assert green_since >= started.timestamp(), (
        f"the service has been green since before this deployment began at {started.isoformat()}: "
        "it still is the release before"
    )
    assert limit.holds(minutes), limit.explain(minutes)


def _stated(reply):
    """The time that a health answer says it was made at."""
    return utc_time(reply.json()["timestamp"])
