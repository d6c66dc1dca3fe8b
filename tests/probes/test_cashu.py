from collections import Counter

import pytest
from coincurve import PublicKey
from hypothesis import given
from hypothesis import strategies as st

from fixtures.probes.cashu import double_counted, held, point_of, secrets_of


def token(status, *secrets):
    return {"status": status, "proofs": [{"secret": one, "amount": 2} for one in secrets]}


@pytest.mark.parametrize(
    ("secret", "point"),
    [  # NUT-00 gives its vectors as bytes; these are texts of the same bytes
        ("\0" * 32, "024cce997d3b518f739663b757deaec95bcd9473c30a14ac2fd04023a739d1a725"),
        ("\0" * 31 + "\1", "022e7158e11c9506f1aa4248bf531298daa7febd6194f003edcd9b93ade6253acf"),
        ("\0" * 31 + "\2", "026cdbe15362df59cd1dd3c9c11de8aedac2106eca69236ecd9fbe117af897be4f"),
    ],
    ids=("0", "1", "2"),
)
def test_secrets_have_the_points_of_the_specification(secret, point):
    assert point_of(secret) == point


@given(st.text(max_size=80))
def test_every_secret_has_a_point_on_the_curve(secret):
    assert PublicKey(bytes.fromhex(point_of(secret))).format().hex() == point_of(secret)


def test_what_tokens_hold_is_summed_by_status():
    tokens = [token("unspent", "a", "b"), token("pending", "c"), token("spent", "d")]

    assert (held(tokens, "unspent"), held(tokens, "unspent", "pending")) == (4, 6)
    assert secrets_of(tokens, "unspent") == ["a", "b"]


@pytest.mark.parametrize(
    ("tokens", "wrong"),
    [
        ([token("unspent", "a"), token("unspent", "b")], set()),
        ([token("spent", "a"), token("spent", "a")], set()),
        ([token("unspent", "a"), token("unspent", "a")], {"a"}),
        ([token("unspent", "a", "a")], {"a"}),
        ([token("unspent", "a"), token("spent", "a")], {"a"}),
        ([token("unspent", "a"), token("pending", "a", "b")], {"a"}),
    ],
    ids=("all different", "only spent", "in two", "in one", "spent too", "pending too"),
)
def test_a_proof_that_counts_and_stands_elsewhere_is_named(tokens, wrong):
    assert double_counted(tokens).keys() == wrong


STATUSES = st.sampled_from(["unspent", "pending", "spent"])


@given(st.lists(st.tuples(STATUSES, st.lists(st.sampled_from("abcd"), max_size=4)), max_size=6))
def test_double_counting_agrees_with_counting(rows):
    tokens = [token(status, *secrets) for status, secrets in rows]
    everywhere = Counter(one for _, secrets in rows for one in secrets)
    unspent = {one for status, secrets in rows if status == "unspent" for one in secrets}

    assert double_counted(tokens).keys() == {one for one in unspent if everywhere[one] > 1}
