"""The rules by which evidence becomes a verdict."""

import json
from datetime import timedelta

import pytest

from contracts.statuses import Status, Verdict
from reports.judge import UnusableRunError, decide, exit_code, judge
from tests.reports.sample_items import realistic_run
from tests.reports.sample_run import (
    NOW,
    Worker,
    attestation,
    item,
    plan,
    smoke_run,
    waiver,
    write_plan,
)


def judged(run, *items, **fields):
    """Judge a run whose evidence the caller wrote; the plan expects the given items."""
    write_plan(run, plan(list(items), **fields))
    return judge(run, now=NOW)


def only(verdict):
    (entry,) = verdict["items"]
    return entry


ONE = item("MA-PRE-01")


@pytest.mark.parametrize(
    ("end", "status", "says"),
    [
        pytest.param({}, "passed", "", id="passed"),
        pytest.param({"outcome": "failed", "message": "1 != 2"}, "failed", "1 != 2", id="failed"),
        pytest.param({"outcome": "error"}, "error", "", id="error"),
        pytest.param({"outcome": "inconclusive"}, "inconclusive", "", id="inconclusive"),
        pytest.param({"outcome": "not_verified"}, "not_verified", "", id="not-verified"),
        pytest.param({"outcome": "skipped"}, "error", "Unknown outcome", id="unknown-word"),
        pytest.param({"outcome": None}, "error", "Unknown outcome", id="no-word"),
        pytest.param({"outcome": "waived"}, "error", "Unknown outcome", id="not-for-checks"),
        pytest.param({"assertions": 0}, "error", "asserted nothing", id="no-assertion"),
        pytest.param({"assertions": True}, "error", "asserted nothing", id="odd-assertions"),
        pytest.param({"exchanges": 0}, "error", "observed nothing", id="no-exchange"),
        pytest.param({"finish": False}, "not_verified", "before it finished", id="killed"),
        pytest.param(
            {"outcome": "not_applicable"}, "not_verified", "does not declare", id="undeclared"
        ),
    ],
)
def test_an_outcome_becomes_a_status(tmp_path, end, status, says):
    Worker(tmp_path).simple("t::a", "MA-PRE-01", **end)
    entry = only(judged(tmp_path, ONE))
    assert entry["status"] == status
    assert says in entry["message"]


def test_a_claimed_exchange_that_was_never_recorded_counts_as_nothing(tmp_path):
    worker = Worker(tmp_path)
    with worker.check("t::a", "MA-PRE-01", exchanges=3):
        worker.add("observed", "t::a", values={"replies": 1})
    assert "observed nothing" in only(judged(tmp_path, ONE))["message"]


@pytest.mark.parametrize(
    ("values", "status", "says"),
    [
        pytest.param(None, "inconclusive", "did not say what it observed", id="silent"),
        pytest.param({"wallets": 9}, "inconclusive", "wallets = 9; at least 10", id="too-few"),
        pytest.param({"other": 99}, "inconclusive", "did not observe wallets", id="other-figure"),
        pytest.param({"wallets": "many"}, "inconclusive", "no number", id="text"),
        pytest.param({"wallets": float("nan")}, "inconclusive", "no number", id="nan"),
        pytest.param({"wallets": None}, "inconclusive", "no number", id="null"),
        pytest.param({"wallets": 10}, "passed", "", id="enough"),
    ],
)
def test_a_pass_needs_its_declared_minimum(tmp_path, values, status, says):
    worker = Worker(tmp_path)
    with worker.check("t::a", "MA-PRE-01", exchanges=1):
        worker.http("t::a")
        if values is not None:
            worker.add("observed", "t::a", values=values)
    entry = only(judged(tmp_path, item("MA-PRE-01", minimum={"wallets": 10})))
    assert (entry["status"], says in entry["message"]) == (status, True)


def test_counts_of_several_checks_add_up_to_the_minimum(tmp_path):
    worker = Worker(tmp_path)
    for name in "ab":
        worker.simple(f"t::{name}", "MA-PRE-01", values={"wallets": 5})
    entry = only(judged(tmp_path, item("MA-PRE-01", minimum={"wallets": 10})))
    assert entry["status"] == "passed"
    assert entry["observations"] == {"t::a": {"wallets": 5}, "t::b": {"wallets": 5}}


