"""Who may call what on the deployed contract, and that a pause stops money and can be lifted."""

import pytest

from contracts.evm import artifact
from contracts.evm.functions import functions
from fixtures.clients.escrow_drills import (
    drill_callers,
    drill_pause,
    drill_roles,
    selectors,
    undeclared,
)
from fixtures.probes.dispatch import dispatched


@pytest.mark.item("MA-SC-11")
def test_every_function_of_the_deployed_contract_is_one_that_somebody_answers_for(
    api, escrow, chain, evidence
):
    """What can be called is what was reviewed: code, shipped interface and table name the same.

    A function that nobody listed is a function whose callers nobody limited.
    """
    shipped = api.escrow_contract()
    assert shipped.status == 200, shipped.explain("status 200")
    problems = undeclared(
        {"the artifact": escrow.abi, "the interface that is shipped": shipped.json()["abi"]}
    )
    reviewed = selectors(artifact("Escrow").abi)
    answering = dispatched(chain.code(escrow.address))
    evidence.observe(functions_compared=len(answering), problems=problems)
    assert problems == [], "; ".join(problems)
    unlisted = sorted("0x" + one.hex() for one in answering - reviewed.keys())
    missing = sorted(reviewed[one] for one in reviewed.keys() - answering)
    assert unlisted == [], f"the code answers functions that no interface tells of: {unlisted}"
    assert missing == [], f"the code does not answer functions of the interface: {missing}"


@pytest.mark.item("MA-SC-11")
def test_nobody_calls_a_function_that_is_not_theirs(scene, evidence):
    """Every function that changes something refuses everybody but those it is meant for.

    Each is called by strangers, both parties, holders of every other role, those who lost it, and
    the contract itself, in a state in which the right caller succeeds.
    """
    drill = drill_callers(scene)
    evidence.observe(
        functions_called=len(functions().effects), callers=len(scene.actors),
        calls_accepted=drill.honest, calls_refused=drill.refused, problems=drill.problems,
    )  # fmt: skip
    assert drill.honest > 0, "no honest call went through"
    assert drill.problems == [], str(drill)


@pytest.mark.item("MA-SC-11")
def test_roles_are_held_by_whom_the_contract_announced_and_by_nobody_else(scene, evidence):
    """The announced holders of each role hold it; who lost a role, or never had one, does not.

    A role that was given without an announcement is invisible to everybody who watches.
    """
    drill = drill_roles(scene)
    held = {name: sorted(accounts) for name, accounts in scene.holders.items()}
    evidence.observe(roles_held=drill.honest, roles_denied=drill.refused, holders=held)
    assert drill.problems == [], str(drill)


@pytest.mark.item("MA-SC-12")
def test_a_pause_stops_all_money_and_ends_when_it_is_lifted(scene, evidence):
    """While paused nothing moves money and only what protects is open; afterwards all works again.

    A pause that forgets one function is a hole just when it matters; one that cannot be lifted
    locks everybody's money up.
    """
    drill = drill_pause(scene)
    evidence.observe(
        calls_accepted=drill.honest, calls_refused=drill.refused, problems=drill.problems
    )
    assert drill.problems == [], str(drill)
    assert drill.refused > 0, "no call was refused while paused"
