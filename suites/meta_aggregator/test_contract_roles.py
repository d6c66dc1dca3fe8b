"""Who holds power over the deployed escrow: several signers, and the arbiter that was agreed."""

import pytest

from fixtures.clients.contracts import Reverted
from fixtures.clients.escrow import Escrow
from fixtures.clients.escrow_scene import ROLES, role_changes, role_holders
from fixtures.clients.meta_aggregator import NOBODY
from fixtures.clients.multisig import Safe, is_key, signers_of
from fixtures.clients.outcomes import CapabilityMissing

SMALL_AMOUNT = 10**15


@pytest.mark.item("MA-SC-15")
def test_whoever_administers_the_escrow_is_several_people(escrow, chain, limits, evidence):
    """Every administrator of the escrow acts only when several owners agree.

    One stolen key would otherwise appoint its own arbiter and empty the escrow.
    """
    limit = limits["multisig_threshold"]
    holders = role_holders(escrow)
    daily = holders["arbiter"] | holders["operator"]
    found = {account: signers_of(chain, account) for account in sorted(holders["admin"])}
    single = [account for account, signers in found.items() if signers is None]
    thresholds = {account: signers.threshold for account, signers in found.items() if signers}
    by = {
        name: bytes(escrow.call("getRoleAdmin", escrow.call(said))) for name, said in ROLES.items()
    }
    apart = [f"{name} by 0x{role.hex()}" for name, role in by.items() if role != by["admin"]]
    evidence.observe(administrators=len(found), multisig_threshold=thresholds, single=single)

    assert by["admin"] == bytes(escrow.call(ROLES["admin"])), "admins are not their own appointers"
    assert apart == [], f"roles that others than the administrators hand out: {apart}"
    assert found, f"no log of {escrow.address} says who administers it"
    assert single == [], f"administered by what is no multi-signature contract: {single}"
    for account, signers in found.items():
        owners = set(signers.owners)
        assert limit.holds(signers.threshold), f"{account}: {limit.explain(signers.threshold)}"
        assert len(owners) == len(signers.owners), f"{account} counts an owner twice"
        assert signers.modules == (), f"{account}: modules act without signatures"
        assert not owners & daily, f"{account}: {owners & daily} are the arbiter's or operator's"
        keys = [owner for owner in owners if is_key(chain, owner) or signers_of(chain, owner)]
        assert set(keys) == owners, f"{account}: nobody can sign for {sorted(owners - set(keys))}"


@pytest.mark.item("MA-SC-15")
def test_one_owner_alone_administers_nothing(fork, target, evidence):
    """On a fork, as many owners as the threshold asks appoint an arbiter; one fewer cannot.

    A threshold that is only written down protects nothing.
    """
    escrow = Escrow(fork, target.require("escrow_address"))
    role, newcomer = escrow.call("ARBITER_ROLE"), fork.fresh().address
    appoint = escrow.encode("grantRole", role, newcomer)
    refusals, appointed = {}, {}
    for account in sorted(role_holders(escrow)["admin"]):
        signers = signers_of(fork, account)
        assert signers is not None, f"{account} administers the escrow with one key"
        safe, enough = _safe(fork, account), signers.owners[: signers.threshold]
        with fork.apart():
            safe.execute(fork, enough, escrow.address, appoint)
            appointed[account] = escrow.call("hasRole", role, newcomer)
        attempts = {"one owner fewer": enough[:-1], "one owner twice": (*enough[:-1], enough[0])}
        refusals |= {
            f"{name} of {account}": _refusal(safe, fork, owners, escrow.address, appoint)
            for name, owners in attempts.items()
        }
    evidence.observe(administrators=len(appointed), transactions_refused=len(refusals))

    assert appointed, f"no log of {escrow.address} says who administers it"
    assert all(appointed.values()), f"enough owners could not appoint an arbiter: {appointed}"
    for attempt, refusal in refusals.items():
        assert refusal, f"{attempt} appointed an arbiter"


@pytest.mark.item("MA-SC-16")
def test_the_arbiter_is_the_agreed_one_and_nobody_else(escrow, target, evidence):
    """The configured arbiter, and nobody else, decides disputes.

    Whoever has the role can hand every disputed payment to itself.
    """
    agreed = target.require("arbiter")
    arbiters = {account.lower() for account in role_holders(escrow)["arbiter"]}
    evidence.observe(arbiters_compared=len(arbiters), arbiters=sorted(arbiters))

    assert arbiters == {agreed.lower()}, f"{escrow.address}: arbiters {arbiters}, agreed {agreed}"
    role = escrow.call("ARBITER_ROLE")
    assert escrow.call("hasRole", role, agreed), f"{agreed} was announced and is no arbiter"


@pytest.mark.item("MA-SC-16")
def test_the_deployer_of_the_escrow_holds_no_role(escrow, chain, evidence):
    """The key that deployed the contract has no power over it.

    A deployer's key lies on build machines, and is often a test account's.
    """
    changes = role_changes(escrow)
    assert changes, f"{escrow.address} announced no role, so nothing says who deployed it"
    first, holders = changes[0], role_holders(escrow, changes)
    creation = chain.transaction(first.transaction_hash)
    assert creation, f"the chain knows no transaction {first.transaction_hash}"
    deployers = {first.args["sender"].lower(), creation["from"].lower()}
    announced = {
        f"{account} is {name}"
        for name, accounts in holders.items()
        for account in deployers & _lower(accounts)
    }
    told = {
        f"{account} is {name}"
        for name, said in ROLES.items()
        for account in deployers
        if escrow.call("hasRole", escrow.call(said), account)
    }
    powers = sorted(announced | told)
    evidence.observe(
        arbiters_compared=len(holders["arbiter"]), deployers=sorted(deployers),
        powers_of_deployer=powers,
    )  # fmt: skip

    assert powers == [], f"who deployed {escrow.address} still has power over it: {powers}"


@pytest.mark.item("MA-SC-17")
def test_the_arbiter_can_pay_for_many_releases(escrow, chain, fork, target, limits, evidence):
    """Every arbiter's account covers the agreed number of releases at the current gas price.

    An arbiter without ether cannot settle a dispute, however just the decision.
    """
    limit = limits["affordable_releases"]
    arbiters = sorted(role_holders(escrow)["arbiter"])
    assert arbiters, f"no log of {escrow.address} says who its arbiter is"
    forked = Escrow(fork, target.require("escrow_address"))
    identifier, _ = forked.deposit(fork.fresh(), fork.fresh().address, NOBODY, SMALL_AMOUNT)
    gas = forked.release(fork.impersonate(arbiters[0]), identifier).gas_used
    price = int(chain.call("eth_gasPrice"), 16)
    affordable = {account: chain.balance(account) // max(1, gas * price) for account in arbiters}
    evidence.observe(
        arbiters_compared=len(affordable), affordable_releases=min(affordable.values()),
        gas_of_release=gas, gas_price_wei=price,
    )  # fmt: skip
    for account, number in affordable.items():
        assert limit.holds(number), f"arbiter {account}: {limit.explain(number)}"


def _safe(fork, account):
    safe = Safe(fork, account)
    try:
        safe.call("nonce")
    except Reverted:
        raise CapabilityMissing(
            "rpc_url", f"{account} is no Safe, and its kind cannot be rehearsed here",
            "rehearse it by hand and attest the item",
        ) from None  # fmt: skip
    return safe


def _refusal(safe, fork, owners, to, data):
    with fork.apart():
        try:
            safe.execute(fork, owners, to, data)
        except Reverted as refusal:
            return str(refusal)
    return ""


def _lower(accounts):
    return {account.lower() for account in accounts}