def test_the_worst_check_of_an_item_speaks(tmp_path):
    worker = Worker(tmp_path)
    worker.simple("t::a", "MA-PRE-01")
    worker.simple("t::b", "MA-PRE-01", outcome="inconclusive", message="few")
    worker.simple("t::c", "MA-PRE-01", outcome="failed", message="wrong sum")
    entry = only(judged(tmp_path, ONE))
    assert entry["status"] == "failed"
    assert entry["message"] == "wrong sum\nAlso: t::b (inconclusive)"


@pytest.mark.parametrize(
    ("policy", "status"), [("fail", "failed"), ("pass", "passed")], ids=["counts", "accepted"]
)
def test_a_retry_does_not_hide_a_failure(tmp_path, policy, status):
    worker = Worker(tmp_path)
    worker.simple("t::a", "MA-PRE-01", attempt=1, outcome="failed", message="flap")
    worker.simple("t::a", "MA-PRE-01", attempt=2)
    entry = only(judged(tmp_path, ONE, policy={"flaky": policy}))
    assert (entry["status"], entry["flags"], entry["attempts"]) == (status, ["flaky"], 2)
    assert [a["status"] for a in entry["results"][0]["attempts"]] == ["failed", "passed"]


def test_a_second_end_of_one_attempt_is_kept_as_an_attempt(tmp_path):
    worker = Worker(tmp_path)
    worker.simple("t::a", "MA-PRE-01")
    worker.add("finished", "t::a", items=["MA-PRE-01"], attempt=1, outcome="error", message="down")
    assert only(judged(tmp_path, ONE))["status"] == "error"


def test_a_planned_check_that_never_started_is_missed(tmp_path):
    Worker(tmp_path).simple("t::a", "MA-PRE-01")
    entry = only(judged(tmp_path, item("MA-PRE-01", checks=["t::a", "t::b"])))
    assert (entry["status"], entry["checks"]) == ("not_verified", ["t::a", "t::b"])
    assert "never started" in entry["message"]


def test_an_item_without_any_check_is_not_verified(tmp_path):
    verdict = judged(tmp_path, ONE)
    assert only(verdict)["status"] == "not_verified"
    assert verdict["verdict"] == "incomplete"


ABSENT = {"present": False, "policy": "if-present", "detail": "no Chromium here"}


@pytest.mark.parametrize(
    ("capability", "protected", "status"),
    [
        pytest.param(ABSENT, False, "not_applicable", id="declared"),
        pytest.param({**ABSENT, "policy": "required"}, False, "not_verified", id="required"),
        pytest.param({**ABSENT, "present": True}, False, "not_verified", id="present"),
        pytest.param(ABSENT, True, "not_verified", id="protected"),
    ],
)
def test_a_check_leaves_itself_out_only_as_declared(tmp_path, capability, protected, status):
    Worker(tmp_path).simple(
        "t::a", "MA-PRE-01", outcome="not_applicable", capability="browser", message=""
    )
    entry = only(
        judged(
            tmp_path,
            ONE,
            capabilities={"browser": capability},
            target={"name": "x", "protected": protected},
        )
    )
    assert entry["status"] == status


def test_one_left_out_check_beside_a_passed_one_is_flagged(tmp_path):
    worker = Worker(tmp_path)
    worker.simple("t::a", "MA-PRE-01")
    worker.simple("t::b", "MA-PRE-01", outcome="not_applicable", capability="browser")
    entry = only(judged(tmp_path, ONE, capabilities={"browser": ABSENT}))
    assert (entry["status"], entry["flags"]) == ("passed", ["partly"])


@pytest.mark.parametrize(
    ("outcome", "status"),
    [
        ("failed", "failed"),
        ("error", "error"),
        ("passed", "not_applicable"),
        (None, "not_applicable"),
    ],
    ids=str,
)
def test_a_failure_outweighs_a_declaration(tmp_path, outcome, status):
    if outcome:
        Worker(tmp_path).simple("t::a", "MA-PRE-01", outcome=outcome)
    entry = only(judged(tmp_path, item("MA-PRE-01", not_applicable="no such part")))
    assert entry["status"] == status
    assert "no such part" in entry["message"]


