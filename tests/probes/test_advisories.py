import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fixtures.probes.advisories import advisories, judge, npm_audit, packages, parsed
from fixtures.probes.cvss import base_score, severity_of_vector

NUMBERS = st.tuples(*[st.integers(0, 4)] * 3)
EVENTS = st.lists(
    st.tuples(st.sampled_from(["introduced", "fixed", "last_affected"]), NUMBERS),
    max_size=8,
    unique_by=lambda event: event[1],
)


def text(numbers):
    return ".".join(map(str, numbers))


def record(*spans, severity="HIGH", package="left", **more):
    return {
        "id": "TEST-1",
        "affected": [
            {
                "package": {"ecosystem": "npm", "name": package},
                "ranges": [{"type": "SEMVER", "events": list(span)} for span in spans],
            }
        ],
        "database_specific": {"severity": severity},
        **more,
    }


def affects(version, *spans):
    (advisory,) = advisories(record(*spans))
    return advisory.affects(version)


@given(EVENTS, NUMBERS)
def test_a_range_covers_what_the_format_says(events, version):
    covered = False  # the evaluation that OSV's specification describes, event by event
    for kind, at in sorted(events, key=lambda event: event[1]):
        if kind == "introduced" and version >= at:
            covered = True
        elif (kind == "fixed" and version >= at) or (kind == "last_affected" and version > at):
            covered = False

    assert affects(text(version), [{kind: text(at)} for kind, at in events]) is covered


@given(NUMBERS, NUMBERS)
def test_an_exported_range_is_read_as_its_comparisons(version, bound):
    for sign, holds in (
        ("<", version < bound),
        ("<=", version <= bound),
        ("=", version == bound),
        (">= 0.0.0,  <", version < bound),
        (">", version > bound),
    ):
        exported = {
            "ghsa_id": "TEST-2",
            "severity": "high",
            "vulnerabilities": [
                {
                    "package": {"ecosystem": "npm", "name": "left"},
                    "vulnerable_version_range": f"{sign} {text(bound)}",
                }
            ],
        }
        (advisory,) = advisories(exported)
        assert advisory.affects(text(version)) is holds, sign


@pytest.mark.parametrize(
    ("version", "affected"),
    [("0.0.1-alpha", True), ("1.2.3-rc.1", True), ("1.2.3", False), ("1.2.3+build", False)],
)
def test_versions_are_ordered_by_precedence(version, affected):
    assert affects(version, [{"introduced": "0"}, {"fixed": "1.2.3"}]) is affected


def test_listed_versions_count_without_a_range():
    listed = record()
    listed["affected"][0]["versions"] = ["3.0.0"]
    (advisory,) = advisories(listed)
    assert advisory.affects("3.0.0")
    assert not advisory.affects("3.0.1")


def test_the_last_known_affected_version_ends_an_open_range():
    known = record([{"introduced": "0"}])
    known["affected"][0]["database_specific"] = {"last_known_affected_version_range": "<= 2.0.0"}
    (advisory,) = advisories(known)
    assert (advisory.affects("2.0.0"), advisory.affects("2.0.1")) == (True, False)


def test_withdrawn_advisories_and_other_ecosystems_say_nothing():
    assert advisories(record([{"introduced": "0"}], withdrawn="2026-01-01T00:00:00Z")) == []
    other = record([{"introduced": "0"}])
    other["affected"][0]["package"]["ecosystem"] = "PyPI"
    assert advisories(other) == []
    with pytest.raises(ValueError, match="no advisory"):
        advisories({"id": "strange"})


@pytest.mark.parametrize(
    ("changes", "severity"),
    [
        ({"severity": "CRITICAL"}, "critical"),
        ({"severity": "MODERATE"}, "moderate"),
        ({"severity": "", "id": "MAL-2026-1"}, "critical"),
        ({"severity": ""}, ""),
    ],
    ids=["stated", "moderate", "malware", "none"],
)
def test_the_severity_is_the_stated_one(changes, severity):
    stated = changes.pop("severity")
    (advisory,) = advisories(record([{"introduced": "0"}], severity=stated, **changes))
    assert advisory.severity == severity


