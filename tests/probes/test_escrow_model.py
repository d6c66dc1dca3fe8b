"""The ledger that sequences are held against keeps its own promises."""

from hypothesis import example, given
from hypothesis import strategies as st

from fixtures.probes.escrow_model import ASSETS, NUMBERS, STEPS, Model

NUMBER = st.integers(0, NUMBERS - 1)
SEQUENCES = st.lists(st.tuples(st.sampled_from(STEPS), NUMBER, NUMBER, NUMBER, NUMBER), max_size=30)


def played(sequence):
    model = Model(fee_bps=30, clock=1000)
    refusals = [model.apply(step) for step in sequence]
    return model, refusals


@given(SEQUENCES)
def test_what_is_owed_is_what_payments_and_balances_say(sequence):
    model, _ = played(sequence)
    for asset in ASSETS:
        waiting = sum(
            each.amount
            for each in model.payments
            if each.asset == asset and each.state in ("held", "disputed")
        )
        trading = sum(amount for (_, what), amount in model.trading.items() if what == asset)
        assert model.owed[asset] == model.held[asset] == waiting + trading


@given(SEQUENCES)
def test_wallets_and_contract_together_gain_nothing(sequence):
    model, _ = played(sequence)
    for asset in ("ether", "token"):
        gained = sum(amount for (_, what), amount in model.wallets.items() if what == asset)
        assert gained + model.held[asset] == 0


@given(SEQUENCES)
@example([("deposit", 0, 0, 0, 0), ("settle", 0, 1, 0, 1), ("fund", 0, 0, 1, 0)])
def test_a_refused_step_changes_nothing_but_the_time(sequence):
    model, _ = played(sequence)
    kept = vars(Model(0, 0)).keys() - {"clock", "_picked", "announced"}
    for step in sequence:
        copy = {key: repr(getattr(model, key)) for key in kept}
        if model.apply(step):
            assert copy == {key: repr(getattr(model, key)) for key in kept}
            assert model.announced == []


@given(SEQUENCES)
def test_after_the_closing_steps_everybody_can_get_out(sequence):
    model, _ = played(sequence)
    assert {model.apply(step) for step in model.closing()} == {""}
    assert {each.state for each in model.payments} <= {"released", "refunded"}
    for who, asset, amount in model.emptying():
        model.take_out(who, asset, amount, who)
    treasury = sum(amount for (who, _), amount in model.trading.items() if who == "treasury")
    assert sum(model.owed.values()) == model.trading["mute", "ether"] + treasury


def test_a_release_pays_the_payee_less_the_fee():
    model, refusals = played([("deposit", 0, 1, 1, 5), ("release", 0, 0, 0, 0)])
    assert refusals == ["", ""]
    assert model.wallets["ben", "token"] == 10**15 - 3 * 10**12
    assert model.wallets["treasury", "token"] == 3 * 10**12
    assert model.payments[0].state == "released"
