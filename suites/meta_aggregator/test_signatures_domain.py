"""What a signature is bound to: one chain, one contract, one name and version, one environment."""

import secrets
from dataclasses import replace

import pytest

from fixtures.clients.meta_aggregator import NOBODY, Domain, MetaAggregator
from fixtures.clients.wallets import Wallet
from fixtures.probes.eip712.domain import domain_separator
from suites.meta_aggregator.desk import FOREIGN_DOMAINS, desk_at

CHAIN_IDS = (1, 11155111, 31337)
REFUSED = ("invalid_signature", "InvalidSignature")
ACCEPTED = ("", "")
FIVE_FIELDS = "0f"  # of the five, all but the salt


@pytest.mark.item("MA-SIG-03")
@pytest.mark.writes
def test_only_what_is_signed_for_this_chain_is_accepted(
    desk, chain, forked_escrow, limits, evidence
):
    """Of orders signed for several chains, API and contract take those of their own chain only.

    A signature that is valid on a test network would else move money on the main one.
    """
    limit, live = limits["accepted_chain_ids"], chain.chain_id()
    domains = {str(n): replace(desk.domain, chain_id=n) for n in (*CHAIN_IDS, live)}
    domains["none"] = replace(desk.domain, without=("chainId",))
    verdicts = {name: _verdicts(desk, forked_escrow, domain) for name, domain in domains.items()}
    accepted = [name for name, (by_api, _) in verdicts.items() if not by_api]
    evidence.observe(
        chain_ids_tried=len(verdicts), accepted_chain_ids=len(accepted), verdicts=verdicts
    )
    expected = {name: ACCEPTED if name == str(live) else REFUSED for name in domains}
    assert limit.holds(len(accepted)), limit.explain(len(accepted)) + f": {accepted}"
    assert verdicts == expected, _differing(expected, verdicts, f"chain {live}")


@pytest.mark.item("MA-SIG-04")
@pytest.mark.writes
def test_only_what_is_signed_for_the_deployed_contract_is_accepted(
    desk, forked_escrow, target, evidence
):
    """Of orders signed for several contracts, API and contract take those of the deployed one.

    After a redeployment the old address must be worth nothing, and the new one everything.
    """
    contracts = {
        "current": target.require("escrow_address"),
        "previous": target.require("previous_escrow_address"),
        "random": "0x" + secrets.token_hex(20),
        "nobody": NOBODY,
    }
    domains = {
        name: replace(desk.domain, verifying_contract=address)
        for name, address in contracts.items()
    }
    verdicts = {name: _verdicts(desk, forked_escrow, domain) for name, domain in domains.items()}
    evidence.observe(contracts_tried=len(verdicts), verdicts=verdicts)

    expected = {name: ACCEPTED if name == "current" else REFUSED for name in contracts}
    assert verdicts == expected, _differing(expected, verdicts, contracts["current"])


@pytest.mark.item("MA-SIG-04")
@pytest.mark.writes
@pytest.mark.parametrize("difference", FOREIGN_DOMAINS)
def test_a_domain_that_is_not_wholly_the_published_one_is_refused(
    desk, forked_escrow, evidence, difference
):
    """Every field of the domain counts: what was signed with another or without one is refused.

    A field that nobody looks at binds a signature to nothing.
    """
    control = desk.submit(desk.order())
    verdicts = _verdicts(desk, forked_escrow, FOREIGN_DOMAINS[difference](desk.domain))
    evidence.observe(domains_tried=1, verdicts=verdicts)

    assert control.accepted, control.explain("an accepted order, signed for the published domain")
    assert verdicts == REFUSED, f"{difference}: expected {REFUSED}, observed {verdicts}"


@pytest.mark.item("MA-SIG-05")
def test_the_contract_states_the_domain_that_is_signed_for(escrow, target, evidence):
    """Domain (EIP-5267) and separator on the chain are the ones that wallets compute themselves.

    With any difference, what users sign is worth nothing to the contract.
    """
    domain = Domain(target.require("chain_id"), target.require("escrow_address"))
    expected = domain.as_json()
    by_library, by_probe = domain.separator(), "0x" + domain_separator(expected).hex()
    stated = escrow.call("eip712Domain")
    fields, salt, extensions = stated[0], stated[5], stated[6]
    shown = dict(zip(expected, stated[1:5], strict=True))
    separator = "0x" + escrow.call("DOMAIN_SEPARATOR").hex()
    evidence.observe(separators_compared=1, separator=separator, domain=shown)

    assert by_library == by_probe, f"the two encoders differ: {by_library}, {by_probe}"
    assert separator == by_probe, (
        f"expected the separator {by_probe} of {expected}; observed {separator} "
        f"({escrow.chain.last_evidence})"
    )
    assert shown == expected, f"expected the domain {expected}, observed {shown}"
    assert fields.hex() == FIVE_FIELDS, f"expected name to contract, observed {fields.hex()}"
    assert not any(salt), f"expected no salt, observed {salt.hex()}"
    assert list(extensions) == [], f"expected no extensions, observed {extensions}"


