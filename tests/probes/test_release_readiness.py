"""The smaller judgements about a release: promotions, configuration, suites, steps, identifiers."""

from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fixtures.probes import promotions
from fixtures.probes.deployment_configuration import (
    of_development,
    placeholders,
    stated_version,
    values,
)
from fixtures.probes.deployment_steps import ignored_failures, migration_at, smoke_tests_at
from fixtures.probes.identifiers import found_in
from fixtures.probes.raw_documents import contents
from fixtures.probes.reported_tests import Tally
from fixtures.probes.suite_reports import by_suite, suites_of

IMAGE, COMMIT = "sha256:" + "ab" * 32, "c" * 40


def run(name, hour, **other):
    return {
        "environment": name, "image": f"registry.test/nctool@{IMAGE}", "commit": COMMIT,
        "started_at": f"2026-03-01T{hour:02}:00:00Z",
        "finished_at": f"2026-03-01T{hour + 1:02}:00:00Z",
        "result": "passed", "executed": 5, "failed": 0, **other,
    }  # fmt: skip


def record(staging=None, preproduction=None, canary="2026-03-01T12:00:00Z"):
    return {
        "runs": [
            run("staging", 3, **(staging or {})),
            run("preproduction", 6, **(preproduction or {})),
        ],
        "canary_started_at": canary,
    }  # fmt: skip


def judged(document):
    return promotions.problems(document, image=IMAGE.removeprefix("sha256:"), commit=COMMIT)


def test_a_release_that_went_its_way_has_no_problem():
    assert judged(record()) == []


@pytest.mark.parametrize(
    ("document", "said"),
    [
        pytest.param(record(preproduction={"image": "sha256:00"}), "ran sha256:00", id="image"),
        pytest.param(record(staging={"commit": "d" * 40}), "ran the commit", id="commit"),
        pytest.param(record(staging={"failed": 1}), "1 checks failed", id="a failed check"),
        pytest.param(record(staging={"result": "skipped"}), "skipped", id="skipped"),
        pytest.param(record(staging={"executed": 0}), "no executed check", id="nothing ran"),
        pytest.param(record(canary="2026-03-01T06:30:00Z"), "when the canary began", id="canary"),
        pytest.param(
            record(preproduction={"started_at": "2026-03-01T03:30:00Z"}),
            "before staging",
            id="order",
        ),
        pytest.param(record(staging={"finished_at": "soon"}), "times", id="no times"),
        pytest.param({"runs": []}, "no run in staging", id="nothing recorded"),
    ],
)
def test_what_is_wrong_with_a_promotion_is_named(document, said):
    assert [each for each in judged(document) if said in each], judged(document)


@dataclass
class Ran:
    calls: tuple[str, ...]
    failed_at: int | None
    ok: bool


def test_a_script_that_stops_and_says_so_ignores_nothing():
    assert ignored_failures([Ran(("a",), 1, False), Ran(("a", "b"), 2, False)]) == []


def test_going_on_and_ending_well_after_a_failure_are_both_named():
    problems = ignored_failures([Ran(("a", "b"), 1, True), Ran(("a", "b"), 2, True)])
    assert len(problems) == 3
    assert "went on with `b`" in problems[0]


def test_the_last_step_may_not_fail_unseen():
    assert ignored_failures([Ran(("a", "b"), 2, True)])


def test_the_migration_is_told_from_its_validation():
    calls = ("npm run test:smoke:production", "npm run migrate:production",
             "npm run validate:migration", "npm run test:smoke:production")  # fmt: skip
    assert migration_at(calls) == 1
    assert migration_at(calls[2:]) is None
    assert smoke_tests_at(calls) == [0, 3]


REPORT = """<testsuites>
<testsuite name="unit"><testcase name="a"/><testcase name="b"><failure/></testcase></testsuite>
<testsuite name="api"><testcase name="c"><skipped/></testcase></testsuite></testsuites>"""


def test_each_suite_of_a_report_is_counted_by_itself():
    assert by_suite(REPORT) == {"unit": Tally(2, 1, 0), "api": Tally(0, 0, 1)}


@pytest.mark.parametrize("text", ["", "TAP version 13", "<!DOCTYPE x><a/>", "<testsuite"])
def test_what_is_no_report_has_no_suite(text):
    assert by_suite(text) == {}


def test_suites_are_the_folders_of_tests():
    paths = ["test/unit/a.py", "test/api/b/c.py", "test/readme.md", "src/test/x/y.py"]
    assert suites_of(paths) == {"unit", "api"}


@pytest.mark.parametrize(
    ("text", "version"),
    [
        ("export const c = {\n  version: '2.0.0',", "2.0.0"),
        ('{"name": "x", "version": "1.9.4"}', "1.9.4"),
        ('{"apiVersion": "v1"}', None),
        ("", None),
    ],
    ids=["javascript", "json", "another word", "nothing"],
)
def test_the_version_of_a_file_is_read(text, version):
    assert stated_version(text) == version


def test_placeholders_are_found_at_their_place():
    document = {"a": ["npub1admin..."], "b": {"c": "changeme", "d": "${HOST}"}, "e": "fine", "n": 3}
    assert [each.split(" is ")[0] for each in placeholders(document)] == ["a[0]", "b.c", "b.d"]
    assert len(list(values(document))) == 5


def test_values_of_a_developer_are_found():
    development = {"database": "nctool", "apiUrl": "https://shared.test", "level": "info"}
    production = {
        "database": "nctool", "apiUrl": "https://shared.test", "level": "info",
        "mint": "http://localhost:3338", "log": "debug", "name": "device",
    }  # fmt: skip
    found = [each.split(" is ")[0] for each in of_development(production, development)]
    assert found == ["database", "apiUrl", "mint", "log"]


def test_identifiers_are_found_through_lists_and_records():
    tokens = [{"proofs": [{"secret": "a"}, {"secret": "b"}, {}]}, {"proofs": None}, {}]
    assert found_in(tokens, ["proofs.secret"]) == {"a", "b"}


DOCUMENTS = st.lists(st.binary(min_size=1, max_size=8), max_size=12)


@given(DOCUMENTS, st.randoms(use_true_random=False))
def test_the_order_of_documents_does_not_matter(documents, random):
    shuffled = random.sample(documents, len(documents))
    assert contents(shuffled) == contents(documents)


@given(DOCUMENTS, st.binary(min_size=1, max_size=8))
def test_a_document_more_or_less_is_seen(documents, more):
    assert contents([*documents, more]) != contents(documents)
    assert contents([*documents, more, more]).digest != contents(documents).digest