@pytest.mark.parametrize("outcome", ["failed", "error", "inconclusive", "not_verified"])
def test_a_valid_waiver_lets_pass_and_shows_the_result(tmp_path, outcome):
    Worker(tmp_path).simple("t::a", "MA-PRE-01", outcome=outcome, message="real")
    verdict = judged(tmp_path, ONE, waivers=[waiver("MA-PRE-01")])
    entry = only(verdict)
    assert (entry["status"], entry["waived_status"], entry["message"]) == (
        "waived",
        outcome,
        "real",
    )
    assert verdict["verdict"] == "go"


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"state": "expired"}, id="expired"),
        pytest.param({"state": "other_release"}, id="other-release"),
        pytest.param({"state": None}, id="no-state"),
        pytest.param({"expires": "2026-11-20T10:01:59Z"}, id="expired-during-the-run"),
        pytest.param({"expires": "2026-11-30"}, id="sloppy-date"),
        pytest.param({"expires": None}, id="no-expiry"),
        pytest.param({"granted": "2026-11-21T00:00:00Z"}, id="not-yet"),
    ],
)
def test_a_waiver_that_does_not_hold_counts_as_nothing(tmp_path, change):
    Worker(tmp_path).simple("t::a", "MA-PRE-01", outcome="failed")
    verdict = judged(tmp_path, ONE, waivers=[waiver("MA-PRE-01", **change)])
    assert only(verdict)["status"] == "failed"
    assert only(verdict)["flags"] == ["waiver-not-valid"]
    assert verdict["verdict"] == "no-go"


def test_a_waiver_of_a_passed_item_is_unused(tmp_path):
    Worker(tmp_path).simple("t::a", "MA-PRE-01")
    entry = only(judged(tmp_path, ONE, waivers=[waiver("MA-PRE-01")]))
    assert (entry["status"], entry["flags"]) == ("passed", ["waiver-unused"])


MANUAL = item("MA-PRE-06", automatable="manual-attestation")


@pytest.mark.parametrize(
    ("held", "outcome", "status"),
    [
        pytest.param([attestation("MA-PRE-06")], "passed", "attested", id="attested"),
        pytest.param([], "passed", "not_verified", id="none"),
        pytest.param([attestation("MA-PRE-01")], "passed", "not_verified", id="of-another-item"),
        pytest.param(
            [attestation("MA-PRE-06", state="other_release")], "passed", "not_verified", id="old"
        ),
        pytest.param([attestation("MA-PRE-06")], "failed", "failed", id="contradicted"),
        pytest.param([attestation("MA-PRE-06")], "error", "error", id="broken"),
    ],
)
def test_a_manual_item_passes_by_its_attestation(tmp_path, held, outcome, status):
    with Worker(tmp_path).check("t::a", "MA-PRE-06", outcome=outcome, assertions=0, exchanges=0):
        pass
    assert only(judged(tmp_path, MANUAL, attestations=held))["status"] == status


def test_an_attestation_nobody_looked_at_is_not_verified(tmp_path):
    entry = only(judged(tmp_path, MANUAL, attestations=[attestation("MA-PRE-06")]))
    assert entry["status"] == "not_verified"


def test_a_torn_last_line_is_said_and_left_out(tmp_path):
    worker = Worker(tmp_path)
    worker.simple("t::a", "MA-PRE-01")
    with worker.path.open("ab") as stream:
        stream.write(b'{"n": 5, "kind": "http", "resp')
    verdict = judged(tmp_path, ONE)
    assert verdict["verdict"] == "go"
    assert "torn off" in verdict["notes"][0]


def test_a_torn_end_of_a_check_leaves_it_unverified(tmp_path):
    worker = Worker(tmp_path)
    worker.simple("t::a", "MA-PRE-01")
    worker.path.write_bytes(worker.path.read_bytes()[:-9])
    verdict = judged(tmp_path, ONE)
    assert only(verdict)["status"] == "not_verified"
    assert verdict["verdict"] == "incomplete"


def _edit(lines):
    lines[2] = lines[2].replace(b'"replies": 1', b'"replies": 2')


def _remove(lines):
    del lines[1]


def _swap(lines):
    lines[1], lines[2] = lines[2], lines[1]


