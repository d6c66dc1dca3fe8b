"""Starts back ends on a real chain, and wallets that talk to them with other people's code."""

from __future__ import annotations

import itertools
import secrets
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
from eth_account import Account

from contracts.evm import artifact
from fixtures.reference.chain import Deployment, Rpc, deploy_contracts, key_of, start_chain
from fixtures.reference.defects import Defects
from fixtures.reference.meta_aggregator import store_tools, zero_ex
from fixtures.reference.meta_aggregator.backend.gateway import Gateway
from fixtures.reference.meta_aggregator.backend.service import Service
from fixtures.reference.meta_aggregator.backend.settings import ZERO_ADDRESS, Settings
from fixtures.reference.meta_aggregator.deployment import chain_settings
from fixtures.reference.meta_aggregator.store_tool_variants import MIGRATIONS
from fixtures.reference.serving import Servers, loopback_socket, port_of

CHAIN = 31337
UPSTREAM_KEY = "key-of-the-test-upstream"
UNIT = 10**18


def eventually(condition: Callable[[], Any], within_s: float = 8.0) -> Any:
    """Poll until `condition` holds; its value. AssertionError after the deadline."""
    deadline = time.monotonic() + within_s
    while not (value := condition()):
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)  # between two looks
    return value


def refused(response: httpx.Response) -> tuple[int, str]:
    """Status and code of a refusal."""
    return response.status_code, response.json()["error"]["code"]


class Wallet:
    """A fresh account."""

    def __init__(self) -> None:
        self.key = "0x" + secrets.token_hex(32)
        self.account = Account.from_key(self.key)
        self.address = self.account.address

    def sign(self, domain: dict[str, Any], types: dict[str, Any], message: dict[str, Any]) -> str:
        """An EIP-712 signature."""
        signed = self.account.sign_typed_data(domain, types, message)
        return "0x" + signed.signature.hex().removeprefix("0x")


class Backend:
    """A running back end and a client for it."""

    def __init__(self, service: Service, url: str, deployment: Deployment, rpc: Rpc) -> None:
        self.service = service
        self.url = url
        self.deployment = deployment
        self.rpc = rpc
        self.http = httpx.Client(base_url=url, timeout=15, trust_env=False)
        self.config = self.http.get("/api/config").json()
        self._nonces = itertools.count(1)

    def order(self, wallet: Wallet, *, buy: bool = False, **changes: Any) -> dict[str, Any]:
        """An order for one base token at a price of two."""
        pair = [self.deployment.base, self.deployment.quote]
        now = int(time.time())
        order = {
            "maker": wallet.address,
            "taker": ZERO_ADDRESS,
            "sellToken": pair[1] if buy else pair[0],
            "buyToken": pair[0] if buy else pair[1],
            "sellAmount": str(2 * UNIT if buy else UNIT),
            "buyAmount": str(UNIT if buy else 2 * UNIT),
            "nonce": str(next(self._nonces)),
            "validFrom": str(now - 60),
            "expiry": str(now + 3600),
            "salt": "0x" + secrets.token_hex(32),
        }
        return {**order, **changes}

    def sign(self, wallet: Wallet, type_name: str, message: dict[str, Any]) -> str:
        """A signature for this deployment."""
        fields = self.config["types"][type_name]
        values = {
            part["name"]: int(message[part["name"]])
            if part["type"] == "uint256"
            else message[part["name"]]
            for part in fields
        }
        return wallet.sign(self.config["typedData"], {type_name: fields}, values)

    def submit(self, wallet: Wallet, order: dict[str, Any], signature: str = "") -> httpx.Response:
        """Sign, unless a signature is given, and submit."""
        signed = signature or self.sign(wallet, "Order", order)
        return self.http.post("/api/orders", json={"order": order, "signature": signed})

    def funded(self, token: str, amount: int) -> Wallet:
        """A wallet with ether and a trading balance."""
        wallet, abi = Wallet(), artifact("Escrow").abi
        escrow, funder = self.deployment.escrow, self.deployment.funder_keys[0]
        self.rpc.send({"to": wallet.address, "value": UNIT, "gas": 21_000}, funder)
        if token == ZERO_ADDRESS:
            self.rpc.transact(wallet.key, abi, escrow, "fund", token, amount, value=amount)
            return wallet
        erc20 = artifact("TestToken").abi
        self.rpc.transact(funder, erc20, token, "transfer", wallet.address, amount)
        self.rpc.transact(wallet.key, erc20, token, "approve", escrow, amount)
        self.rpc.transact(wallet.key, abi, escrow, "fund", token, amount)
        return wallet

    def metric(self, name: str) -> float:
        """Value of the first metric whose name begins so."""
        lines = self.http.get("/metrics").text.splitlines()
        return float(next(line for line in lines if line.startswith(name)).rpartition(" ")[2])

    def status_of(self, identifier: str) -> str:
        """Status of an order."""
        return str(self.http.get(f"/api/orders/{identifier}").json()["status"])


class Rig:
    """The chain and the price emulation that back ends are started on."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._numbers = itertools.count(1)
        self._stack = ExitStack()

    def __enter__(self) -> Rig:
        chain = start_chain(CHAIN, path_key="rig", extra_keys=[("stranger", key_of("stranger"))])
        self._stack.callback(chain.close)
        self.deployment = deploy_contracts(chain.url, key_of("deployer"))
        self.chain = chain_settings(self.deployment)
        self.rpc = Rpc(chain.url)
        self._stack.callback(self.rpc.close)
        self._outside = self._stack.enter_context(Servers("outside"))
        gateway = Gateway(self.chain, ())
        self._stack.callback(gateway.close)
        app = zero_ex.make_app({CHAIN: gateway}, frozenset({UPSTREAM_KEY}))
        self.upstream = f"http://127.0.0.1:{self._outside.serve(app)}"
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def settings(self, **changes: Any) -> Settings:
        """Settings of a back end with an empty, migrated store of its own."""
        store = self._folder / str(next(self._numbers)) / "orders.sqlite"
        store.parent.mkdir()
        store.touch()
        store_tools.migrate(store, MIGRATIONS)
        settings = Settings(
            version="2.0.0",
            commit="c" * 40,
            build_id="b" * 12,
            store=store,
            chain_id=CHAIN,
            chains={CHAIN: self.chain},
            abi=artifact("Escrow").abi,
            operator_key=self.deployment.operator_key,
            upstream_url=self.upstream,
            upstream_key=UPSTREAM_KEY,
            origin="metaaggregator.test",
        )
        return replace(settings, **changes)

    def start(self, *items: str, stack: ExitStack | None = None, **changes: Any) -> Backend:
        """A running back end, with the faults of `items`; `stack` ends it, or the rig."""
        stack = stack or self._stack
        service = Service(self.settings(**changes), Defects.for_items(items))
        stack.callback(service.stop)
        service.start()
        servers = stack.enter_context(Servers("back end"))
        bound = loopback_socket()
        servers.serve(service.app, on=bound)
        url = f"http://127.0.0.1:{port_of(bound)}"
        running = Backend(service, url, self.deployment, self.rpc)
        stack.callback(running.http.close)
        return running
