import pytest

from contracts import recordings
from fixtures.probes.recorded_answers import KINDS, differences, filled

RECORDED = {"npub": "{payer}", "amount": 21, "error": {"code": "x", "message": "<text>"}}
ANSWER = {"npub": "alice", "amount": 21, "error": {"code": "x", "message": "no", "more": 1}}


def test_an_answer_with_new_fields_is_the_same():
    assert differences(filled(RECORDED, {"payer": "alice"}), {**ANSWER, "path": "atomic"}) == []


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ({**ANSWER, "npub": "bob"}, "npub is 'bob'"),
        ({"npub": "alice", "error": ANSWER["error"], "value": 21}, "amount is gone"),
        ({**ANSWER, "amount": 21.0}, "amount is 21.0"),
        ({**ANSWER, "amount": "21"}, "amount is '21'"),
        ({**ANSWER, "error": {"code": "x", "message": ""}}, "error.message is ''"),
        ({**ANSWER, "error": {"message": "no"}}, "error.code is gone"),
        ({**ANSWER, "error": "no"}, "error is no object"),
        ([], "the answer is no object"),
    ],
    ids=("value", "renamed", "float", "text", "kind", "inner field", "inner object", "list"),
)
def test_what_clients_would_miss_is_named(answer, said):
    found = differences(filled(RECORDED, {"payer": "alice"}), answer)

    assert any(said in one for one in found)


@pytest.mark.parametrize(
    ("kind", "good", "bad"),
    [
        ("<text>", "x", ""),
        ("<sat>", 0, -1),
        ("<sat>", 21, True),
        ("<moment>", "2026-11-21T09:00:00+00:00", "2026-11-21T09:00:00"),
        ("<moment>", "2026-11-21T09:00:00Z", 1795000000),
    ],
    ids=("text", "sat", "no truth value", "moment with zone", "no number"),
)
def test_kinds_of_values(kind, good, bad):
    assert differences(kind, good) == []
    assert differences(kind, bad)


def test_an_unknown_name_in_braces_is_an_error():
    with pytest.raises(KeyError):
        filled("{nobody}", {})


def test_the_recording_of_nctool_can_be_replayed():
    recording = recordings.load("nctool")
    known = dict.fromkeys(("payer", "payee", "nobody", "invoice"), "x")

    for step in recording.steps:
        filled([step.path, step.body, step.answer], known)
        filled(step.answer, known)
        known |= dict.fromkeys(step.keep.values(), "x")
        kinds = {v for v in step.answer.values() if isinstance(v, str) and v.startswith("<")}
        assert kinds <= KINDS.keys()
        assert step.keep.keys() <= step.answer.keys()
