"""What people stated before the release went out, looked at beyond the words of the statement."""

from datetime import timedelta

import pytest

from fixtures.probes.documents import not_reconfirmed
from fixtures.probes.readiness import contact_problems, gaps, not_briefed, unreached
from fixtures.probes.security_records import age_days

DOCUMENTS = ("docs/api.md", "docs/runbook.md", "docs/incident-response.md", "docs/rollback.md")
RECONCILIATION = "reconciliation"


@pytest.mark.item("NC-PRE-04")
def test_documents_for_users_and_operations_belong_to_the_release(
    attestation, checkout, release, evidence
):
    """API reference, runbook and incident procedures were changed or confirmed for this release.

    Whoever is called at night does what the runbook says, also where it speaks of the old melt.
    """
    tracked = set(checkout.files(release.commit))
    absent = [path for path in DOCUMENTS if path not in tracked]
    changed = checkout.changed_files(release.previous_tag, release.commit)
    stale = not_reconfirmed(DOCUMENTS, changed, attestation.facts.get("reconfirmed", ()))

    evidence.observe(documents=len(DOCUMENTS), changed=[p for p in DOCUMENTS if p in changed])
    assert attestation.commit == release.commit, f"attested for commit {attestation.commit}"
    assert not absent, f"not in the release: {absent}"
    assert not stale, f"neither changed since {release.previous_tag} nor confirmed: {stale}"


@pytest.mark.item("NC-PRE-12")
def test_the_capacity_note_covers_the_load_of_this_release(
    attestation, checkout, release, evidence
):
    """The capacity was planned for this release: with reconciliations, and with head-room.

    A note from before they existed plans for a load that this release does not have.
    """
    facts = attestation.facts
    written = attestation.time("written_at")
    before = checkout.tag_date(release.previous_tag)
    head_room = float(facts["capacity_tps"]) / float(facts["expected_peak_tps"])

    evidence.observe(written_at=str(written), head_room=round(head_room, 2))
    assert attestation.commit == release.commit, f"attested for commit {attestation.commit}"
    assert written, f"written_at = {facts.get('written_at')} is no time"
    assert written > before, f"written {written}, before {release.previous_tag} of {before}"
    assert any(RECONCILIATION in str(load) for load in facts["load_of"]), (
        f"planned was for {facts['load_of']}, without {RECONCILIATION}"
    )
    assert head_room > 1, f"no head-room: capacity is {head_room:.2f} of the expected peak"


@pytest.mark.item("NC-PRE-13")
def test_everybody_on_call_was_briefed(attestation, release, evidence):
    """Those who are on call during the deployment were at the briefing, before it began.

    Whoever is called first has to know what changes, and what the way back is.
    """
    facts, briefed = attestation.facts, attestation.time("briefed_at")
    absent = not_briefed(facts["on_call"], facts["attendees"])

    evidence.observe(attendees=len(facts["attendees"]), on_call=facts["on_call"])
    assert attestation.commit == release.commit, f"attested for commit {attestation.commit}"
    assert facts["on_call"], "the briefing does not say who is on call"
    assert not absent, f"on call and not briefed: {', '.join(absent)}"
    assert briefed, f"briefed_at = {facts.get('briefed_at')} is no time"
    assert release.window_start, "the release of the profile lacks window_start"
    assert briefed < release.window_start, f"briefed {briefed}, begun {release.window_start}"


@pytest.mark.item("NC-PRE-14")
def test_somebody_is_on_call_without_a_gap(attestation, release, limits, evidence):
    """The rota covers the deployment and the time after it, every minute of the night included.

    What breaks at three needs somebody at three.
    """
    shifts = attestation.facts["shifts"]
    assert release.window_start, "the release of the profile lacks window_start"
    end = release.deployed_at or release.window_start
    end += timedelta(hours=limits["rota_hours_after_window"].value)
    uncovered = gaps(shifts, release.window_start, end)

    evidence.observe(shifts=len(shifts), until=str(end))
    assert attestation.commit == release.commit, f"attested for commit {attestation.commit}"
    assert not uncovered, "; ".join(uncovered)


@pytest.mark.item("NC-PRE-15")
def test_the_emergency_contacts_can_be_called(attestation, release, limits, evidence):
    """The contact list was confirmed lately, is complete, and names nobody who has left.

    It is read in the one moment in which there is no time to correct it.
    """
    facts = attestation.facts
    age = age_days(facts.get("confirmed_at"))
    wrong = contact_problems(facts["contacts"], facts.get("departed", ()))

    evidence.observe(contacts=len(facts["contacts"]), confirmed_days_ago=round(age, 1))
    assert attestation.commit == release.commit, f"attested for commit {attestation.commit}"
    assert not wrong, "; ".join(wrong)
    assert limits["contacts_age_days"].holds(age), limits["contacts_age_days"].explain(age)


@pytest.mark.item("NC-PRE-17")
def test_every_audience_has_a_message_and_a_channel(attestation, release, evidence):
    """For each audience of the communication plan a message is prepared and a channel assigned.

    Who is told nothing asks, and those who could answer are busy then.
    """
    audiences = attestation.facts["audiences"]
    problems = unreached(audiences)

    evidence.observe(audiences=len(audiences))
    assert attestation.commit == release.commit, f"attested for commit {attestation.commit}"
    assert not problems, "; ".join(problems)