@pytest.mark.item("MA-SIG-05")
def test_the_domain_follows_when_the_chain_gets_another_id(fork, forked_escrow, target, evidence):
    """Where the chain splits, the separator has the new id, and old signatures lose their force.

    A separator that was computed once lets every message be replayed on the other branch.
    """
    escrow, live = forked_escrow, target.require("chain_id")
    own = Domain(live, target.require("escrow_address"))
    other = replace(own, chain_id=live + 1)
    before = "0x" + escrow.call("DOMAIN_SEPARATOR").hex()
    with fork.renumbered(other.chain_id):
        after = "0x" + escrow.call("DOMAIN_SEPARATOR").hex()
        old = escrow.verdict_on_withdrawal(_withdrawal(own))
        new = escrow.verdict_on_withdrawal(_withdrawal(other))
    evidence.observe(separators_compared=2, before=before, after=after, old=old, new=new)

    assert before == own.separator(), f"chain {live}: expected {own.separator()}, observed {before}"
    assert after == other.separator(), (
        f"chain {other.chain_id}: expected {other.separator()}, observed {after}"
    )
    assert new == "", f"expected a withdrawal signed for the new id paid, observed {new}"
    assert old == "InvalidSignature", f"a withdrawal signed for the old id: {old or 'was paid'}"


@pytest.mark.item("MA-SIG-08")
@pytest.mark.writes
@pytest.mark.parametrize("struct", ["Order", "Withdrawal"])
def test_what_staging_accepted_is_worth_nothing_here(desk, staging, target, evidence, struct):
    """A message that staging took is refused here, because it was signed for staging.

    Testers sign carelessly: whoever collects their signatures must not be able to use them.
    """
    other = desk_at(staging)
    wallet = Wallet.fresh()
    if struct == "Order":
        control, captured = desk.submit(desk.order()), other.order(wallet)
    else:
        control, captured = desk.submit(desk.withdrawal()), other.withdrawal(wallet)
    there = other.submit(captured)
    replayed = desk.submit(captured)
    traded = dict(zip(("sellToken", "buyToken"), _pair(target), strict=True))
    # Its tokens may be unknown here. With ours, nothing but the domain stands in its way.
    fitting = captured.signed_again(**(traded if struct == "Order" else {}))
    attempt = desk.submit(fitting)
    other.clear()
    evidence.observe(signatures_replayed=2, here=[replayed.refused_for, attempt.refused_for])

    taken = "" if struct == "Order" else "insufficient_balance"  # nothing is deposited
    assert captured.domain != desk.domain, f"staging signs for our own domain: {captured.domain}"
    assert there.refused_for == taken, there.explain("its signature accepted by staging")
    assert control.refused_for == taken, control.explain("our own signature accepted here")
    assert replayed.reply.status == 400, replayed.explain("a refusal with status 400")
    assert attempt.refused_for == "invalid_signature", attempt.explain(
        f"invalid_signature: it was signed for {captured.domain.as_json()}"
    )


def _verdicts(desk, forked_escrow, domain):
    """What API and contract refuse an order for that was signed for a domain; "" is accepted."""
    order = desk.order().signed_for(domain)
    by_contract = forked_escrow.verdict_on_order(order, desk.domain)
    return desk.submit(order).refused_for, by_contract


def _differing(expected, verdicts, right):
    wrong = {name: found for name, found in verdicts.items() if found != expected[name]}
    return (
        f"expected of API and contract: {ACCEPTED} for {right}, {REFUSED} for all others; "
        f"observed: {wrong}"
    )


def _withdrawal(domain):
    """One wei of a new account, signed for a domain."""
    return MetaAggregator(None, domain=domain).signed_withdrawal(Wallet.fresh(), NOBODY, 1)


def _pair(target):
    tokens = target.require("tokens")
    return tokens.base, tokens.quote
