"""The deployment itself: every component in place, at the right address, in the agreed order."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from fixtures.clients.site import build_id_of
from fixtures.clients.tls import inspect
from fixtures.probes.addresses import mentioned
from fixtures.probes.rollout_order import Moment, out_of_order
from fixtures.probes.service_report import health_problems, status_problems, utc_time


@pytest.mark.item("MA-DEP-01")
def test_every_part_of_the_release_names_the_deployed_escrow(
    checkout, site, api, chain, target, evidence
):
    """Deployment artefact, configuration, web page and status name one escrow, which has code.

    A page that still names the previous contract sends its users' money there.
    """
    chain_id = target.require("chain_id")
    artefact = json.loads(checkout.read(f"deployments/{chain_id}.json"))
    configured = json.loads(checkout.read("config/backend.json"))
    page, status = site.page(), api.status()
    code = chain.code(artefact["address"])
    evidence.observe(places_compared=4, code_bytes=len(code), scripts_read=len(page.scripts))

    escrow = artefact["address"].lower()
    shipped = mentioned("\n".join(script.text for script in page.scripts))
    assert code, f"no contract at {artefact['address']} on chain {chain.chain_id()}"
    assert configured["escrow"].lower() == escrow, f"the configuration names {configured['escrow']}"
    assert escrow in shipped, f"the scripts of the page name {sorted(shipped)}, not {escrow}"
    assert status.status == 200, status.explain("status 200")
    assert status_problems(status.json()) == [], status.explain("the documented status body")
    reported = status.json()["contracts"]["escrow_contract"]["address"]
    assert reported.lower() == escrow, status.explain(f"the escrow {artefact['address']}")


@pytest.mark.item("MA-DEP-02")
def test_the_new_back_end_answers_its_health_probes(api, target, release, evidence):
    """Every documented health path answers 200 itself, healthy, with the released version.

    A probe that follows redirects, or takes any answer for health, passes a back end that
    crashed and left a parking page behind.
    """
    replies = [api.health(path) for path in target.require("health_paths")]
    evidence.observe(health_paths=len(replies), statuses=[reply.status for reply in replies])
    for reply in replies:
        assert reply.status == 200, reply.explain("status 200 without a redirect")
        body = reply.json()
        assert health_problems(body) == [], reply.explain("the documented health body")
        assert body["status"] == "healthy", reply.explain('status "healthy"')
        assert body["version"] == release.version, reply.explain(f"version {release.version}")


@pytest.mark.item("MA-DEP-03")
def test_the_page_of_the_new_build_is_served_with_all_its_scripts(site, release, evidence):
    """The root page is HTML of the new build, and each script it needs is served as a script.

    The page of an application answers 200 whether or not its scripts exist; users then see
    nothing.
    """
    page = site.page()
    evidence.observe(scripts_read=len(page.scripts), build_id=page.build_id)
    assert page.root.status == 200, page.root.explain("status 200 without a redirect")
    assert page.root.content_type == "text/html", page.root.explain("an HTML page")
    assert page.build_id == release.build_id, page.root.explain(f"build {release.build_id}")
    assert not page.missing, page.missing[0].explain("every referenced asset with status 200")
    for script in page.scripts:
        assert "javascript" in script.content_type, script.explain("a script")


@pytest.mark.item("MA-DEP-04")
def test_each_public_host_resolves_to_the_declared_addresses(resolvers, target, evidence):
    """Independent resolvers all give exactly the declared addresses of every public host.

    A resolver that still gives the retired address sends part of the users to the old release.
    """
    declared = target.require("dns_records")
    answers = [resolver.lookup(name) for name in declared for resolver in resolvers]
    evidence.observe(resolvers_asked=len(resolvers), records_compared=len(answers))
    for answer in answers:
        expected = tuple(sorted(declared[answer.name]))
        assert answer.addresses == expected, answer.explain(", ".join(expected))


@pytest.mark.item("MA-DEP-05")
def test_each_public_host_shows_a_trusted_certificate_with_time_left(target, limits, evidence):
    """Every public host proves its name with a trusted certificate that will last.

    An expired or foreign certificate locks every user out at once.
    """
    limit = limits["certificate_days_left"]
    ca_file = target.profile.meta_aggregator.tls_ca
    shown = [
        inspect(target.recorder, host.name, host.address, ca_file=str(ca_file) if ca_file else None)
        for host in target.require("tls_hosts")
    ]
    now = datetime.now(UTC)
    days = {certificate.name: certificate.days_left(now) for certificate in shown}
    evidence.observe(hosts_inspected=len(shown), certificate_days_left=min(days.values()))
    for certificate in shown:
        assert certificate.trusted, certificate.explain("a trusted certificate")
        assert certificate.covers(certificate.name), certificate.explain("its own name covered")
        left = days[certificate.name]
        assert limit.holds(left), certificate.explain(limit.explain(round(left, 1)))


@pytest.mark.item("MA-DEP-06")
def test_the_cache_serves_the_new_build(site, frontend, release, evidence):
    """The cached page and assets are those that a request past the cache gets.

    A cache that was not purged keeps the old page in front of users, with nothing in the
    deployment's log to show it.
    """
    past_the_cache = {"params": {"gatehouse": datetime.now(UTC).strftime("%H%M%S%f")}}
    page = site.page()
    pairs = [(page.root, frontend.get("/", **past_the_cache))]
    pairs += [(script, frontend.get(script.url, **past_the_cache)) for script in page.scripts[:1]]
    evidence.observe(pairs_compared=len(pairs), build_id=page.build_id)

    for cached, fresh in pairs:
        assert cached.status == 200, cached.explain("status 200")
        assert fresh.status == 200, fresh.explain("status 200")
    fresh_build = build_id_of(pairs[0][1].text)
    assert page.build_id == fresh_build, page.root.explain(f"build {fresh_build}, as uncached")
    assert fresh_build == release.build_id, pairs[0][1].explain(f"build {release.build_id}")
    for cached, fresh in pairs:
        assert cached.body == fresh.body, cached.explain("the same content as past the cache")
        since_s = (datetime.now(UTC) - release.deployed_at).total_seconds()
        age = cached.headers.get("age", "0")
        younger = age.isdecimal() and int(age) <= since_s
        assert younger, cached.explain(f"no older than the deployment, {since_s:.0f} s")


@pytest.mark.item("MA-DEP-07")
def test_the_components_were_deployed_in_the_agreed_order(
    checkout, chain, order_book, metrics, frontend, target, evidence
):
    """Contract, database, back end and page came into place in the order that was agreed.

    A back end that starts before its migration has finished writes rows in the old shape.
    """
    artefact = json.loads(checkout.read(f"deployments/{target.require('chain_id')}.json"))
    receipt = chain.wait_for_receipt(artefact["transactionHash"], deadline_s=1)
    created = chain.block(int(receipt["blockNumber"], 16)).timestamp
    applied = [utc_time(migration.applied_at) for migration in order_book.applied_migrations()]
    started = metrics.scrape().value("process_start_time_seconds")
    build = next(one for one in frontend.get("/deployments").json()["deployments"] if one["live"])
    moments = {
        "contract": Moment(datetime.fromtimestamp(created, UTC), timedelta(seconds=1)),
        "database": Moment(max(applied)),
        "backend": Moment(datetime.fromtimestamp(started, UTC)),
        "frontend": Moment(utc_time(build["built_at"])),
    }
    times = {name: moment.at for name, moment in moments.items()}
    evidence.observe(components_ordered=len(moments), migrations=len(applied), **times)
    wrong = out_of_order(moments, target.require("deployment_order"))
    assert not wrong, "; ".join(wrong)
