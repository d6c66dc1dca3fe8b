"""What people established about the escrow, against the code that is deployed."""

import json

import pytest

from contracts.evm import artifact
from fixtures.clients.deployed_code import deployed_code
from fixtures.probes.addresses import mentioned
from fixtures.probes.bytecode import compare, digests, of_artifact

FEWEST_WORDS = 8


@pytest.mark.item("MA-SC-05")
def test_an_independent_audit_covers_the_deployed_code(
    attestation, checkout, chain, target, evidence
):
    """The audit's report names the deployed code by its hash and leaves no critical finding open.

    A report about the version before the last change says nothing of that change.
    """
    release, facts = target.release, attestation.facts
    found = deployed_code(chain, target.require("escrow_address"))
    report = json.loads(checkout.show(release.commit, str(facts.get("report"))))
    comparison = compare(found.code, of_artifact(artifact("Escrow")))
    hashes = digests(found.code) | digests(bytes.fromhex(artifact("Escrow").deployed_bytecode[2:]))
    open_critical = [
        finding["id"]
        for finding in report["findings"]
        if finding["severity"].lower() == "critical" and finding["status"].lower() != "fixed"
    ]
    evidence.observe(auditor=facts.get("auditor"), audited=report.get("bytecode_hash"))

    assert attestation.commit == release.commit, f"attested for commit {attestation.commit}"
    assert facts.get("auditor"), "the statement names no auditor"
    covered = report.get("commit") == release.commit or report.get("bytecode_hash") in hashes
    assert covered, f"the report covers {report.get('bytecode_hash')}, deployed is {sorted(hashes)}"
    assert comparison.kind, f"{found.runs_at}: {'; '.join(comparison.problems)}"
    assert open_critical == [], f"open critical findings: {', '.join(open_critical)}"


@pytest.mark.item("MA-SC-06")
def test_formal_verification_was_done_or_its_absence_is_explained(
    attestation, checkout, target, evidence
):
    """A prover confirmed the stated properties, or a person wrote down why none was asked.

    Without either nobody can tell a decision from an omission.
    """
    release, facts = target.release, attestation.facts
    output, reason = facts.get("prover_output"), str(facts.get("not_applicable_because", ""))
    stated = json.loads(checkout.show(release.commit, str(output))) if output else {}
    results = {each["name"]: each["result"] for each in stated.get("properties", ())}
    evidence.observe(properties=results, reason=reason)

    assert attestation.commit == release.commit, f"attested for commit {attestation.commit}"
    explained = len(reason.split()) >= FEWEST_WORDS
    assert results or explained, "there is neither a prover's output nor a reason for its absence"
    assert set(results.values()) <= {"proved"}, f"not every property is proved: {results}"


@pytest.mark.item("MA-SC-07")
def test_the_bug_bounty_programme_covers_the_deployed_escrow(attestation, http, target, evidence):
    """The programme's public page answers and lists the deployed contract in its scope.

    Who finds a flaw in a contract that is out of scope has no reason to report it.
    """
    address = target.require("escrow_address")
    page = http.get(str(attestation.facts.get("programme_url")), follow=True)
    evidence.observe(addresses_listed=len(mentioned(page.text)))

    assert attestation.commit == target.release.commit, f"attested for {attestation.commit}"
    assert page.status == 200, page.explain("a public page")
    assert address.lower() in mentioned(page.text), page.explain(f"{address} in scope")
