"""The realistic sample run: items, checks and exchanges as a pre-deploy run leaves them."""

from pathlib import Path

from tests.reports.sample_run import (
    COMMIT,
    Worker,
    attestation,
    item,
    plan,
    waiver,
    write_plan,
)

SUITE = "suites/meta_aggregator/"


def realistic_run(run: Path, *, blocked: bool = True) -> Path:
    """A run of the embedded target with every status in it, or one that may pass."""
    items = _items()
    if not blocked:
        items = [entry for entry in items if entry["id"] in _GREEN]
    document = plan(
        items,
        waivers=[waiver("MA-PRE-15"), waiver("MA-POST-02", state="unused", ticket="OPS-4600")],
        attestations=[attestation("MA-PRE-06")],
        capabilities={
            "http": {"present": True, "policy": "required", "detail": ""},
            "browser": {
                "present": False,
                "policy": "if-present",
                "detail": "no Chromium is installed on this machine",
            },
            "forge": {
                "present": False,
                "policy": "required",
                "detail": "the profile names no forge_url",
            },
        },
        emulations=[
            "0x price API: answers from the embedded Uniswap pool plus a fixed spread.",
            "DNS: two resolvers on loopback serve the records of the embedded release.",
            "Forge: pull requests and reviews are computed from the generated history.",
        ],
        parts={"evm": "py-evm 0.12.1b1", "order book": "SQLite 3.40.1", "http": "uvicorn 0.54.0"},
        outside=[
            {
                "system": "nctool",
                "title": "nctool (Cashu melt)",
                "count": 229,
                "reason": "the profile names no such system",
            },
            {
                "system": "clearhold",
                "title": "ClearHold",
                "count": 154,
                "reason": "the profile names no such system",
            },
        ],
        command=["pytest", "-m", "predeploy or postdeploy", "--target", "local", "-n", "2"],
    )
    document["selection"]["expression"] = "predeploy or postdeploy"
    write_plan(run, document)
    one, two = Worker(run, "gw0"), Worker(run, "gw1")
    one.http(None, "http://127.0.0.1:8080/api/config")
    _predeploy(one)
    _postdeploy(two)
    if blocked:
        _blocked(one, two)
    return run


def _items() -> list[dict]:
    post = {"stages": ["postdeploy"], "topic": "service"}
    limit = {"metric": "failed_tests", "op": "==", "value": 0, "unit": "", "changed_from": None}
    return [
        item(
            "MA-PRE-01",
            "Unit test suite passes on the release commit",
            severity="critical",
            limits=[limit, {**limit, "metric": "executed_tests", "op": ">=", "value": 1}],
        ),
        item(
            "MA-PRE-02",
            "Integration test suite passes on the release commit",
            severity="critical",
            limits=[limit],
        ),
        item("MA-PRE-03", "Cypress end-to-end suite passes", severity="critical"),
        item(
            "MA-PRE-04",
            "Only bug fixes merged since feature freeze",
            severity="medium",
            limits=[
                {
                    "metric": "freeze_days_before_release",
                    "op": ">=",
                    "value": 3,
                    "unit": "days",
                    "changed_from": 7,
                }
            ],
        ),
        item(
            "MA-PRE-06",
            "Security audit signed off before release",
            severity="critical",
            automatable="manual-attestation",
            how="Require a statement of the auditor that names the release commit.",
        ),
        item("MA-PRE-07", "Peer code review recorded for every release commit"),
        item("MA-PRE-08", "Recent restorable database backup exists", severity="critical"),
        item(
            "MA-PRE-10",
            "Team informed about deployment window",
            severity="low",
            automatable="manual-attestation",
        ),
        item(
            "MA-PRE-11",
            "External dependencies reachable before deploying",
            proof={
                "state": "stale",
                "records": [
                    {
                        "check": "suites/meta_aggregator/test_environments.py::test_x",
                        "digest": "0" * 64,
                        "proved": "2026-11-19",
                        "failed": "expected: status 200",
                        "also": ["MA-POST-13"],
                    }
                ],
            },
        ),
        item("MA-PRE-14", "Every documented npm script and file exists", severity="medium"),
        item(
            "MA-PRE-15",
            "Emergency contact list complete and without placeholders",
            severity="medium",
        ),
        item(
            "MA-DEP-05",
            "TLS certificate valid on every public host",
            severity="critical",
            stages=["deploy", "postdeploy"],
            topic="deployment",
        ),
        item(
            "MA-POST-01",
            "Health endpoint answers healthy with every component named",
            severity="critical",
            **{**post, "topic": "smoke"},
        ),
        item(
            "MA-POST-04",
            "Error rate stays low over the observation window",
            **post,
            minimum={"requests_observed": 200},
            proof={"state": "unproven"},
        ),
        item("MA-POST-07", "Open orders equal in API and store", severity="critical", **post),
        item("MA-POST-11", "Escrow balance covers every liability", severity="critical", **post),
        item(
            "MA-POST-13",
            "Load test at the documented peak",
            severity="low",
            **post,
            not_applicable="This target shares one machine with the checks; "
            "a load figure from it would mean nothing.",
        ),
    ]


