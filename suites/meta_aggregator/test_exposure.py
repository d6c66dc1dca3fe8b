"""What of the product can be reached from outside."""

import pytest

from fixtures.clients.ports import scan
from fixtures.probes.ports import deviations, to_scan


@pytest.mark.item("MA-SEC-04")
def test_only_the_intended_ports_are_reachable(target, evidence):
    """On every public host the intended ports are open, and nothing else that is looked at.

    What is not meant for the world is seldom built to withstand it.
    """
    hosts = target.require("public_hosts")
    scans = {
        host: scan(host.host, to_scan(host.open, host.ports), target.recorder) for host in hosts
    }

    evidence.observe(
        hosts_scanned=len(scans),
        ports_scanned=sum(len(found.states) for found in scans.values()),
        filtered=sum(list(f.states.values()).count("filtered") for f in scans.values()),
    )
    for host, found in scans.items():
        exposed, absent = deviations(found.states, host.open)
        intended = f"only {', '.join(map(str, host.open))} open"
        assert not absent, f"intended, but {', '.join(absent)}\n{found.explain(intended)}"
        assert not exposed, f"reachable: {', '.join(exposed)}\n{found.explain(intended)}"