def _garbage(lines):
    lines.insert(1, b"\xff\x00 not json\n")


def _deep(lines):
    lines.insert(1, b"[" * 200_000 + b"\n")


@pytest.mark.parametrize("harm", [_edit, _remove, _swap, _garbage, _deep])
def test_damaged_evidence_never_passes(tmp_path, harm):
    worker = Worker(tmp_path)
    worker.simple("t::a", "MA-PRE-01")
    lines = worker.path.read_bytes().splitlines(keepends=True)
    harm(lines)
    worker.path.write_bytes(b"".join(lines))
    verdict = judged(tmp_path, ONE)
    assert verdict["verdict"] == "no-go"
    assert "evidence-main.jsonl:" in verdict["problems"][0]
    assert not verdict["release_evidence"]["usable"]


def test_a_selection_that_was_changed_afterwards_never_passes(tmp_path):
    Worker(tmp_path).simple("t::a", "MA-PRE-01")
    document = plan([ONE, item("MA-PRE-02")])
    document["selection"]["expected"].remove("MA-PRE-02")
    write_plan(tmp_path, document)
    assert judge(tmp_path, now=NOW)["verdict"] == "no-go"


def test_evidence_of_other_items_is_listed_and_ignored(tmp_path):
    worker = Worker(tmp_path)
    worker.simple("t::a", "MA-PRE-01")
    worker.simple("t::b", "MA-PRE-99", outcome="failed")
    verdict = judged(tmp_path, ONE)
    assert verdict["verdict"] == "go"
    assert verdict["ignored"] == [{"item": "MA-PRE-99", "checks": ["t::b"]}]


def test_a_run_with_a_fault_is_no_release_evidence(tmp_path):
    Worker(tmp_path).simple("t::a", "MA-PRE-01")
    verdict = judged(tmp_path, ONE, fault="MA-PRE-01")
    assert (verdict["verdict"], verdict["release_evidence"]["usable"]) == ("go", False)


def test_a_run_did_not_end_before_its_last_evidence(tmp_path):
    Worker(tmp_path).simple("t::a", "MA-PRE-01")
    write_plan(tmp_path, plan([ONE]))
    early = judge(tmp_path, now=NOW - timedelta(days=30))
    assert early["finished"] > "2026-11-20T10:00:00"


def test_a_run_did_not_end_before_it_began(tmp_path):
    """A clock that is put back makes nothing hold again that has expired."""
    write_plan(tmp_path, plan([ONE], started="2026-11-21T10:00:00.000Z"))
    assert judge(tmp_path, now=NOW - timedelta(days=30))["finished"] == "2026-11-21T10:00:00.000Z"


@pytest.mark.parametrize("raw", [None, b"", b"[]", b'{"run_id": "x"}', b'{"items": [1]}'], ids=repr)
def test_a_folder_without_a_plan_cannot_be_judged(tmp_path, raw):
    if raw is not None:
        (tmp_path / "plan.json").write_bytes(raw)
    with pytest.raises(UnusableRunError, match=r"plan\.json"):
        judge(tmp_path)


def test_nothing_expected_and_nothing_applicable_verify_nothing():
    assert decide([]) is Verdict.INCOMPLETE
    assert decide([Status.NOT_APPLICABLE]) is Verdict.INCOMPLETE
    assert decide([Status.NOT_APPLICABLE, Status.PASSED]) is Verdict.GO


@pytest.mark.parametrize(("word", "code"), [("go", 0), ("no-go", 1), ("incomplete", 10)])
def test_each_verdict_has_its_exit_code(word, code):
    assert exit_code(word) == code


def test_the_realistic_run_holds_every_status(tmp_path):
    verdict = judge(realistic_run(tmp_path / "run"), now=NOW)
    assert {status for status, n in verdict["counts"].items() if n} == set(Status)
    assert verdict["problems"] == []
    json.dumps(verdict, allow_nan=False)
    assert judge(realistic_run(tmp_path / "ok", blocked=False), now=NOW)["verdict"] == "go"


def test_a_green_run_is_go(tmp_path):
    verdict = judge(smoke_run(tmp_path), now=NOW)
    assert (verdict["verdict"], verdict["counts"]["passed"]) == ("go", 10)
