"""Token documents, as nctool stores them, and ways to draw them."""

import datetime as dt
import random

import bson
from hypothesis import strategies as st

from fixtures.probes.migration.balances import NOTHING
from fixtures.probes.migration.layout import Layout

KEY = b"k" * 32
LAYOUT = Layout(
    changeable=("metadata.migrated", "metadata.version", "cleanup"),
    writable=("status", "metadata.note"),
    updated=("updated_at",),
)
WHEN = dt.datetime(2025, 8, 1, tzinfo=dt.UTC)


def token(number, **changes):
    """One token document; the same number gives the same document."""
    draw = random.Random(number)
    proofs = [
        {
            "id": "009a1f293253e41e",
            "amount": 2 ** draw.randrange(10),
            "secret": f"{draw.getrandbits(256):064x}",
        }
        for _ in range(1 + number % 3)
    ]
    made = {
        "_id": bson.ObjectId(f"{number:024x}"),
        "npub": f"npub1{number % 50:058d}",
        "mint_url": "https://mint.example",
        "proofs": proofs,
        "status": ("unspent", "spent")[number % 2],
        "created_at": WHEN,
    }
    return {**made, **changes}


def store(size):
    return [token(number) for number in range(size)]


def encoded(documents):
    return [bson.encode(document) for document in documents]


def balances_of(side):
    """Each balance of a summary or snapshot by its name."""
    found = {}
    for lines in side.lines():
        for at in range(len(lines)):
            found[lines.name(at)] = found.get(lines.name(at), NOTHING) + lines.balance(at)
    return found


def alike(one, other):
    """Whether two sides hold the same documents and balances."""
    sketches = zip(one.lanes(), other.lanes(), strict=True)
    return (
        balances_of(one) == balances_of(other)
        and one.documents == other.documents
        and all((mine == theirs).all() for mine, theirs in sketches)
    )


scalars = st.one_of(
    st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=8),
    st.integers(-(2**31), 2**31 - 1),
    st.integers(-(2**63), 2**63 - 1).map(bson.Int64),
    st.floats(allow_nan=False),
    st.booleans(),
    st.none(),
    st.binary(max_size=6),
    st.just(WHEN),
    st.builds(bson.Regex, st.sampled_from(["a", "b+"]), st.just("i")),
)
names = st.sampled_from(["npub", "mint_url", "unit", "status", "memo", "cleanup", "a", "zz"])
proof = st.dictionaries(st.sampled_from(["amount", "id", "secret"]), scalars, max_size=3)
amounts = st.lists(st.one_of(proof, scalars), max_size=4)
subdocument = st.dictionaries(
    st.sampled_from(["migrated", "version", "note", "b"]), scalars, max_size=4
)


@st.composite
def documents(draw):
    """Any document, with the fields that a layout cares about more often than others."""
    made = draw(st.dictionaries(names, scalars, max_size=5))
    if draw(st.booleans()):
        made["proofs"] = draw(st.one_of(amounts, scalars))
    if draw(st.booleans()):
        made["metadata"] = draw(st.one_of(subdocument, scalars))
    made = dict(draw(st.permutations(list(made.items()))))
    return {"_id": draw(st.one_of(st.integers(0, 9), st.text("ab", max_size=30))), **made}
