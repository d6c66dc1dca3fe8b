"""Who signed: honest messages are accepted, altered and foreign ones are not, by API and contract.

What the contract says is asked of a fork, on which the money that a message needs can be had.
"""

import pytest

from fixtures.clients.contract_wallets import ContractWallet, CounterfactualWallet
from fixtures.clients.meta_aggregator import NOBODY, signing_types
from fixtures.clients.wallets import Wallet
from fixtures.probes.eip712.signature import recover
from suites.meta_aggregator.desk import digest

GAS_MONEY = 2 * 10**16
SIGNED_FIELDS = [
    pytest.param(struct, field["name"], id=f"{struct}.{field['name']}")
    for struct in ("Order", "Withdrawal")
    for field in signing_types()["types"][struct]
]
# Another value of these must be one that the API trades, or that would be the refusal's reason.
STILL_TRADED = {"sellToken": NOBODY, "buyToken": NOBODY}
UNPAID = {"Order": "", "Withdrawal": "insufficient_balance"}
ALTERATIONS = {
    "as-signed": lambda signed: signed,
    "altered": lambda signed: signed.altered("nonce"),
    "by-somebody-else": lambda signed: signed.signed_by(Wallet.fresh()),
}


@pytest.mark.item("MA-SIG-01")
@pytest.mark.writes
def test_an_honest_order_is_accepted_under_the_digest_that_its_maker_signed(
    desk, api, escrow, evidence
):
    """An honest order enters the book; its id is the digest signed, and its maker the signer.

    A verifier that hashes anything else refuses every honest user.
    """
    order = desk.order()
    signed = digest(order)
    on_chain = "0x" + escrow.call("orderHash", dict(order.message)).hex()
    signer = recover(bytes.fromhex(signed[2:]), order.signature)
    submission = desk.submit(order)
    stored = api.order(signed)
    evidence.observe(orders_accepted=int(submission.accepted), digest=signed, signer=signer)

    assert signer == order.wallet.address, f"{signer} signed for {order.wallet.address}"
    assert on_chain == signed, f"{escrow.address} computes {on_chain} for what {signed} signs"
    assert submission.accepted, submission.explain("an accepted order")
    assert submission.id == signed, submission.explain(f"the digest {signed} as its id")
    assert stored.status == 200, stored.explain("the order in the book")
    assert stored.json()["order"]["maker"] == signer, stored.explain(f"the signer {signer}")


@pytest.mark.item("MA-SIG-01")
@pytest.mark.writes
@pytest.mark.parametrize("struct", ["Order", "Withdrawal"])
@pytest.mark.parametrize("case", ALTERATIONS)
def test_contract_and_api_give_one_verdict_on_a_signature(
    desk, forked_escrow, evidence, struct, case
):
    """What the API takes, the contract executes; what one of them refuses, the other does too.

    Where they differ, orders are matched that never settle, or settle that nobody could place.
    """
    signed = desk.order() if struct == "Order" else desk.withdrawal()
    signed = ALTERATIONS[case](signed)
    submission = desk.submit(signed)
    if struct == "Order":
        by_contract = forked_escrow.verdict_on_order(signed, desk.domain)
    else:
        by_contract = forked_escrow.verdict_on_withdrawal(signed)
    honest = case == "as-signed"
    evidence.observe(
        verdicts_compared=1, by_api=submission.refused_for, by_contract=by_contract or "executed"
    )
    # Nothing was deposited on the target itself: a withdrawal gets no further than its funds.
    expected = UNPAID[struct] if honest else "invalid_signature"
    assert submission.refused_for == expected, submission.explain(expected or "an accepted order")
    refusal = "" if honest else "InvalidSignature"
    assert by_contract == refusal, (
        f"expected of the contract: {refusal or 'execution'}; observed: "
        f"{by_contract or 'execution'} ({forked_escrow.chain.last_evidence})"
    )


