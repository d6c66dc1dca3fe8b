"""Clients of a staging instance that a check has to itself."""

import pytest

from suites.nctool.given.addresses import SYSTEM, ca_of, http_of, section_of


@pytest.fixture
def staging(target):
    """A staging instance that no other check has meanwhile; its flags are put back."""
    from fixtures.clients.staging import WAIT_S, opened

    instances = {one.name: one for one in target.require("staging", SYSTEM)}
    names = [f"staging-{name}" for name in instances]
    with target.turns.take_any(names, WAIT_S) as taken:
        instance = instances[taken.removeprefix("staging-")]
        key, down = section_of(target).admin_key, target.once(f"{SYSTEM}.staging.down", set)
        with opened(
            instance, target.recorder, admin_key=key, ca_file=ca_of(target), down=down
        ) as staging:
            staging.wait_until_up()
            with staging.flags_restored():
                yield staging


@pytest.fixture
def staging_cluster(target, staging):
    """The cluster's view of that staging instance."""
    from fixtures.clients.cluster import Cluster

    section = section_of(target)
    token = section.cluster_token
    headers = {"Authorization": f"Bearer {token}"} if token else None
    http = http_of(target, "cluster_url", headers)
    return Cluster(http, staging.require("namespace"), section.deployment)


@pytest.fixture
def rollout(staging):
    """The features of that staging instance."""
    from fixtures.clients.rollout import Rollout

    return Rollout(staging.api, staging.store)


@pytest.fixture
def payer(staging):
    """Users with money at that staging instance."""
    from fixtures.clients.payer import Payer

    return Payer(staging.api, staging.mint)
