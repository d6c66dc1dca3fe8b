"""The block explorer's two APIs, and compiling again what it shows."""

import json

import pytest

from contracts.evm import artifact, build
from contracts.evm.build import committed_input
from fixtures.clients.compiler import committed, rebuilt
from fixtures.clients.explorer import Explorer
from fixtures.clients.http import HttpClient
from fixtures.clients.outcomes import ClientError
from fixtures.clients.recording import NullRecorder
from tests.clients.stub import stub

ADDRESS = "0x" + "ab" * 20
INPUT = committed_input("TestToken")
SOURCIFY = {
    "match": "match",
    "runtimeMatch": "exact_match",
    "compilation": {
        "language": "Solidity",
        "compilerVersion": "0.8.37+commit.f401782d",
        "fullyQualifiedName": "TestToken.sol:TestToken",
    },
    "stdJsonInput": INPUT,
}
ROW = {
    "SourceCode": "{" + json.dumps(INPUT) + "}",
    "ContractName": "TestToken",
    "CompilerVersion": "v0.8.37+commit.f401782d",
    "OptimizationUsed": "1",
    "Runs": "200",
    "EVMVersion": "cancun",
    "SimilarMatch": "",
}
needs_compiler = pytest.mark.skipif(
    build.modules() is None,
    reason="node and the packages of contracts/evm/package.json are needed (npm ci)",
)


def shown(answer, kind="sourcify", key=None):
    """What the client makes of an answer, and what it asked for."""
    path = f"/v2/contract/5/{ADDRESS}" if kind == "sourcify" else "/v2/api"
    with stub({path: answer}) as server:
        explorer = Explorer(HttpClient(server.url, NullRecorder()), kind, key)
        return explorer.source(5, ADDRESS), [request[1] for request in server.requests]


def etherscan(**changes):
    return {"status": "1", "message": "OK", "result": [ROW | changes]}


def test_sourcify_shows_source_settings_and_match():
    found, (asked,) = shown(SOURCIFY)
    assert found.verified
    assert found.match == "exact_match"
    assert found.contract == ("TestToken.sol", "TestToken")
    assert found.settings["evmVersion"] == "cancun"
    assert set(found.sources) == set(INPUT["sources"])
    assert "stdJsonInput" in asked


def test_sourcify_knows_nothing_of_an_address():
    assert not shown((404, {}, {"match": None}))[0].verified


def test_etherscan_shows_the_compilers_input():
    found, (asked,) = shown(etherscan(), "etherscan", "some-key")
    assert found.verified
    assert found.compiler == "0.8.37+commit.f401782d"
    assert found.contract == ("TestToken.sol", "TestToken")
    assert "chainid=5" in asked
    assert "apikey=some-key" in asked


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("contract TestToken {}", "TestToken.sol"),
        (json.dumps({"x/TestToken.sol": {"content": "contract TestToken {}"}}), "x/TestToken.sol"),
    ],
    ids=["one file", "files"],
)
def test_etherscan_shows_plain_files_with_their_settings(text, path):
    found, _ = shown(etherscan(SourceCode=text), "etherscan")
    assert dict(found.sources) == {path: "contract TestToken {}"}
    assert found.settings["optimizer"] == {"enabled": True, "runs": 200}


def test_etherscans_word_for_a_resembling_contract_is_kept():
    assert shown(etherscan(SimilarMatch="0x1"), "etherscan")[0].match == "similar match"


def test_etherscan_shows_no_source():
    assert not shown(etherscan(SourceCode=""), "etherscan")[0].verified


@pytest.mark.parametrize(
    ("kind", "answer"),
    [
        ("etherscan", {"status": "0", "message": "NOTOK", "result": "rate limit"}),
        ("etherscan", (500, {}, {})),
        ("sourcify", (500, {}, {})),
        ("sourcify", [1]),
    ],
)
def test_an_explorer_that_cannot_say_is_an_error(kind, answer):
    with pytest.raises(ClientError):
        shown(answer, kind)


def test_the_committed_input_is_known_by_every_byte():
    reviewed = artifact("TestToken")
    assert committed(shown(SOURCIFY)[0], reviewed)
    given = json.loads(json.dumps(SOURCIFY["stdJsonInput"]))
    given["sources"]["TestToken.sol"]["content"] += " "
    assert not committed(shown(SOURCIFY | {"stdJsonInput": given})[0], reviewed)


@pytest.mark.parametrize(
    "change",
    [
        {"compilation": SOURCIFY["compilation"] | {"compilerVersion": "0.8.36+commit.1"}},
        {"compilation": SOURCIFY["compilation"] | {"fullyQualifiedName": "x/A.sol:TestToken"}},
        {"stdJsonInput": SOURCIFY["stdJsonInput"] | {"settings": {"viaIR": True}}},
    ],
    ids=["compiler", "contract", "settings"],
)
def test_another_compiler_contract_or_setting_is_not_the_committed_input(change):
    assert not committed(shown(SOURCIFY | change)[0], artifact("TestToken"))


@needs_compiler
def test_a_shown_source_compiles_to_the_committed_artifact():
    made = rebuilt(shown(SOURCIFY)[0], NullRecorder())
    assert made.deployed_bytecode == artifact("TestToken").deployed_bytecode


@needs_compiler
def test_a_source_of_another_compiler_is_not_compiled():
    other = SOURCIFY["compilation"] | {"compilerVersion": "0.7.6+commit.1"}
    assert rebuilt(shown(SOURCIFY | {"compilation": other})[0], NullRecorder()) is None


@needs_compiler
def test_a_source_that_does_not_compile_is_an_error():
    given = {"sources": {"TestToken.sol": {"content": "contract {"}}, "settings": {}}
    with pytest.raises(ClientError, match="does not compile"):
        rebuilt(shown(SOURCIFY | {"stdJsonInput": given})[0], NullRecorder())