@pytest.mark.item("MA-SIG-01")
@pytest.mark.writes
def test_a_contract_wallet_signs_until_its_owner_is_revoked(desk, chain, escrow, wallets, evidence):
    """A contract wallet's order counts while its code says so (EIP-1271), and not a moment longer.

    Whoever still trades with a key that the account has disowned trades with stolen goods.
    """
    account = ContractWallet.created(chain, wallets.fresh(ether=GAS_MONEY))
    before = desk.submit(desk.order(account))
    by_contract = _refusal_of_withdrawal(escrow, desk.withdrawal(account))
    stranger = desk.submit(desk.order(account).signed_by(Wallet.fresh()))
    desk.clear()
    account.revoke()
    after = desk.submit(desk.order(account))
    after_by_contract = _refusal_of_withdrawal(escrow, desk.withdrawal(account))
    evidence.observe(
        contract_wallets=1, account=account.address, by_contract=[by_contract, after_by_contract]
    )
    assert before.accepted, before.explain(f"an accepted order of the contract {account.address}")
    assert by_contract == "InsufficientBalance", (
        f"expected the contract to take the signature and miss the money; observed: {by_contract}"
    )
    assert stranger.refused_for == "invalid_signature", stranger.explain("invalid_signature")
    assert after.refused_for == "invalid_signature", after.explain(
        f"invalid_signature: {account.owner.address} does not sign for {account.address} any more"
    )
    assert after_by_contract == "InvalidSignature", (
        f"expected the contract to refuse the revoked owner; observed: {after_by_contract}"
    )


@pytest.mark.item("MA-SIG-01")
@pytest.mark.writes
def test_a_wallet_that_is_not_deployed_yet_is_treated_as_documented(
    desk, chain, wallets, target, evidence
):
    """A signature for a wallet that is only promised (ERC-6492) counts where that is supported.

    Elsewhere it is refused by name, and the same wallet signs once it exists.
    """
    supported = target.require("counterfactual_wallets")
    promised = CounterfactualWallet(chain, wallets.fresh(ether=GAS_MONEY))
    early = desk.submit(desk.order(promised))
    deployed = promised.deploy()
    late = desk.submit(desk.order(deployed))
    evidence.observe(contract_wallets=1, account=promised.address, early=early.refused_for)

    assert late.accepted, late.explain(f"an accepted order of the contract {deployed.address}")
    assert early.accepted == supported, early.explain(
        "an accepted order" if supported else "a refusal: such signatures are not supported"
    )
    if not supported:
        named = ("bad_signature_length", "invalid_signature")
        assert early.refused_for in named, early.explain(" or ".join(named))


@pytest.mark.item("MA-SIG-02")
@pytest.mark.writes
@pytest.mark.parametrize(("struct", "field"), SIGNED_FIELDS)
def test_a_message_altered_in_one_field_is_refused(desk, evidence, struct, field):
    """A message of which any signed field was altered counts as signed by nobody.

    Otherwise whoever passes it on could rewrite what its signer agreed to.
    """
    make = desk.order if struct == "Order" else desk.withdrawal
    control = desk.submit(make())
    attempt = desk.submit(make().altered(field, STILL_TRADED.get(field)))
    evidence.observe(fields_altered=1, orders_submitted=2)

    assert control.refused_for == UNPAID[struct], control.explain("its signature accepted")
    assert attempt.refused_for == "invalid_signature", attempt.explain(
        f"invalid_signature: {field} was altered after signing"
    )
    assert attempt.reply.status == 400, attempt.explain("status 400")


@pytest.mark.item("MA-SIG-02")
@pytest.mark.writes
def test_an_order_signed_by_somebody_else_is_refused(desk, evidence):
    """An order counts for its maker only when the maker's own key signed it.

    Otherwise anybody could sell what others have deposited.
    """
    control = desk.submit(desk.order())
    attempt = desk.submit(desk.order().signed_by(Wallet.fresh()))
    evidence.observe(orders_submitted=2)

    assert control.accepted, control.explain("an accepted order")
    assert attempt.refused_for == "invalid_signature", attempt.explain("invalid_signature")
    assert attempt.reply.status == 400, attempt.explain("status 400")


@pytest.mark.item("MA-SIG-02")
@pytest.mark.writes
def test_an_order_is_cancelled_by_its_maker_and_nobody_else(desk, api, evidence):
    """A cancellation counts only when the order's maker signed it.

    Otherwise a competitor empties the book.
    """
    order = desk.order()
    placed = desk.submit(order)
    by_stranger = api.cancel(order.id, Wallet.fresh())
    status = api.order(order.id).json()["status"] if placed.accepted else "not placed"
    by_maker = api.cancel(order.id, order.wallet)
    evidence.observe(orders_submitted=1, cancellations_tried=2)

    assert placed.accepted, placed.explain("an accepted order")
    assert by_stranger.refused_for == "invalid_signature", by_stranger.explain("invalid_signature")
    assert status == "open", f"expected the order open after a stranger's attempt; it is {status}"
    assert by_maker.accepted, by_maker.explain("the maker's cancellation accepted")


def _refusal_of_withdrawal(escrow, withdrawal):
    """Name of the contract's refusal of a withdrawal, which is simulated and never sent."""
    return escrow.refusal_of(
        Wallet.fresh(), "withdrawWithAuthorization", dict(withdrawal.message), withdrawal.signature
    )
