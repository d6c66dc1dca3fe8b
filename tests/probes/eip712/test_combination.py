import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fixtures.probes.eip712.combination import CURVE_ORDER, FEWEST, Combination
from fixtures.probes.eip712.recovery import Recovery
from fixtures.probes.eip712.signature import address_of_private, sign

NUMBER = 60
KEYS = [bytes(31) + bytes([one]) for one in range(1, 6)]
ACCOUNTS = [bytes(12) + bytes.fromhex(address_of_private(key)[2:]) for key in KEYS]
DIGESTS = [bytes([at]) * 32 for at in range(NUMBER)]
SIGNATURES = [sign(digest, KEYS[at % 5]).written() for at, digest in enumerate(DIGESTS)]
MAKERS = [ACCOUNTS[at % 5] for at in range(NUMBER)]
FIELD = 2**256 - 2**32 - 977


class Watched(Recovery):
    """Counts what is recovered."""

    recovered = 0

    def rejected(self, accounts, digests, signatures):
        self.recovered += len(accounts)
        return super().rejected(accounts, digests, signatures)


def warm(**options):
    """A combination that knows every maker, so that all is tested together."""
    combination = Combination(Watched(), **{"fewest": 4, **options})
    for _ in range(2):
        assert combination.rejected(MAKERS, DIGESTS, SIGNATURES) == []
    combination._recovery.recovered = 0
    return combination


def word(number):
    return number.to_bytes(32)


def changed(signature, digest, kind):
    """One signature made bad in one way, with the digest it is shown with."""
    r, s, v = signature[:32], signature[32:64], signature[64]
    twin = word(CURVE_ORDER - int.from_bytes(s))
    return {
        "empty": b"",
        "a byte short": signature[:-1],
        "a byte long": signature + b"\0",
        "zeros": bytes(65),
        "the other recovery byte": r + s + bytes([55 - v]),
        "recovery byte 0": r + s + bytes([v - 27]),
        "recovery byte 29": r + s + b"\x1d",
        "recovery byte 31": r + s + bytes([v + 4]),
        "twin": r + twin + bytes([55 - v]),
        "high s alone": r + twin + bytes([v]),
        "s of zero": r + bytes(32) + bytes([v]),
        "s of one": r + word(1) + bytes([v]),
        "s of the order": r + word(CURVE_ORDER) + bytes([v]),
        "r of zero": bytes(32) + s + bytes([v]),
        "r of the order": word(CURVE_ORDER) + s + bytes([v]),
        "r of the field": word(FIELD) + s + bytes([v]),
        "r on no point": word(5) + s + bytes([v]),
        "r of another point": word(1) + s + bytes([v]),
        "r of ones": b"\xff" * 32 + s + bytes([v]),
        "s changed": r + s[:-1] + bytes([s[-1] ^ 1]) + bytes([v]),
        "of another digest": sign(digest, bytes(31) + b"\x09").written(),
    }[kind]


ODD = [
    "empty", "a byte short", "a byte long", "zeros", "the other recovery byte", "recovery byte 0",
    "recovery byte 29", "recovery byte 31", "twin", "high s alone", "s of zero", "s of one",
    "s of the order", "r of zero", "r of the order", "r of the field", "r on no point",
    "r of another point", "r of ones", "s changed", "of another digest",
]  # fmt: skip


def test_sound_signatures_are_accepted_without_recovering_them():
    combination = warm()

    assert combination.rejected(MAKERS, DIGESTS, SIGNATURES) == []
    assert combination._recovery.recovered == 0


def test_the_first_of_each_maker_is_recovered_and_the_others_are_tested_together():
    combination = Combination(recovery := Watched(), fewest=4)

    assert combination.rejected(MAKERS, DIGESTS, SIGNATURES) == []
    assert recovery.recovered == 2 * len(KEYS)


def test_a_few_are_recovered():
    combination = warm(fewest=FEWEST)

    assert combination.rejected(MAKERS, DIGESTS, SIGNATURES) == []
    assert combination._recovery.recovered == NUMBER
    assert combination.rejected([], [], []) == []


