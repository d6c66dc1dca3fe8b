"""The scripts with which people look after the escrow, and what its functions cost."""

import json
import secrets

import pytest

from contracts.evm.functions import functions
from fixtures.clients.gas import gas_of_functions
from fixtures.clients.outcomes import CapabilityMissing
from fixtures.probes.gas_envelope import increases_pct

STATUS_COMMANDS = ("check_escrow_status", "check_contract_status")


@pytest.mark.item("MA-SC-18")
@pytest.mark.writes
def test_the_deposit_script_pays_into_the_escrow_of_this_chain(operations, chain, escrow, evidence):
    """What the script says it deposited has arrived in the escrow, to the wei.

    A script that talks to a chain of its own reports success whatever happens here.
    """
    amount = 2**40 + secrets.randbelow(2**40)  # no other deposit has it
    before = chain.block_number()
    run = operations.run("test_deposit", amount=amount)
    new = escrow.events(from_block=before)
    arrived = [event for event in new if event.name in {"Funded", "Deposited"}]
    ours = [event for event in arrived if event.args["amount"] == amount]
    evidence.observe(amount_wei=str(amount), deposits_found=len(ours))

    assert run.ok, run.explain()
    assert ours, run.explain(f"a deposit of {amount} in {escrow.address} after block {before}")
    block, token = ours[0].block_number, ours[0].args["token"]
    held = [escrow.wallet_balance(escrow.address, token, at) for at in (block - 1, block)]
    assert held[1] - held[0] == amount, f"block {block} moved the escrow's balance {held}"


@pytest.mark.item("MA-SC-19")
@pytest.mark.parametrize("command", STATUS_COMMANDS)
def test_the_status_script_tells_what_the_chain_tells(command, operations, chain, escrow, evidence):
    """Chain, address, pause and balance that the script shows are the chain's own, at its block.

    In an incident people act on this script; one that looks at an empty chain misleads them.
    """
    run = operations.run(command)
    said = _last_json(run)
    evidence.observe(scripts_run=1, said=said)

    assert run.ok, run.explain()
    assert said.get("chain_id") == chain.chain_id(), run.explain(f"chain {chain.chain_id()}")
    block, newest = said.get("block", -1), chain.block_number()
    assert 0 <= block <= newest, run.explain(f"the block that it looked at, up to {newest}")
    assert chain.code(escrow.address, block), run.explain("a block on which the escrow exists")
    shown = said.get("address", said.get("escrow"))
    assert shown == escrow.address, run.explain(f"the escrow {escrow.address}")
    paused, balance = escrow.call("paused", block=block), chain.balance(escrow.address, block)
    assert said.get("paused") == paused, run.explain(f"paused {paused} at block {block}")
    told = int(said.get("balance_wei", -1))
    assert told == balance, run.explain(f"a balance of {balance} wei at block {block}")


@pytest.mark.item("MA-SC-20")
def test_no_function_costs_much_more_gas_than_before(
    scene, operations, target, request, limits, evidence
):
    """Every function that changes something uses about the gas of the release before.

    Both contracts are called on one fork, by the same people: gas differs from node to node.
    """
    limit = limits["gas_increase_pct"]
    now = gas_of_functions(scene)
    before = _gas_before(target, scene.fork, request)
    changes = increases_pct(before, now)
    report = operations.run("analyze_gas_usage")
    new = sorted(set(now) - set(before))
    evidence.observe(functions_compared=len(changes), gas=now, gas_before=before, new=new)

    assert set(now) == set(functions().effects), "some function was not measured"
    assert changes, "the release before knows none of the functions"
    worst, increase = next(iter(changes.items()))
    evidence.observe(dearest=worst, gas_increase_pct=increase)
    used = f"{worst} uses {now[worst]} gas, {before[worst]} before"
    assert limit.holds(increase), f"{used}: {limit.explain(increase)}"
    assert report.ok, report.explain()


def _gas_before(target, fork, request):
    """Gas of the contract before, on the same fork; else as it was written down for such a fork."""
    from fixtures.clients.escrow_scene import Scene

    previous = target.profile.meta_aggregator.previous_escrow_address
    if previous:
        with fork.apart():
            return gas_of_functions(Scene(fork, previous))
    kept = request.getfixturevalue("baseline").get("gas", {})
    if kept.get("carrier") != fork.carrier:
        raise CapabilityMissing(
            "previous_escrow_address",
            f"the baseline holds gas as measured on {kept.get('carrier')}, this is {fork.carrier}",
            "name the previous escrow, or keep a baseline of the same carrier",
        )
    return kept["functions"]


def _last_json(run):
    lines = run.stdout.strip().splitlines()
    try:
        found = json.loads(lines[-1]) if lines else {}
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
