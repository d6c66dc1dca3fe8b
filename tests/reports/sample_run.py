"""Build run folders for tests, line by line; `sample_items` fills a realistic one."""

import json
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

from reports.judge import selection_digest

START = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)
NOW = START + timedelta(minutes=2)
COMMIT = "4f1d0c7be9a3528d6ce17f90ab34de5612f08c9d"


def iso(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


class Worker:
    """The evidence file of one worker, with its hash chain."""

    def __init__(self, run: Path, name: str = "main") -> None:
        self.path = run / f"evidence-{name}.jsonl"
        self.n, self.previous, self.clock = 0, "", START
        self.path.touch()

    def add(self, kind: str, check: str | None = None, **fields) -> None:
        self.n += 1
        self.clock += timedelta(milliseconds=17)
        record = {
            "n": self.n,
            "at": iso(self.clock),
            "kind": kind,
            "check": check,
            "previous": self.previous,
            **fields,
        }
        line = json.dumps(record).encode()
        self.previous = sha256(line).hexdigest()
        with self.path.open("ab") as stream:
            stream.write(line + b"\n")

    @contextmanager
    def check(self, name: str, *items: str, attempt: int = 1, finish: bool = True, **end):
        """One attempt; `end` overrides fields of its `finished` line."""
        before = self.n
        self.add("started", name, items=list(items), attempt=attempt)
        yield self
        if finish:
            fields = {
                "outcome": "passed",
                "message": "",
                "assertions": 2,
                "exchanges": self.n - before - 1,
                "duration_s": 0.04,
                "capability": None,
            }
            self.add("finished", name, items=list(items), attempt=attempt, **{**fields, **end})

    def simple(self, name: str, *items: str, values: dict | None = None, **end) -> None:
        """An attempt with one HTTP exchange and one figure."""
        with self.check(name, *items, **end):
            self.http(name)
            self.add("observed", name, values=values or {"replies": 1})

    def http(self, check: str | None, url: str = "http://127.0.0.1:8080/api/health", **response):
        body = json.dumps({"status": "healthy", "database": {"status": "connected"}})
        reply = {
            "status": 200,
            "headers": {"content-type": "application/json", "server": "uvicorn"},
            "body": body,
            "body_bytes": len(body),
            "body_sha256": sha256(body.encode()).hexdigest(),
            "truncated": False,
        }
        self.add(
            "http",
            check,
            request={
                "method": "GET",
                "url": url,
                "headers": {"accept": "application/json", "authorization": "[redacted]"},
                "body": None,
            },
            response={**reply, **response},
            error=None,
            duration_s=0.0042,
        )


def item(item_id: str, title: str = "A claim", **fields) -> dict:
    return {
        "id": item_id,
        "title": title,
        "system": "meta_aggregator",
        "stages": ["predeploy"],
        "topic": "readiness",
        "severity": "high",
        "how": "Ask the target and compare its answer with what the release promises.",
        "automatable": "full",
        "minimum": {},
        "not_applicable": None,
        "limits": [],
        "source": ["000:106-110"],
        "proof": {
            "state": "proved",
            "records": [
                {
                    "check": f"suites/test_sample.py::test_{item_id}",
                    "digest": "0" * 64,
                    "proved": "2026-11-19",
                    "failed": "expected: status 200",
                }
            ],
        },
        **fields,
    }


def plan(items: list[dict], **fields) -> dict:
    expected = [entry["id"] for entry in items]
    return {
        "format": 1,
        "run_id": "20261120T100000Z-local-7f3a",
        "started": iso(START),
        "target": {
            "name": "local",
            "protected": False,
            "profile_path": "fixtures/profiles/local.toml",
            "profile_sha256": "ab" * 32,
        },
        "release": {
            "version": "2.0.0",
            "commit": COMMIT,
            "previous_tag": "v1.9.0",
            "freeze_tag": "freeze-2.0.0",
            "build_id": "b-4f1d0c7b",
            "deployed_at": "2026-11-20T09:30:00.000Z",
            "artifacts": [{"name": "app.js", "sha256": "cd" * 32}],
        },
        "fault": None,
        "selection": {
            "expression": "predeploy",
            "expected": expected,
            "digest": selection_digest(expected),
        },
        "items": items,
        "waivers": [],
        "attestations": [],
        "capabilities": {},
        "policy": {"flaky": "fail"},
        "emulations": [],
        "parts": {},
        "outside": [],
        "versions": {"gatehouse": "0.1.0", "python": "3.11.7", "pytest": "9.1.1"},
        "command": ["pytest", "-m", "predeploy"],
        **fields,
    }


def write_plan(run: Path, document: dict) -> Path:
    run.mkdir(parents=True, exist_ok=True)
    (run / "plan.json").write_text(json.dumps(document))
    return run


def attestation(item_id: str, **fields) -> dict:
    return {
        "item": item_id,
        "by": "Ada Auditor <ada@auditor.example>",
        "role": "external auditor",
        "date": "2026-11-18T10:00:00Z",
        "expires": "2026-12-20T00:00:00Z",
        "commit": COMMIT,
        "statement": "I reviewed the release commit and found no open critical finding.",
        "facts": {"auditor": "Ada Auditor", "open_critical_findings": 0},
        "state": "valid",
        **fields,
    }


def waiver(item_id: str, **fields) -> dict:
    return {
        "item": item_id,
        "reason": "The contact of the second on-call is published by HR on Monday.",
        "author": "Otto Ops <otto@ops.example>",
        "approver": "Rita Risk <rita@risk.example>",
        "ticket": "OPS-4711",
        "granted": "2026-11-19T09:00:00Z",
        "expires": "2026-11-27T00:00:00Z",
        "scope": {"target": "local", "release": "2.0.0"},
        "state": "valid",
        **fields,
    }


def smoke_run(run: Path, count: int = 10) -> Path:
    """A run of `count` green checks with one exchange each."""
    items = [item(f"MA-POST-{n:02}", f"Claim {n}", stages=["postdeploy"]) for n in range(count)]
    write_plan(run, plan(items))
    worker = Worker(run)
    for entry in items:
        worker.simple(f"suites/test_smoke.py::test_{entry['id']}", entry["id"])
    return run