@pytest.mark.parametrize("kind", ODD)
def test_a_bad_signature_among_sound_ones_is_rejected_and_no_other(kind):
    signatures = list(SIGNATURES)
    signatures[37] = changed(SIGNATURES[37], DIGESTS[37], kind)

    assert warm().rejected(MAKERS, DIGESTS, signatures) == [37]
    assert Combination(fewest=4).rejected(MAKERS, DIGESTS, signatures) == [37]


def test_another_maker_and_another_digest_are_rejected():
    makers, digests = list(MAKERS), list(DIGESTS)
    makers[20] = ACCOUNTS[1]
    digests[33] = DIGESTS[34]

    assert warm().rejected(makers, digests, SIGNATURES) == [20, 33]


def test_bad_signatures_that_make_up_for_each_other_are_rejected():
    """Their equations are wrong by k and -k times G, so that a sum without factors would hold."""
    digests = list(DIGESTS)
    for at, k in ((10, 12345), (40, -12345)):
        s = int.from_bytes(SIGNATURES[at][32:64])
        digests[at] = word((int.from_bytes(DIGESTS[at]) + s * k) % CURVE_ORDER)

    assert warm().rejected(MAKERS, digests, SIGNATURES) == [10, 40]


def test_a_digest_beyond_the_order_of_the_curve_is_taken_as_recovery_takes_it():
    digests = [b"\xff" * 32, word(CURVE_ORDER), word(0)] * 20
    signatures = [sign(digest, KEYS[at % 5]).written() for at, digest in enumerate(digests)]

    assert warm().rejected(MAKERS, digests, signatures) == []
    signatures[7] = signatures[11]
    assert warm().rejected(MAKERS, digests, signatures) == [7]


@settings(max_examples=60, deadline=None)
@given(
    st.dictionaries(st.integers(0, NUMBER - 1), st.sampled_from(ODD), max_size=12),
    st.permutations(range(NUMBER)),
    st.booleans(),
)
def test_rejected_is_what_recovery_rejects(bad, order, known):
    signatures = [
        changed(one, DIGESTS[at], bad[at]) if at in bad else one
        for at, one in enumerate(SIGNATURES)
    ]
    columns = [[column[at] for at in order] for column in (MAKERS, DIGESTS, signatures)]
    combination = warm() if known else Combination(fewest=4)

    expected = Recovery().rejected(*columns)

    for _ in range(3):  # after many bad ones the next call takes another way
        assert combination.rejected(*columns) == expected
    assert sorted(order[at] for at in expected) == sorted(bad)


def test_many_bad_ones_are_recovered_the_next_time_without_a_test():
    combination = warm()
    signatures = [SIGNATURES[at + 1 - 2 * (at % 2)] for at in range(NUMBER)]

    assert combination.rejected(MAKERS, DIGESTS, signatures) == list(range(NUMBER))
    combination._recovery.recovered = 0
    assert combination.rejected(MAKERS, DIGESTS, SIGNATURES) == []
    assert combination._recovery.recovered == NUMBER
    assert combination.rejected(MAKERS, DIGESTS, SIGNATURES) == []
    assert combination._recovery.recovered == NUMBER


def test_a_maker_whom_others_forged_first_is_known_by_his_own():
    """His first two orders are not his: the others must not pass or fail with them."""
    signatures = list(SIGNATURES)
    signatures[0], signatures[5] = SIGNATURES[1], SIGNATURES[6]
    combination = Combination(fewest=4)

    for _ in range(3):
        assert combination.rejected(MAKERS, DIGESTS, signatures) == [0, 5]


@pytest.mark.parametrize("kept", [1, 2, 3])
def test_more_makers_than_are_remembered_are_all_judged(kept):
    signatures = list(SIGNATURES)
    signatures[12] = SIGNATURES[13]
    combination = Combination(fewest=4, kept_makers=kept)

    for _ in range(4):
        assert combination.rejected(MAKERS, DIGESTS, signatures) == [12]


def test_calls_of_any_size_do_not_disturb_each_other():
    combination = warm()

    for number in (60, 7, 33, 60):
        signatures = list(SIGNATURES[:number])
        signatures[number // 2] = SIGNATURES[number // 2 + 1 if number < 60 else 0]
        found = combination.rejected(MAKERS[:number], DIGESTS[:number], signatures)
        assert found == [number // 2]
