"""The emulated explorer, the bounty page and the audit's report: honest, and with defects."""

import json
from types import SimpleNamespace

import httpx
import pytest

from contracts.evm import artifact, build
from fixtures.reference.defects import NONE, Defects
from fixtures.reference.meta_aggregator import bounty, escrow_reviews, explorer
from tests.reference.meta_aggregator.release_site import ESCROW, make_facts, served

DEPLOYED = SimpleNamespace(chain_id=31337, escrow=ESCROW)


@pytest.fixture
def facts(tmp_path):
    return make_facts(tmp_path)


def asked(facts, path, *items):
    """The explorer's answer to a request."""
    defects = Defects.for_items(items) if items else NONE
    app = explorer.make_app(explorer.submissions([DEPLOYED], defects), facts)
    with served(app) as host:
        return httpx.get(f"http://{host}/v2/contract/{path}")


def programme(facts, *items):
    """The page of the bug bounty programme."""
    defects = Defects.for_items(items) if items else NONE
    with served(bounty.make_app(facts, defects)) as host:
        return httpx.get(f"http://{host}{bounty.PATH}")


def test_the_deployed_contract_is_shown_with_its_source(facts):
    answer = asked(facts, f"31337/{ESCROW.lower()}?fields=stdJsonInput,sources")
    assert answer.status_code == 200
    shown = answer.json()
    assert shown["runtimeMatch"] == "match"
    assert shown["sources"] == build.committed_input("Escrow")["sources"]
    assert "abi" not in shown


def test_everything_is_shown_on_request_and_little_without(facts):
    whole = asked(facts, f"31337/{ESCROW}?fields=all").json()
    assert whole["runtimeBytecode"]["recompiledBytecode"] == artifact("Escrow").deployed_bytecode
    assert set(asked(facts, f"31337/{ESCROW}").json()) == set(explorer.ALWAYS)


@pytest.mark.parametrize("place", [f"1/{ESCROW}", "31337/0x" + "00" * 20])
def test_what_was_not_submitted_is_not_verified(facts, place):
    answer = asked(facts, place)
    assert answer.status_code == 404
    assert answer.json()["match"] is None


def test_fault_other_source_verified(facts):
    shown = asked(facts, f"31337/{ESCROW}?fields=sources", "MA-SC-08").json()
    assert shown["match"] == "match"
    assert shown["sources"] != build.committed_input("Escrow")["sources"]


def test_the_programme_lists_the_deployed_escrow(facts):
    page = programme(facts)
    assert page.status_code == 200
    assert facts.escrow_address in page.text


def test_fault_bounty_lists_previous_escrow(facts):
    page = programme(facts, "MA-SC-07")
    assert facts.previous_escrow_address in page.text
    assert facts.escrow_address not in page.text


def test_the_audit_covers_this_release_and_not_the_one_before(facts):
    now, before = (
        json.loads(escrow_reviews.report(facts, NONE, previous=previous))
        for previous in (False, True)
    )
    assert now["bytecode_hash"] != before["bytecode_hash"]
    late = Defects.for_items(["MA-SC-05"])
    assert json.loads(escrow_reviews.report(facts, late, previous=False)) == before
