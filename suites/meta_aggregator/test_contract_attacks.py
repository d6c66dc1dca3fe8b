"""Attacks on the deployed contract, on a fork: re-entry, hostile tokens, bad input, time limits."""

import pytest

from contracts.evm.functions import MONEY, functions
from fixtures.clients.escrow_attacks import drill_reentry, drill_tokens
from fixtures.clients.escrow_drills import drill_edges, drill_inputs


@pytest.mark.item("MA-SC-10")
def test_nobody_calls_back_into_the_contract_while_it_pays(scene, evidence):
    """Who is being paid, or asked for tokens, cannot call any function that moves money meanwhile.

    Every function that gives control away is interrupted by an insider's contract, with calls that
    go through on their own. A contract that is entered twice pays from a book not yet written.
    """
    drill, attempts = drill_reentry(scene)
    evidence.observe(
        attempts=attempts, attempts_refused=drill.refused, problems=drill.problems,
        guarded=sorted(functions().with_effect(*MONEY)),
    )  # fmt: skip
    assert drill.honest > 0, "none of the calls goes through on its own"
    assert drill.problems == [], str(drill)
    assert attempts == drill.refused, f"{attempts} attempts, of which {drill.refused} were refused"


@pytest.mark.item("MA-SC-10")
def test_a_hostile_token_hurts_nobody_but_its_holders(scene, evidence):
    """A token that lies, fails, takes a fee or calls back is refused, or harms only itself.

    What is taken is what arrived; a payment that a token does not deliver stays the payee's; money
    in other assets does not move.
    """
    drill = drill_tokens(scene)
    evidence.observe(
        payments_made=drill.honest, tokens_refused=drill.refused, problems=drill.problems
    )
    assert drill.honest > 0, "no payment in an honest token went through"
    assert drill.problems == [], str(drill)


@pytest.mark.item("MA-SC-13")
def test_every_function_refuses_bad_input_by_name(scene, evidence):
    """What makes no sense is refused, with the error that says what was wrong.

    Nothing, nobody, the past, the greatest number, unknown ids: an input that slips through makes
    a record that nobody meant, or money that nobody can take out.
    """
    drill = drill_inputs(scene)
    evidence.observe(
        calls_accepted=drill.honest, inputs_refused=drill.refused, problems=drill.problems
    )
    assert drill.honest > 0, "no honest call went through"
    assert drill.problems == [], str(drill)


@pytest.mark.item("MA-SC-13")
def test_every_time_limit_holds_to_the_second(scene, evidence):
    """Deadlines, expiries and first seconds of validity are where they were agreed, exactly.

    Both sides of an agreement read the same second; the one who gains from the other reading will
    use it.
    """
    drill = drill_edges(scene)
    evidence.observe(
        limits_accepted=drill.honest, limits_refused=drill.refused, problems=drill.problems
    )
    assert drill.honest > 0, "no call went through within its time"
    assert drill.problems == [], str(drill)
