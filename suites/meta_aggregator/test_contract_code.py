"""The deployed escrow: it is there, it is the reviewed code, and its source is public."""

import pytest

from contracts.evm import artifact
from contracts.evm.build import committed_input
from fixtures.clients.compiler import committed, rebuilt
from fixtures.clients.deployed_code import deployed_code
from fixtures.clients.meta_aggregator import Domain
from fixtures.probes.addresses import is_development_contract
from fixtures.probes.bytecode import compare, eip712_immutables, of_artifact
from fixtures.probes.verified_source import differences


@pytest.mark.item("MA-SC-09")
def test_the_escrow_has_code_on_the_expected_chain(chain, target, evidence):
    """The node is on the chain of the environment, and the escrow's address holds code there.

    A call to an address without code succeeds and does nothing; ether sent to it is lost.
    """
    expected, address = target.require("chain_id"), target.require("escrow_address")
    connected, code = chain.chain_id(), chain.code(address)
    evidence.observe(chain_id=connected, code_bytes=len(code))

    assert connected == expected, f"the node is on chain {connected}, not on {expected}"
    assert not is_development_contract(address), f"{address} is a developer's first contract"
    assert code, f"{address} holds no code on chain {connected}"


@pytest.mark.item("MA-SC-09")
def test_the_deployed_code_is_the_reviewed_code(chain, target, evidence):
    """The code that runs behind the escrow's address is what the reviewed source compiles to.

    Reviews, audits and tests speak of the source; only the code on the chain holds the money.
    """
    address = target.require("escrow_address")
    found = deployed_code(chain, address)
    comparison = compare(found.code, of_artifact(artifact("Escrow")))
    evidence.observe(
        code_bytes=len(found.code),
        match=comparison.kind,
        transformations=[each.as_json() for each in comparison.transformations],
        proxies=[hop.kind for hop in found.hops],
    )

    assert comparison.kind, f"{found.runs_at}: {'; '.join(comparison.problems)}"
    assert found.hops == (), f"{address} delegates to {found.runs_at}, which may be exchanged"


@pytest.mark.item("MA-SC-09")
def test_the_immutables_hold_what_the_release_states(chain, target, evidence):
    """Fee, treasury and signing domain in the deployed code are the stated ones.

    A comparison of code leaves them out: another treasury would take every fee unseen.
    """
    stated, address = target.require("escrow_immutables"), target.require("escrow_address")
    found = deployed_code(chain, address)
    domain = Domain(target.require("chain_id"), found.runs_at).as_json()
    expected = eip712_immutables(*domain.values())
    expected |= {label: word(value) for label, value in stated.items()}
    values = compare(found.code, of_artifact(artifact("Escrow"))).values("immutable")
    evidence.observe(code_bytes=len(found.code), immutables=values)

    assert found.code, f"{address} holds no code"
    assert values.keys() <= expected.keys(), (
        f"escrow_immutables states no {', '.join(sorted(values.keys() - expected.keys()))}"
    )
    wrong = [
        f"{label}: expected {expected[label]}, observed {values.get(label)}"
        for label in expected
        if values.get(label) != expected[label]
    ]
    assert not wrong, "; ".join(wrong)


@pytest.mark.item("MA-SC-08")
def test_the_explorer_shows_the_source_of_the_deployed_code(explorer, chain, target, evidence):
    """The block explorer shows the reviewed source, and that source gives the deployed code.

    Users read what the explorer shows. Its own word "verified" may stand for another contract.
    """
    chain_id, address = target.require("chain_id"), target.require("escrow_address")
    code = deployed_code(chain, address)
    shown = explorer.source(chain_id, code.runs_at)
    reviewed = artifact("Escrow")
    known = shown.verified and committed(shown, reviewed)
    built = rebuilt(shown, target.recorder) if shown.verified and not known else None
    unlike = differences(
        committed_input("Escrow"), shown.sources, shown.settings, reviewed.compiler, shown.compiler
    )
    evidence.observe(
        files_compared=len(shown.sources), stated_match=shown.match,
        committed_input=known, recompiled=built is not None,
    )  # fmt: skip

    assert shown.verified, shown.explain(f"a verified source of {code.runs_at} on {chain_id}")
    assert not unlike, shown.explain("the reviewed source") + "\n" + "\n".join(unlike)
    for compiled in (reviewed, built or reviewed):
        comparison = compare(code.code, of_artifact(compiled))
        assert comparison.kind, shown.explain("; ".join(comparison.problems))


def word(value):
    """A stated value as the word that the code holds."""
    number = value if isinstance(value, int) else int(value, 16)
    return "0x" + number.to_bytes(32, "big").hex()
