"""Numbers of the deployed contract: no overflow, exact fees, and no wei lost in any sequence."""

import json
import os

import pytest

from contracts.evm import artifact
from contracts.evm.functions import functions
from fixtures.clients.escrow_arithmetic import drill_fees, drill_fills, drill_prices
from fixtures.clients.escrow_drills import Drill
from fixtures.probes.solidity import (
    CHECKED_SINCE,
    compiler_of,
    unchecked_arithmetic,
    unchecked_compilers,
    version_of,
)
from suites.meta_aggregator.sequence_game import Game, replay
from suites.meta_aggregator.sequences import SEQUENCE, explore

MORE_AMOUNTS = 10
NOT_RELEASED = {"node_modules", "lib", "test", "tests"}


def seed_of(release):
    """The same numbers for the same release, others for the next."""
    return int(release.commit[:12], 16)


def drill_source(scene, checkout, _):
    """What made the code checks arithmetic, and no source of the release opts out."""
    sources = {
        path: checkout.show("HEAD", path)
        for path in checkout.files()
        if path.endswith(".sol") and not NOT_RELEASED & set(path.split("/"))
    }
    stated = version_of(artifact("Escrow").compiler)
    told = compiler_of(scene.fork.code(scene.escrow.address))
    drill = Drill(honest=len(sources), figures={"sources_read": len(sources), "compiler": stated})
    drill.problems += [f"without checks: {each}" for each in unchecked_arithmetic(sources)]
    drill.problems += [
        f"lets old compilers through: {each}" for each in unchecked_compilers(sources)
    ]
    if not stated >= CHECKED_SINCE:
        drill.problems.append(f"the artifact was made by solc {stated}")
    if told not in (None, stated):
        drill.problems.append(f"the deployed code was made by solc {told}, not by {stated}")
    return drill


def drill_sizes(scene, _, release):
    """From one wei to the greatest number, every payment, price and fill is divided exactly."""
    fees, prices = drill_fees(scene, seed_of(release), MORE_AMOUNTS), drill_prices(scene)
    fills = drill_fills(scene)
    return Drill(
        fees.honest + prices.honest + fills.honest,
        fees.refused + prices.refused + fills.refused,
        fees.problems + prices.problems + fills.problems,
        {"amounts_paid": fees.honest, "overflows_refused": fees.refused + prices.refused},
    )


def drill_sequences(scene, _, release):
    """Generated sequences of calls beside a ledger, or the one that is asked for."""
    seed, plan, given = seed_of(release), functions().sequences, os.environ.get(SEQUENCE)
    if given:
        steps = [tuple(step) for step in json.loads(given)]
        game = replay(Game.begin(scene), steps, closely=True)
        figures = {"steps_played": game.steps, "sequence": given}
        return Drill(game.accepted, 0, game.problems, figures)
    explored = explore(scene, seed=seed, sequences=plan.number, length=plan.length)
    figures = {
        "steps_played": explored.steps, "sequences_played": explored.sequences, "seed": seed,
        "counterexample": explored.counterexample,
    }  # fmt: skip
    return Drill(explored.accepted, 0, explored.explain(seed), figures)


DRILLS = {"source": drill_source, "sizes": drill_sizes, "sequences": drill_sequences}


@pytest.mark.item("MA-SC-14")
@pytest.mark.parametrize("drill", DRILLS.values(), ids=DRILLS)
def test_no_amount_and_no_sequence_of_calls_makes_or_loses_a_wei(
    scene, checkout, release, evidence, drill
):
    """Arithmetic is checked, division is exact, and each asset is conserved whatever is called.

    The code comes from a compiler that checks; payments of every size arrive to the wei or are
    refused; sequences of payments, disputes, trades, pauses, odd tokens and attempted upgrades
    agree with a ledger of whole numbers after every step, and everybody can get out at the end.
    """
    seen = drill(scene, checkout, release)
    evidence.observe(**seen.observed())
    assert seen.honest > 0, "nothing was read, paid or played"
    assert seen.problems == [], str(seen)
