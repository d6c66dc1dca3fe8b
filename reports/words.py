"""Sentences about a verdict and its items: why, and what to do next."""

import shlex
from typing import Any

from contracts.statuses import Status

STAGES = {
    "predeploy": ("Before the release starts", "must hold before anything is deployed"),
    "deploy": ("During the deployment", "holds during, or directly after, a rollout step"),
    "postdeploy": ("On the released target", "must hold once the release is live"),
    "rollback": ("Rollback", "triggers, execution within bounds, verification afterwards"),
    "hotfix": ("Hot fix", "an emergency change"),
    "operate": ("Between releases", "recovery, maintenance and service levels"),
}

LABELS = {
    Status.FAILED: "failed",
    Status.ERROR: "error",
    Status.INCONCLUSIVE: "inconclusive",
    Status.NOT_VERIFIED: "not verified",
    Status.WAIVED: "waived",
    Status.ATTESTED: "attested",
    Status.PASSED: "passed",
    Status.NOT_APPLICABLE: "not applicable",
}

FLAGS = {
    "flaky": "failed, then passed on a retry",
    "partly": "some of its checks do not apply here",
    "failed-earlier": "failed or broke in an earlier run of this release on this target",
    "waiver-unused": "has a waiver that it does not need",
    "waiver-not-valid": "its waiver does not hold",
    "declared-not-applicable": "failed although declared not applicable",
}

_SEVERITIES = ["critical", "high", "medium", "low"]


def in_the_way(verdict: dict[str, Any]) -> list[dict[str, Any]]:
    """The items that keep the verdict from go: worst status first, then by severity."""
    entries = [e for e in verdict["items"] if not Status(e["status"]).lets_pass]
    return sorted(entries, key=lambda e: (Status(e["status"]).rank, _severity(e["severity"])))


def _severity(word: str) -> int:
    return _SEVERITIES.index(word) if word in _SEVERITIES else len(_SEVERITIES)


def count(number: int, one: str, many: str = "") -> str:
    """A number with its noun: `1 item`, `2 items`."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def why(verdict: dict[str, Any]) -> str:
    """The verdict's reason in a sentence."""
    counts = verdict["counts"]
    total = len(verdict["items"])
    if verdict["problems"]:
        return f"The record of this run is damaged: {verdict['problems'][0]}."
    if not total:
        return "The selection is empty: nothing was expected, so nothing was verified."
    if counts["not_applicable"] == total:
        return "No selected item applies to this target: nothing was verified."
    stand = [
        count(counts[word], one, many)
        for word, one, many in (
            ("failed", "failed", "failed"),
            ("error", "broke", "broke"),
            ("inconclusive", "is inconclusive", "are inconclusive"),
            ("not_verified", "was not verified", "were not verified"),
        )
        if counts[word]
    ]
    if stand:
        return f"Of {count(total, 'expected item')}, {_list(stand)}."
    by = [
        f"{counts[word]:,} {phrase}"
        for word, phrase in (
            ("passed", "passed"),
            ("attested", "attested by a person"),
            ("waived", "waived"),
            ("not_applicable", "not applicable"),
        )
        if counts[word]
    ]
    return f"Nothing stands in the way: of {count(total, 'expected item')}, {_list(by)}."


def _list(pieces: list[str]) -> str:
    return pieces[0] if len(pieces) == 1 else f"{', '.join(pieces[:-1])} and {pieces[-1]}"


def headline(entry: dict[str, Any]) -> str:
    """The first line of an item's message that says anything, without the item's own id."""
    lines = (line.strip() for line in entry["message"].splitlines())
    first = next((line for line in lines if line), "it left no message")
    return first.removeprefix(f"{entry['id']}: ")


def next_step(entry: dict[str, Any], plan: dict[str, Any]) -> str:
    """What somebody who wants this item out of the way does now."""
    step = _BY_REASON.get(entry["reason"] or "")
    if step:
        return step
    capability = entry["capability"]
    if entry["status"] == "not_verified" and capability:
        detail = ((plan.get("capabilities") or {}).get(capability) or {}).get("detail")
        known = f" ({detail})" if detail else ""
        return f"Give the run what it lacks: the capability {capability!r}{known}."
    return _BY_STATUS[entry["status"]]


def reproduce(entry: dict[str, Any], plan: dict[str, Any]) -> str:
    """The command that runs the check that speaks for this item again, or an empty string."""
    status = entry["waived_status"] or entry["status"]
    ids = [result["id"] for result in entry["results"]]
    speaking = [result["id"] for result in entry["results"] if result["status"] == status]
    if not ids or entry["reason"] == "no-attestation":
        return ""
    argv = ["pytest", (speaking or ids)[0]]
    target = plan.get("target") or {}
    name, path = target.get("name"), target.get("profile_path")
    if name and str(path).endswith(f"fixtures/profiles/{name}.toml"):
        argv += ["--target", str(name)]
    elif path:
        argv += ["--target", str(path)]
    if plan.get("fault"):
        argv += ["--fault", str(plan["fault"])]
    return shlex.join(argv)


_BY_STATUS = {
    "failed": "Correct what the message names in the release.",
    "error": "Find out what broke: the target, a client on the way to it, or the check.",
    "inconclusive": "Let the check observe more, or the target hold still while it looks.",
    "not_verified": "Give the check what its message names, and run it again.",
}

_BY_REASON = {
    "no-assertion": "Correct the check: it has to assert what the item claims.",
    "no-exchange": "Correct the check: it has to ask the target through a client that records.",
    "no-figures": "Let the check say what it observed, with evidence.observe(…).",
    "below-minimum": "Let the check observe more: a longer window, more data or more traffic.",
    "unknown-outcome": "Correct what wrote the outcome: the word is none that Gatehouse knows.",
    "unfinished": "Run it again, and look for what ended its process.",
    "never-started": "Run the selection whole, without -k, --deselect, -x or --lf.",
    "no-check": "Write the check, select it, or declare the item not applicable in the profile.",
    "no-attestation": "Have the responsible person attest it for this commit, with an expiry.",
    "undeclared": "Declare in the profile that it does not apply, with a reason, or let it run.",
    "flaky": "Find out why it does not always hold; a retry is no answer.",
}
