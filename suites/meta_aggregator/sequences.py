"""Sequences of calls, played on a fork and in a model at once, until the two disagree."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from fixtures.clients.escrow_player import Played, Player
from fixtures.clients.escrow_scene import Scene
from fixtures.probes.escrow_model import (
    AMOUNTS,
    ASSETS,
    MANNERS,
    PEOPLE,
    STEPS,
    Model,
    Payment,
    Step,
    caller_of,
    lasts,
    lives,
    part_of,
)

SEQUENCE = "GATEHOUSE_SEQUENCE"
"""Environment variable with a sequence to play, as JSON."""
SHORTENING_S = 15.0
FAR = 2**40
NO_PAYMENT = "0x" + "00" * 32


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


@dataclass
class Game:
    """One sequence: the contract on the fork, the model, and where they differ."""

    scene: Scene
    player: Player
    model: Model
    steps: int = 0
    accepted: int = 0
    problems: list[str] = field(default_factory=list)
    wanted: str = ""

    @classmethod
    def begin(cls, scene: Scene) -> Game:
        """Seat everybody."""
        player = Player(scene)
        model = Model(int(scene.escrow.call("feeBps")), scene.fork.block().timestamp + 1)
        if not player.takes_ether("treasury"):
            model.takes_no_ether.add("treasury")
        return cls(scene, player, model)

    def play(self, steps: Sequence[Step]) -> None:
        """Play the steps, and then let everybody get out what is theirs; stop at a difference."""
        for step in steps:
            if self.problems:
                return
            self._step(step)
        for step in self.model.closing():
            if not self.problems:
                self._step(step)
        for who, asset, amount in self.model.emptying():
            self.model.clock += 1
            self.wanted = ""
            token = self.player.tokens[asset]
            seen = self.player.call(who, self.model.clock, "withdraw", token, amount)
            self._expect("", seen, f"{who} cannot withdraw the last {amount} of {asset}")
            if not seen.refusal:
                self.model.take_out(who, asset, amount, who)
        if not self.problems:
            self._compare_all()

    def _step(self, step: Step) -> None:
        payment = self.model.pick(step)
        before = dict(self.model.owed)
        self.wanted = self.model.apply(step)
        seen = self._do(step, payment)
        self.steps += 1
        self.accepted += not seen.refusal
        what = f"step {self.steps} {json.dumps(step)}"
        self._expect(self.wanted, seen, what)
        for asset, token in self.player.tokens.items():
            told = seen.owed(token)
            change = self.model.owed[asset] - before.get(asset, 0)
            self._same(f"{asset} by the events of {what}", change, told)
            if change or told:
                self._compare(asset, what)

    def _compare(self, asset: str, when: str) -> None:
        owed, held = self.model.owed[asset], self.model.held[asset]
        self._same(f"owed in {asset} after {when}", owed, self.player.owed(asset))
        self._same(f"held in {asset} after {when}", held, self.player.held(asset))

    def _expect(self, wanted: str, seen: Played, what: str) -> None:
        if seen.refusal != wanted:
            self.problems.append(
                f"{what}: {f'refused with {seen.refusal}' if seen.refusal else 'accepted'}, "
                f"which must be {f'refused with {wanted}' if wanted else 'accepted'}"
            )

    def _same(self, what: str, wanted: int, seen: int) -> None:
        if wanted != seen:
            self.problems.append(f"{what}: expected {wanted}, observed {seen}")

    def _compare_all(self) -> None:
        for asset in ASSETS:
            self._compare(asset, "everything")
        for who in (*PEOPLE, "treasury"):
            for asset in ASSETS:
                wallet, trading = self.model.wallets[who, asset], self.model.trading[who, asset]
                self._same(f"{asset} gained by {who}", wallet, self.player.gained(who, asset))
                self._same(f"{asset} to trade of {who}", trading, self.player.traded(who, asset))
        for number, payment in enumerate(self.model.payments):
            state = self.player.state(number)
            if state != payment.state:
                self.problems.append(f"payment {number} is {state}, not {payment.state}")

    def _do(self, step: Step, payment: Payment | None) -> Played:
        name, a, b, c, _ = step
        clock, player = self.model.clock, self.player
        amount = AMOUNTS[c % len(AMOUNTS)]
        token = list(player.tokens.values())[b % len(ASSETS)]
        if name == "wait":
            return Played("")
        if name == "behave":
            player.behave(MANNERS[a % len(MANNERS)], clock)
            return Played("")
        if name in ("pause", "unpause"):
            return self._call("ann" if a % 4 == 3 else "pauser", clock, name)
        if name == "cancel":
            return self._call(PEOPLE[a % 3], clock, "cancelNonce", player.nonce_base + b % 4)
        if name in ("release", "refund", "dispute"):
            return self._call(caller_of(a, payment), clock, name, self._id(payment))
        if name == "resolve":
            part = part_of(payment.amount if payment else 0, c)
            caller = "ann" if a % 4 == 3 else "arbiter"
            return self._call(caller, clock, name, self._id(payment), part)
        if name == "fund":
            value = amount if token == player.tokens["ether"] else 0
            return self._call(PEOPLE[a % 3], clock, name, token, amount, value=value)
        if name == "withdraw":
            return self._call(PEOPLE[a % 4], clock, name, token, amount)
        return self._do_signed(step, payment)

    def _id(self, payment: Payment | None) -> str:
        known = [number for number, each in enumerate(self.model.payments) if each is payment]
        return self.player.payments[known[0]] if known else NO_PAYMENT

    def _call(self, actor: str, at: int, function: str, *arguments: Any, value: int = 0) -> Played:
        return self.player.call(actor, at, function, *arguments, value=value, wanted=self.wanted)

    def _do_signed(self, step: Step, payment: Payment | None) -> Played:
        name, a, b, c, d = step
        clock, player = self.model.clock, self.player
        if name == "deposit":
            asset, amount = ASSETS[c % 3], AMOUNTS[d % len(AMOUNTS)]
            identifier = str(self.scene.value("$new id"))
            payee = player.people[PEOPLE[b % 4]].address
            terms = (identifier, payee, player.tokens[asset], amount, clock + lasts(d))
            value = amount if asset == "ether" else 0
            seen = self._call(PEOPLE[a % 3], clock, name, *terms, value=value)
            if not seen.refusal:
                player.payments.append(identifier)
            return seen
        if name == "signed release":
            message = {
                "id": self._id(payment), "nonce": player.nonce_base + c % 4, "deadline": FAR,
            }  # fmt: skip
            payer = payment.payer if payment else "ann"
            signed = player.signed(payer, "ReleaseAuthorization", message)
            return self._call("stranger", clock, "releaseWithAuthorization", *signed)
        if name == "signed withdrawal":
            message = {
                "account": player.people[PEOPLE[a % 3]].address,
                "token": player.tokens[ASSETS[b % 3]],
                "amount": AMOUNTS[c % len(AMOUNTS)],
                "recipient": player.people[PEOPLE[(a + 1) % 3]].address,
                "nonce": player.nonce_base + d % 4,
                "deadline": FAR,
            }
            signed = player.signed(PEOPLE[a % 3], "Withdrawal", message)
            return self._call("stranger", clock, "withdrawWithAuthorization", *signed)
        sold, bought = ASSETS[c % 3], ASSETS[(c + 1) % 3]
        sells, buys = AMOUNTS[d % len(AMOUNTS)], AMOUNTS[(d + 1) % len(AMOUNTS)]
        one = player.order(PEOPLE[a % 3], sold, bought, sells, buys)
        two = player.order(PEOPLE[b % 3], bought, sold, buys, sells)
        return self._call("operator", clock, "settle", *one, *two, sells)


def explore(scene: Scene, *, seed: int, sequences: int, length: int) -> Explored:
    """Play whole lives of payments, and generated sequences until there are so many.

    From a wrong one, steps are left out as long as it stays wrong.
    """
    from hypothesis import HealthCheck, Phase, given, settings
    from hypothesis import seed as seeded
    from hypothesis import strategies as st

    explored, game = Explored(), Game.begin(scene)
    number = st.integers(0, 7)
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
    return sequence, problem


def replay(game: Game, sequence: Sequence[Step]) -> Game:
    """Play one sequence from the beginning, and take it back."""
    with game.scene.state("prepared"):
        game.player.payments.clear()
        begun = game.scene.fork.block().timestamp + 1
        model = Model(game.model.fee_bps, begun, takes_no_ether=set(game.model.takes_no_ether))
        fresh = Game(game.scene, game.player, model)
        fresh.play(sequence)
        return fresh
