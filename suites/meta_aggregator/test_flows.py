"""What users come for: log in, place an order, trade, pay through escrow, take money out."""

import re
import time

import pytest

from fixtures.clients.meta_aggregator import NOBODY, Signed, error_code
from fixtures.clients.wallets import Token, Wallet

GAS_MONEY = 2 * 10**16
SOLD, PAID = 3 * 10**15, 7 * 10**15
PAYMENT = 10**15
SETTLED_ORDERS = ("orderHashA", "orderHashB")


@pytest.mark.item("MA-POST-20")
@pytest.mark.writes
def test_a_login_opens_a_session_for_the_address_that_signed_and_no_other(api, evidence):
    """Who signs the login message gets a session of that address; nobody gets another's.

    Whoever could log in with a signature of their own would act as any user they can name.
    """
    owner, thief = Wallet.fresh(), Wallet.fresh()
    own = api.login(owner)
    session = api.session(own.token)
    logout = api.logout(own.token)
    ended = api.session(own.token)
    stolen = api.login(owner, signer=thief)
    evidence.observe(
        sessions_opened=int(own.accepted), logins_refused=int(not stolen.accepted),
        owner=owner.address, thief=thief.address,
    )  # fmt: skip
    assert own.accepted, own.explain("a session for the address that signed")
    assert session.status == 200, session.explain("status 200")
    assert session.json()["address"] == owner.address, session.explain(f"of {owner.address}")
    assert logout.status == 200, logout.explain("the end of the session")
    assert error_code(ended) == "no_session", ended.explain("no_session after the logout")
    assert stolen.refused_for == "invalid_signature", stolen.explain(
        f"invalid_signature: {thief.address} signed the login of {owner.address}"
    )


@pytest.mark.item("MA-POST-20")
@pytest.mark.writes
def test_the_page_logs_a_wallet_in_and_out_and_refuses_a_foreign_signature(
    browser, chain, target, evidence
):
    """The page connects a wallet, stays logged in over a reload, and ends the session on request.

    A wallet that claims another's address and signs with its own key stays logged out.
    """
    owner, thief, url = Wallet.fresh(), Wallet.fresh(), target.require("frontend_url")
    logged_in = f'[data-testid="session"][data-address="{owner.address}"]'
    logged_out = '[data-testid="session"][data-address=""]'
    with browser.open(url, wallet=owner, chain=chain) as page:
        _connect(page)
        page.click("@login")
        opened = page.visible(logged_in)
        page.reload()
        kept = page.visible(logged_in)
        page.screenshot("logged-in")
        page.click("@disconnect")
        ended = page.visible(logged_out)
        evidence.observe(sessions_opened=int(opened))
        assert opened, page.explain(f"a session of {owner.address}") + _notice(page)
        assert kept, page.explain(f"the session of {owner.address} after a reload")
        assert ended, page.explain("no session after disconnecting")
        asked = page.evaluate("() => fetch('/api/auth/session').then((reply) => reply.status)")
        assert asked == 401, page.explain(f"no session of the cookie (status 401, not {asked})")
    with browser.open(url, wallet=owner, chain=chain, signer=thief) as page:
        _connect(page)
        page.click("@login")
        page.wait_for(f'{logged_in}, [data-testid="notice"]:not([hidden])')
        acting_as = page.attribute("@session", "data-address")
        evidence.observe(logins_refused=int(not acting_as))
        assert "personal_sign" in page.wallet.requests, page.explain("a login that was signed")
        assert acting_as == "", page.explain(
            f"no session: {thief.address} signed the login of {owner.address}"
        )


@pytest.mark.item("MA-POST-21")
@pytest.mark.writes
def test_an_accepted_order_is_read_back_as_it_was_signed(api, target, evidence):
    """An order that the API accepts is in the book, with every field and the signature unchanged.

    An order that is confirmed and not stored never trades, and its maker waits for nothing.
    """
    tokens = target.require("tokens")
    # It sells what the maker has not deposited: nobody can trade against it meanwhile.
    order = api.signed_order(
        Wallet.fresh(), sell_token=tokens.base, buy_token=tokens.quote,
        sell_amount=SOLD, buy_amount=PAID,
    )  # fmt: skip
    submission = api.submit(order)
    assert submission.accepted, submission.explain("an accepted order")
    assert submission.id == order.id, submission.explain(f"the order's hash {order.id} as its id")
    stored, listed = api.order(order.id), api.orders(maker=order.wallet.address)
    evidence.observe(orders_read_back=int(stored.status == 200), order=order.id)
    assert stored.status == 200, stored.explain("the order that was accepted with status 201")
    assert stored.json()["order"] == order.message, stored.explain(f"{dict(order.message)}")
    assert stored.json()["signature"] == order.signature, stored.explain(order.signature)
    assert listed.status == 200, listed.explain("status 200")
    ids = [entry["id"] for entry in listed.json()["orders"]]
    assert ids == [order.id], listed.explain(f"the maker's only order {order.id} in the list")
    cancelled = api.cancel(order.id, order.wallet)
    assert cancelled.accepted, cancelled.explain("the test order taken out of the book again")


