"""Attacks on the deployed contract, on a fork: re-entry, hostile tokens, bad input, time limits."""

import pytest

from fixtures.clients.escrow_attacks import drill_reentry, drill_tokens
from fixtures.clients.escrow_drills import drill_edges, drill_inputs, drill_states


@pytest.mark.item("MA-SC-10")
@pytest.mark.parametrize("drill", [drill_reentry, drill_tokens], ids=["call-back", "tokens"])
def test_nobody_who_is_paid_or_asked_for_tokens_gets_more_than_their_due(scene, evidence, drill):
    """Who is handed control in the middle of a payment can neither come back in nor change it.

    Every function that gives control away is interrupted by an insider's contract, with calls that
    go through on their own; and meets tokens that call back, lie, fail or take a fee. A contract
    that is entered twice pays from a book not yet written.
    """
    seen = drill(scene)
    evidence.observe(**seen.observed())
    assert seen.honest > 0, "none of the payments goes through undisturbed"
    assert seen.problems == [], str(seen)


@pytest.mark.item("MA-SC-13")
@pytest.mark.parametrize(
    "drill", [drill_inputs, drill_states, drill_edges], ids=["values", "states", "seconds"]
)
def test_every_function_refuses_bad_input_by_name(scene, evidence, drill):
    """What makes no sense is refused, with the error that says what was wrong, to the second.

    Nothing, nobody, the past, the greatest number, unknown ids: an input that slips through makes
    a record that nobody meant, or money that nobody can take out.
    """
    seen = drill(scene)
    evidence.observe(**seen.observed())
    assert seen.honest > 0, "no honest call went through"
    assert seen.problems == [], str(seen)
