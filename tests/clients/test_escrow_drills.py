"""Each drill is content with the honest Escrow, and names what is wrong with a defective one."""

import pytest

from contracts.evm import artifact
from fixtures.clients.chain import Chain
from fixtures.clients.escrow_arithmetic import drill_fees, drill_fills, drill_prices
from fixtures.clients.escrow_attacks import drill_reentry, drill_tokens
from fixtures.clients.escrow_drills import (
    drill_callers,
    drill_edges,
    drill_inputs,
    drill_pause,
    drill_roles,
    drill_states,
    drill_unknown_calls,
    selectors,
    undeclared,
)
from fixtures.clients.escrow_scene import Scene
from fixtures.clients.escrow_signatures import (
    drill_contract_wallets,
    drill_domains,
    drill_fields,
)
from fixtures.clients.fork import Fork
from fixtures.clients.recording import NullRecorder
from fixtures.probes.dispatch import dispatched
from fixtures.probes.escrow_lives import lives
from fixtures.reference.chain import escrow_variant, start_chain
from suites.meta_aggregator.sequence_game import Game, replay
from suites.meta_aggregator.sequences import explore

SEED = 5
FEE_BPS = 30


@pytest.fixture(scope="module")
def opened(engine):
    running = start_chain(31337, engine=engine)
    fork = Fork(Chain(running.url, NullRecorder()), engine)
    try:
        yield fork
    finally:
        fork.close()
        running.close()


@pytest.fixture
def scene_of(opened):
    """A scene on the escrow as it is, or with a defect."""

    def make(switch=""):
        what = escrow_variant(switch) if switch else artifact("Escrow")
        people = [opened.fresh().address for _ in range(4)]
        deployed = opened.deploy(what, *people, FEE_BPS, by=opened.fresh())
        return Scene(opened, deployed.address)

    with opened.apart():
        yield make


def fees(scene):
    return drill_fees(scene, SEED, 2)


HONEST = (
    drill_callers, drill_roles, drill_inputs, drill_edges, drill_pause, drill_reentry, drill_tokens,
    fees, drill_prices, drill_fills, drill_states, drill_domains, drill_fields,
    drill_contract_wallets,
)  # fmt: skip
CAUGHT = (
    ("release_by_anyone", drill_callers, "release by stranger must be refused with NotAParty"),
    ("resolve_by_anyone", drill_callers, "resolve by payee must be refused with AccessControlUn"),
    ("anyone_grants_roles", drill_callers, "grantRole by former admin must be refused"),
    ("pause_without_unpause", drill_pause, "cannot be lifted, funds stay locked"),
    ("signed_withdrawal_while_paused", drill_pause, "withdrawWithAuthorization while paused must"),
    ("nothing_is_an_amount", drill_inputs, "deposit with no amount must be refused with ZeroAm"),
    ("withdrawal_nonce_not_recorded", drill_inputs, "withdrawWithAuthorization with a nonce that"),
    ("refund_a_second_late", drill_edges, "a refund to the payer at"),
    ("order_lives_a_second_longer", drill_edges, "order's last second at"),
    ("withdraw_without_guard", drill_reentry, "withdraw called back during release of ether must"),
    ("signed_release_without_guard", drill_reentry, "releaseWithAuthorization called back"),
    ("refund_pays_first", drill_reentry, "refund called back during"),
    ("short_deliveries_accepted", drill_tokens, "deposit of a token that takes a fee must be re"),
    ("fee_rounded_up", fees, "release of 1 to stranger gave 0 where 1 was due"),
    ("fee_wraps", fees, "release of"),
    ("refund_during_dispute", drill_states, "refund of a payment that is disputed, by "),
    ("ether_for_nothing", drill_unknown_calls, "a call with no data with a wei by stranger goes"),
    ("filled_beyond_the_order", drill_fills, "of which 666666666666667 are left must be"),
    ("domain_without_chain_id", drill_domains, "Withdrawal in withdrawWithAuthorization, signed"),
    ("maker_field_trusted", drill_fields, "Order of trader in settle with another salt (a"),
    ("maker_field_trusted", drill_contract_wallets, "settle of a contract wallet, signed by some"),
)  # fmt: skip
FOUND = (
    ("deferred_payout_forgotten", [["deposit", 0, 3, 0, 3], ["release", 0, 0, 0, 0]]),
    (
        "resolution_released_again",
        [
            *(["deposit", 0, 1, 0, 3], ["deposit", 0, 1, 0, 3], ["dispute", 0, 0, 0, 0]),
            *(["resolve", 0, 0, 1, 0], ["resolve", 0, 100, 1, 0]),
        ],
    ),
    ("release_pays_one_wei_short", [["deposit", 0, 1, 1, 3], ["release", 0, 0, 0, 0]]),
    ("release_pays_the_payer", [["deposit", 0, 1, 1, 3], ["release", 0, 0, 0, 0]]),
)


