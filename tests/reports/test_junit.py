"""The JUnit file: nothing that was not verified looks harmless in it."""

from xml.etree import ElementTree

from reports import junit
from reports.judge import judge
from tests.reports.sample_items import realistic_run
from tests.reports.sample_run import NOW, Worker, item, plan, write_plan


def written(run):
    verdict = judge(run, now=NOW)
    return verdict, ElementTree.parse(junit.write(run, verdict)).getroot()


def properties(case):
    return {p.get("name"): p.get("value") for p in case.iter("property")}


def test_each_item_is_one_test_case_with_its_status(tmp_path):
    verdict, root = written(realistic_run(tmp_path))
    cases = {properties(case)["check_id"]: case for case in root.iter("testcase")}
    assert set(cases) == set(verdict["selection"]["expected"])
    elements = {
        "failed": "failure", "error": "error", "inconclusive": "error", "not_verified": "error",
        "not_applicable": "skipped",
    }  # fmt: skip
    for entry in verdict["items"]:
        case = cases[entry["id"]]
        assert properties(case)["status"] == entry["status"]
        found = [child.tag for child in case if child.tag != "properties"]
        assert found == [elements[s] for s in [entry["status"]] if s in elements]


def test_the_totals_count_everything_that_is_not_verified_as_errors(tmp_path):
    _, root = written(realistic_run(tmp_path))
    suite = root.find("testsuite")
    totals = {name: suite.get(name) for name in ("tests", "failures", "errors", "skipped")}
    assert totals == {"tests": "17", "failures": "2", "errors": "4", "skipped": "2"}


def test_a_waived_item_names_its_waiver(tmp_path):
    _, root = written(realistic_run(tmp_path))
    waived = next(c for c in root.iter("testcase") if properties(c)["status"] == "waived")
    assert properties(waived)["waiver_id"] == "OPS-4711"
    assert properties(waived)["waived_status"] == "failed"
    assert waived.get("classname") == "meta_aggregator.predeploy"


def test_damage_is_an_error_of_its_own(tmp_path):
    write_plan(tmp_path, plan([item("MA-PRE-01")]))
    worker = Worker(tmp_path)
    worker.simple("t::a", "MA-PRE-01")
    worker.path.write_bytes(b"garbage\n" + worker.path.read_bytes())
    _, root = written(tmp_path)
    assert [c.get("classname") for c in root.iter("testcase")][-1] == "gatehouse.record"


def test_any_text_makes_a_file_that_parses(tmp_path):
    hostile = "]]> <a/> & \"' \x00\x0b\x1b \ud800 \ufffe \uffff \n\t \u202e \U0001f600"
    write_plan(tmp_path, plan([item("MA-PRE-01", hostile, severity=hostile, system=hostile)]))
    Worker(tmp_path).simple("t::a", "MA-PRE-01", outcome="failed", message=hostile)
    _, root = written(tmp_path)
    assert "😀" in root.find(".//failure").text
