from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from contracts.amendments import load_attestations, load_waivers
from contracts.persons import is_placeholder, same_person
from contracts.schemas import Invalid

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
COMMIT = "a" * 40


@dataclass(frozen=True)
class Entry:
    automatable: str
    system: str = "meta_aggregator"


ITEMS = {
    "MA-POST-14": Entry("with-target-access"),
    "MA-POST-15": Entry("with-target-access"),
    "MA-MIG-04": Entry("with-target-access"),
    "MA-PRE-06": Entry("manual-attestation"),
    "NC-PRE-04": Entry("manual-attestation", "nctool"),
    "NC-PRE-05": Entry("full", "nctool"),
}
WAIVER = {
    "item": '"MA-POST-14"',
    "reason": '"The slow query is fixed in the next release; traffic is low until then."',
    "author": '"Dana Developer <dana@product.example>"',
    "approver": '"Rita Release <rita@product.example>"',
    "ticket": '"OPS-123"',
    "granted": "2026-11-20T10:00:00Z",
    "expires": "2026-12-20T00:00:00Z",
    "scope": '{ target = "staging", release = "2.0.0" }',
}
ATTESTATION = {
    "item": '"MA-PRE-06"',
    "by": '"Ada Auditor <ada@auditor.example>"',
    "date": "2026-11-20T10:00:00Z",
    "expires": "2026-12-20T00:00:00Z",
    "commit": f'"{COMMIT}"',
    "statement": '"The audit of the release commit is closed without critical findings."',
    "facts": "{ open_critical_findings = 0 }",
}


def written(path: Path, table: str, *entries: dict[str, str | None]) -> Path:
    lines = ["format = 1"]
    for entry in entries:
        lines += ["", f"[[{table}]]"]
        lines += [f"{key} = {value}" for key, value in entry.items() if value is not None]
    path.write_text("\n".join(lines) + "\n", "utf-8")
    return path


@pytest.fixture
def waivers(tmp_path):
    def load(*entries, **settings):
        path = written(tmp_path / "waivers.toml", "waiver", *entries)
        given = {"target": "staging", "version": "2.0.0", "commit": COMMIT, "now": NOW}
        return load_waivers(path, items=ITEMS, **(given | settings))

    return load


@pytest.fixture
def attestations(tmp_path):
    def load(*entries, **settings):
        path = written(tmp_path / "attestations.toml", "attestation", *entries)
        return load_attestations(path, items=ITEMS, **({"commit": COMMIT, "now": NOW} | settings))

    return load


def mistakes(call, *entries, **settings):
    with pytest.raises(Invalid) as caught:
        call(*entries, **settings)
    return caught.value.mistakes


def test_a_sound_waiver_counts_and_is_written_as_it_was(waivers):
    (waiver,) = waivers(WAIVER)
    assert waiver.counts
    assert waiver.valid_at(NOW + timedelta(days=1))
    assert not waiver.valid_at(NOW + timedelta(days=60))
    assert waiver.as_json()["expires"] == "2026-12-20T00:00:00.000Z"
    assert waiver.as_json()["scope"] == {"target": "staging", "release": "2.0.0"}
    assert waiver.line == 3


@pytest.mark.parametrize("release", ["2.0.0", COMMIT])
def test_a_waiver_holds_for_the_version_or_the_commit(waivers, release):
    scope = f'{{ target = "staging", release = "{release}" }}'
    assert waivers(WAIVER | {"scope": scope})[0].state == "valid"


@pytest.mark.parametrize(
    ("change", "settings", "state"),
    [
        ({"expires": "2026-11-20T11:59:59Z"}, {}, "expired"),
        ({"granted": "2026-11-20T14:00:00+01:00"}, {}, "not_yet"),
        ({"scope": '{ target = "staging", release = "2.0.1" }'}, {}, "other_release"),
        ({"scope": f'{{ target = "staging", release = "{COMMIT[:12]}" }}'}, {}, "other_release"),
        ({"scope": '{ target = "production", release = "2.0.0" }'}, {}, "other_target"),
        ({}, {"expected": {"MA-POST-15"}}, "unused"),
        ({}, {"expected": {"MA-POST-14"}}, "valid"),
    ],
)
def test_a_waiver_that_does_not_hold_now_counts_as_nothing_and_says_why(
    waivers, change, settings, state
):
    (waiver,) = waivers(WAIVER | change, **settings)
    assert waiver.state == state
    assert waiver.counts == (state == "valid")


