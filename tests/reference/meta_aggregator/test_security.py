"""The watch and the alert manager, the public face, and what is recorded about security."""

import json
import socket
import ssl
from contextlib import closing

import httpx
import pytest
import trustme
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from fixtures.reference.defects import NONE, Defects
from fixtures.reference.meta_aggregator import (
    advisory_export,
    alerting,
    exposure,
    release_files,
    security_records,
)
from fixtures.reference.meta_aggregator.backend import watch
from fixtures.reference.meta_aggregator.facts import Site
from fixtures.reference.serving import Servers, loopback_socket, port_of
from tests.reference.meta_aggregator.release_site import make_facts, served


def test_a_window_counts_different_things_and_forgets_old_ones():
    now = [0.0]
    windows = watch.Windows(3, clock=lambda: now[0])
    assert [windows.add("a", what) for what in ("x", "x", "y")] == [False, False, False]
    assert not windows.add("b", "z")
    now[0] = watch.WINDOW_S + 1
    assert [windows.add("a", what) for what in ("p", "q", "r")] == [False, False, True]
    assert not windows.add("a", "s"), "the next alert needs as many again"


def test_the_watch_forgets_who_came_long_ago():
    windows = watch.Windows(2)
    windows.add("first", "x")
    for number in range(watch.SUBJECTS):
        windows.add(str(number), "x")
    assert not windows.add("first", "y")


@pytest.fixture
def manager():
    with served(alerting.make_app(NONE)) as address:
        yield f"http://{address}"


def raised(url, name):
    with httpx.Client(base_url=url, trust_env=False) as http:
        return [a for a in http.get("/api/v2/alerts").json() if a["labels"]["alertname"] == name]


@pytest.fixture
def watching(manager):
    with closing(watch.Watch(manager, NONE)) as guard:
        yield guard


def test_repeated_bad_signatures_reach_the_security_receiver(watching, manager):
    for _ in range(watch.BAD_SIGNATURES - 1):
        watching.refused_signature("0xA", b"digest")
    watching._send()
    assert raised(manager, "RepeatedBadSignatures") == []
    watching.refused_signature("0xA", b"digest")
    watching._send()
    (alert,) = raised(manager, "RepeatedBadSignatures")
    assert alert["labels"]["account"] == "0xA"
    assert alert["receivers"] == [{"name": "security"}]


def test_one_route_asked_for_often_is_no_probing(watching, manager):
    for _ in range(3 * watch.UNKNOWN_ROUTES):
        watching.unknown_route("10.0.0.1", "agent", "/favicon.ico")
    watching._send()
    assert raised(manager, "RouteProbing") == []
    for number in range(watch.UNKNOWN_ROUTES):
        watching.unknown_route("10.0.0.1", "agent", f"/{number}")
    watching._send()
    assert raised(manager, "RouteProbing")[0]["labels"]["user_agent"] == "agent"


def test_only_routes_that_do_not_exist_count(watching, manager):
    async def missing(request):
        request.state.route = "/known/{id}"
        return PlainTextResponse("no such thing", 404)

    app = Starlette(routes=[Route("/known/{id}", missing)])
    with (
        served(watch.Watched(app, watching, frozenset())) as address,
        httpx.Client(base_url=f"http://{address}", trust_env=False) as http,
    ):
        for number in range(watch.UNKNOWN_ROUTES):
            http.get(f"/known/{number}")
        watching._send()
        assert raised(manager, "RouteProbing") == []
        for number in range(watch.UNKNOWN_ROUTES):
            http.get(f"/unknown/{number}")
    watching._send()
    assert raised(manager, "RouteProbing")[0]["labels"]["client"] == "127.0.0.1"


def test_alerts_wait_for_a_manager_that_is_away():
    with closing(watch.Watch("http://127.0.0.1:1", NONE)) as guard:
        for _ in range(watch.BAD_SIGNATURES):
            guard.refused_signature("0xA", b"digest")
        with pytest.raises(httpx.HTTPError):
            guard._send()
        assert len(guard._pending) == 1


