"""Gas is compared function by function, the dearest first."""

from fixtures.probes.gas_envelope import increases_pct


def test_the_dearest_function_comes_first():
    before = {"release": 70_000, "fund": 50_000, "pause": 40_000}
    after = {"pause": 40_000, "fund": 45_000, "release": 140_000}

    assert list(increases_pct(before, after).items()) == [
        ("release", 100.0),
        ("pause", 0.0),
        ("fund", -10.0),
    ]


def test_a_function_that_one_of_them_lacks_is_not_compared():
    assert increases_pct({"old": 1, "both": 100}, {"both": 101, "new": 5}) == {"both": 1.0}