@pytest.mark.item("MA-POST-21")
@pytest.mark.writes
def test_an_order_placed_through_the_page_enters_the_book(browser, api, chain, target, evidence):
    """An order that a user fills in, signs and places is in the book as it was signed.

    The page is what users see: when it says that an order is placed, they stop watching.
    """
    tokens, maker = target.require("tokens"), Wallet.fresh()
    with browser.open(target.require("frontend_url"), wallet=maker, chain=chain) as page:
        _connect(page)
        page.fill("@order-sell-amount", "0.003")
        page.select("@order-sell-token", tokens.base)
        page.fill("@order-buy-amount", "0.007")
        page.select("@order-buy-token", tokens.quote)
        page.click("@order-submit")
        page.wait_for_text("@order-result", "0x")
        placed = re.search("0x[0-9a-f]{64}", page.text("@order-result"))
        page.screenshot("order-placed")
        assert placed, page.explain("an order with its id") + _notice(page)
        stored = api.order(placed.group())
        row = page.count(f'[data-order-id="{placed.group()}"]')
        evidence.observe(orders_read_back=int(stored.status == 200), order=placed.group())
        assert stored.status == 200, stored.explain("the order that the page says is placed")
        order, asked = stored.json()["order"], page.wallet.signed[-1].document["message"]
        assert order == asked, stored.explain(f"what the wallet was asked to sign: {asked}")
        assert (order["maker"], order["sellToken"], order["buyToken"]) == (
            maker.address, tokens.base, tokens.quote,
        ), stored.explain("the tokens that were chosen")  # fmt: skip
        amounts = [
            str(Token(chain, tokens.base).units("0.003")),
            str(Token(chain, tokens.quote).units("0.007")),
        ]
        assert [order["sellAmount"], order["buyAmount"]] == amounts, stored.explain(f"{amounts}")
        assert api.domain.hash("Order", order) == placed.group(), stored.explain("its hash as id")
        assert row == 1, page.explain("the new order in the page's list")
        cancelled = api.cancel(placed.group(), maker)
        assert cancelled.accepted, cancelled.explain("the test order taken out of the book again")


@pytest.mark.item("MA-POST-22")
@pytest.mark.writes
def test_two_matching_orders_are_settled_for_exactly_what_was_signed(
    api, escrow, wallets, target, evidence
):
    """Two orders that fit each other are matched, and one transaction swaps the two amounts.

    A match that does not settle looks like a trade to both sides and moves nothing.
    """
    base, quote = target.require("tokens").base, target.require("tokens").quote
    seller = _trader(wallets, escrow, base, SOLD)
    buyer = _trader(wallets, escrow, quote, PAID)
    before = _trading_balances(escrow, (seller, buyer), (base, quote))
    # Each names the other as its only taker, so that no other order of the book comes between.
    ask = api.signed_order(
        seller, taker=buyer.address,
        sell_token=base, sell_amount=SOLD, buy_token=quote, buy_amount=PAID,
    )  # fmt: skip
    bid = api.signed_order(
        buyer, taker=seller.address,
        sell_token=quote, sell_amount=PAID, buy_token=base, buy_amount=SOLD,
    )  # fmt: skip
    for submission in (api.submit(ask), api.submit(bid)):
        assert submission.accepted, submission.explain("an accepted order")
    submitted = time.monotonic()
    last = api.wait_for_order(bid.id, "settled", "settlement_failed")
    evidence.observe(
        orders_submitted=2, status=last["status"], settled_within_s=time.monotonic() - submitted
    )
    assert last["status"] == "settled", (
        f"expected: order {bid.id} settled against {ask.id}; observed: {last['status']}, "
        f"{last.get('failure') or 'no failure stated'}"
    )
    receipt = escrow.receipt(last["fills"][0]["transactionHash"])
    after = _trading_balances(escrow, (seller, buyer), (base, quote))
    moved = [now - then for then, now in zip(before, after, strict=True)]
    evidence.observe(settlements=receipt.status, balances_compared=len(moved), moved=moved)
    assert receipt.status == 1, f"the settlement {receipt.hash} reverted ({receipt.evidence})"
    swapped = {"0x" + key.hex() for key in _shown(receipt.event("Settled"), *SETTLED_ORDERS)}
    assert swapped == {ask.id, bid.id}, f"expected a settlement of {ask.id} with {bid.id}"
    expected = [-SOLD, PAID, SOLD, -PAID]
    assert moved == expected, (
        f"expected balances of seller and buyer, base and quote each, to move by {expected}; "
        f"observed {moved} (transaction {receipt.hash}, {receipt.evidence})"
    )
    counterpart = api.order(ask.id)
    assert counterpart.status == 200, counterpart.explain("status 200")
    assert counterpart.json()["status"] == "settled", counterpart.explain("settled as well")


