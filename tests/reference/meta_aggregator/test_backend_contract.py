"""The back end keeps what contracts/ promise: routes, shapes and signed types."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest
from eth_utils.crypto import keccak

import contracts
from contracts.evm import artifact
from fixtures.reference.meta_aggregator.backend import typed_data
from fixtures.reference.meta_aggregator.backend.previous_interface import previous_abi
from tests.reference.meta_aggregator.backend_rig import CHAIN, UNIT, Backend, Wallet

OPENAPI = json.loads(
    (Path(contracts.__file__).parent / "openapi" / "meta_aggregator.json").read_text("utf-8")
)


def checked(path: str, method: str, answer) -> None:
    """The answer's status is documented, and its body has the documented shape."""
    described = OPENAPI["paths"][path][method]["responses"][str(answer.status_code)]
    if "$ref" in described:
        described = OPENAPI["components"]["responses"][described["$ref"].rpartition("/")[2]]
    schema = described["content"]["application/json"]["schema"]
    document = {**schema, "components": OPENAPI["components"]}
    jsonschema.Draft202012Validator(document).validate(answer.json())


def test_the_routes_served_are_the_routes_documented(backend: Backend):
    served = {
        (path, method.lower())
        for path, methods in backend.service._table().items()
        for method in methods
    }
    documented = {
        (path, method)
        for path, item in OPENAPI["paths"].items()
        for method in item
        if method in ("get", "post")
    }
    assert served | {("/metrics", "get")} == documented


@pytest.mark.parametrize(
    "path",
    [
        "/api/health",
        "/health",
        "/api/status",
        "/api/config",
        "/api/contracts/escrow",
        "/api/orders",
        "/api/trades",
        "/api/escrows",
        "/api/auth/session",
        "/api/quote",
    ],
)
def test_reading_routes_answer_in_the_documented_shape(backend: Backend, path: str):
    wallet = Wallet()
    backend.submit(wallet, backend.order(wallet))
    checked(path, "get", backend.http.get(path))
    checked(path, "get", backend.http.get(path, params={"unknown": "1"}))


def test_the_other_routes_answer_in_the_documented_shape(backend: Backend):
    wallet = Wallet()
    accepted = backend.submit(wallet, backend.order(wallet))
    checked("/api/orders", "post", accepted)
    identifier = accepted.json()["id"]
    checked("/api/orders/{id}", "get", backend.http.get(f"/api/orders/{identifier}"))
    unknown = "0x" + "0" * 64
    checked("/api/orders/{id}", "get", backend.http.get(f"/api/orders/{unknown}"))
    checked("/api/escrows/{id}", "get", backend.http.get(f"/api/escrows/{unknown}"))
    checked("/api/balances/{account}", "get", backend.http.get(f"/api/balances/{wallet.address}"))
    challenge = backend.http.post("/api/auth/challenge", json={"address": wallet.address})
    checked("/api/auth/challenge", "post", challenge)
    for source in ("0x", "uniswap"):
        query = {
            "chainId": CHAIN,
            "sellToken": backend.deployment.base,
            "buyToken": backend.deployment.quote,
            "sellAmount": str(UNIT),
            "source": source,
        }
        checked("/api/quote", "get", backend.http.get("/api/quote", params=query))


@pytest.mark.parametrize(
    ("type_name", "constant"),
    [
        ("Order", "ORDER_TYPEHASH"),
        ("Withdrawal", "WITHDRAWAL_TYPEHASH"),
        ("ReleaseAuthorization", "RELEASE_TYPEHASH"),
    ],
)
def test_the_published_types_are_those_of_the_contract(
    backend: Backend, type_name: str, constant: str
):
    deployment = backend.deployment
    on_chain = backend.rpc.call_contract(deployment.artifact.abi, deployment.escrow, constant)
    assert typed_data.type_hash(type_name) == on_chain


def test_the_published_domain_is_the_contracts(backend: Backend):
    deployment = backend.deployment
    separator = backend.rpc.call_contract(
        deployment.artifact.abi, deployment.escrow, "DOMAIN_SEPARATOR"
    )
    domain = typed_data.Domain(CHAIN, deployment.escrow)
    assert typed_data.struct_hash("EIP712Domain", domain.as_json()) == separator


def test_personal_messages_are_digested_as_wallets_do():
    text = "Grüße"
    length = len(text.encode())
    expected = keccak(b"\x19Ethereum Signed Message:\n%d" % length + text.encode())
    assert typed_data.personal_digest(text) == expected


def test_fault_previous_abi():
    abi = artifact("Escrow").abi
    names, old = ({entry.get("name") for entry in one} for one in (abi, previous_abi(abi)))
    assert "tradingBalance" in old - names
