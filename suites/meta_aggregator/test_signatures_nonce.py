"""Once and not again: replayed, used, cancelled, skipped and late messages."""

import time
from collections import Counter

import pytest

from fixtures.clients.meta_aggregator import NOBODY, Signed
from fixtures.clients.wallets import Wallet
from suites.meta_aggregator.desk import SELL
from suites.meta_aggregator.order_scene import HOUR, USED, Scene

AT_ONCE = 20
GAS_MONEY = 2 * 10**16
AMOUNT = 10**15
CONFLICTS = {"409 duplicate_order", "409 nonce_used"}


@pytest.mark.item("MA-SIG-06")
@pytest.mark.writes
def test_one_order_is_accepted_once_however_often_it_is_posted(desk, api, limits, evidence):
    """Of one order posted many times at once and then again, exactly one is accepted.

    A retry, or somebody who copies the request, must not double what its maker offers.
    """
    order = desk.order()
    answers = desk.submit_at_once([order] * AT_ONCE)
    again = desk.submit(order)
    accepted, others = _sorted([*answers, again])
    evidence.observe(orders_submitted=len(answers) + 1, accepted_of_replayed=accepted)
    evidence.observe(refusals=others)
    limit = limits["accepted_of_replayed"]
    assert limit.holds(accepted), limit.explain(accepted) + f" of {len(answers) + 1} posts"
    assert others.keys() <= CONFLICTS, f"expected {CONFLICTS}, observed {others}"
    assert not again.accepted, again.explain("a refusal: it is in the book already")
    assert _open_orders(api, order.wallet) == [order.id]


@pytest.mark.item("MA-SIG-06")
@pytest.mark.writes
def test_of_many_orders_with_one_nonce_one_is_accepted(desk, api, limits, evidence):
    """Of different orders with one nonce, posted at once, exactly one enters the book.

    The nonce is the maker's promise that only one of these offers will ever be taken.
    """
    maker = Wallet.fresh()
    orders = [desk.order(maker, nonce=7, sell_amount=SELL + n) for n in range(AT_ONCE)]
    answers = desk.submit_at_once(orders)
    again = desk.submit(desk.order(maker, nonce=7))
    accepted, others = _sorted([*answers, again])
    evidence.observe(orders_submitted=len(answers) + 1, accepted_of_replayed=accepted)
    evidence.observe(refusals=others)
    limit = limits["accepted_of_replayed"]
    assert limit.holds(accepted), limit.explain(accepted) + f" of {len(answers) + 1} orders"
    assert others.keys() <= CONFLICTS, f"expected {CONFLICTS}, observed {others}"
    assert _open_orders(api, maker) == [answer.id for answer in answers if answer.accepted]


@pytest.mark.item("MA-SIG-06")
@pytest.mark.parametrize("struct", ["Withdrawal", "ReleaseAuthorization"])
def test_the_contract_executes_an_authorization_once(forked_escrow, api, evidence, struct):
    """What an account authorized is executed once; its nonce is then used up for everything.

    Everybody can read the authorization on the chain, and would bring it again.
    """
    account = forked_escrow.fork.wallet()
    first, second = _authorizations(forked_escrow, api, account, struct, nonce=11)
    bring = (
        forked_escrow.refusal_to_pay if struct == "Withdrawal" else forked_escrow.refusal_to_release
    )
    outcome, repeated, reused = bring(first), bring(first), bring(second)
    spent = forked_escrow.call("nonceSpent", account.address, 11)
    evidence.observe(authorizations_replayed=2, outcomes=[outcome, repeated, reused])

    assert outcome == "", f"expected the honest {struct} executed, observed {outcome}"
    ended = "NonceAlreadyUsed" if struct == "Withdrawal" else "NotInState"
    assert repeated == ended, f"the same {struct} again: expected {ended}, observed {repeated!r}"
    assert reused == "NonceAlreadyUsed", (
        f"another {struct} with the nonce: expected NonceAlreadyUsed, observed {reused!r}"
    )
    assert spent, "expected the contract to say that the nonce is spent"


