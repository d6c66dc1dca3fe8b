"""Whatever the evidence: one status per item, no gain by a failure, no order assumed."""

import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.statuses import Status, Verdict
from reports.judge import decide, judge
from tests.reports.sample_run import NOW, Worker, item, plan, waiver, write_plan

IDS = ["MA-PRE-01", "MA-PRE-02", "MA-PRE-03"]
WORSE = [Verdict.GO, Verdict.INCOMPLETE, Verdict.NO_GO]

attempts = st.fixed_dictionaries({
    "check": st.sampled_from(["t::a", "t::b", "t::c", "t::d"]),
    "item": st.sampled_from([*IDS, "MA-PRE-99"]),
    "outcome": st.sampled_from([
        "passed", "passed", "failed", "error", "inconclusive", "not_verified", "not_applicable",
        "skipped", None, 7,
    ]),
    "assertions": st.sampled_from([0, 1, None]),
    "finish": st.booleans(),
    "worker": st.sampled_from(["gw0", "gw1"]),
})  # fmt: skip
plans = st.fixed_dictionaries({
    "not_applicable": st.sampled_from([None, "no such part"]),
    "waived": st.booleans(),
    "flaky": st.sampled_from(["fail", "pass"]),
    "minimum": st.sampled_from([{}, {"replies": 1}, {"replies": 2}]),
})  # fmt: skip


def verdict_of(made, tries, *, renamed=None):
    with tempfile.TemporaryDirectory() as folder:
        run = Path(folder)
        items = [
            item(name, not_applicable=made["not_applicable"], minimum=made["minimum"])
            if name == IDS[0] else item(name)
            for name in IDS
        ]  # fmt: skip
        waivers = [waiver(IDS[1])] if made["waived"] else []
        write_plan(run, plan(items, waivers=waivers, policy={"flaky": made["flaky"]}))
        names = renamed or {"gw0": "gw0", "gw1": "gw1"}
        workers = {name: Worker(run, names[name]) for name in names}
        for number, one in enumerate(tries, start=1):
            end = {key: one[key] for key in ("outcome", "assertions", "finish")}
            workers[one["worker"]].simple(one["check"], one["item"], attempt=number, **end)
        return judge(run, now=NOW)


@given(made=plans, tries=st.lists(attempts, max_size=8))
@settings(max_examples=60, deadline=None)
def test_every_expected_item_ends_in_exactly_one_status(made, tries):
    verdict = verdict_of(made, tries)
    assert [entry["id"] for entry in verdict["items"]] == IDS
    statuses = [Status(entry["status"]) for entry in verdict["items"]]
    assert sum(verdict["counts"].values()) == len(IDS)
    assert verdict["verdict"] == decide(statuses)


@given(
    made=plans,
    tries=st.lists(attempts, max_size=6),
    red=attempts.map(lambda one: {**one, "outcome": "failed", "finish": True}),
)
@settings(max_examples=60, deadline=None)
def test_another_failure_never_improves_the_verdict(made, tries, red):
    before = Verdict(verdict_of({**made, "flaky": "fail"}, tries)["verdict"])
    after = Verdict(verdict_of({**made, "flaky": "fail"}, [*tries, red])["verdict"])
    if red["item"] == IDS[1] and made["waived"]:
        return
    assert WORSE.index(after) >= WORSE.index(before)


@given(made=plans, tries=st.lists(attempts, max_size=8))
@settings(max_examples=60, deadline=None)
def test_the_order_of_workers_does_not_matter(made, tries):
    one = verdict_of(made, tries)
    other = verdict_of(made, tries, renamed={"gw0": "gw9", "gw1": "gw1"})
    for before, after in zip(one["items"], other["items"], strict=True):
        assert (before["status"], before["flags"]) == (after["status"], after["flags"])
    assert one["verdict"] == other["verdict"]
