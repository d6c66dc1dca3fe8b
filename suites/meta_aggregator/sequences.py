"""Sequences of calls that are generated, played, and shortened when one goes wrong."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass

from fixtures.clients.escrow_scene import Scene
from fixtures.probes.escrow_lives import lives
from fixtures.probes.escrow_model import NUMBERS, STEPS, Step
from suites.meta_aggregator.sequence_game import Game, replay

SEQUENCE = "GATEHOUSE_SEQUENCE"
"""Environment variable with a sequence to play, as JSON."""
SHORTENING_S = 15.0


@dataclass
class Explored:
    """How much was played, and the shortest sequence that went wrong."""

    sequences: int = 0
    steps: int = 0
    accepted: int = 0
    counterexample: list[Step] | None = None
    problem: str = ""

    def explain(self, seed: int) -> list[str]:
        """What went wrong, if anything, and how to play it again."""
        shown = json.dumps(self.counterexample)
        again = f"play it again: {SEQUENCE}='{shown}' pytest -m MA-SC-14"
        return [f"{self.problem} (seed {seed}); {again}"] if self.problem else []


def explore(scene: Scene, *, seed: int, sequences: int, length: int) -> Explored:
    """Play whole lives of payments, and generated sequences until there are so many.

    From a wrong one, steps are left out as long as it stays wrong.
    """
    from hypothesis import HealthCheck, Phase, given, settings
    from hypothesis import seed as seeded
    from hypothesis import strategies as st

    explored, game = Explored(), Game.begin(scene)
    number = st.integers(0, NUMBERS - 1)
    step = st.tuples(st.sampled_from(STEPS), number, number, number, number)

    certain = lives()

    @seeded(seed)
    @settings(
        max_examples=max(1, sequences - len(certain)),
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(st.lists(step, min_size=length // 2, max_size=length))
    def run(sequence: list[Step]) -> None:
        play(sequence)

    def play(sequence: list[Step]) -> None:
        if explored.problem:
            return
        done = replay(game, sequence)
        explored.sequences += 1
        explored.steps += done.steps
        explored.accepted += done.accepted
        if done.problems:
            explored.counterexample, explored.problem = _shortened(game, sequence, done)

    for life in certain:
        play(life)
    run()
    return explored


def _shortened(game: Game, sequence: list[Step], done: Game) -> tuple[list[Step], str]:
    end, problem, at = time.monotonic() + SHORTENING_S, done.problems[0], 0
    while at < len(sequence) and time.monotonic() < end:
        shorter = sequence[:at] + sequence[at + 1 :]
        problems = replay(game, shorter).problems
        if problems:
            sequence, problem = shorter, problems[0]
        else:
            at += 1
    told = replay(game, sequence, closely=True).problems
    return sequence, told[0] if told else problem
