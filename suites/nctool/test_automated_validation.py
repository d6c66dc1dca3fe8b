"""The deployment's own validator: it succeeds, it is right, and it could have failed."""

from datetime import timedelta

import pytest

from fixtures.clients.nctool import fresh_npub
from fixtures.probes.deployment_validation import NAMES, read_report
from fixtures.probes.rollout import decides
from fixtures.probes.time_series import Comparison
from suites.nctool.observed import HOUR, WEEK

USERS = 20
ENOUGH_REQUESTS = 1_000
BASELINES = "performancebaselines"
HEADERS = {"x-content-type-options": "nosniff", "cache-control": "no-store"}
ADMINISTRATION = ("/api/admin/flags", "/api/admin/flags/atomicMeltOperations")


@pytest.mark.item("NC-POST-17")
def test_the_validator_finds_the_application_healthy_and_it_is(validated, pods, release, evidence):
    """The validator's report is complete and fresh, and each process says itself that it is well.

    A validator that checked nothing reports success as readily as one that checked everything.
    """
    run = validated()
    health = [pod.get("/health") for pod in pods]

    evidence.observe(results=len(run.report.results), processes=len(health))
    lacking = [name for name in NAMES if name not in run.report.results]
    assert not lacking, f"the report has no result of {', '.join(lacking)} ({run.evidence})"
    assert run.problems("applicationHealth") == [], run.explain("applicationHealth successful")
    assert run.report.consistent, run.explain("a whole that is the sum of its results")
    assert run.ok == run.report.success, run.explain("an exit code that tells the result")
    for reply in health:
        assert reply.status == 200, reply.explain("200 and a healthy process")
        assert reply.json()["status"] == "healthy", reply.explain("status healthy")
        assert reply.json()["version"] == release.version, reply.explain(release.version)


@pytest.mark.item("NC-POST-17")
@pytest.mark.writes
@pytest.mark.disrupts
def test_the_validator_misses_a_mint_that_does_not_answer(staging, evidence):
    """Without its mint the application is not healthy, and the validator says so."""
    before = staging.api.validate()
    with staging.mint.out_of_reach():
        reply = staging.api.validate()

    evidence.observe(reports=2)
    assert "applicationHealth" in read_report(before.text).results, before.explain("all results")
    assert not read_report(before.text).failed("applicationHealth"), before.explain("success")
    assert read_report(reply.text).failed("applicationHealth"), reply.explain("a failure")


@pytest.mark.item("NC-POST-19")
def test_the_validator_finds_the_features_working_and_they_are(
    validated, api, early_users, evidence
):
    """Features decide as their flags say, for users who get one and for users who do not.

    A check of the features that returned nothing was once skipped, and the release called sound.
    """
    run = validated()
    flags = api.flags()
    users = [*early_users, *(fresh_npub() for _ in range(USERS))]
    wrong, asked = [], {True: 0, False: 0}
    for flag in flags.json()["flags"]:
        replies = api.evaluate_all(flag["name"], users)
        for user, enabled in zip(users, replies.json()["enabled"], strict=True):
            expected = decides(
                enabled=flag["enabled"] and not flag.get("rolledBack"),
                percentage=flag["rolloutPercentage"],
                allowed=flag.get("allowedUsers", ()),
                user=user,
            )
            asked[expected] += 1
            if enabled is not expected:
                wrong.append(f"{flag['name']} for {user}: expected {expected}, got {enabled}")

    evidence.observe(enabled_users=asked[True], disabled_users=asked[False])
    assert run.problems("featureFunctionality") == [], run.explain(
        "featureFunctionality successful"
    )
    if not all(asked.values()):
        evidence.inconclusive(f"no user of one kind to ask about: {asked} ({flags.evidence})")
    assert not wrong, "\n".join(wrong[:5])


@pytest.mark.item("NC-POST-19")
@pytest.mark.writes
def test_the_validator_misses_a_flag_that_is_gone(staging, evidence):
    """Without its flag a feature does not work, and the validator says so."""
    before = staging.api.validate()
    flags = staging.store.writing()["featureflags"]
    flags.delete_one({"name": "enhancedErrorHandling"})
    reply = staging.api.validate()

    evidence.observe(reports=2)
    assert not read_report(before.text).failed("featureFunctionality"), before.explain("success")
    assert read_report(reply.text).failed("featureFunctionality"), reply.explain("a failure")


@pytest.mark.item("NC-POST-20")
def test_the_validator_finds_no_regression_and_there_is_none(validated, observed, limits, evidence):
    """Answers take at most a fifth longer than before, by the validator and by Prometheus.

    Without a baseline there is nothing to be slower than, and every release is fast.
    """
    run = validated()
    limit = limits["response_increase_pct"]
    after = observed.window(timedelta(0), 2 * HOUR)
    means, requests = (
        [observed.value(name, window) for window in (after, after.earlier(WEEK))]
        for name in ("response_mean", "requests")
    )
    compared = Comparison(*means, *requests)

    evidence.observe(
        response_increase_pct=round(compared.worse_pct, 2),
        requests=round(compared.count_now),
        baseline_requests=round(compared.count_before),
    )
    assert run.problems("performanceRegression") == [], run.explain(
        "performanceRegression successful"
    )
    figures = run.report.results["performanceRegression"].observed
    assert figures.get("baseline_ms", 0) > 0, run.explain("a baseline to compare with")
    assert figures.get("samples", 0) > 0, run.explain("requests that were timed")
    assert limit.holds(figures["response_increase_pct"]), run.explain(str(limit.value))
    if compared.too_few(ENOUGH_REQUESTS):
        evidence.inconclusive(f"too few requests in one of the windows: {requests}")
    assert limit.holds(compared.worse_pct), limit.explain(round(compared.worse_pct, 1))


@pytest.mark.item("NC-POST-20")
@pytest.mark.writes
def test_the_validator_misses_a_baseline_that_is_gone(staging, evidence, limits):
    """Without a baseline the validator cannot know, and does not call that success."""
    before = staging.api.validate()
    baselines = staging.store.writing()[BASELINES]
    kept = list(baselines.find({}))
    baselines.delete_many({})
    try:
        reply = staging.api.validate()
    finally:
        if kept:
            baselines.insert_many(kept)

    evidence.observe(reports=2, baselines=len(kept), limit=limits["response_increase_pct"].value)
    assert read_report(reply.text).failed("performanceRegression"), reply.explain("a failure")
    assert not read_report(before.text).failed("performanceRegression"), before.explain("success")


@pytest.mark.item("NC-POST-21")
def test_the_validator_finds_the_service_secured_and_it_is(validated, http, api, evidence):
    """Whoever has no key administers nothing, and answers may be neither sniffed nor kept.

    A stub that says success was once all there was of this check.
    """
    run = validated()
    refused = [
        http.get(path, headers=headers)
        for path in ADMINISTRATION
        for headers in ({}, {"Authorization": "Bearer wrong"})
    ]
    allowed = [api.admin.get(path) for path in ADMINISTRATION]

    evidence.observe(refusals=len(refused), controls=len(allowed))
    assert run.problems("securityCompliance") == [], run.explain("securityCompliance successful")
    figures = run.report.results["securityCompliance"].observed
    assert figures.get("refusals_asked_for", 0) > 0, run.explain("routes that were tried")
    for reply in allowed:
        assert reply.status == 200, reply.explain("200 for the administrator")
    for reply in refused:
        assert reply.status == 401, reply.explain("401 without a sound key")
    for reply in (*refused, *allowed):
        for name, value in HEADERS.items():
            assert value in reply.headers.get(name, ""), reply.explain(f"{name}: {value}")
