"""The phases of the release: in the planned order, each after the one before was signed."""

import pytest

from fixtures.probes.phase_order import Happening, misplaced, order_problems, phases_of
from fixtures.probes.rollout_state import applied_at, rollout_of
from suites.nctool.purse import ATOMIC, RECONCILIATION

FEATURES = {RECONCILIATION: "reconciliation", ATOMIC: "atomic-melt"}


@pytest.mark.item("NC-DEP-15")
def test_each_phase_began_after_the_one_before_was_signed_green(
    deployment_record, cluster, store, evidence
):
    """Infrastructure, migration, error handling, reconciliation, atomic melt: signed one by one.

    A script that goes from the apply to the enabled features in one go leaves nobody the time to
    see that the migration lost something. The record is held against what cluster and store say
    themselves. Enhanced error handling is on from the beginning by its documented configuration,
    so its flag is no sign of its phase.
    """
    phases = phases_of(deployment_record)
    revision = rollout_of(cluster.read_deployment()).revision
    applied = applied_at(cluster.replica_sets(), revision)
    migrated = [one["startTime"] for one in store.find("migrationlogs")]
    flags = store.find("featureflags", {"name": {"$in": list(FEATURES)}})
    on = [one for one in flags if one.get("enabled")]
    dated = [one for one in on if one.get("updatedAt")]
    happened = [Happening("the apply", "infrastructure", applied)] if applied else []
    happened += [Happening("a run of the migration", "migration", at) for at in migrated]
    happened += [Happening(f["name"], FEATURES[f["name"]], f["updatedAt"]) for f in dated]
    evidence.observe(phases_compared=len(phases), migration_runs=len(migrated), features_on=len(on))

    assert applied is not None, f"no replica set has the revision {revision}"
    assert migrated, "the store has no log of a migration, so its phase cannot be placed"
    assert len(flags) == len(FEATURES), f"{len(flags)} of {len(FEATURES)} flags are stored"
    assert len(dated) == len(on), "a feature is on, and its flag does not say since when"
    assert not (problems := order_problems(phases)), "; ".join(problems)
    assert not (problems := misplaced(happened, phases)), "; ".join(problems)
