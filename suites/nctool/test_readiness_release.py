"""What is about to be released: its reviews, tests, version, configuration, and its gate."""

import json

import pytest

from contracts import strict_json
from contracts.configurations import configuration
from contracts.documents import documented
from contracts.schemas import problems
from fixtures.clients.files import read_bytes
from fixtures.probes.deployment_configuration import (
    of_development,
    placeholders,
    stated_version,
    values,
)
from fixtures.probes.documents import Named, missing
from fixtures.probes.npub import problem
from fixtures.probes.reported_tests import Tally
from fixtures.probes.suite_reports import by_suite, suites_of

VERSIONED = ("config/deployment.json", "package.json", "package-lock.json")


@pytest.mark.item("NC-PRE-01")
def test_every_merged_change_was_approved_by_somebody_else(checkout, forge, release, evidence):
    """Each commit since the release before came by a pull request that another person approved.

    A list of commits tells what was changed, and nothing about whether anybody looked at it.
    """
    if not release.previous_tag:
        evidence.not_verified("the release of the profile lacks previous_tag")
    commits = checkout.commits(f"{release.previous_tag}..{release.commit}")
    merged = {c.hash: [p for p in forge.pulls_of(c.hash) if p.merged] for c in commits}
    pulls = {pull.number: pull for found in merged.values() for pull in found}
    approved = {number for number, pull in pulls.items() if forge.approvers(pull)}
    unseen = [c for c in commits if not any(p.number in approved for p in merged[c.hash])]

    evidence.observe(commits_checked=len(commits), pull_requests=sorted(pulls))
    assert not unseen, "released without approval by somebody else: " + "; ".join(
        f"{c.hash[:12]} {c.subject!r} by {c.author}" for c in unseen
    )


@pytest.mark.item("NC-PRE-02")
@pytest.mark.writes
def test_every_suite_of_the_release_runs_and_passes(
    checkout, operations, release, limits, evidence, tmp_path
):
    """Each suite that the release has ran at least one test, and none failed.

    A suite that is skipped as a whole leaves a run as green as one that passed.
    """
    clean = checkout.clone_at(release.commit, tmp_path / "clean")
    report = tmp_path / "tests.xml"

    run = operations.run("test_all", cwd=clean.path, report=report)
    assert report.is_file(), run.explain("a report of the tests")
    seen = by_suite(read_bytes(report, operations.recorder).decode("utf-8", "replace"))
    wanted = suites_of(checkout.files(release.commit))
    idle = sorted(name for name in wanted if seen.get(name, Tally(0, 0, 0)).executed < 1)
    total = sum(seen.values(), Tally(0, 0, 0))

    evidence.observe(executed_tests=total.executed, sub_suites=len(wanted), skipped=total.skipped)
    limit = limits["failed_tests"]
    assert limit.holds(total.failed), f"{limit.explain(total.failed)}\n{run.explain()}"
    assert run.ok, run.explain()
    assert not idle, f"no test ran in {', '.join(idle)} of test/\n{run.explain('tests in each')}"


@pytest.mark.item("NC-PRE-03")
@pytest.mark.writes
def test_the_release_is_fast_enough(checkout, operations, release, limits, evidence, tmp_path):
    """The release's own measurement shows operations answered in time and enough of them.

    The figures are read from what it prints: an exit code says only that it ran to its end.
    """
    clean = checkout.clone_at(release.commit, tmp_path / "clean")

    run = operations.run("test_performance", cwd=clean.path)
    printed = [line for line in run.stdout.splitlines() if line.startswith("{")]
    assert printed, run.explain("one line of JSON with the figures")
    figures = strict_json.loads(printed[-1])

    sound = 0 <= figures["failed"] <= figures["operations"]
    assert sound, run.explain("failures among the operations, none below zero")
    evidence.observe(operations_measured=figures["operations"] - figures["failed"], **figures)
    for metric in ("response_s", "throughput_tps"):
        limit = limits[metric]
        assert limit.holds(figures[metric]), f"{limit.explain(figures[metric])}\n{run.explain()}"
    assert run.ok, run.explain()


@pytest.mark.item("NC-PRE-05")
def test_configuration_and_service_state_the_version_of_the_release(
    checkout, api, release, limits, evidence
):
    """Configuration, package and the running service are of one version, the one to be released.

    A label that is only printed may be empty, and nobody notices which version really runs.
    """
    stated = {path: stated_version(checkout.show(release.commit, path)) for path in VERSIONED}
    health = api.health()
    assert health.status == 200, health.explain("200 and the version that runs")
    stated["the running service"] = health.json().get("version")

    evidence.observe(versions_read=len(stated), versions=stated)
    limit = limits["version"]
    wrong = [f"{place}: {limit.explain(said)}" for place, said in stated.items() if
             not limit.holds(said)]  # fmt: skip
    assert not wrong, "\n".join(wrong)


@pytest.mark.item("NC-PRE-06")
def test_the_configuration_of_production_is_complete_and_its_own(checkout, release, evidence):
    """What the plan names is there; configurations keep their schema and hold real values.

    A placeholder is a value as far as the program can see; it just never matches anybody.
    """
    documents = documented("nctool")
    files = checkout.files(release.commit)
    scripts = json.loads(checkout.show(release.commit, "package.json"))["scripts"]
    absent = missing(Named(documents.npm_scripts, documents.files), scripts, files)
    read = {
        path: json.loads(checkout.show(release.commit, path)) for path in configuration("nctool")
    }
    wrong = [
        f"{path}: {each}"
        for path, schema in configuration("nctool").items()
        for each in problems(read[path], schema)
    ]
    environments = read["config/deployment.json"]["environments"]
    production, rollout = environments["production"], read["config/rollout.json"]
    left = placeholders(production) + placeholders(rollout)
    foreign = of_development(production, environments["development"])
    nobody = list(filter(None, map(problem, rollout["allowedUsers"])))

    evidence.observe(values_checked=sum(1 for part in (production, rollout) for _ in values(part)))
    assert not absent, f"documented, but not in the release: {absent}"
    assert not wrong, "\n".join(wrong)
    assert not left, f"left to be filled in: {'; '.join(left)}"
    assert not foreign, f"of a developer, not of production: {'; '.join(foreign)}"
    assert not nobody, f"allowed is somebody who cannot exist: {'; '.join(nobody)}"


@pytest.mark.item("NC-PRE-19")
def test_the_gate_before_a_deployment_passes_and_can_fail(
    checkout, operations, release, evidence, tmp_path
):
    """The gate lets this release through, and stops one whose configuration is empty.

    A gate that prints what is wrong and ends with 0 is no gate to a script.
    """
    sound = checkout.clone_at(release.commit, tmp_path / "sound")
    broken = checkout.clone_at(release.commit, tmp_path / "broken")
    emptied = [path for path in broken.files() if path.startswith("config/")]
    for path in emptied:
        (broken.path / path).write_text("{}\n")

    passed = operations.run("verify_pre_deployment", cwd=sound.path)
    stopped = operations.run("verify_pre_deployment", cwd=broken.path)

    evidence.observe(gates_run=2, emptied=emptied)
    assert emptied, "the release has no file in config/ that could be emptied"
    assert passed.ok, passed.explain("exit code 0 for this release")
    assert stopped.exit_code != 0, stopped.explain(f"another exit code than 0 without {emptied}")
    assert not stopped.timed_out, stopped.explain("an exit code within its time")
