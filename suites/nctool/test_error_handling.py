"""What callers and operations are told when something goes wrong."""

from contextlib import ExitStack
from datetime import datetime

import pytest

from fixtures.clients.nctool import fresh_npub
from fixtures.clients.waiting import until
from fixtures.probes.crowd import crowd, share_pct

ENHANCED, ATOMIC = "enhancedErrorHandling", "atomicMeltOperations"
SEVERITIES = ("CRITICAL", "HIGH", "MEDIUM", "LOW")
ALERTED = {"CRITICAL", "HIGH"}
ALERT_S = 2.0


def error_of(reply):
    """What a reply says about its error; empty where it says nothing in the usual form."""
    body = reply.json()
    error = body.get("error") if isinstance(body, dict) else None
    return error if isinstance(error, dict) else {}


@pytest.mark.item("NC-FF-03")
def test_every_user_is_told_of_errors_in_the_enhanced_form(live_rollout, api, limits, evidence):
    """The enhanced error handling is on for everybody: class, reference, time and what to do next.

    A flag that is on at no percentage is off, and support asks users what the service knew.
    """
    flag, users = live_rollout.stored(ENHANCED), (*crowd(1_000).users, None)
    served = share_pct(range(sum(live_rollout.decisions(ENHANCED, users))), users)
    replies = [api.balance(fresh_npub()) for _ in range(3)]
    errors = [error_of(reply) for reply in replies]
    percentage, limit = (
        flag.get("rolloutPercentage"),
        limits["enhancedErrorHandling.rolloutPercentage"],
    )
    evidence.observe(
        users_evaluated=len(users), served_pct=served, errors_provoked=sum(map(bool, errors))
    )
    assert flag["enabled"] is True, f"{ENHANCED} is stored as enabled: {flag['enabled']}"
    assert limit.holds(percentage), limit.explain(percentage)
    assert served == 100, f"{served:.1f} % of {len(users)} users have {ENHANCED}"
    for reply, error in zip(replies, errors, strict=True):
        assert reply.status == 404, reply.explain("404 for a user without a wallet")
        assert error.get("severity") in SEVERITIES, reply.explain("an error with its severity")
        assert error.get("code"), reply.explain("an error with its code")
        assert error.get("message"), reply.explain("an error with its message")
        assert error.get("reference"), reply.explain("an error with a reference to quote")
        assert isinstance(error.get("retryable"), bool), reply.explain("whether to try again")
        assert datetime.fromisoformat(error.get("timestamp", "")), reply.explain("its time")
    references = {error["reference"] for error in errors}
    assert len(references) == len(errors), f"{len(errors)} errors share references: {references}"


@pytest.mark.item("NC-FF-04")
@pytest.mark.disrupts
@pytest.mark.writes
def test_errors_are_classed_by_severity_and_grave_ones_alert(
    staging, rollout, payer, alerts, evidence
):
    """One error of each severity is told with its class; from HIGH upward operations are alerted.

    Alerts for a caller's mistakes are soon ignored, and missing ones let a lost mint go unseen.
    """
    rollout.set(ATOMIC, 0, enabled=False)
    user, broken = payer.funded(amount=64), payer.funded(amount=64)
    tokens = staging.store.writing()["cashutokens"]
    tokens.update_many({"npub": broken}, {"$inc": {"total_amount": 1}})
    with ExitStack() as stack:
        replies = {
            "LOW": payer.melt(user, 4_000),
            "MEDIUM": payer.melt(user, behaviour="expired"),
            "CRITICAL": payer.melt(broken),
        }
        invoice = payer.mint.invoice(5)
        stack.enter_context(staging.mint.out_of_reach())
        replies["HIGH"] = payer.api.melt(user, invoice.text)
    errors = {severity: error_of(reply) for severity, reply in replies.items()}
    references = {severity: str(error.get("reference")) for severity, error in errors.items()}
    delivered = {s for s in ALERTED if until(lambda s=s: alerts.about(references[s]), ALERT_S)}
    spurious = {s for s in references.keys() - ALERTED if alerts.about(references[s])}
    paid = payer.path_of(user)
    evidence.observe(
        errors_provoked=len(replies), alerts_delivered=len(delivered), spurious=len(spurious)
    )
    assert paid == "legacy", f"an ordinary melt took the {paid} path"
    for severity, reply in replies.items():
        assert reply.status >= 400, reply.explain(f"an error of severity {severity}")
        said = errors[severity].get("severity")
        assert said == severity, reply.explain(f"the severity {severity}, not {said}")
    assert delivered == ALERTED, f"no alert was delivered for {sorted(ALERTED - delivered)}"
    assert not spurious, f"operations were alerted for {sorted(spurious)}"
