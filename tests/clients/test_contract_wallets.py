"""Contract wallets on a chain: created, asked, revoked, and promised before they exist."""

import pytest
from eth_abi.abi import decode

from fixtures.clients.chain import Chain
from fixtures.clients.contract_wallets import ContractWallet, CounterfactualWallet
from fixtures.clients.meta_aggregator import NOBODY, Domain, MetaAggregator
from fixtures.clients.recording import NullRecorder
from fixtures.clients.wallets import Funder
from fixtures.reference.chain import key_of, start_chain

MAGIC, REFUSED = "1626ba7e", "ffffffff"
ETHER = 10**16


@pytest.fixture(scope="module")
def chain(engine):
    running = start_chain(31337, engine=engine)
    try:
        yield Chain(running.url, NullRecorder())
    finally:
        running.close()


@pytest.fixture
def owner(chain):
    return Funder(chain, [key_of("funder-0")]).fresh(ether=ETHER)


def withdrawal(wallet):
    api = MetaAggregator(None, domain=Domain(31337, NOBODY))
    return api.signed_withdrawal(wallet, NOBODY, 1)


def answer(wallet, signed):
    digest, signature = bytes.fromhex(signed.id[2:]), signed.signature
    return wallet.contract.call("isValidSignature", digest, signature).hex()


def test_its_code_takes_the_owner_s_signature_until_the_owner_is_revoked(chain, owner):
    wallet = ContractWallet.created(chain, owner)
    signed = withdrawal(wallet)
    assert signed.message["account"] == wallet.address != owner.address
    assert answer(wallet, signed) == MAGIC
    assert answer(wallet, signed.altered("amount")) == REFUSED
    wallet.revoke()
    assert answer(wallet, signed) == REFUSED


def test_a_promised_wallet_wraps_its_signature_with_its_own_deployment(chain, owner):
    promised = CounterfactualWallet(chain, owner)
    signed = withdrawal(promised)
    raw = bytes.fromhex(signed.signature[2:])
    factory, deploying, inner = decode(["address", "bytes", "bytes"], raw[:-32])
    assert raw[-32:].hex() == "6492" * 16
    assert factory == promised.factory.address.lower()
    assert "0x" + deploying.hex() == promised.factory.encode("create", owner.address)
    assert chain.code(promised.address) == b""

    deployed = promised.deploy()
    assert deployed.address == promised.address
    assert chain.code(promised.address)
    assert answer(deployed, signed.with_signature(inner)) == MAGIC
