"""The page: complete, self-contained, and deaf to whatever a target writes into it."""

import json
import re
import time
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.statuses import Status
from reports import page
from reports.judge import judge, read_plan
from tests.reports.sample_items import realistic_run
from tests.reports.sample_run import NOW, Worker, attestation, item, plan, waiver, write_plan

VOID = {"meta", "br"}
ALLOWED = {
    "html", "head", "meta", "title", "style", "body", "a", "header", "main", "footer", "section",
    "div", "span", "strong", "p", "h1", "h2", "h3", "h4", "ul", "ol", "li", "i", "b", "dl", "dt",
    "dd", "table", "thead", "tbody", "tr", "th", "td", "pre", "code", "details", "summary", "svg",
    "rect", "br",
}  # fmt: skip


class Reader(HTMLParser):
    """Collects tags, attributes, text and anchors, and checks that tags nest."""

    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.stack, self.tags, self.attributes, self.text = [], [], [], []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += [(tag, name, value) for name, value in attrs]
        if tag not in VOID:
            self.stack.append(tag)

    def handle_endtag(self, tag):
        assert self.stack.pop() == tag

    def handle_data(self, data):
        if "style" not in self.stack:
            self.text.append(data)


def read(markup):
    reader = Reader()
    reader.feed(markup)
    reader.close()
    assert reader.stack == []
    return reader


def rendered(run):
    verdict = judge(run, now=NOW)
    return page.render(run, verdict).read_text(encoding="utf-8")


def assert_harmless(reader):
    assert set(reader.tags) <= ALLOWED
    for tag, name, value in reader.attributes:
        assert not name.startswith("on"), (tag, name)
        assert name not in {"style", "src", "srcset", "action"}, (tag, name)
        if name == "href":
            assert value.startswith("#"), value


@pytest.fixture(scope="module")
def sample(tmp_path_factory):
    return read(rendered(realistic_run(tmp_path_factory.mktemp("sample"))))


def test_the_page_runs_nothing_and_asks_for_nothing(sample):
    assert_harmless(sample)
    policy = next(v for t, n, v in sample.attributes if n == "content" and "default-src" in v)
    assert policy.startswith("default-src 'none'; style-src 'sha256-")


def test_every_link_has_its_goal(sample):
    goals = {value for _, name, value in sample.attributes if name == "id"}
    links = {value[1:] for _, name, value in sample.attributes if name == "href"}
    assert links <= goals
    assert len(goals) == sum(1 for _, name, _ in sample.attributes if name == "id")


def test_the_page_holds_what_an_auditor_asks_for(sample):
    text = " ".join(" ".join(sample.text).split())
    for wanted in (
        "no-go", "2 failed, 1 broke, 1 is inconclusive and 2 were not verified",
        "4f1d0c7be9a3528d6ce17f90ab34de5612f08c9d", "20261120T100000Z-local-7f3a",
        "What stands in the way", "the capability 'forge'", "Rita Risk", "OPS-4711",
        "Ada Auditor", "2026-12-20T00:00:00Z", "changed by the profile", "catalogue says 7",
        "py-evm 0.12.1b1", "two resolvers on loopback", "nctool (Cashu melt): 229 items",
        "does not establish", "python -m reports judge", "attempt 2", "Proof: stale",
        "GET http://127.0.0.1:8080/api/health", "SELECT count(*) FROM orders",
        "npm run test", "eth_getBalance",
    ):  # fmt: skip
        assert wanted in text, wanted


def test_what_stands_in_the_way_comes_before_the_rest(sample):
    text = "".join(sample.text)
    order = ["What was verified", "What stands in the way", "Every item, by stage",
             "Waivers and attestations", "does not establish"]  # fmt: skip
    places = [text.index(heading) for heading in order]
    assert places == sorted(places)


HOSTILE = (
    "<script>alert(1)</script> \"'><img src=x onerror=alert(1)> </pre></style></details> "
    "{{ 7*7 }} {% raw %} &lt;b&gt; \x00\x1b[31m\u202egnp.exe\u200b\x85 \ud800 ]]> javascript:x"
)


