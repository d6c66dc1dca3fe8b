"""One chain per worker; every test gets it as it was deployed."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import count

import pytest
from eth_account import Account

from contracts.evm import artifact
from fixtures.reference.chain import Deployment, Rpc, deploy_contracts, key_of, start_chain
from fixtures.reference.chain.abi import decode_logs, encode_call
from fixtures.reference.chain.keys import address_of
from tests.engines import ENGINES

ETHER = 10**18
TOKEN_ABI = artifact("TestToken").abi
NO_TOKEN = "0x" + "00" * 20
PATH_KEY = "k3y"
TYPES = {
    "Order": [
        *(("address", name) for name in ("maker", "taker", "sellToken", "buyToken")),
        *(
            ("uint256", name)
            for name in ("sellAmount", "buyAmount", "nonce", "validFrom", "expiry")
        ),
        ("bytes32", "salt"),
    ],
    "ReleaseAuthorization": [("bytes32", "id"), ("uint256", "nonce"), ("uint256", "deadline")],
    "Withdrawal": [
        ("address", "account"),
        ("address", "token"),
        ("uint256", "amount"),
        ("address", "recipient"),
        ("uint256", "nonce"),
        ("uint256", "deadline"),
    ],
}


@dataclass
class Escrow:
    """Calls of the deployed Escrow, and messages signed for it."""

    rpc: Rpc
    deployment: Deployment
    ids: count = field(default_factory=lambda: count(1))

    def send(self, key, function, *args, value=0, gas=None):
        where = self.deployment.escrow
        return self.rpc.transact(
            key, self.deployment.artifact.abi, where, function, *args, value=value, gas=gas
        )

    def govern(self, function, *args, signers=2):
        """Call the contract as the Safe, with the signatures of so many owners."""
        safe, deployed = artifact("safe/Safe").abi, self.deployment
        data = encode_call(deployed.artifact.abi, function, args)
        call = (deployed.escrow, 0, data, 0, 0, 0, 0, NO_TOKEN, NO_TOKEN)
        nonce = self.rpc.call_contract(safe, deployed.safe, "nonce")
        digest = self.rpc.call_contract(safe, deployed.safe, "getTransactionHash", *call, nonce)
        keys = sorted(deployed.owner_keys[:signers], key=lambda key: address_of(key).lower())
        signed = [Account.unsafe_sign_hash(digest, key).signature for key in keys]
        payer = key_of("deployer")
        return self.rpc.transact(
            payer, safe, deployed.safe, "execTransaction", *call, b"".join(signed), gas=500_000
        )

    def ask(self, function, *args):
        deployed = self.deployment
        return self.rpc.call_contract(deployed.artifact.abi, deployed.escrow, function, *args)

    def token(self, token, function, *args, key=None):
        abi = TOKEN_ABI
        if key:
            return self.rpc.transact(key, abi, token, function, *args)
        return self.rpc.call_contract(abi, token, function, *args)

    def events(self, receipt):
        return decode_logs(self.deployment.artifact.abi, receipt["logs"])

    def now(self):
        return int(self.rpc.call("eth_getBlockByNumber", "pending", False)["timestamp"], 16)

    def new_id(self):
        return next(self.ids).to_bytes(32, "big")

    def deposit(self, payer, payee, amount, *, token=NO_TOKEN, lasts=3600):
        payment = self.new_id()
        if token != NO_TOKEN:
            self.token(token, "approve", self.deployment.escrow, amount, key=payer)
        value = amount if token == NO_TOKEN else 0
        deadline = self.now() + lasts
        self.send(payer, "deposit", payment, payee, token, amount, deadline, value=value)
        return payment

    def fund(self, key, token, amount):
        if token != NO_TOKEN:
            self.token(token, "approve", self.deployment.escrow, amount, key=key)
        return self.send(key, "fund", token, amount, value=amount if token == NO_TOKEN else 0)

    def sign(self, key, primary, message, **domain):
        fields = {
            "name": "Meta Aggregator",
            "version": "2",
            "chainId": self.deployment.chain_id,
            "verifyingContract": self.deployment.escrow,
            **domain,
        }
        types = {primary: [{"type": kind, "name": name} for kind, name in TYPES[primary]]}
        return Account.sign_typed_data(key, fields, types, message).signature

    def order(self, key, sell, buy, sell_amount, buy_amount, **changes):
        now = self.now()
        return {
            "maker": address_of(key),
            "taker": NO_TOKEN,
            "sellToken": sell,
            "buyToken": buy,
            "sellAmount": sell_amount,
            "buyAmount": buy_amount,
            "nonce": next(self.ids),
            "validFrom": now - 60,
            "expiry": now + 3600,
            "salt": bytes(32),
            **changes,
        }


@pytest.fixture(scope="session", params=ENGINES)
def chain(request):
    with start_chain(31337, path_key=PATH_KEY, engine=request.param) as running:
        yield running


@pytest.fixture(scope="session")
def deployed(chain):
    return deploy_contracts(chain.url, chain.funded_keys["deployer"])


@pytest.fixture
def rpc(chain, deployed):  # noqa: ARG001 - the contracts belong to the state that is restored
    client = Rpc(chain.url)
    snapshot = client.call("evm_snapshot")
    yield client
    client.call("evm_setAutomine", True)
    assert client.call("evm_revert", snapshot)
    client.close()


@pytest.fixture
def escrow(rpc, deployed):
    return Escrow(rpc, deployed)


@pytest.fixture
def alice():
    return key_of("funder-0")


@pytest.fixture
def bob():
    return key_of("funder-1")


@pytest.fixture
def carol():
    return key_of("funder-2")