@pytest.mark.parametrize("body", ["{", "[1]", '[{"labels": 1}]', "{}"])
def test_the_manager_refuses_what_is_no_list_of_alerts(manager, body):
    with httpx.Client(base_url=manager, trust_env=False) as http:
        status = http.post("/api/v2/alerts", content=body).status_code
    assert status in ({200} if body == "{}" else {400})


def test_the_faulty_manager_tells_nobody_about_bad_signatures():
    faulty = alerting.routes(Defects.for_items(["MA-SEC-09"]))
    assert faulty["RepeatedBadSignatures"] == alerting.NOBODY
    assert faulty["RouteProbing"] == alerting.SECURITY


@pytest.fixture
def parts():
    async def hello(_):
        return PlainTextResponse("hello")

    app = Starlette(routes=[Route("/", hello)])
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("public.test").configure_cert(context)
    with Servers("a test") as servers:
        yield servers, app, context


def reachable(host, port):
    with closing(socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)) as probe:
        probe.settimeout(2)
        return probe.connect_ex((host, port)) == 0


@pytest.mark.parametrize("items", [[], ["MA-SEC-04"]], ids=["healthy", "faulty"])
def test_only_the_faulty_back_end_is_reached_on_the_public_address(parts, items):
    servers, app, context = parts
    if exposure.public_address() is None:
        pytest.skip("this machine has one loopback address only")
    inner = servers.serve(app, on=loopback_socket())
    (host,) = exposure.expose(
        exposure.Face(app, context), servers, {inner: app}, Defects.for_items(items)
    )
    assert set(host["ports"]) == {inner, *host["open"]}
    assert all(reachable(host["host"], port) for port in host["open"])
    assert reachable(host["host"], inner) is bool(items)


def test_a_taken_port_cannot_be_bound_again():
    with closing(loopback_socket()) as taken:
        taken.listen()
        with pytest.raises(OSError, match="in use"):
            exposure.bound("127.0.0.1", port_of(taken))


def test_the_export_of_advisories_names_no_package_at_its_locked_version(tmp_path):
    facts = make_facts(tmp_path)
    advisory_export.write(tmp_path / "honest", facts, NONE)
    advisory_export.write(tmp_path / "faulty", facts, Defects.for_items(["MA-SEC-01"]))
    honest = {path.name for path in (tmp_path / "honest").iterdir()}
    faulty = {path.name for path in (tmp_path / "faulty").iterdir()}
    assert "export.json" in honest
    assert faulty - honest == {"EXAMPLE-2026-0001.json"}
    record = json.loads((tmp_path / "faulty" / "EXAMPLE-2026-0001.json").read_text())
    assert record["affected"][0]["package"]["name"] in release_files.PACKAGES


FAULTS = ("03", "06", "07", "10", "13", "16")


@pytest.mark.parametrize("number", FAULTS)
def test_a_fault_spoils_its_own_statement_only(tmp_path, number):
    item, facts = f"MA-SEC-{number}", make_facts(tmp_path)
    honest, faulty = (
        {
            row["item"]: row["facts"]
            for row in security_records.statements(facts, one, facts.started)
        }
        for one in (NONE, Defects.for_items([item]))
    )
    assert {name for name in honest if honest[name] != faulty[name]} == {item}


def test_every_playbook_that_is_attested_is_in_the_release(tmp_path):
    files = release_files.release(make_facts(tmp_path), NONE)
    for path in (*(path for _, path in security_records.PLAYBOOKS), security_records.FORENSICS):
        assert files[path].strip()


def test_the_penetration_test_is_about_the_release(tmp_path):
    facts, site = make_facts(tmp_path), Site(tmp_path)
    site.create()
    security_records.write(site, facts)
    report = json.loads(site.penetration_report.read_text())
    assert (report["version"], report["commit"]) == (facts.version, facts.commit)


def test_the_placeholder_of_the_security_tests_runs_nothing(tmp_path):
    facts = make_facts(tmp_path)
    scripts = [
        json.loads(release_files.release(facts, defects)["package.json"])["scripts"]
        for defects in (NONE, Defects.for_items(["MA-SEC-17"]))
    ]
    assert "test/security" in scripts[0]["test:security"]
    assert scripts[1]["test:security"] == "exit 0"
