"""Who may call what on the deployed contract, and that a pause stops money and can be lifted."""

import pytest

from contracts.evm import artifact
from fixtures.clients.escrow_drills import (
    Drill,
    drill_callers,
    drill_pause,
    drill_roles,
    selectors,
    undeclared,
)
from fixtures.probes.dispatch import dispatched


def drill_interface(scene, api):
    """What the code answers is what was reviewed, what is shipped, and what the table names."""
    reply, reviewed = api.escrow_contract(), artifact("Escrow").abi
    if reply.status != 200:
        return Drill(problems=[reply.explain("status 200")])
    shipped = reply.json()["abi"]
    drill = Drill(problems=undeclared({"the artifact": reviewed, "the interface": shipped}))
    known = selectors(reviewed)
    answering = dispatched(scene.fork.code(scene.escrow.address))
    for selector in sorted(answering | known.keys()):
        if selector not in known:
            drill.problems.append(f"0x{selector.hex()} is answered, and no interface tells of it")
        else:
            drill.expect_honest(known[selector], "" if selector in answering else "no answer")
    return drill


DRILLS = {
    "functions": drill_interface,
    "callers": lambda scene, _: drill_callers(scene),
    "roles": lambda scene, _: drill_roles(scene),
}


@pytest.mark.item("MA-SC-11")
@pytest.mark.parametrize("drill", DRILLS.values(), ids=DRILLS)
def test_nobody_calls_a_function_that_is_not_theirs(api, scene, evidence, drill):
    """Every function that changes something refuses everybody but those it is meant for.

    The functions are those that the deployed code answers; the callers are strangers, both parties,
    holders of every other role, those who lost it, and the contract itself, in a state in which
    the right caller succeeds. Who holds a role is whom the contract announced.
    """
    seen = drill(scene, api)
    evidence.observe(callers=len(scene.actors), **seen.observed())
    assert seen.problems == [], str(seen)
    assert seen.honest > 0, "no honest call went through"


@pytest.mark.item("MA-SC-12")
def test_a_pause_stops_all_money_and_ends_when_it_is_lifted(scene, evidence):
    """While paused nothing moves money and only what protects is open; afterwards all works again.

    A pause that forgets one function is a hole just when it matters; one that cannot be lifted
    locks everybody's money up.
    """
    seen = drill_pause(scene)
    evidence.observe(**seen.observed())
    assert seen.problems == [], str(seen)
    assert seen.refused > 0, "no call was refused while paused"
