"""Nobody notices a deployment: the service answers while its processes are exchanged."""

import json
import time

import pytest

from fixtures.clients.files import read_bytes
from fixtures.clients.nctool import fresh_npub
from fixtures.clients.prober import Prober
from fixtures.clients.waiting import until
from fixtures.probes.availability import KINDS, Probe, outage_s, read_record
from fixtures.probes.migrated_documents import first
from fixtures.probes.rollout_state import rollout_of, rollout_problems

EVERY_S = 0.05
ROLLED_OUT_S = 60
CALM_S = 1.0
FRESH = {"Connection": "close"}


def _failed(probes, limit, what):
    """The sentence for an assertion about failed probes."""
    failed = [probe for probe in probes if probe.failed]
    return (
        f"{what}: {limit.explain(len(failed))} of {len(probes)}, for {outage_s(probes)} s: "
        f"{first(failed)}"
    )


@pytest.mark.writes
@pytest.mark.disrupts
@pytest.mark.item("NC-DEP-12")
def test_no_request_fails_while_processes_are_exchanged(
    target, staging, staging_cluster, limits, evidence
):
    """Reads and writes were answered during the deployment, and are while pods are exchanged.

    Every process of the release is replaced in staging under requests: that is the moment at which
    a deployment with a wrong strategy answers nobody.
    """
    path = target.require("deployment_probes", "nctool")
    lines = read_bytes(path, target.recorder).decode().splitlines()
    recorded = read_record(json.loads(line) for line in lines)
    user, http = fresh_npub(), staging.api.http.with_headers(FRESH)
    before = {pod["metadata"]["name"] for pod in staging_cluster.pods()}

    def rolled_out():
        names = {pod["metadata"]["name"] for pod in staging_cluster.pods()}
        state = rollout_of(staging_cluster.read_deployment())
        return not names & before and not rollout_problems(state)

    staging.api.create_wallet(user)
    requests = {
        "read": lambda: http.get(f"/api/wallets/{user}/balance"),
        "write": lambda: http.post("/api/wallets", json={"npub": user}),
    }
    with Prober(requests, every_s=EVERY_S) as prober:
        staging_cluster.restart()
        done = until(rolled_out, ROLLED_OUT_S)
        settled = time.monotonic() + CALM_S
        until(lambda: time.monotonic() > settled, 2 * CALM_S)
    seen = [Probe(one.kind, one.at, one.status, one.error) for one in prober.seen]

    evidence.observe(
        probes_checked=len(recorded) + len(seen),
        failed_probes=sum(probe.failed for probe in [*recorded, *seen]),
        pods_exchanged=len(before),
    )
    limit = limits["failed_probes"]
    lacking = [kind for kind in KINDS if not any(probe.kind == kind for probe in recorded)]
    if lacking or not done:
        evidence.inconclusive(
            f"the record of the deployment lacks {lacking}, or the pods were not exchanged within "
            f"{ROLLED_OUT_S} s"
        )
    down = sum(probe.failed for probe in recorded)
    assert limit.holds(down), _failed(recorded, limit, "during the deployment")
    down = sum(probe.failed for probe in seen)
    assert limit.holds(down), _failed(seen, limit, "while the pods were exchanged")