def test_nothing_that_a_target_says_becomes_markup(tmp_path):
    title = HOSTILE
    entry = item(
        "MA-PRE-01", title, how=HOSTILE, severity=HOSTILE, topic=HOSTILE, source=[HOSTILE],
        limits=[{"metric": HOSTILE, "op": HOSTILE, "value": HOSTILE, "unit": HOSTILE,
                 "changed_from": HOSTILE}],
        proof={"state": HOSTILE, "records": [
            {"check": HOSTILE, "proved": HOSTILE, "failed": HOSTILE, "also": [HOSTILE]}]},
        bad=HOSTILE, stages=[HOSTILE, HOSTILE],
    )  # fmt: skip
    other = item("MA-PRE-02")
    document = plan(
        [entry, other],
        waivers=[waiver("MA-PRE-01", state=HOSTILE, reason=HOSTILE, approver=HOSTILE)],
        attestations=[attestation("MA-PRE-01", statement=HOSTILE, facts={HOSTILE: HOSTILE})],
        emulations=[HOSTILE], parts={HOSTILE: HOSTILE}, command=["pytest", HOSTILE],
        outside=[{"system": HOSTILE, "title": HOSTILE, "count": 3, "reason": HOSTILE}],
        release={"version": HOSTILE, "commit": HOSTILE, HOSTILE: HOSTILE,
                 "artifacts": [{"name": HOSTILE, "sha256": HOSTILE}]},
        target={"name": HOSTILE, "protected": False, "profile_path": HOSTILE},
        versions={HOSTILE: HOSTILE}, fault=HOSTILE,
        capabilities={HOSTILE: {"present": False, "policy": "required", "detail": HOSTILE}},
    )  # fmt: skip
    write_plan(tmp_path, document)
    worker = Worker(tmp_path)
    name = f"suites/test_x.py::test_x[{HOSTILE}]"
    with worker.check(
        name, "MA-PRE-01", outcome="failed", message=HOSTILE, capability=HOSTILE, exchanges=9
    ):
        worker.http(name, f"http://x/{HOSTILE}", body=HOSTILE, headers={HOSTILE: HOSTILE})
        worker.add("rpc", name, url=HOSTILE, method=HOSTILE, params=[HOSTILE], result=HOSTILE,
                   error=HOSTILE, duration_s=HOSTILE)  # fmt: skip
        worker.add("sql", name, store=HOSTILE, query=HOSTILE, parameters={HOSTILE: HOSTILE},
                   rows=[[HOSTILE]], row_count=1, error={HOSTILE: 1}, duration_s=0)  # fmt: skip
        worker.add("command", name, argv=[HOSTILE], cwd=HOSTILE, exit_code=HOSTILE,
                   stdout={"text": HOSTILE}, stderr=HOSTILE, error=None)  # fmt: skip
        worker.add("browser", name, action=HOSTILE, detail={HOSTILE: [HOSTILE]}, result=HOSTILE)
        worker.add("dns", name, resolver=HOSTILE, name=HOSTILE, type=HOSTILE, answers=[HOSTILE])
        worker.add("tls", name, address=HOSTILE, name=HOSTILE, certificate={"subject": HOSTILE})
        worker.add("file", name, path=HOSTILE, bytes=HOSTILE, sha256=HOSTILE, text=HOSTILE)
        worker.add("http", name, request=None, response=HOSTILE, error=None)
        worker.add("observed", name, values={HOSTILE: HOSTILE, "a": {HOSTILE: [HOSTILE]}})
    worker.simple("t::b", "MA-PRE-02", outcome=HOSTILE)
    markup = rendered(tmp_path)
    reader = read(markup)
    assert_harmless(reader)
    text = "".join(reader.text)
    assert text.count("<script>alert(1)</script>") > 40
    assert "⟨U+202E⟩gnp.exe⟨U+200B⟩⟨U+0085⟩ ⟨U+D800⟩" in text
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202e\u200b\ud800]", markup)


@given(text=st.text(), key=st.text(min_size=1))
@settings(max_examples=40, deadline=None)
def test_any_text_leaves_the_markup_whole(tmp_path_factory, text, key):
    run = tmp_path_factory.mktemp("any")
    write_plan(run, plan([item("MA-PRE-01", text)]))
    with Worker(run).check("t::a", "MA-PRE-01", message=text, outcome="failed") as worker:
        worker.http("t::a", text, body=text)
        worker.add("observed", "t::a", values={key: text})
    assert_harmless(read(rendered(run)))


@pytest.mark.parametrize("status", list(Status), ids=str)
def test_the_page_explains_each_status(sample, status):
    assert status.meaning in " ".join(sample.text)


def test_a_fault_run_says_that_it_is_no_evidence(tmp_path):
    write_plan(tmp_path, plan([item("MA-PRE-01")], fault="MA-PRE-01"))
    assert "Not evidence for a release" in rendered(tmp_path)


def test_damage_is_shown_first(tmp_path):
    write_plan(tmp_path, plan([item("MA-PRE-01")]))
    (tmp_path / "evidence-main.jsonl").write_text("garbage\n")
    assert "The record of this run is damaged" in rendered(tmp_path)


def test_a_bare_plan_still_has_a_page(tmp_path):
    write_plan(tmp_path, {
        "run_id": "r", "items": [], "selection": {"expected": [], "digest": "x"}, "target": {},
    })  # fmt: skip
    assert "incomplete" in rendered(tmp_path) or "no-go" in rendered(tmp_path)


def test_a_large_run_stays_within_bounds(tmp_path):
    items = [item(f"MA-PRE-{n:03}") for n in range(300)]
    write_plan(tmp_path, plan(items))
    worker = Worker(tmp_path)
    body = json.dumps({"rows": ["<&>" * 30] * 100})
    for entry in items:
        name = f"t::{entry['id']}"
        with worker.check(name, entry["id"]):
            for _ in range(15):
                worker.http(name, body=body)
            worker.add("observed", name, values={"replies": 15})
    started = time.perf_counter()
    markup = rendered(tmp_path)
    assert time.perf_counter() - started < 20
    assert len(markup.encode()) < 10_000_000
    assert "Too much for this page" in markup
    assert "3 more exchanges are in the evidence files" in markup


def test_the_stored_verdict_is_used_where_none_is_given(tmp_path):
    realistic_run(tmp_path)
    verdict = judge(tmp_path, now=NOW)
    (tmp_path / "verdict.json").write_text(json.dumps(verdict))
    first = page.render(tmp_path).read_text(encoding="utf-8")
    assert first == page.html(tmp_path, read_plan(tmp_path)[0], verdict)


def test_a_system_with_a_release_of_its_own_shows_it(tmp_path):
    own = {"nctool": {"version": "1.2.3", "commit": "b" * 40, "artifacts": []}}
    write_plan(tmp_path, plan([item("MA-POST-01")], own_releases=own))
    html = rendered(tmp_path)
    assert "Release of nctool" in html
    assert "b" * 40 in html
