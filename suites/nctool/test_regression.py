"""What clients of the release before rely on, asked of the new build with its features off."""

import pytest

from contracts import recordings
from fixtures.clients.nctool import fresh_npub
from fixtures.probes.recorded_answers import differences, filled
from suites.nctool.purse import ATOMIC, RECONCILIATION, switched_off


@pytest.mark.item("NC-DEP-09")
@pytest.mark.writes
def test_clients_of_the_release_before_get_the_answers_that_they_know(staging, evidence):
    """With the features off, each recorded step gets the recorded answer; fields may be added.

    Clients are not deployed with the service: a field that is renamed is money that they no longer
    see.
    """
    switched_off(staging, ATOMIC, RECONCILIATION)
    known = {who: fresh_npub() for who in ("payer", "payee", "nobody")}
    known["invoice"] = staging.mint.invoice(20).text
    recording, found = recordings.load("nctool"), []
    for step in recording.steps:
        path, body = filled(step.path, known), filled(step.body, known)
        reply = staging.api.http.request(step.method, path, json=body)
        answer = reply.json()
        recorded = {"status": step.status, **filled(step.answer, known)}
        wrong = differences(recorded, {"status": reply.status, **answer})
        found += [f"{step.title}: {one} ({reply.evidence})" for one in wrong]
        known |= {name: str(answer.get(field, "")) for field, name in step.keep.items()}
    evidence.observe(steps=len(recording.steps), differences=len(found), since=recording.version)
    assert not found, f"answers differ from those of {recording.version}:\n" + "\n".join(found)
