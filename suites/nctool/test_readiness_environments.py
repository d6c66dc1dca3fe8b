"""The environments on the way to production, and production itself before it is touched."""

import json
from datetime import UTC, datetime

import pytest

from fixtures.clients.files import read_json
from fixtures.probes.identifiers import PLACES, found_in
from fixtures.probes.promotions import ORDER, problems
from fixtures.probes.rollout_state import pods_of, rollout_of
from fixtures.probes.security_records import age_days, moment

FLAGS = "featureflags"
SAMPLE = 3000
ASKED_AT_ONCE = 500
GOOD_STATES = frozenset({"PRIMARY", "SECONDARY", "ARBITER"})
FIGURES = ("response_ms.mean", "response_ms.p50", "response_ms.p95", "response_ms.p99",
           "throughput_tps", "error_rate_pct", "resources.cpu_pct",
           "resources.memory_mb")  # fmt: skip


@pytest.mark.item("NC-PRE-07")
def test_the_released_image_passed_every_environment_in_its_order(
    target, checkout, preproduction, release, evidence
):
    """Staging and then pre-production ran the very image; pre-production is set up as production.

    What passed there is that image with these flags and alerts: nothing else was tried.
    """
    image = next((each for each in release.artifacts if "image" in each.name), None)
    if image is None:
        evidence.not_verified("the release's artifacts in the profile name no image")
    record = read_json(target.require("promotions", "nctool"), target.recorder)
    wrong = problems(record, image=image.sha256, commit=release.commit)
    config = json.loads(checkout.show(release.commit, "config/deployment.json"))["environments"]
    alerts = [config[name]["monitoring"]["alertThresholds"] for name in ("preproduction",
              "production")]  # fmt: skip
    planned = config["production"]["features"]
    stored = {flag["name"]: flag for flag in preproduction.find(FLAGS)}
    tried = {name: _part(stored.get(name, {}), flag) for name, flag in planned.items()}

    evidence.observe(environments_compared=len(ORDER), runs=len(record.get("runs", ())))
    assert not wrong, "; ".join(wrong)
    assert alerts[0] == alerts[1], f"alerts of pre-production {alerts[0]}, production {alerts[1]}"
    assert tried == planned, f"flags of pre-production {tried}, planned for production {planned}"


def _part(flag, wanted):
    """Those settings of a stored flag that a configuration fixes."""
    return {key: flag.get(key) for key in wanted}


def _sampled(store, places):
    """Identifiers of one kind in a store, at most as many as are asked for."""
    found = set()
    for collection, paths in places.items():
        found |= found_in(store.find(collection, fields=list(paths)), paths)
    return sorted(found)[:SAMPLE]


def _also_in(store, places, values):
    """Those of the values that a store holds at the same places."""
    shared = set()
    for start in range(0, len(values), ASKED_AT_ONCE):
        some = values[start : start + ASKED_AT_ONCE]
        for collection, paths in places.items():
            query = {"$or": [{path: {"$in": some}} for path in paths]}
            shared |= found_in(store.find(collection, query, fields=list(paths)), paths) & set(some)
    return shared


@pytest.mark.item("NC-PRE-08")
def test_nothing_in_preproduction_leads_back_to_a_user(store, preproduction, limits, evidence):
    """No user, no secret of a proof and no invoice of pre-production exists in production.

    A secret is the money itself, and pre-production is read by more people than production.
    """
    sampled = {kind: _sampled(preproduction, places) for kind, places in PLACES.items()}
    control = {kind: _sampled(store, places)[:1] for kind, places in PLACES.items()}
    shared = {kind: _also_in(store, PLACES[kind], values) for kind, values in sampled.items()}
    known = {kind: _also_in(store, PLACES[kind], values) for kind, values in control.items()}
    number = sum(map(len, shared.values()))

    evidence.observe(
        identifiers_compared=sum(map(len, sampled.values())),
        by_kind={kind: len(values) for kind, values in sampled.items()},
    )
    for kind in ("npub", "proof"):
        assert sampled[kind], f"pre-production holds no {kind}: nothing was compared"
        assert known[kind] == set(control[kind]), f"a {kind} of production is not found there"
    assert limits["shared_identifiers"].holds(number), limits["shared_identifiers"].explain(
        number
    ) + "".join(f"\n{len(values)} of the kind {kind}" for kind, values in shared.items() if values)


@pytest.mark.item("NC-PRE-09")
def test_production_is_healthy_before_it_is_touched(api, cluster, store, prometheus, evidence):
    """The service is healthy, all pods are ready, the replica set is whole, no grave alert fires.

    A deployment into trouble hides which of the two was to blame.
    """
    health = api.health()
    desired = rollout_of(cluster.read_deployment()).desired
    pods = pods_of(cluster.pods())
    members = store.command("replSetGetStatus", admin=True)["members"]
    states = {str(one["name"]): str(one["stateStr"]) for one in members}
    grave = [one.name for one in prometheus.alerts() if one.state == "firing"
             and one.labels.get("severity") == "critical"]  # fmt: skip

    evidence.observe(members_seen=len(members), pods_seen=len(pods), pods_desired=desired)
    assert health.status == 200, health.explain("200 and a healthy service")
    assert health.json()["status"] == "healthy", health.explain("a healthy service")
    assert len(pods) >= desired > 0, f"{len(pods)} pods run, {desired} are desired"
    waiting = [pod.name for pod in pods if pod.ready_since is None]
    assert not waiting, f"not ready: {', '.join(waiting)}"
    assert list(states.values()).count("PRIMARY") == 1, f"there is not one primary: {states}"
    down = {name: state for name, state in states.items() if state not in GOOD_STATES}
    assert not down, f"members of the replica set are down: {down}"
    assert not grave, f"critical alerts are firing: {', '.join(grave)}"


@pytest.mark.item("NC-PRE-11")
def test_a_fresh_baseline_was_recorded(target, release, limits, evidence):
    """The figures of the release before were measured just before this one, from enough requests.

    Without them, "not slower than before" is a matter of taste afterwards.
    """
    folder = target.require("baselines", "nctool")
    stored = [read_json(path, target.recorder) for path in sorted(folder.glob("*.json"))]
    assert stored, f"{folder.name} holds no baseline: measure the release that runs now"
    newest = max(stored, key=lambda one: str(one.get("recorded_at")))
    age = age_days(newest.get("recorded_at"), release.window_start or datetime.now(UTC))
    figures = {name: _figure(newest, name) for name in FIGURES}
    lacking = [name for name, value in figures.items() if value is None or value < 0]

    evidence.observe(figures_read=len(FIGURES) - len(lacking), figures=figures, age_days=age)
    assert not lacking, f"the baseline lacks {', '.join(lacking)}"
    assert newest.get("version") != release.version, "the baseline is of this very release"
    assert moment(newest.get("recorded_at")), "the baseline does not say when it was measured"
    assert limits["baseline_age_days"].holds(age), limits["baseline_age_days"].explain(age)
    limit = limits["sample_size"]
    assert limit.holds(newest.get("sample_size", 0)), limit.explain(newest.get("sample_size"))


def _figure(document, path):
    for name in path.split("."):
        document = document.get(name) if isinstance(document, dict) else None
    return document if type(document) in (int, float) else None