@pytest.mark.item("MA-SIG-07")
@pytest.mark.writes
@pytest.mark.parametrize(
    ("terms", "before", "refusal"),
    [
        pytest.param({"nonce": 0}, "", "", id="first-nonce"),
        pytest.param({"nonce": 1000}, "", "", id="skipped-nonce"),
        pytest.param({"nonce": 2**256 - 1}, "", "", id="far-future-nonce"),
        pytest.param({"nonce": USED}, "", "nonce_used", id="used-nonce"),
        pytest.param({"nonce": USED}, "in-the-book", "nonce_used", id="nonce-of-cancelled-order"),
        pytest.param({"nonce": USED}, "on-chain", "nonce_used", id="nonce-cancelled-on-chain"),
        pytest.param({"lasts_s": 0}, "", "order_expired", id="expired"),
        pytest.param({"begins_s": HOUR}, "", "order_not_yet_valid", id="not-yet-valid"),
    ],
)
def test_an_order_is_taken_while_its_nonce_and_time_stand(
    desk, api, escrow, wallets, evidence, terms, before, refusal
):
    """Nonces have no order: any unused one may be signed, one that has ended never again.

    Whoever cancels a nonce relies on it that nothing signed with it can still be filled.
    """
    maker = wallets.fresh(ether=GAS_MONEY) if before == "on-chain" else Wallet.fresh()
    earlier = desk.submit(desk.order(maker, nonce=USED))
    assert earlier.accepted, earlier.explain("an accepted order")
    if before == "in-the-book":
        api.cancel(earlier.id, maker)
    elif before == "on-chain":
        escrow.transact(maker, "cancelNonce", USED)
    status = api.wait_for_order(earlier.id, "cancelled" if before else "open")["status"]
    attempt = desk.submit(desk.order(maker, **_absolute(terms)))
    evidence.observe(orders_tried=1, earlier_order=status, refused_for=attempt.refused_for)

    if before:
        assert status == "cancelled", f"expected the order with the nonce cancelled, not {status}"
    assert attempt.refused_for == refusal, attempt.explain(refusal or "an accepted order")


@pytest.mark.item("MA-SIG-07")
@pytest.mark.parametrize(
    ("ending", "refusal"),
    [
        pytest.param("cancelled", "NonceAlreadyUsed", id="nonce-cancelled"),
        pytest.param("withdrawn", "NonceAlreadyUsed", id="nonce-used-to-withdraw"),
        pytest.param("overtaken", "NonceAlreadyUsed", id="nonce-of-another-order"),
        pytest.param("expired", "OrderExpired", id="expired"),
        pytest.param("early", "OrderNotYetValid", id="not-yet-valid"),
        pytest.param("filled", "Overfilled", id="filled"),
        pytest.param("overfilled", "Overfilled", id="overfilled"),
    ],
)
def test_an_order_that_has_ended_is_filled_no_more(scene, evidence, ending, refusal):
    """An order settles up to the second, the amount or the deed that ends it, and then no more.

    Up to there its maker must be served; from there on every fill takes what was not offered.
    """
    with scene.fork.apart():
        scene.fork.warp_to(scene.expiry - 1 if ending == "expired" else scene.valid_from)
        control = scene.settle()
    amount = getattr(scene, ending)()
    attempt = scene.settle(amount)
    evidence.observe(orders_ended=1, before=control or "settled", after=attempt or "settled")

    assert control == "", f"before it was {ending}: expected a settlement, observed {control}"
    assert attempt == refusal, f"{ending}: expected {refusal}, observed {attempt or 'a settlement'}"


@pytest.fixture
def scene(forked_escrow, api, target):
    """An order on the fork that becomes valid in an hour."""
    return Scene(forked_escrow, api, target.require("tokens"))


def _sorted(answers):
    """How many were accepted, and how often the others were refused for what."""
    refused = [answer for answer in answers if not answer.accepted]
    reasons = Counter(f"{answer.reply.status} {answer.refused_for}" for answer in refused)
    return len(answers) - len(refused), dict(reasons)


def _open_orders(api, maker):
    reply = api.orders(maker=maker.address, status="open")
    assert reply.status == 200, reply.explain("status 200")
    return [entry["id"] for entry in reply.json()["orders"]]


def _absolute(terms):
    """Terms with moments in place of spans from now."""
    now, names = int(time.time()), {"lasts_s": "expiry", "begins_s": "valid_from"}
    return {
        names.get(name, name): value + now if name in names else value
        for name, value in terms.items()
    }


def _authorizations(escrow, api, account, struct, nonce):
    """Two messages of an account with one nonce, either of which could be executed alone."""
    if struct == "Withdrawal":
        escrow.give(account.address, NOBODY, 3)
        return [api.signed_withdrawal(account, NOBODY, wei, nonce=nonce) for wei in (1, 2)]
    signed = []
    for _ in range(2):
        identifier, _ = escrow.deposit(account, Wallet.fresh().address, NOBODY, AMOUNT)
        message = {"id": identifier, "nonce": str(nonce), "deadline": str(2**40)}
        signature = api.domain.sign(account, struct, message)
        signed.append(Signed(struct, message, signature, api.domain, account))
    return signed
