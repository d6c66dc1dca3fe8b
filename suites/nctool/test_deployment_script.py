"""The script that deploys: it stops where it must, tests after it migrates, begins small."""

import pytest

from fixtures.clients.deployment_rehearsal import Rehearsal
from fixtures.probes.deployment_steps import ignored_failures, migration_at, smoke_tests_at
from fixtures.probes.reported_tests import Tally, tally


@pytest.mark.item("NC-DEP-05")
@pytest.mark.writes
def test_smoke_tests_pass_and_are_run_again_after_the_migration(
    checkout, operations, release, evidence, tmp_path
):
    """The smoke tests of the release pass on what runs now; the deployment repeats them at its end.

    Before the migration they tested a system that does not exist any more.
    """
    clean = checkout.clone_at(release.commit, tmp_path / "clean")
    smoke = operations.run("test_smoke", cwd=clean.path)
    seen = tally(smoke.stdout) or Tally(0, 0, 0)
    deployment = Rehearsal(operations, "deploy", clean.path, tmp_path / "rehearsal").run()
    migrated, tested = migration_at(deployment.calls), smoke_tests_at(deployment.calls)

    evidence.observe(smoke_checks=seen.executed, failed=seen.failed, steps=deployment.calls)
    assert smoke.ok, smoke.explain()
    assert seen.executed, smoke.explain("smoke tests that ran")
    assert not seen.failed, smoke.explain("no failed smoke test")
    assert deployment.ok, deployment.ended.explain("exit code 0 when every step succeeds")
    assert migrated is not None, f"no step migrates: {deployment.calls}"
    assert any(at < migrated for at in tested), f"no smoke test before it: {deployment.calls}"
    assert any(at > migrated for at in tested), f"no smoke test after it: {deployment.calls}"


@pytest.mark.item("NC-DEP-07")
@pytest.mark.writes
def test_features_are_enabled_as_far_as_the_first_stage(
    checkout, operations, staging, release, limits, evidence, tmp_path
):
    """The command that enables features gradually ends at the first stage of the plan.

    It runs at the end of a deployment: a higher share reaches users before anybody has watched one.
    """
    clean = checkout.clone_at(release.commit, tmp_path / "clean")
    first = {
        "atomicMeltOperations": limits["atomicMeltOperations.rolloutPercentage"],
        "preFlightReconciliation": limits["preFlightReconciliation.rolloutPercentage"],
    }
    before = {name: staging.api.flag(name).json() for name in first}

    run = operations.run("enable_gradual", cwd=clean.path, api_url=staging.instance.api_url)
    after = {name: staging.api.flag(name).json() for name in first}
    stored = {name: staging.store.one("featureflags", {"name": name}) for name in first}

    evidence.observe(flags_compared=len(after), before=before, after=after)
    assert run.ok, run.explain()
    assert not any(flag["enabled"] for flag in before.values()), f"already enabled: {before}"
    for name, limit in first.items():
        assert after[name]["enabled"], run.explain(f"{name} to be enabled")
        for flag in (after[name], stored[name]):
            share = flag["rolloutPercentage"]
            assert limit.holds(share), f"{limit.explain(share)}\n{run.explain()}"


@pytest.mark.item("NC-DEP-14")
def test_the_deployment_stops_at_the_first_step_that_fails(
    checkout, operations, release, evidence, tmp_path
):
    """Whichever step fails, no later one is run and the script ends with another code than 0.

    Otherwise features are switched on after a migration that has failed, and it says success.
    """
    clean = checkout.clone_at(release.commit, tmp_path / "clean")
    rehearsal = Rehearsal(operations, "deploy", clean.path, tmp_path / "rehearsal")

    control = rehearsal.run()
    failing = [rehearsal.run(fail_at=number) for number in range(1, len(control.calls) + 1)]
    ignored = ignored_failures(failing)

    evidence.observe(steps_failed=len(failing), steps=control.calls)
    assert control.ok, control.ended.explain("exit code 0 when every step succeeds")
    assert control.calls, control.ended.explain("steps that call tools")
    assert not ignored, "\n".join(ignored)
