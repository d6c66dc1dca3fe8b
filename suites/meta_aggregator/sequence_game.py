"""A sequence of calls, played on a fork and in a model at once, until the two disagree."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from fixtures.clients.abi import readable
from fixtures.clients.escrow_player import Played, Player
from fixtures.clients.escrow_scene import Scene
from fixtures.probes.escrow_model import (
    AMOUNTS,
    ASSETS,
    MANNERS,
    PEOPLE,
    Model,
    Payment,
    Step,
    bringer,
    caller_of,
    lasts,
    part_of,
)

FAR = 2**40
NO_PAYMENT = "0x" + "00" * 32


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
    closely: bool = False
    """Whether everybody's money is looked at after every step, and not at the end alone."""

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
        self._hear(seen, what)
        for asset, token in self.player.tokens.items():
            told = seen.owed(token)
            change = self.model.owed[asset] - before.get(asset, 0)
            self._same(f"{asset} by the events of {what}", change, told)
            if change or told:
                self._compare(asset, what)
        if self.closely:
            self._compare_people(what)

    def _hear(self, seen: Played, what: str) -> None:
        """Everything that happened was announced as it was, and nothing else."""
        wanted = [self._told(*each) for each in self.model.announced]
        if seen.unknown:
            self.problems.append(f"{what}: {seen.unknown} events that no interface tells of")
        for event in seen.events:
            known = [each for each in wanted if each[0] == event.name]
            differing = [_differing(each[1], event.args) for each in known]
            if "" in differing:
                wanted.remove(known[differing.index("")])
            else:
                due = differing[0] if known else "that must not be"
                self.problems.append(f"{what}: an event {event.name} {due}")
        if not seen.refusal:
            self.problems += [f"{what}: no event {name}" for name, _ in wanted]

    def _told(self, name: str, arguments: dict[str, Any]) -> tuple[str, dict[str, Any]]:
        """An announcement of the model, in the addresses and ids of the game."""
        return name, {key: self._meant(key, each) for key, each in arguments.items()}

    def _meant(self, key: str, value: Any) -> Any:
        if isinstance(value, Payment):
            return bytes.fromhex(self._id(value)[2:])
        if key == "nonce":
            return self.player.nonce_base + value
        if key.startswith("token"):
            return self.player.tokens[value]
        return self.player.address(value) if isinstance(value, str) else value

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
        self._compare_people("everything")
        for number, payment in enumerate(self.model.payments):
            seen = self.player.payment(number)
            told = {"token" if key == "asset" else key: v for key, v in vars(payment).items()}
            due = {key: self._meant(key, v) for key, v in told.items() if key != "state"}
            if wrong := _differing({**due, "state": payment.state}, seen):
                self.problems.append(f"payment {number} is kept {wrong}")
        for who, nonce in sorted(self.model.used):
            if not self.player.spent(who, nonce):
                self.problems.append(f"nonce {nonce} of {who} was used and is not told as spent")

    def _compare_people(self, when: str) -> None:
        for who in (*PEOPLE, "treasury"):
            for asset in ASSETS:
                wallet, trading = self.model.wallets[who, asset], self.model.trading[who, asset]
                gained, traded = self.player.gained(who, asset), self.player.traded(who, asset)
                self._same(f"{asset} gained by {who} after {when}", wallet, gained)
                self._same(f"{asset} to trade of {who} after {when}", trading, traded)

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
        if name == "upgrade":
            who = bringer(a)
            self.problems += [f"{who} replaces the code: {w}" for w in player.upgrades(who, clock)]
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
            return self._call(bringer(a), clock, "releaseWithAuthorization", *signed)
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
            return self._call(bringer(d), clock, "withdrawWithAuthorization", *signed)
        sold, bought = ASSETS[c % 3], ASSETS[(c + 1) % 3]
        sells, buys = AMOUNTS[d % len(AMOUNTS)], AMOUNTS[(d + 1) % len(AMOUNTS)]
        one = player.order(PEOPLE[a % 3], sold, bought, sells, buys)
        two = player.order(PEOPLE[b % 3], bought, sold, buys, sells)
        return self._call("operator", clock, "settle", *one, *two, sells)


def replay(game: Game, sequence: Sequence[Step], *, closely: bool = False) -> Game:
    """Play one sequence from the beginning, and take it back."""
    with game.scene.state("prepared"):
        game.player.payments.clear()
        begun = game.scene.fork.block().timestamp + 1
        model = Model(game.model.fee_bps, begun, takes_no_ether=set(game.model.takes_no_ether))
        fresh = Game(game.scene, game.player, model, closely=closely)
        fresh.play(sequence)
        return fresh


def _differing(wanted: Mapping[str, Any], seen: Mapping[str, Any]) -> str:
    """What is not as it must be, by name."""
    return ", ".join(
        f"with {key} {readable(seen.get(key))} where {readable(value)} is due"
        for key, value in wanted.items()
        if seen.get(key) != value
    )