@pytest.mark.parametrize("drill", HONEST, ids=lambda drill: drill.__name__)
def test_the_honest_escrow_passes(scene_of, drill):
    seen = drill(scene_of())
    assert seen.problems == []
    assert seen.honest > 0


def test_what_no_function_answers_is_refused_by_the_honest_escrow(scene_of):
    seen = drill_unknown_calls(scene_of())
    assert (seen.problems, seen.refused > 0) == ([], True)


@pytest.mark.parametrize(
    ("switch", "drill", "named"), CAUGHT, ids=[f"{row[0]}-{row[1].__name__}" for row in CAUGHT]
)
def test_a_defect_is_caught_by_name(scene_of, switch, drill, named):
    assert named in str(drill(scene_of(switch)))


def test_sequences_agree_with_the_ledger_of_the_honest_escrow(scene_of):
    explored = explore(scene_of(), seed=SEED, sequences=len(lives()) + 3, length=12)
    assert explored.problem == ""
    assert (explored.sequences, explored.accepted > 0) == (len(lives()) + 3, True)


@pytest.mark.parametrize(("switch", "sequence"), FOUND, ids=[row[0] for row in FOUND])
def test_a_sequence_that_goes_wrong_is_told_and_can_be_played_again(scene_of, switch, sequence):
    steps = [tuple(step) for step in sequence]
    assert replay(Game.begin(scene_of()), steps).problems == []
    assert replay(Game.begin(scene_of(switch)), steps).problems


def test_generated_sequences_find_a_wrong_wei_and_leave_out_what_it_does_not_take(scene_of):
    explored = explore(scene_of("release_pays_one_wei_short"), seed=SEED, sequences=30, length=16)
    assert explored.problem
    assert len(explored.counterexample) <= 4
    [said] = explored.explain(SEED)
    assert f"(seed {SEED}); play it again: GATEHOUSE_SEQUENCE='[[" in said


def test_code_that_somebody_may_replace_is_told_within_a_sequence(scene_of):
    game, upgrade = Game.begin(scene_of()), ("upgrade", 0, 0, 0, 0)
    assert replay(game, [upgrade]).problems == []
    game.scene.fork.set_code(game.scene.escrow.address, b"\0")  # it takes whatever is called
    told = replay(game, [upgrade]).problems[0]
    assert told.startswith("stranger replaces the code: upgradeToAndCall of the proxy at 0x")


def test_a_function_that_no_interface_tells_of_is_seen_in_the_code(scene_of):
    scene = scene_of("arbiter_set_by_anyone")
    answering = dispatched(scene.fork.code(scene.escrow.address))
    assert len(answering - selectors(artifact("Escrow").abi).keys()) == 1


def test_a_function_that_the_table_lacks_is_named():
    new = {"type": "function", "name": "sweep", "inputs": [], "stateMutability": "nonpayable"}
    abi = artifact("Escrow").abi
    assert undeclared({"the artifact": abi}) == []
    [problem] = undeclared({"the artifact": (*abi, new)})
    assert problem.startswith("sweep() of the artifact is in no table")
    without = [entry for entry in abi if entry.get("name") != "unpause"]
    assert undeclared({"the code": without}) == ["the code lacks unpause"]
