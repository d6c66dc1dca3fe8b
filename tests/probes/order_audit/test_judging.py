from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks import order_books
from benchmarks.order_books import DOCUMENT_FIELDS, HOME, KINDS, NOW, PREVIOUS, STAGING, Book
from contracts import order_books as layouts
from fixtures.probes.order_audit.findings import PENDING, REASONS
from fixtures.probes.order_audit.judging import Judge
from fixtures.probes.order_audit.terms import Terms

NUMBER = 60
BOOK = Book(makers=5)
SOUND = list(BOOK.orders(NUMBER))
LAYOUT = layouts.read()
TERMS = Terms(
    order_books.DOCUMENT["types"], "Order", LAYOUT.roles, HOME, NOW, (PREVIOUS, STAGING),
    nonce_key=b"test",
)  # fmt: skip
BAD = {kind: change(BOOK, SOUND[20]) for kind, change in KINDS.items()}
REASON = {
    "sell amount altered": "altered",
    "buy amount altered": "altered",
    "taker altered": "altered",
    "sell token altered": "altered",
    "salt altered": "altered",
    "expiry altered": "altered",
    "maker replaced": "wrong_id",
    "signed by another": "wrong_signer",
    "signed for the previous contract": "other_domain",
    "signed on staging": "other_domain",
    "stored for the previous contract": "wrong_contract",
    "high s": "malleable_signature",
    "id of another order": "wrong_id",
    "expired": "expired",
    "not yet valid": "not_yet_valid",
    "overfilled": "overfilled",
    "fully filled": "fully_filled",
    "negative fill": "negative_fill",
    "nothing sold": "bad_terms",
    "nothing bought": "bad_terms",
    "token for itself": "bad_terms",
}
"""The reason for each kind of bad order, where its name does not begin with it."""


def row(position, order, **others):
    told = {**order, **others}
    head = (told["id"], told["signature"], told["filled"], told["contract"], told.get("chain"))
    return (position, *head, *(told[name] for name in DOCUMENT_FIELDS))


def judged(rows, terms=TERMS):
    result = Judge(terms).judge(rows)
    found = {}
    for one in [*result.findings, *(question.finding for question in result.questions)]:
        found.setdefault(one.position, set()).add(one.reason)
    return found


def named(kind, reasons):
    if kind == "signature changed by a bit":  # which may be anybody's, or nobody's
        return reasons & {"malformed_signature", "wrong_signer"}
    other = "malformed_signature" if kind.startswith(("signature", "recovery")) else "malformed"
    return REASON.get(kind, other) in reasons


def test_sound_orders_have_no_findings_and_a_hash_for_each_nonce():
    result = Judge(TERMS).judge([row(at, order) for at, order in enumerate(SOUND)])

    assert (result.orders, result.findings, result.questions) == (NUMBER, [], [])
    assert result.positions.tolist() == list(range(NUMBER))
    assert len(set(result.nonces.tolist())) == NUMBER


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "nonce used twice"])
def test_a_bad_order_is_named_with_its_reason(kind):
    found = judged([row(7, BAD[kind])])

    assert named(kind, found[7])
    assert found[7] <= set(REASONS)


@settings(max_examples=25, deadline=None)
@given(
    st.dictionaries(
        st.integers(0, NUMBER - 1),
        st.sampled_from([kind for kind in KINDS if kind != "nonce used twice"]),
        max_size=12,
    )
)
def test_exactly_the_bad_ones_are_named_wherever_they_stand(planted):
    orders = [BAD[planted[at]] if at in planted else order for at, order in enumerate(SOUND)]

    found = judged([row(at, order) for at, order in enumerate(orders)])

    assert set(found) == set(planted)
    for at, kind in planted.items():
        assert named(kind, found[at])


def test_a_signature_that_no_key_made_is_a_question_and_not_yet_a_finding():
    result = Judge(TERMS).judge([row(0, BAD["signed by another"])])

    assert result.findings == []
    assert result.questions[0].finding.verdict == PENDING
    assert result.questions[0].digest == SOUND[20]["id"]


def test_equal_maker_and_nonce_have_equal_hashes_and_another_key_gives_others():
    rows = [row(0, SOUND[20]), row(1, BAD["nonce used twice"]), row(2, SOUND[15])]
    first, again, before = Judge(TERMS).judge(rows).nonces

    assert again == before
    assert first != again
    other = Judge(replace(TERMS, nonce_key=b"other")).judge(rows).nonces
    assert not {first, again} & set(other)


@pytest.mark.parametrize(
    ("moment", "reasons"),
    [(0, {}), (-60, {}), (-61, {"not_yet_valid"}), (31 * 86_400, {"expired"})],
    ids=["now", "within grace", "too early", "too late"],
)
def test_times_are_judged_as_of_the_given_moment(moment, reasons):
    begins = NOW - order_books.DAY
    terms = replace(TERMS, now=(begins if moment < 0 else NOW) + moment)

    assert judged([row(0, SOUND[0])], terms) == ({0: reasons} if reasons else {})


@pytest.mark.parametrize(
    "others",
    [
        {"contract": HOME.contract.upper().replace("X", "x"), "chain": HOME.chain_id},
        {"contract": None, "chain": str(HOME.chain_id), "filled": None, "id": None},
        {"validFrom": NOW - order_books.DAY, "filled": 0},
    ],
    ids=["other case", "nothing but the terms", "numbers for texts"],
)
def test_other_forms_of_a_sound_order_are_sound(others):
    assert judged([row(0, SOUND[0], **others)]) == {}


@pytest.mark.parametrize("signature", ["0x", "", "0", None, 7, b"0x", "0x" + "\ud800" * 130])
def test_whatever_stands_in_the_place_of_a_signature_is_judged(signature):
    assert judged([row(0, SOUND[0], signature=signature)]) == {0: {"malformed_signature"}}


ODD = [[], {}, [1], True, 1.5, -1, "", "0x", "0X", "\ud800", " ", 10**90, "1" * 5000, b"1", 2**256]
OPTIONAL = ("id", "filled", "contract", "chain")


@pytest.mark.parametrize("part", [*OPTIONAL, "signature", *DOCUMENT_FIELDS])
def test_whatever_stands_in_an_order_is_named_and_hides_no_other(part):
    rows = [row(at, SOUND[at]) for at in range(20)]
    rows += [row(20 + at, SOUND[20], **{part: odd}) for at, odd in enumerate(ODD)]
    rows += [row(99, SOUND[21])]

    assert set(judged(rows)) == set(range(20, 20 + len(ODD)))


@pytest.mark.parametrize("part", OPTIONAL)
def test_what_a_book_does_not_hold_is_not_held_against_it(part):
    assert judged([row(0, SOUND[0], **{part: None}), row(1, SOUND[1])]) == {}


def test_an_id_in_capitals_is_the_same_id():
    assert judged([row(0, SOUND[0], id="0x" + SOUND[0]["id"][2:].upper())]) == {}


def test_an_order_stored_for_another_chain_is_named():
    assert judged([row(0, SOUND[0], chain=1)]) == {0: {"wrong_chain"}}