_GREEN = {
    "MA-PRE-01",
    "MA-PRE-02",
    "MA-PRE-06",
    "MA-PRE-08",
    "MA-DEP-05",
    "MA-POST-01",
    "MA-POST-07",
    "MA-POST-11",
    "MA-POST-13",
    "MA-PRE-03",
}


def _command(worker: Worker, check: str, argv: list[str], stdout: str, code: int = 0) -> None:
    worker.add(
        "command",
        check,
        argv=argv,
        cwd="/srv/release/checkout",
        exit_code=code,
        stdout={"text": stdout, "bytes": len(stdout), "sha256": "0" * 64, "truncated": False},
        stderr={"text": "", "bytes": 0, "sha256": "0" * 64, "truncated": False},
        error=None,
        duration_s=1.31,
    )


def _predeploy(worker: Worker) -> None:
    for number, script in (("01", "test"), ("02", "test:integration")):
        name = f"{SUITE}test_readiness.py::test_{script.replace(':', '_')}_passes"
        with worker.check(name, f"MA-PRE-{number}", duration_s=1.4):
            _command(worker, name, ["npm", "run", script], "  41 passing (812ms)\n  0 failing\n")
            worker.add("observed", name, values={"executed_tests": 41, "failed_tests": 0})
    name = f"{SUITE}test_e2e.py::test_specs_pass"
    with worker.check(name, "MA-PRE-03", outcome="not_applicable", capability="browser"):
        pass
    name = f"{SUITE}test_attestations.py::MA-PRE-06"
    with worker.check(name, "MA-PRE-06", message="Attested by Ada Auditor for 4f1d0c7b."):
        worker.add(
            "file",
            name,
            path="/srv/release/attestations.toml",
            bytes=1834,
            sha256="ef" * 32,
            text='format = 1\n[[attestation]]\nitem = "MA-PRE-06"\n',
        )
    name = f"{SUITE}test_backup.py::test_newest_backup_restores"
    with worker.check(name, "MA-PRE-08", duration_s=0.22):
        for query in ("PRAGMA integrity_check", "SELECT count(*) FROM orders WHERE status = ?"):
            worker.add(
                "sql",
                name,
                store="/srv/release/backups/orders-20261120.sqlite",
                query=query,
                parameters=["open"] if "?" in query else [],
                rows=[["ok"]] if "PRAGMA" in query else [[412]],
                row_count=1,
                error=None,
                duration_s=0.0007,
            )
        worker.add("observed", name, values={"backup_age_hours": 3.2, "rows_compared": 1873})


def _postdeploy(worker: Worker) -> None:
    name = f"{SUITE}test_smoke.py::test_health_names_every_component"
    with worker.check(name, "MA-POST-01"):
        worker.http(name)
        worker.http(name, "http://127.0.0.1:8080/health")
        worker.add("observed", name, values={"paths_probed": 2, "components": 4})
    name = f"{SUITE}test_contract.py::test_escrow_covers_liabilities"
    with worker.check(name, "MA-POST-11", duration_s=0.31):
        for method, result in (
            ("eth_chainId", "0x7a69"),
            ("eth_getBalance", "0x56bc75e2d63100000"),
            ("eth_call", "0x" + "0" * 63 + "1"),
        ):
            worker.add(
                "rpc",
                name,
                url="http://127.0.0.1:8545/v2/[redacted]",
                method=method,
                params=["0x5FbDB2315678afecb367f032d93F642f64180aa3", "latest"],
                result=result,
                error=None,
                duration_s=0.003,
            )
        worker.add("observed", name, values={"tokens_compared": 3, "surplus_wei": 0})
    for host in ("api", "www", "status"):
        name = f"{SUITE}test_tls.py::test_certificate_is_valid[{host}]"
        with worker.check(name, "MA-DEP-05"):
            worker.add(
                "tls",
                name,
                address="127.0.0.1:8443",
                name=f"{host}.metaaggregator.test",
                error=None,
                certificate={
                    "subject": f"CN={host}",
                    "issuer": "CN=test CA",
                    "not_before": "2026-11-01T00:00:00Z",
                    "not_after": "2027-11-01T00:00:00Z",
                    "names": [f"{host}.metaaggregator.test"],
                },
            )
            worker.add("observed", name, values={"days_left": 346})
    name = f"{SUITE}test_orders.py::test_api_and_store_agree"
    with worker.check(name, "MA-POST-07"):
        worker.http(name, "http://127.0.0.1:8080/api/orders?status=open&limit=500")
        worker.add(
            "sql",
            name,
            store="/srv/release/orders.sqlite",
            query="SELECT id, price FROM orders WHERE status = 'open' ORDER BY id",
            parameters=[],
            rows=[[f"0x{n:064x}", 1800 + n] for n in range(20)],
            row_count=412,
            error=None,
            duration_s=0.002,
        )
        worker.add("observed", name, values={"orders_compared": 412, "differences": 0})


