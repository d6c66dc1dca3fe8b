"""Whether somebody would notice an attack, and is prepared for one."""

import time
import uuid
from datetime import UTC, datetime

import pytest

from fixtures.clients.waiting import until
from fixtures.clients.wallets import Wallet
from fixtures.probes.security_records import (
    EDGE_HEADERS,
    access_problems,
    age_days,
    event_seen,
    pipeline_problems,
    silent_hosts,
    without_second_factor,
)

BURST = 12  # bad signatures within seconds: no user makes so many
PROBED_ROUTES = 40


def _bound(attestation, release):
    """The facts of an attestation that is about this release and holds what the item asks for."""
    assert attestation.commit == release.commit, f"attested for commit {attestation.commit}"
    facts = attestation.facts
    missing = [name for name in attestation.rule.facts if facts.get(name) in (None, "")]
    assert not missing, f"the attestation lacks {', '.join(missing)}"
    return facts


@pytest.mark.item("MA-SEC-03")
def test_nobody_who_left_has_access(attestation, release, limits, evidence):
    """Of the people and service accounts that the review lists, none has left.

    Who leaves in anger, or loses an old laptop, still holds the keys that nobody took back.
    """
    facts = _bound(attestation, release)
    problems = access_problems(facts["accounts"], facts["departed"])
    age = age_days(facts["reviewed_at"])

    evidence.observe(accounts_reviewed=len(facts["accounts"]), departed=len(facts["departed"]))
    assert not problems, "; ".join(problems)
    assert limits["review_age_days"].holds(age), limits["review_age_days"].explain(round(age, 1))


@pytest.mark.item("MA-SEC-06")
def test_the_public_hosts_stand_behind_protection(attestation, http, frontend, release, evidence):
    """Every public host answers through the edge, and its provider says that nothing else can.

    Protection that an attacker can walk around protects against nobody. No load is generated.
    """
    facts = _bound(attestation, release)
    replies = [http.get("/api/health"), frontend.get("/")]
    bare = [r.explain("a header of the edge") for r in replies
            if not set(EDGE_HEADERS) & set(r.headers)]  # fmt: skip

    evidence.observe(hosts_asked=len(replies), provider=facts["provider"],
                     protected=facts["protected_hosts"])  # fmt: skip
    assert not bare, "\n".join(bare)
    assert facts["protected_hosts"], "the provider protects no host"
    expected = attestation.rule.equals["origin_reachable"]
    assert facts.get("origin_reachable") is expected, (
        f"the origin can be reached past the edge of {facts['provider']}"
    )


@pytest.mark.item("MA-SEC-07")
def test_intrusion_detection_reports_from_every_host(attestation, release, limits, evidence):
    """Every host's agent reported lately, and a benign test event appeared in the console.

    An agent that stopped looks like a host on which nothing happens.
    """
    facts = _bound(attestation, release)
    hours = silent_hosts(facts["hosts"], facts["heartbeats"], attestation.date)
    limit = limits["heartbeat_age_hours"]
    silent = [limit.explain(f"{h}: {age:.1f}") for h, age in hours.items() if not limit.holds(age)]

    evidence.observe(hosts_reporting=len(hours) - len(silent), test_event=facts["test_event"])
    assert not silent, "\n".join(silent)
    assert event_seen(facts["test_event"]), f"the test event never appeared: {facts['test_event']}"


@pytest.mark.item("MA-SEC-08")
@pytest.mark.writes
def test_a_client_that_probes_for_routes_is_noticed(http, alerts, limits, evidence):
    """A client that asks for many routes which do not exist is reported as an anomaly.

    Who looks for a way in tries doors first, and that is the last moment to see it coming.
    """
    label = f"gatehouse-anomaly-{uuid.uuid4().hex[:12]}"
    limit = limits["detection_seconds"]
    usual = http.get("/api/health", headers={"User-Agent": label})
    before = alerts.about(label)

    began = time.monotonic()
    probed = [
        http.get(f"/api/{label}/{number}", headers={"User-Agent": label})
        for number in range(PROBED_ROUTES)
    ]
    raised = until(lambda: alerts.about(label), limit.value)
    took = time.monotonic() - began

    evidence.observe(anomalies_raised=len(raised), seconds=round(took, 2), label=label,
                     alerts=[alert.name for alert in raised])  # fmt: skip
    assert usual.status == 200, usual.explain("a usual request to be answered")
    assert not before, f"a usual request was reported: {before}"
    assert {reply.status for reply in probed} == {404}, probed[0].explain("status 404")
    assert raised, f"{PROBED_ROUTES} probes raised no alert: {limit.explain(f'none in {took:.0f}')}"
    assert limit.holds(took), limit.explain(round(took, 1))