@pytest.mark.parametrize(
    ("change", "key", "message"),
    [
        ({"expires": None}, "expires", "is missing"),
        ({"expires": "2026-12-20"}, "expires", "not a date and time with offset"),
        ({"expires": "2026-12-20T00:00:00"}, "expires", "not a date and time with offset"),
        ({"expires": '"20.12.2026"'}, "expires", "not a date and time with offset"),
        ({"expires": '"2026-02-30T00:00:00Z"'}, "expires", "not a date and time with offset"),
        ({"expires": "2027-11-20T10:00:00Z"}, "expires", "365 days after granted, more than 90"),
        ({"expires": "2026-11-20T10:00:00Z"}, "expires", "is not after granted"),
        ({"approver": '"dana developer"'}, "approver", "is the author"),
        ({"approver": '"D. <DANA+work@product.example>"'}, "approver", "is the author"),
        ({"approver": '"Developer,  Dana"'}, "approver", "is the author"),
        ({"reason": '"TODO: ask the team about it"'}, "reason", "is a placeholder"),
        ({"reason": '"   "'}, "reason", "fewer than 12"),
        ({"ticket": '"N/A"'}, "ticket", "is a placeholder"),
        ({"ticket": '""'}, "ticket", "is empty"),
        ({"item": '"MA-POST-99"'}, "item", "is not an item of the catalogue"),
        ({"scope": None}, "scope", "is missing"),
        ({"scope": '{ target = "staging" }'}, "scope.release", "is missing"),
        ({"expiry": "2026-12-20T00:00:00Z"}, "expiry", "is not a known key"),
    ],
)
def test_a_waiver_that_breaks_a_rule_is_refused(waivers, change, key, message):
    (mistake,) = mistakes(waivers, WAIVER | change)
    assert mistake.key == f"waiver[0].{key}"
    assert message in mistake.message


def test_an_item_may_be_excluded_from_waivers(waivers):
    (mistake,) = mistakes(waivers, WAIVER | {"item": '"MA-MIG-04"'}, never_waivable=["MA-MIG-*"])
    assert "never be waived" in mistake.message


def test_a_repeated_waiver_is_refused_and_points_to_the_first(waivers):
    (mistake,) = mistakes(waivers, WAIVER, WAIVER)
    assert "the entry on line 3" in mistake.message
    assert mistake.line == 13


def test_all_mistakes_of_a_file_are_named_at_once_with_their_lines(waivers):
    found = mistakes(
        waivers,
        WAIVER | {"ticket": '"tbd"', "item": '"XX-1"'},
        WAIVER | {"expires": None, "approver": WAIVER["author"]},
    )
    assert [(m.line, m.key.rpartition(".")[2]) for m in found] == [
        (4, "item"),
        (8, "ticket"),
        (13, "expires"),
        (17, "approver"),
    ]
    assert all(m.remedy for m in found)


def test_a_sound_attestation_counts_with_its_facts(attestations):
    (attestation,) = attestations(ATTESTATION)
    assert attestation.counts
    assert attestation.facts == {"open_critical_findings": 0}


def test_a_time_among_the_facts_stays_a_text_that_json_can_carry(attestations):
    (attestation,) = attestations(ATTESTATION | {"facts": "{ sent_at = 2026-11-20T08:00:00Z }"})
    assert attestation.as_json()["facts"] == {"sent_at": "2026-11-20T08:00:00Z"}


@pytest.mark.parametrize(
    ("change", "state"),
    [
        ({"commit": f'"{"b" * 40}"'}, "other_release"),
        ({"expires": "2026-11-20T11:00:00Z"}, "expired"),
        ({"date": "2026-11-20T13:00:00Z"}, "not_yet"),
    ],
)
def test_an_attestation_that_does_not_hold_now_counts_as_nothing(attestations, change, state):
    assert attestations(ATTESTATION | change)[0].state == state


@pytest.mark.parametrize(
    ("change", "key", "message"),
    [
        ({"commit": '"abc1234"'}, "commit", "does not have the form"),
        ({"item": '"MA-POST-14"'}, "item", "is observed by checks"),
        ({"expires": "2027-11-21T10:00:00Z"}, "expires", "366 days after date, more than 365"),
        ({"statement": '"[NAME] has audited the release commit."'}, "statement", "placeholder"),
        ({"evidence": '[{ name = "report.pdf", sha256 = "00" }]'}, "evidence[0].sha256", "form"),
    ],
)
def test_an_attestation_that_breaks_a_rule_is_refused(attestations, change, key, message):
    (mistake,) = mistakes(attestations, ATTESTATION | change)
    assert mistake.key == f"attestation[0].{key}"
    assert message in mistake.message