def _blocked(one: Worker, two: Worker) -> None:
    name = f"{SUITE}test_readiness.py::test_only_fixes_since_freeze"
    with one.check(
        name,
        "MA-PRE-04",
        outcome="failed",
        duration_s=0.11,
        message=(
            "MA-PRE-04: a commit that is no fix was merged after the freeze\n"
            "  target    local, release 2.0.0 (4f1d0c7b)\n"
            "  expected  every subject since freeze-2.0.0 typed fix, docs, test or chore\n"
            '  observed  9a1c22e "feat: add stop-loss orders" by a developer, 2026-11-17\n'
            "assert ['9a1c22e'] == []"
        ),
    ):
        _command(
            one,
            name,
            ["git", "log", "--format=%h %s", f"freeze-2.0.0..{COMMIT[:8]}"],
            "4f1d0c7 chore: release 2.0.0\n9a1c22e feat: add stop-loss orders\n"
            "77ab03f fix: rounding of the fee\n",
        )
        one.add("observed", name, values={"commits_read": 3})
    with one.check(
        f"{SUITE}test_reviews.py::test_every_commit_was_reviewed",
        "MA-PRE-07",
        outcome="not_verified",
        capability="forge",
        assertions=0,
        message="The profile names no forge_url, so reviews cannot be read.",
    ):
        pass
    name = f"{SUITE}test_dependencies.py::test_each_dependency_answers"
    with one.check(
        name,
        "MA-PRE-11",
        outcome="error",
        assertions=0,
        message=("GET http://127.0.0.1:8090/swap/permit2/quote: no answer within 10 s."),
    ):
        one.add(
            "http",
            name,
            request={
                "method": "GET",
                "url": "http://127.0.0.1:8090/swap/permit2/quote?chainId=1",
                "headers": {"0x-api-key": "[redacted]"},
                "body": None,
            },
            response=None,
            error="connect timed out after 10.0 s",
            duration_s=10.0,
        )
    name = f"{SUITE}test_documents.py::test_named_files_exist"
    for attempt, outcome in ((1, "failed"), (2, "passed")):
        with one.check(
            name,
            "MA-PRE-14",
            attempt=attempt,
            outcome=outcome,
            message="scripts/pauseContract.js is missing" if attempt == 1 else "",
        ):
            one.add(
                "file",
                name,
                path="/srv/release/checkout/package.json",
                bytes=2811,
                sha256="aa" * 32,
                text='{"name": "meta-aggregator"}',
            )
            one.add("observed", name, values={"names_checked": 58})
    name = f"{SUITE}test_contacts.py::test_no_placeholder"
    with one.check(
        name,
        "MA-PRE-15",
        outcome="failed",
        message='secondary on-call still reads "[Name] - [Phone] - [Email]"',
    ):
        one.add(
            "file",
            name,
            path="/srv/release/checkout/RUNBOOK.md",
            bytes=9120,
            sha256="bb" * 32,
            text="## Contacts\n- secondary: [Name] - [Phone] - [Email]\n",
        )
        one.add("observed", name, values={"contacts_read": 3})
    name = f"{SUITE}test_errors.py::test_error_rate"
    with two.check(name, "MA-POST-04", duration_s=2.2):
        for _ in range(41):
            two.http(name, "http://127.0.0.1:8080/api/orders")
        two.add("observed", name, values={"requests_observed": 41, "error_rate": 0.0})
