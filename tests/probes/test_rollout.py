"""Buckets are JavaScript's, and bounds are exact."""

import json
import math
import shutil
import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fixtures.probes.rollout import binomial_bounds, bucket, decides, js_hash

LEAST = "".join(map(chr, (2325, 9, 30, 12, 2)))
"""Its hash is -2**31 before the absolute value is taken."""
HASH = """
const hash = (text) => {
  let value = 0;
  for (let i = 0; i < text.length; i++) {
    value = ((value << 5) - value) + text.charCodeAt(i);
    value = value & value;
  }
  return Math.abs(value);
};
console.log(JSON.stringify(JSON.parse(require("fs").readFileSync(0)).map(hash)));
"""
TEXTS = ["", "anonymous", "npub1", "é", "\U0001f680", "\ud800", LEAST, "x" * 99, "\uffff" * 7]


@pytest.mark.parametrize(
    ("text", "expected"),
    [("", 0), ("a", 97), ("anonymous", 2095811475), (LEAST, 2**31)],
    ids=["empty", "letter", "anonymous", "least"],
)
def test_known_hashes(text, expected):
    assert js_hash(text) == expected


@pytest.mark.skipif(shutil.which("node") is None, reason="node is not installed")
def test_javascript_itself_agrees():
    found = subprocess.run(
        ["node", "-e", HASH], input=json.dumps(TEXTS), capture_output=True, text=True, check=True
    )

    assert json.loads(found.stdout) == [js_hash(text) for text in TEXTS]


def test_the_least_integer_has_a_bucket_of_its_own():
    assert bucket(LEAST) == 48


@pytest.mark.parametrize("nobody", [None, ""])
def test_all_anonymous_operations_share_one_bucket(nobody):
    assert bucket(nobody) == 75


@given(st.text(), st.integers(0, 100), st.integers(0, 100))
def test_raising_the_percentage_takes_nothing_away(user, one, other):
    low, high = sorted((one, other))

    def given_at(percentage):
        return decides(enabled=True, percentage=percentage, allowed=[], user=user)

    assert given_at(high) >= given_at(low)
    assert not given_at(0)
    assert decides(enabled=True, percentage=100, allowed=[], user=user)


@given(st.text(min_size=1), st.integers(0, 100))
def test_the_switch_overrules_the_list_and_the_list_the_percentage(user, percentage):
    assert not decides(enabled=False, percentage=percentage, allowed=[user], user=user)
    assert decides(enabled=True, percentage=0, allowed=[user], user=user)


def exact_tail(trials, share, counts):
    return sum(math.comb(trials, k) * share**k * (1 - share) ** (trials - k) for k in counts)


@given(st.integers(1, 60), st.floats(0.01, 0.99), st.sampled_from([0.5, 0.05, 1e-3]))
def test_bounds_leave_out_no_more_than_was_asked_and_as_much_as_they_can(trials, share, alarm):
    low, high = binomial_bounds(trials, share, alarm)

    assert exact_tail(trials, share, range(low)) <= alarm / 2 + 1e-9
    assert exact_tail(trials, share, range(low + 1)) >= alarm / 2 - 1e-9
    assert exact_tail(trials, share, range(high + 1, trials + 1)) <= alarm / 2 + 1e-9
    assert exact_tail(trials, share, range(high, trials + 1)) >= alarm / 2 - 1e-9


@pytest.mark.parametrize(("share", "count"), [(0, 0), (1, 500)])
def test_a_certain_share_has_one_count(share, count):
    assert binomial_bounds(500, share) == (count, count)
    assert count in binomial_bounds(500, share)


@pytest.mark.parametrize("arguments", [(0, 0.5), (9, -0.1), (9, 1.1)])
def test_bounds_without_meaning_are_refused(arguments):
    with pytest.raises(ValueError, match="no bounds"):
        binomial_bounds(*arguments)