@pytest.mark.item("MA-SEC-09")
@pytest.mark.writes
def test_repeated_bad_signatures_reach_the_security_contact(api, alerts, target, limits, evidence):
    """Many bad signatures for one account lead to an alert for the security contact in time.

    A rule without a receiver fires into an empty room.
    """
    contact, limit = target.require("alert_contact"), limits["alert_seconds"]
    tokens, maker = target.require("tokens"), Wallet.fresh()
    honest = api.signed_order(maker, sell_token=tokens.base, buy_token=tokens.quote,
                              sell_amount=10**15, buy_amount=10**18)  # fmt: skip
    accepted = api.submit(honest)
    assert accepted.accepted, accepted.explain("the honest order to be accepted")
    before = alerts.about(maker.address)

    began = time.monotonic()
    refused = [
        api.submit(honest.signed_again(nonce=str(2**64 + n)).signed_by(Wallet.fresh()))
        for n in range(BURST)
    ]

    def told():
        return [a for a in alerts.about(maker.address) if contact in a.receivers]

    reached = until(told, limit.value)
    took = time.monotonic() - began
    held = alerts.about(maker.address)
    withdrawn = api.cancel(honest.id, maker)

    evidence.observe(bad_signatures=len(refused), alerts=[a.name for a in held],
                     told=len(reached), seconds=round(took, 2))  # fmt: skip
    assert withdrawn.accepted, withdrawn.explain("the test order taken out of the book again")
    assert not before, f"one honest order raised {before}"
    assert {each.refused_for for each in refused} == {"invalid_signature"}, refused[0].explain()
    receivers = sorted({name for alert in held for name in alert.receivers})
    assert reached, (
        f"{limit.explain(f'none in {took:.0f}')}: of {len(held)} alerts about {maker.address} "
        f"none was routed to {contact!r}, but to {receivers}"
    )
    assert limit.holds(took), limit.explain(round(took, 1))


@pytest.mark.item("MA-SEC-10")
def test_every_operator_has_a_second_factor(attestation, release, limits, evidence):
    """The identity provider demands a second factor from every account with a production role.

    One password that leaks is then not enough.
    """
    facts = _bound(attestation, release)
    lacking = without_second_factor(facts["accounts"])
    age = age_days(facts["exported_at"])

    evidence.observe(accounts_checked=len(facts["accounts"]), provider=facts["provider"])
    assert not lacking, f"without a mandatory second factor: {', '.join(lacking)}"
    assert limits["export_age_days"].holds(age), limits["export_age_days"].explain(round(age, 1))


@pytest.mark.item("MA-SEC-13")
def test_playbooks_exist_and_were_drilled(attestation, checkout, release, limits, evidence):
    """Each named kind of incident has a playbook, evidence a procedure, and both were drilled.

    Nobody reads a playbook for the first time with profit while the house is on fire.
    """
    assert attestation.commit == release.commit, f"attested for commit {attestation.commit}"
    facts, tracked = attestation.facts, checkout.files(release.commit)
    books = {row["incident"]: row["file"] for row in facts.get("playbooks", ())}
    wanted = {**books, "forensic collection": str(facts.get("forensics", ""))}
    lacking = [
        f"{what}: {path}"
        for what, path in wanted.items()
        if path not in tracked or not checkout.show(release.commit, path).strip()
    ]
    age = age_days(facts.get("drilled_at"))

    evidence.observe(playbooks_found=len(wanted) - len(lacking), drilled=facts.get("drilled_at"))
    assert books, "the attestation names no playbook"
    assert not lacking, f"not in the release, or empty: {'; '.join(lacking)}"
    limit = limits["drill_age_days"]
    assert limit.holds(age), limit.explain(f"{age:.0f}" if facts.get("drilled_at") else "no drill")


@pytest.mark.item("MA-SEC-16")
def test_nothing_is_deployed_past_review(attestation, release, limits, evidence):
    """Only protected branches can be deployed, with credentials that nothing else uses.

    Otherwise one stolen laptop with the right to push is enough to ship anything.
    """
    facts = _bound(attestation, release)
    problems = pipeline_problems(facts["branches"], facts["environments"])
    age = age_days(facts["exported_at"], datetime.now(UTC))

    evidence.observe(branches_checked=len(facts["branches"]),
                     environments_checked=len(facts["environments"]))  # fmt: skip
    assert not problems, "; ".join(problems)
    assert limits["export_age_days"].holds(age), limits["export_age_days"].explain(round(age, 1))
