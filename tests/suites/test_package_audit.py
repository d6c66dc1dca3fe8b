import json
from datetime import UTC, datetime

import pytest

from fixtures.clients.advisories import Export
from fixtures.clients.operations import Command, Operations
from fixtures.clients.outcomes import CapabilityMissing, NotVerified
from fixtures.clients.recording import NullRecorder
from fixtures.clients.redaction import Redactor
from suites.package_audit import audited

LOCK = {"lockfileVersion": 3, "packages": {"": {"dependencies": {"ws": "^8.0.0"}},
        "node_modules/ws": {"version": "8.1.0"}}}  # fmt: skip
ADVISORY = {
    "id": "EXAMPLE-1", "modified": "2026-03-01T00:00:00Z",
    "affected": [{"package": {"ecosystem": "npm", "name": "ws"},
                  "ranges": [{"type": "SEMVER", "events": [{"introduced": "8.0.0"},
                                                           {"fixed": "8.2.0"}]}]}],
    "severity": [{"type": "CVSS_V3", "score": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H"}],
}  # fmt: skip


class Release:
    """A checkout whose only file is the lock file."""

    def __init__(self, text):
        self.text = text
        self.recorder = NullRecorder(Redactor())

    def show(self, revision, path):
        assert (revision, path) == ("c0ffee", "package-lock.json")
        return self.text


def audit(tmp_path, *, lock=LOCK, advisories=(ADVISORY,), registry=None):
    commands = {}
    if registry is not None:
        source = f"print({json.dumps(registry)!r})"
        commands = {"audit": Command(["{python}", "-c", source])}
    export = None
    if advisories is not None:
        export = tmp_path / "advisories.json"
        export.write_text(json.dumps(list(advisories)))
    release = Release(lock if isinstance(lock, str) else json.dumps(lock))
    operations = Operations(commands, release.recorder, cwd=tmp_path)
    return audited(release, "c0ffee", operations, export)


def test_a_vulnerable_package_is_found_in_the_export(tmp_path):
    found = audit(tmp_path)
    assert (found.packages, found.known, len(found.serious), found.lower) == (1, 1, 1, [])
    assert found.of == datetime(2026, 3, 1, tzinfo=UTC)
    assert found.age_days > 0


def test_an_export_of_tomorrow_is_not_a_fresh_one():
    now = datetime(2026, 3, 1, tzinfo=UTC)
    assert Export((), 0, datetime(2026, 3, 2, tzinfo=UTC), None).age_days(now) == float("inf")


def test_a_mended_package_is_not(tmp_path):
    lock = json.loads(json.dumps(LOCK).replace("8.1.0", "8.2.0"))
    assert audit(tmp_path, lock=lock).findings == ()


def test_the_registry_is_believed_without_an_export(tmp_path):
    report = {"auditReportVersion": 2, "vulnerabilities": {}, "metadata": {"vulnerabilities": {}}}
    found = audit(tmp_path, advisories=None, registry=report)
    assert (found.packages, found.findings, found.age_days) == (1, (), 0.0)


def test_without_registry_and_export_nothing_is_said(tmp_path):
    with pytest.raises(CapabilityMissing, match="advisories"):
        audit(tmp_path, advisories=None)


@pytest.mark.parametrize("lock", ["no json", "{}"])
def test_a_lock_file_that_cannot_be_read_is_not_a_clean_one(tmp_path, lock):
    with pytest.raises(NotVerified, match="what is installed"):
        audit(tmp_path, lock=lock)


def test_an_answer_of_the_registry_that_is_no_report_is_not_a_clean_one(tmp_path):
    with pytest.raises(NotVerified, match="the registry's answer"):
        audit(tmp_path, registry={"error": {"code": "ENOTFOUND"}})
