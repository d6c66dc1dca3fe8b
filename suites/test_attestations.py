"""Manual items: a person's statement stands in for a check, if it is about this very release."""

import operator


def test_a_person_attested_the_item(manual_item, attestation, target, evidence):
    """A named person stated the item for the commit that is being released.

    A statement about another commit, or one that its own facts contradict, is last month's tick.
    """
    release = target.release_of(attestation.item.system)
    rule = attestation.rule
    missing = [fact for fact in rule.facts if not str(attestation.facts.get(fact, "")).strip()]
    wrong = {
        fact: attestation.facts.get(fact)
        for fact, value in rule.equals.items()
        if attestation.facts.get(fact) != value
    }
    evidence.observe(attestation_of=manual_item, by=attestation.by, facts=dict(attestation.facts))

    assert attestation.commit == release.commit, (
        f"attested for commit {attestation.commit}, but the release is {release.commit}"
    )
    assert not missing, f"the attestation lacks the facts {', '.join(missing)}"
    assert not wrong, f"expected {dict(rule.equals)}, attested {wrong}"
    for relation, compare, word in (
        (rule.before, operator.lt, "before"),
        (rule.after, operator.gt, "after"),
    ):
        for fact, moment in relation.items():
            stated, bound = attestation.time(fact), getattr(release, moment)
            kept = bool(stated and bound) and compare(stated, bound)
            assert kept, f"{fact} = {stated} must lie {word} the release's {moment} = {bound}"
