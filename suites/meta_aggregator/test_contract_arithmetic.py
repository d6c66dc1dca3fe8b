"""Numbers of the deployed contract: no overflow, exact fees, and no wei lost in any sequence."""

import json
import os

import pytest

from contracts.evm import artifact
from contracts.evm.functions import functions
from fixtures.clients.escrow_arithmetic import drill_fees, drill_prices
from fixtures.probes.solidity import (
    CHECKED_SINCE,
    compiler_of,
    unchecked_arithmetic,
    unchecked_compilers,
    version_of,
)
from suites.meta_aggregator.sequences import Game, explore, replay

MORE_AMOUNTS = 10
NOT_RELEASED = {"node_modules", "lib", "test", "tests"}


def seed_of(release):
    """The same numbers for the same release, others for the next."""
    return int(release.commit[:12], 16)


@pytest.mark.item("MA-SC-14")
def test_the_release_computes_with_checks(checkout, chain, target, evidence):
    """A compiler that checks arithmetic made the code, and no source of the release opts out.

    Where nothing is checked, a number that does not fit becomes a small one, and a debt vanishes.
    """
    sources = {
        path: checkout.show("HEAD", path)
        for path in checkout.files()
        if path.endswith(".sol") and not NOT_RELEASED & set(path.split("/"))
    }
    blocks, old = unchecked_arithmetic(sources), unchecked_compilers(sources)
    stated = version_of(artifact("Escrow").compiler)
    told = compiler_of(chain.code(target.require("escrow_address")))
    evidence.observe(
        sources_read=len(sources), unchecked=blocks, compiler=stated,
        compiler_in_code=told or "not told",
    )  # fmt: skip
    assert sources, "the release holds no Solidity source"
    assert blocks == [], f"arithmetic without checks: {'; '.join(blocks)}"
    assert old == [], f"compilers before 0.8 are let through: {'; '.join(old)}"
    assert stated >= CHECKED_SINCE, f"the artifact was made by solc {stated}"
    assert told is None or told == stated, f"the deployed code was made by solc {told}"


@pytest.mark.item("MA-SC-14")
def test_fees_and_prices_are_exact_at_every_size(scene, release, evidence):
    """From one wei to the greatest number, every payment is divided exactly, and nothing wraps.

    What does not fit is refused; a fee off by one wei is somebody's wei.
    """
    fees = drill_fees(scene, seed_of(release), MORE_AMOUNTS)
    prices = drill_prices(scene)
    evidence.observe(
        amounts_paid=fees.honest, overflows_refused=fees.refused + prices.refused,
        prices_settled=prices.honest, problems=fees.problems + prices.problems,
    )  # fmt: skip
    assert fees.problems == [], str(fees)
    assert prices.problems == [], str(prices)


@pytest.mark.item("MA-SC-14")
def test_no_sequence_of_calls_gains_loses_or_locks_a_wei(scene, release, evidence):
    """Whatever is called in whatever order, each asset is conserved and everybody can get out.

    Sequences of payments, disputes, trades, pauses and odd tokens are played beside a ledger of
    whole numbers: refusals, events, debts and balances must agree after every step.
    """
    given, seed, plan = (
        os.environ.get("GATEHOUSE_SEQUENCE"),
        seed_of(release),
        functions().sequences,
    )
    if given:
        game = replay(Game.begin(scene), [tuple(step) for step in json.loads(given)])
        evidence.observe(sequences_played=1, steps_played=game.steps, problems=game.problems)
        assert game.problems == [], f"{'; '.join(game.problems)}; sequence: {given}"
        return
    explored = explore(scene, seed=seed, sequences=plan.number, length=plan.length)
    evidence.observe(
        sequences_played=explored.sequences, steps_played=explored.steps, seed=seed,
        steps_accepted=explored.accepted, counterexample=explored.counterexample,
    )  # fmt: skip
    assert not explored.problem, explored.explain(seed)
