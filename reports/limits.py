"""Say what a run does not establish: nobody may read more into a verdict than was observed."""

from typing import Any

from reports.words import count

NAMED = 12


def not_established(plan: dict[str, Any], verdict: dict[str, Any]) -> list[tuple[str, list[str]]]:
    """Sentences about the limits of this run, each with the particulars that belong to it."""
    stated: list[tuple[str, list[str]]] = []

    def state(sentence: str, particulars: list[str] | None = None) -> None:
        stated.append((sentence, particulars or []))

    if verdict["fault"]:
        state(f"The fault {verdict['fault']} was switched on: this run says nothing of a release.")
    if plan.get("parts") or plan.get("emulations"):
        state(
            "The target is embedded: Gatehouse brought it up on this machine. The run shows that "
            "the checks hold on it, not that staging or production are sound."
        )
    if plan.get("emulations"):
        state("Emulated parts behave as documented, not as the real ones may.", plan["emulations"])
    absent = [
        f"{name}: {held.get('detail') or 'absent'}"
        for name, held in (plan.get("capabilities") or {}).items()
        if not held.get("present")
    ]
    if absent:
        state("Capabilities that were not at hand; what needs them was not observed.", absent)
    _by_items(plan, verdict, state)
    outside = plan.get("outside") or []
    if outside:
        total = sum(entry.get("count") or 0 for entry in outside)
        state(f"{count(total, 'item')} of the catalogue belong to systems outside this target.")
    selection = verdict["selection"]["expression"] or "of this run"
    state(f"Items that the selection {selection!r} leaves out were not looked at.")
    state(
        "Everything was observed from one machine and one network, between "
        f"{verdict['started']} and {verdict['finished']}; it may differ elsewhere and later."
    )
    return stated


def _by_items(plan: dict[str, Any], verdict: dict[str, Any], state: Any) -> None:
    """Limits that concern single items."""
    groups = (
        ("not_applicable", "Items declared not applicable were not verified."),
        ("waived", "Waived items do not hold, or were not shown to; a person accepted that."),
        ("attested", "Attested items rest on a person's word, which Gatehouse cannot observe."),
    )
    for status, sentence in groups:
        ids = [entry["id"] for entry in verdict["items"] if entry["status"] == status]
        if ids:
            state(sentence, _named(ids))
    expected = set(verdict["selection"]["expected"])
    items = [item for item in plan["items"] if item["id"] in expected]
    proofs = (
        ("unproven", "No one has yet seen these checks fail on a target with the defect."),
        ("stale", "These checks changed since they were last seen to fail on the defect."),
    )
    for word, sentence in proofs:
        ids = [i["id"] for i in items if (i.get("proof") or {}).get("state") == word]
        if ids:
            state(sentence, _named(ids))
    loosened = [
        f"{item['id']}: {limit['metric']} is {limit['op']} {limit['value']} here, "
        f"{limit['changed_from']} in the catalogue"
        for item in items
        for limit in item.get("limits") or []
        if limit.get("changed_from") is not None
    ]
    if loosened:
        state("The profile of this target changes limits of the catalogue.", loosened)


def _named(ids: list[str]) -> list[str]:
    """The ids on one line, the tail counted instead of named."""
    shown = ", ".join(ids[:NAMED])
    more = len(ids) - NAMED
    return [f"{shown} and {more:,} more" if more > 0 else shown]
