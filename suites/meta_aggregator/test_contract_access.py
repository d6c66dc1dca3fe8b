"""Who may call what on the deployed contract, and that a pause stops money and can be lifted."""

import pytest

from contracts.evm import artifact
from fixtures.clients.deployed_code import deployed_code
from fixtures.clients.escrow_drills import (
    Drill,
    drill_callers,
    drill_pause,
    drill_roles,
    drill_unknown_calls,
    selectors,
    undeclared,
)
from fixtures.probes.dispatch import dispatched, fateful


def drill_shipped(_, api):
    """The interface that the back end ships names what the table names."""
    reply = api.escrow_contract()
    if reply.status != 200:
        return Drill(problems=[reply.explain("status 200")])
    shipped = reply.json()["abi"]
    return Drill(len(shipped), problems=undeclared({"the interface": shipped}))


def drill_code(scene, _):
    """What the code answers and can do is what was reviewed, and what the table names."""
    reviewed = artifact("Escrow")
    drill = Drill(problems=undeclared({"the artifact": reviewed.abi}))
    code = deployed_code(scene.fork, scene.escrow.address).code
    known, answering = selectors(reviewed.abi), dispatched(code)
    for able in sorted(fateful(code) - fateful(bytes.fromhex(reviewed.deployed_bytecode[2:]))):
        drill.problems.append(f"the code can {able}, which the reviewed code cannot")
    for selector in sorted(answering | known.keys()):
        if selector not in known:
            drill.problems.append(f"0x{selector.hex()} is answered, and no interface tells of it")
        else:
            drill.expect_honest(known[selector], "" if selector in answering else "no answer")
    return drill


DRILLS = {
    "shipped": drill_shipped,
    "functions": drill_code,
    "unknown": lambda scene, _: drill_unknown_calls(scene),
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
