"""Contracts and wallets against the embedded chain: a real EVM decides."""

import json

import pytest
from eth_account import Account
from eth_account.messages import encode_typed_data

from contracts.evm import artifact
from fixtures.clients.contracts import Contract, Reverted, receipt_of
from fixtures.clients.injected_wallet import InjectedWallet
from fixtures.clients.meta_aggregator import NOBODY, Domain, MetaAggregator, signing_types
from fixtures.clients.outcomes import CapabilityMissing, ClientError
from fixtures.clients.wallets import Funder, Token, Wallet, typed_data

ID = "0x" + "a1" * 32


@pytest.fixture
def funder(chain, deployed):
    return Funder(chain, deployed.funder_keys, index=2)


@pytest.fixture
def escrow(chain, deployed):
    return Contract(chain, deployed.escrow, artifact("Escrow").abi)


@pytest.fixture
def api(escrow):
    return MetaAggregator(None, domain=Domain(31337, escrow.address))


def order(api, wallet, deployed, **changes):
    terms = {"sell_amount": 10**18, "buy_amount": 2 * 10**18}
    return api.signed_order(
        wallet, sell_token=deployed.base, buy_token=deployed.quote, **{**terms, **changes}
    )


def test_a_transaction_pays_what_its_receipt_says(funder, escrow, chain):
    payer, payee = funder.fresh(ether=10**18), Wallet.fresh()
    receipt = escrow.transact(
        payer, "deposit", ID, payee.address, NOBODY, 10**15, 2**40, value=10**15
    )
    assert receipt.status == 1
    assert chain.balance(payer.address) == 10**18 - 10**15 - receipt.fee_paid
    deposited = receipt.event("Deposited")
    assert (deposited.args["payer"], deposited.args["amount"]) == (payer.address, 10**15)
    assert escrow.events("Deposited", from_block=receipt.block_number)[-1] == deposited
    with pytest.raises(ClientError, match="0 events Released; its events: Deposited"):
        receipt.event("Released")


def test_a_refusal_has_the_name_and_arguments_of_its_error(funder, escrow):
    with pytest.raises(Reverted) as caught:
        escrow.call("release", "0x" + "b2" * 32, sender=funder.wallet.address)
    assert caught.value.name == "NotInState"
    assert caught.value.arguments["id"] == b"\xb2" * 32
    with pytest.raises(Reverted) as caught:
        escrow.transact(funder.wallet, "pause")
    assert caught.value.name == "AccessControlUnauthorizedAccount"


def test_what_does_not_fit_the_abi_is_told(chain, escrow):
    with pytest.raises(ClientError, match="0 functions relase with 1 arguments"):
        escrow.call("relase", ID)
    stranger = Contract(chain, Wallet.fresh().address, escrow.abi)
    with pytest.raises(ClientError, match="returned nothing: is there a contract"):
        stranger.call("feeBps")


@pytest.mark.parametrize("logs", [["x"], [{}], 7, [None]], ids=repr)
def test_a_log_that_is_none_is_told(escrow, logs):
    with pytest.raises(ClientError, match=r"a log of .* that cannot be read"):
        escrow.decode_logs(logs)


@pytest.mark.parametrize(
    "lie",
    [{"topics": 7}, {"data": "0x"}, {"data": 5}, {"data": "0xzz"}, {"blockNumber": "-0x1"}],
    ids=repr,
)
def test_an_event_that_does_not_fit_the_abi_is_told(escrow, lie):
    entry = {
        "address": escrow.address,
        "topics": ["0x" + escrow._topic("Paused").hex()],
        "data": "0x" + "00" * 32,
        "blockNumber": "0x1",
        "logIndex": "0x0",
        "transactionHash": "0x12",
    }
    assert [event.name for event in escrow.decode_logs([entry])] == ["Paused"]
    with pytest.raises(ClientError, match=r"a log of .* that cannot be read"):
        escrow.decode_logs([{**entry, **lie}])


@pytest.mark.parametrize(
    "lie", [{"gasUsed": "-0x1"}, {"gasUsed": None}, {"status": "yes"}, {"blockNumber": 7}], ids=repr
)
def test_a_receipt_that_is_none_is_told(lie):
    raw = {"transactionHash": "0x12", "status": "0x1", "blockNumber": "0x1", "gasUsed": "0x1"}
    assert receipt_of(raw, (), "").gas_used == 1
    with pytest.raises(ClientError, match="a receipt that cannot be read"):
        receipt_of({**raw, **lie}, (), "")