@pytest.mark.item("MA-POST-23")
@pytest.mark.writes
@pytest.mark.parametrize("asset", ["ether", "token"])
def test_escrow_takes_and_releases_exactly_what_was_agreed(
    escrow, wallets, target, evidence, asset
):
    """A deposit takes the amount from the payer; its release gives it, less the fee, to the payee.

    Who pays through escrow trusts the contract with the amount and with the recipient.
    """
    token = NOBODY if asset == "ether" else target.require("tokens").base
    payer, payee = _owner(wallets, token, PAYMENT), Wallet.fresh()
    before = escrow.wallet_balance(payer.address, token)
    identifier, deposit = escrow.deposit(payer, payee.address, token, PAYMENT)
    held = escrow.payment(identifier)["state"]
    after = escrow.wallet_balance(payer.address, token, deposit.block_number)
    taken = before - after - _gas(deposit, token)
    evidence.observe(deposits=deposit.status, taken=str(taken), state=held)
    assert deposit.status == 1, f"the deposit {deposit.hash} reverted ({deposit.evidence})"
    assert taken == PAYMENT, f"expected {PAYMENT} taken from the payer, observed {taken}"
    assert held == "held", f"expected the payment {identifier} held, observed {held}"
    announced = _shown(deposit.event("Deposited"), "payer", "payee", "token", "amount")
    assert announced == [payer.address, payee.address, token, PAYMENT], f"Deposited {announced}"

    release, fee = escrow.release(payer, identifier), escrow.fee_on(PAYMENT)
    due, state = PAYMENT - fee, escrow.payment(identifier)["state"]
    received = escrow.wallet_balance(payee.address, token, release.block_number)
    returned = escrow.wallet_balance(payer.address, token, release.block_number) - after
    returned += _gas(release, token)
    evidence.observe(releases=release.status, received=str(received), fee=str(fee), state=state)
    assert release.status == 1, f"the release {release.hash} reverted ({release.evidence})"
    assert received == due, (
        f"expected the payee to receive {due} ({PAYMENT} less the fee of {fee}), observed "
        f"{received} (transaction {release.hash}, {release.evidence})"
    )
    assert returned == 0, f"expected nothing for the payer from the release, observed {returned}"
    assert state == "released", f"expected the payment {identifier} released, observed {state}"
    announced = _shown(release.event("Released"), "payee", "by", "token", "amount", "fee")
    assert announced == [payee.address, payer.address, token, due, fee], f"Released {announced}"


