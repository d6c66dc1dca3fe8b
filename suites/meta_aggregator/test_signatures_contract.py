"""What the contract makes of signed messages, everywhere that it takes one, asked of a fork.

Everybody can pass the API by and bring a message to the contract: it has to stand alone.
"""

import pytest

from fixtures.clients.escrow_signatures import (
    drill_contract_wallets,
    drill_domains,
    drill_fields,
    drill_form,
)
from suites.meta_aggregator.forms import FORMS


@pytest.mark.item("MA-SIG-02")
@pytest.mark.parametrize(
    "drill", [drill_fields, drill_contract_wallets], ids=["keys", "contract-wallets"]
)
def test_the_contract_takes_only_what_its_signer_signed(scene, evidence, drill):
    """A message counts as its signer wrote it: not altered in any field, not signed by others.

    A field that is not signed is filled in by whoever brings the message.
    """
    seen = drill(scene)
    evidence.observe(**seen.observed())
    assert seen.honest > 0, "no honest message was taken"
    assert seen.problems == [], str(seen)


@pytest.mark.item("MA-SIG-03")
def test_the_contract_takes_only_what_is_signed_for_its_own_domain(scene, evidence):
    """No function takes a message for another chain, contract, name or version, or for none.

    One function that hashes in its own way is enough to bring signatures over from elsewhere.
    """
    seen = drill_domains(scene)
    evidence.observe(**seen.observed())
    assert seen.honest > 0, "no honest message was taken"
    assert seen.problems == [], str(seen)


@pytest.mark.item("MA-SIG-09")
@pytest.mark.parametrize(("form", "reason"), FORMS)
def test_the_contract_refuses_what_the_api_refuses(scene, evidence, form, reason):
    """The contract takes a signature in one form only, in every function that takes one.

    Every second form of one signature is a way past whoever remembers signatures.
    """
    seen = drill_form(scene, form)
    evidence.observe(signatures_tried=seen.honest + seen.refused, **seen.observed())
    assert seen.honest > 0, "no honest message was taken"
    assert seen.problems == [], f"{reason} at the API: {seen}"
