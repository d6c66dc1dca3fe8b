"""What a plan says that holds for every item of its run: policy, capabilities, amendments."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass
class Rules:
    """The plan, asked at the time when the run ended (UTC, ISO 8601)."""

    plan: dict[str, Any]
    finished: str

    @property
    def flaky_passes(self) -> bool:
        """Whether the profile accepts a check that failed first and passed on a retry."""
        return bool((self.plan.get("policy") or {}).get("flaky") == "pass")

    def not_applicable_because(self, capability: object) -> str:
        """The declared reason why a missing capability makes a check not applicable, or ''.

        Only a target that is not protected may declare a capability `if-present`.
        """
        if (self.plan.get("target") or {}).get("protected", True):
            return ""
        declared = (self.plan.get("capabilities") or {}).get(capability)
        if not isinstance(declared, dict) or declared.get("present"):
            return ""
        if declared.get("policy") != "if-present":
            return ""
        return str(declared.get("detail") or f"{capability} is not installed here")

    def amendment(self, kind: str, item: str) -> tuple[dict[str, Any] | None, bool]:
        """The waiver or attestation for an item, and whether it holds at the end of the run.

        `kind` is `waivers` or `attestations`. One that holds comes before one that does not.
        """
        held = [entry for entry in self.plan.get(kind) or [] if entry.get("item") == item]
        for entry in held:
            if entry.get("state") == "valid" and self._within(entry):
                return entry, True
        return (held[0], False) if held else (None, False)

    def _within(self, entry: dict[str, Any]) -> bool:
        end, now = moment(entry.get("expires")), moment(self.finished)
        begin = moment(entry.get("granted") or entry.get("date"))
        if end is None or now is None:
            return False
        return now < end and (begin is None or begin <= now)


def moment(value: object) -> datetime | None:
    """A time with its offset, or None where the text is no such time."""
    if not isinstance(value, str):
        return None
    try:
        parsed = datetime.fromisoformat(value)
    except ValueError:
        return None
    return parsed if parsed.tzinfo else None
