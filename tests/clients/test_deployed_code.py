"""Proxies: minimal ones, EIP-1967 with and without a beacon, and circles."""

import json

import pytest

from fixtures.clients.chain import Chain
from fixtures.clients.deployed_code import deployed_code
from fixtures.clients.outcomes import ClientError
from fixtures.clients.recording import NullRecorder
from tests.clients.stub import stub

PROXY, TARGET, BEACON, ADMIN = ("0x" + letter * 40 for letter in "abcd")
IMPLEMENTATION_SLOT = "0x360894a13ba1a3210667c828492db98dca3e2076cc3735a920a3ca505d382bbc"
BEACON_SLOT = "0xa3f0ad74e5423aebfd80d3ef4346578335a9a72aeaee59ff6cb3582b35133d50"
ADMIN_SLOT = "0xb53127684a568b3173ae13b9f8a6016e243e63b6e8ee1178d6a717850b5d6103"


def word(address):
    return "0x" + address[2:].rjust(64, "0")


def found(codes, storage=None, called=None):
    slots = storage or {}

    def answer(_path, body):
        asked = json.loads(body)
        method, params = asked["method"], asked["params"]
        result = "0x"
        if method == "eth_getCode":
            result = codes.get(params[0], "0x")
        elif method == "eth_getStorageAt":
            result = slots.get((params[0], params[1]), word("0x"))
        elif called is not None:
            result = called
        else:
            return {"jsonrpc": "2.0", "id": asked["id"], "error": {"code": 3, "message": "no"}}
        return {"jsonrpc": "2.0", "id": asked["id"], "result": result}

    with stub({"/": answer}) as server:
        return deployed_code(Chain(server.url, NullRecorder()), PROXY)


def test_a_plain_contract_runs_where_it_stands():
    code = found({PROXY: "0x6001"})
    assert (code.runs_at, code.code, code.hops) == (PROXY, b"\x60\x01", ())


def test_no_code_is_no_proxy():
    assert found({}).code == b""


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        ("EIP-1167", "363d3d373d3d3d363d73{}5af43d82803e903d91602b57fd5bf3"),
        ("EIP-7511", "365f5f375f5f365f73{}5af43d5f5f3e5f3d91602a57fd5bf3"),
        ("EIP-7702", "ef0100{}"),
    ],
)
def test_a_minimal_proxy_is_followed(kind, code):
    read = found({PROXY: "0x" + code.format(TARGET[2:]), TARGET: "0x6002"})
    assert read.code == b"\x60\x02"
    assert [(hop.kind, hop.implementation) for hop in read.hops] == [(kind, TARGET)]


def test_a_proxy_keeps_implementation_and_admin_in_slots():
    slots = {
        (PROXY, IMPLEMENTATION_SLOT): word(TARGET),
        (PROXY, ADMIN_SLOT): word(ADMIN),
    }
    read = found({PROXY: "0x6001", TARGET: "0x6002"}, slots)
    assert read.runs_at == TARGET
    assert read.hops[0].admin == ADMIN


def test_a_beacon_names_the_implementation():
    slots = {(PROXY, BEACON_SLOT): word(BEACON)}
    read = found({PROXY: "0x6001", TARGET: "0x6002"}, slots, called=word(TARGET))
    assert read.runs_at == TARGET
    assert read.hops[0].beacon == BEACON


def test_a_beacon_without_an_answer_is_an_error():
    with pytest.raises(ClientError, match="names no implementation"):
        found({PROXY: "0x6001"}, {(PROXY, BEACON_SLOT): word(BEACON)})


def test_a_circle_of_proxies_is_an_error():
    with pytest.raises(ClientError, match="more than 4"):
        found({PROXY: "0x6001"}, {(PROXY, IMPLEMENTATION_SLOT): word(PROXY)})