def test_no_file_means_no_amendments():
    assert load_waivers(None, items=ITEMS, target="t", version="1", commit=COMMIT, now=NOW) == ()
    assert load_attestations(None, items=ITEMS, commit=COMMIT, now=NOW) == ()


def test_a_missing_or_unreadable_file_is_a_mistake_not_an_empty_list(tmp_path):
    with pytest.raises(Invalid, match="cannot be read"):
        load_attestations(tmp_path / "none.toml", items=ITEMS, commit=COMMIT, now=NOW)
    broken = tmp_path / "broken.toml"
    broken.write_text("format = 1\n[[attestation]\n", "utf-8")
    with pytest.raises(Invalid, match=r"broken\.toml:2: is not TOML"):
        load_attestations(broken, items=ITEMS, commit=COMMIT, now=NOW)


@pytest.mark.parametrize("table", ["waiver = 3", "waiver = [1, {}]", "[waiver]\nitem = 1"])
def test_a_file_of_the_wrong_shape_is_refused_without_a_crash(tmp_path, table):
    path = tmp_path / "waivers.toml"
    path.write_text(f"format = 1\n{table}\n", "utf-8")
    with pytest.raises(Invalid):
        load_waivers(path, items=ITEMS, target="t", version="1", commit=COMMIT, now=NOW)


@pytest.mark.parametrize("text", ["TODO", "tbd.", "n/a", "???", "...", "<name>", "Ask [NAME]", "-"])
def test_placeholders_are_recognised(text):
    assert is_placeholder(text)


@pytest.mark.parametrize(
    "text",
    ["Ada Auditor <ada@auditor.example>", "OPS-123", "see [1] in the minutes", "Todd Tester"],
)
def test_real_texts_are_not_taken_for_placeholders(text):
    assert not is_placeholder(text)


@pytest.mark.parametrize(
    ("one", "two", "same"),
    [
        ("Ada Ray <ada@x.example>", "Ada  RAY", True),
        ("ada@x.example", "Someone Else <ADA@X.example>", True),
        ("\uff21da Ray", "Ada Ray", True),
        ("\u0410d\u0430 R\u0430\u0443", "Ada Ray", True),
        ("\u0391da Ray", "Ada Ray", True),
        ("A\u200dd\u200ba Ray", "Ada Ray", True),
        ("Ad\u00e1 Ray", "Ada Ray", True),
        ("\u0430da@x.example", "ada@x.example", True),
        ("\u0410\u043d\u043d\u0430", "\u041e\u043b\u044c\u0433\u0430", False),
        ("Ada Ray <ada@x.example>", "Bo Ray <bo@x.example>", False),
    ],
    ids=[
        "spacing",
        "address",
        "full width",
        "Cyrillic",
        "Greek",
        "invisible",
        "accent",
        "Cyrillic address",
        "two Cyrillic names",
        "two people",
    ],
)
def test_one_person_is_recognised_in_different_spellings(one, two, same):
    assert same_person(one, two) is same


OWN = {"nctool": ("1.0.0", "b" * 40)}


@pytest.mark.parametrize(
    ("item", "commit", "state"),
    [
        pytest.param("NC-PRE-04", "b" * 40, "valid", id="own-release"),
        pytest.param("NC-PRE-04", COMMIT, "other_release", id="the-targets-release"),
        pytest.param("MA-PRE-06", COMMIT, "valid", id="no-own-release"),
    ],
)
def test_a_statement_is_bound_to_the_release_of_its_own_system(attestations, item, commit, state):
    entry = ATTESTATION | {"item": f'"{item}"', "commit": f'"{commit}"'}
    (statement,) = attestations(entry, own=OWN)
    assert statement.state == state


@pytest.mark.parametrize(
    ("release", "state"),
    [pytest.param("1.0.0", "valid", id="own"), pytest.param("2.0.0", "other_release", id="other")],
)
def test_a_waiver_is_bound_to_the_release_of_its_own_system(waivers, release, state):
    scope = f'{{ target = "staging", release = "{release}" }}'
    (waiver,) = waivers(WAIVER | {"item": '"NC-PRE-05"', "scope": scope}, own=OWN)
    assert waiver.state == state
