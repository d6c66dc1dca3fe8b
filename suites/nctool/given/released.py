"""What belongs to the release: its checkout, its commands, its image, its plans and its reviews."""

import pytest

from suites.nctool.given.addresses import SYSTEM, http_of, section_of


@pytest.fixture
def release(target):
    """The release of nctool under judgement."""
    return target.release_of(SYSTEM)


@pytest.fixture
def checkout(target):
    """The checkout of the release, a git repository."""
    from fixtures.clients.checkout import Checkout

    def make():
        return Checkout(target.require("checkout", SYSTEM), target.recorder)

    return target.once(f"{SYSTEM}.checkout", make)


@pytest.fixture
def operations(target):
    """The commands that the profile names."""
    from fixtures.clients.operations import Operations

    def make():
        section = section_of(target)
        places = {
            name: getattr(section, name)
            for name in ("checkout", "snapshot", "database", "backups")
            if getattr(section, name)
        }
        return Operations(
            section.commands,
            target.recorder,
            placeholders={name: str(value) for name, value in places.items()},
            cwd=section.checkout,
            lacking=lambda name: target.lacking(name, SYSTEM),
            turns=target.turns,
        )

    return target.once(f"{SYSTEM}.operations", make)


@pytest.fixture
def plans():
    """The plans by which features reach their users."""
    from contracts import rollout_plans

    return rollout_plans.load(SYSTEM)


@pytest.fixture
def forge(target):
    """The forge's pull requests and reviews of the release's repository."""
    from fixtures.clients.forge import Forge

    token = section_of(target).forge_token
    http = http_of(target, "forge_url", {"Authorization": f"Bearer {token}"} if token else None)
    return Forge(http, target.require("forge_repository", SYSTEM))


@pytest.fixture
def image(release):
    """Digest of the release's container image, as Kubernetes writes it."""
    from fixtures.clients.outcomes import CapabilityMissing

    for artifact in release.artifacts:
        if artifact.name == "image":
            return f"sha256:{artifact.sha256}"
    raise CapabilityMissing(
        "release.artifacts",
        "the release has no artifact named image.",
        'Add { name = "image", sha256 = ... } to its artifacts.',
    )


@pytest.fixture
def validated(target, operations):
    """Has the judged instance validate its deployment, by the command of the profile."""
    from suites.nctool.validator import run_validator

    return lambda: run_validator(operations, target.require("api_url", SYSTEM))