@pytest.mark.parametrize(
    ("vector", "score", "severity"),
    [
        ("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", 9.8, "critical"),
        ("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H", 7.5, "high"),
        ("CVSS:3.1/AV:N/AC:L/PR:N/UI:R/S:C/C:L/I:L/A:N", 6.1, "moderate"),
        ("CVSS:3.0/AV:N/AC:H/PR:N/UI:N/S:U/C:N/I:N/A:L", 3.7, "low"),
        ("CVSS:3.1/AV:L/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:N", 0.0, "low"),
        ("CVSS:4.0/AV:N", None, ""),
        ("CVSS:3.1/AV:N", None, ""),
    ],
)
def test_a_vector_has_the_published_score(vector, score, severity):
    assert base_score(vector) == score
    assert severity_of_vector(vector) == severity


LOCK = {
    "lockfileVersion": 3,
    "packages": {
        "": {
            "dependencies": {"left": "^1", "alias": "npm:right@^2"},
            "devDependencies": {"d": "1"},
        },
        "node_modules/left": {"version": "1.0.0"},
        "node_modules/alias": {"name": "right", "version": "2.0.0"},
        "node_modules/left/node_modules/right": {"version": "1.0.0", "inBundle": True},
        "node_modules/d": {"version": "1.0.0", "dev": True},
        "node_modules/own": {"resolved": "packages/own", "link": True},
        "packages/own": {"version": "0.0.1", "dependencies": {"forked": "github:a/b"}},
        "node_modules/forked": {"version": "1.0.0", "resolved": "git+ssh://git.example/a/b.git"},
        "node_modules/odd": {"version": "latest"},
    },
}


def test_a_lock_names_aliases_nested_bundled_and_development_packages():
    found = {p.place.removeprefix("node_modules/"): p for p in packages(json.dumps(LOCK))}
    assert set(found) == {"left", "alias", "left/node_modules/right", "d", "forked", "odd"}
    assert str(found["alias"]) == "right@2.0.0 (direct)"
    assert str(found["left/node_modules/right"]) == "right@1.0.0 (transitive)"
    assert str(found["d"]) == "d@1.0.0 (direct, development)"
    assert not found["forked"].registry


@pytest.mark.parametrize("version", [1, None], ids=["format 1", "no format"])
def test_a_lock_that_lists_no_places_is_refused(version):
    with pytest.raises(ValueError, match="format 2 or 3"):
        packages(json.dumps({"lockfileVersion": version, "dependencies": {}}))


def test_what_cannot_be_judged_is_named_and_not_taken_for_harmless():
    known = advisories(record([{"introduced": "0"}], package="right", severity=""))
    found, unknown = judge(packages(json.dumps(LOCK)), known)
    assert found == []
    assert [line.partition(" ")[0] for line in unknown] == [
        "TEST-1", "TEST-1", "node_modules/forked", "node_modules/odd",
    ]  # fmt: skip


def test_findings_name_package_advisory_and_severity():
    known = advisories(record([{"introduced": "0"}, {"fixed": "2.0.0"}], package="right"))
    found, _ = judge(packages(json.dumps(LOCK)), known)
    assert [str(f) for f in found] == ["right@1.0.0 (transitive): TEST-1 (high)"]


def test_a_range_of_no_versions_is_an_error():
    with pytest.raises(ValueError, match="one"):
        advisories(record([{"introduced": "one"}]))
    with pytest.raises(ValueError, match="latest"):
        parsed("latest")


def test_a_report_of_npm_audit_is_read():
    report = {
        "auditReportVersion": 2,
        "vulnerabilities": {
            "left": {
                "via": [
                    {
                        "source": 1,
                        "title": "Bad",
                        "severity": "high",
                        "range": "<2",
                        "url": "https://advisories.example/GHSA-1",
                    }
                ]
            },
            "uses-left": {"via": ["left"]},
        },
    }
    assert [str(f) for f in npm_audit(json.dumps(report))] == ["left <2: GHSA-1 (high) Bad"]


@pytest.mark.parametrize(
    "report",
    ["", "{}", '{"error": {"code": "ENOTFOUND", "summary": "no registry"}}', "[]"],
    ids=["nothing", "empty", "no registry", "list"],
)
def test_an_audit_that_reached_nobody_is_no_clean_one(report):
    with pytest.raises(ValueError, match="npm audit"):
        npm_audit(report)