def test_a_fresh_wallet_holds_what_it_was_given(funder, chain, deployed):
    wallet = funder.fresh(ether=10**16, tokens={deployed.base: 5})
    assert chain.balance(wallet.address) == 10**16
    assert Token(chain, deployed.base).balance_of(wallet.address) == 5


def test_no_funded_key_is_a_missing_capability(chain):
    with pytest.raises(CapabilityMissing, match="funder_keys"):
        Funder(chain, ())


def test_the_contract_agrees_on_an_orders_id(api, deployed, escrow):
    signed = order(api, Wallet.fresh(), deployed)
    assert escrow.call("orderHash", dict(signed.message)) == bytes.fromhex(signed.id[2:])


def test_orders_are_signed_altered_and_signed_again(api, deployed):
    wallet, thief = Wallet.fresh(), Wallet.fresh()
    signed = order(api, wallet, deployed)
    domain = signed.domain
    assert signer(signed) == wallet.address
    for field in signed.message:
        altered = signed.altered(field)
        assert altered.message[field] != signed.message[field]
        assert altered.signature == signed.signature
        assert {k for k in signed.message if altered.message[k] != signed.message[k]} == {field}
    assert signer(signed.signed_again(nonce="9")) == wallet.address
    assert signer(signed.signed_by(thief)) == thief.address
    assert signer(signed.malleable()) == wallet.address
    assert signed.malleable().signature != signed.signature
    assert domain.as_json()["name"] == "Meta Aggregator"


def signer(signed):
    types = {"Order": signed.domain._types("Order")["Order"]}
    full = typed_data(signed.domain.as_json(), types, signed.message)
    return Account.recover_message(encode_typed_data(full_message=full), signature=signed.signature)


def test_nested_types_need_no_primary_type_and_ambiguous_ones_do():
    person = [{"name": "wallet", "type": "address"}]
    mail = [{"name": "from", "type": "Person[]"}]
    wallet = Wallet.fresh()
    message = {"from": [{"wallet": wallet.address}]}
    wallet.sign_typed_data({"name": "x"}, {"Person": person, "Mail": mail}, message)
    with pytest.raises(ValueError, match="Name the primary type: Person, Other"):
        typed_data({}, {"Person": person, "Other": []}, {})


def test_a_wallet_does_not_show_its_key():
    wallet = Wallet.fresh()
    assert wallet.key[2:] not in repr(wallet)


def ask(injected, method, *params):
    return json.loads(injected.answer(json.dumps({"method": method, "params": params})))


def test_the_injected_wallet_answers_as_wallets_do(funder, chain):
    wallet = funder.fresh(ether=10**17)
    injected = InjectedWallet(wallet, chain)
    assert ask(injected, "eth_accounts") == {"result": []}
    assert ask(injected, "personal_sign", "0x6869", wallet.address)["error"]["code"] == 4100
    assert ask(injected, "eth_requestAccounts") == {"result": [wallet.address]}
    assert ask(injected, "eth_chainId") == {"result": "0x7a69"}
    assert ask(injected, "personal_sign", "0x6869", wallet.address) == {
        "result": wallet.sign_message("hi")
    }
    assert ask(injected, "personal_sign", "0x6869", funder.wallet.address)["error"]["code"] == 4100
    assert ask(injected, "eth_sign", wallet.address, "0x")["error"]["code"] == 4200
    switch = ask(injected, "wallet_switchEthereumChain", {"chainId": "0x1"})
    assert switch["error"]["code"] == 4902
    sent = ask(
        injected, "eth_sendTransaction", {"from": wallet.address, "to": NOBODY, "value": "0x1"}
    )
    assert chain.wait_for_receipt(sent["result"])["status"] == "0x1"
    assert ask(injected, "nonsense")["error"]["code"] == 4200
    assert json.loads(injected.answer("no json"))["error"]["code"] == -32603


def test_an_injected_wallet_keeps_what_a_page_had_signed(chain, api):
    wallet = Wallet.fresh()
    injected = InjectedWallet(wallet, chain)
    withdrawal = api.signed_withdrawal(wallet, NOBODY, 5)
    document = typed_data(
        api.domain.as_json(),
        {"Withdrawal": signing_types()["types"]["Withdrawal"]},
        withdrawal.message,
    )
    ask(injected, "eth_requestAccounts")
    ask(injected, "eth_signTypedData_v4", NOBODY, json.dumps(document))
    assert injected.signed == []
    ask(injected, "eth_signTypedData_v4", wallet.address, json.dumps(document))
    (kept,) = injected.signed
    assert kept.document == document
    assert kept.signature == withdrawal.signature