@pytest.mark.item("MA-POST-24")
@pytest.mark.writes
def test_a_signed_withdrawal_pays_once_and_never_again(api, escrow, wallets, evidence):
    """A withdrawal pays exactly what was signed to the named recipient, and only the first time.

    Everybody can read a signed withdrawal on the chain; presented again it must be worth nothing.
    """
    account, recipient = _trader(wallets, escrow, NOBODY, 3 * PAYMENT), Wallet.fresh()
    withdrawal = api.signed_withdrawal(account, NOBODY, PAYMENT, recipient=recipient.address)
    first = api.withdraw(withdrawal)
    paid = escrow.wallet_balance(recipient.address, NOBODY)
    repeated = api.withdraw(withdrawal)
    past_the_api = escrow.refusal_of(
        account, "withdrawWithAuthorization", dict(withdrawal.message), withdrawal.signature
    )
    paid_in_all = escrow.wallet_balance(recipient.address, NOBODY)
    left = escrow.trading_balance(account.address, NOBODY)
    evidence.observe(
        withdrawals_paid=int(paid == PAYMENT), paid=str(paid), paid_in_all=str(paid_in_all),
        repeats_refused=int(not repeated.accepted) + int(bool(past_the_api)),
    )  # fmt: skip
    assert first.accepted, first.explain("a withdrawal that is paid")
    assert paid == PAYMENT, first.explain(f"{PAYMENT} wei paid, but {paid} arrived")
    assert repeated.refused_for == "nonce_used", repeated.explain("nonce_used: it was paid before")
    assert past_the_api == "NonceAlreadyUsed", (
        f"the same withdrawal brought to the contract itself: {past_the_api or 'accepted'}"
    )
    assert paid_in_all == PAYMENT, f"expected {PAYMENT} wei paid in all, observed {paid_in_all}"
    assert left == 2 * PAYMENT, f"expected {2 * PAYMENT} wei left to the account, observed {left}"


@pytest.mark.item("MA-POST-24")
@pytest.mark.writes
def test_tokens_deposited_through_the_page_are_withdrawn_once(
    browser, api, escrow, wallets, target, evidence
):
    """What a user deposits on the page is theirs to trade, and withdrawing it there pays once.

    The page makes the messages that wallets sign: one that could be used twice empties accounts.
    """
    token = Token(escrow.chain, target.require("tokens").base)
    deposited, wanted = token.units("0.003"), token.units("0.001")
    user = _owner(wallets, token.address, deposited)
    with browser.open(target.require("frontend_url"), wallet=user, chain=escrow.chain) as page:
        _connect(page)
        _fill_in(page, "deposit", "0.003", token.address)
        page.wait_for_text("@deposit-result", "0x")
        to_trade = escrow.trading_balance(user.address, token.address)
        assert to_trade == deposited, page.explain(f"{deposited} to trade, not {to_trade}")
        _fill_in(page, "withdraw", "0.001", token.address)
        page.wait_for_text("@withdraw-result", "sent")
        paid = token.balance_of(user.address)
        page.screenshot("withdrawn")
        evidence.observe(withdrawals_paid=int(paid == wanted), paid=str(paid))
        assert paid == wanted, page.explain(f"{wanted} paid, not {paid}") + _notice(page)
        signed = page.wallet.signed[-1]
    again = api.withdraw(
        Signed("Withdrawal", signed.document["message"], signed.signature, api.domain, user)
    )
    paid_in_all = token.balance_of(user.address)
    evidence.observe(repeats_refused=int(not again.accepted), paid_in_all=str(paid_in_all))
    assert again.refused_for == "nonce_used", again.explain("nonce_used: it was paid before")
    assert paid_in_all == wanted, again.explain(f"{wanted} paid in all, not {paid_in_all}")


def _owner(wallets, token, amount):
    """A fresh wallet that holds an amount, and what its transactions cost."""
    if token == NOBODY:
        return wallets.fresh(ether=GAS_MONEY + amount)
    return wallets.fresh(ether=GAS_MONEY, tokens={token: amount})


def _trader(wallets, escrow, token, amount):
    """A fresh wallet whose trading balance is an amount."""
    wallet = _owner(wallets, token, amount)
    escrow.fund(wallet, token, amount)
    return wallet


def _trading_balances(escrow, traders, tokens):
    return [escrow.trading_balance(one.address, token) for one in traders for token in tokens]


def _gas(receipt, token):
    """What a transaction cost its sender in the asset: its gas, where the asset is ether."""
    return receipt.fee_paid if token == NOBODY else 0


def _shown(event, *names):
    return [event.args[name] for name in names]


def _connect(page):
    """Connect the wallet, once the page can be used."""
    page.wait_for("@app")
    page.click("@connect-wallet")
    page.wait_for("@wallet-address")


def _fill_in(page, form, amount, token):
    page.fill(f"@{form}-amount", amount)
    page.select(f"@{form}-token", token)
    page.click(f"@{form}-submit")


def _notice(page):
    """What the page tells its user, as the end of a message."""
    return f"\nthe page says: {page.text('@notice') or 'nothing'}"
