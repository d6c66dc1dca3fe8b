"""The clients of nctool, each made of the profile keys that it needs.

A client is imported by its fixture, so that a run loads only what its checks use.
"""

import pytest

from fixtures.clients.http import HttpClient
from fixtures.clients.nctool import NcTool, administrator

SYSTEM = "nctool"


def _section(target):
    return target.profile.nctool


def _ca(target):
    ca = _section(target).tls_ca
    return str(ca) if ca else None


def _http(target, key, headers=None):
    def make():
        url = target.require(key, SYSTEM)
        return HttpClient(url, target.recorder, headers=headers, ca_file=_ca(target))

    return target.once(f"{SYSTEM}.{key}", make)


@pytest.fixture
def release(target):
    """The release of nctool under judgement."""
    return target.release_of(SYSTEM)


@pytest.fixture
def http(target):
    """HTTP on the API, as clients reach it."""
    return _http(target, "api_url")


@pytest.fixture
def api(target, http):
    """The API of the judged instance, with the administrator's key where the profile has one."""
    key = _section(target).admin_key
    admin = http.with_headers(administrator(key)) if key else None
    return NcTool(http, admin)


@pytest.fixture
def pods(target):
    """HTTP on each process behind the API, by its address."""
    urls = target.require("pods", SYSTEM)
    return [
        target.once(f"{SYSTEM}.{url}", lambda url=url: HttpClient(url, target.recorder))
        for url in urls
    ]


@pytest.fixture
def store(target):
    """The token store of the judged instance."""
    from fixtures.clients.token_store import TokenStore

    def make():
        url, database = (target.require(key, SYSTEM) for key in ("store_url", "database"))
        return TokenStore(url, database, target.recorder)

    return target.once(f"{SYSTEM}.store", make)


@pytest.fixture
def staging(target):
    """A staging instance that no other check has meanwhile; its flags are put back."""
    from fixtures.clients.staging import WAIT_S, opened

    instances = {one.name: one for one in target.require("staging", SYSTEM)}
    names = [f"staging-{name}" for name in instances]
    with target.turns.take_any(names, WAIT_S) as taken:
        instance = instances[taken.removeprefix("staging-")]
        key, down = _section(target).admin_key, target.once(f"{SYSTEM}.staging.down", set)
        with opened(
            instance, target.recorder, admin_key=key, ca_file=_ca(target), down=down
        ) as staging:
            staging.wait_until_up()
            with staging.flags_restored():
                yield staging


@pytest.fixture
def staging_cluster(target, staging):
    """The cluster's view of that staging instance."""
    from fixtures.clients.cluster import Cluster

    section = _section(target)
    token = section.cluster_token
    headers = {"Authorization": f"Bearer {token}"} if token else None
    http = _http(target, "cluster_url", headers)
    return Cluster(http, staging.require("namespace"), section.deployment)


@pytest.fixture
def purse(target, api, store):
    """A new user of the judged instance, with the mint of that instance."""
    from fixtures.clients.mint import Mint
    from suites.nctool.purse import Purse

    mint = Mint(_http(target, "mint_url"), lambda: _http(target, "mint_control_url"))
    return Purse(api, store, mint)


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
        section = _section(target)
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
def alerts(target):
    """The alert manager that tells operations."""
    from fixtures.clients.alerts import Alerts

    return Alerts(_http(target, "alerts_url"))


@pytest.fixture
def early_users(target):
    """The npubs of the people who get a feature first."""
    return target.require("early_users", SYSTEM)


@pytest.fixture
def plans():
    """The plans by which features reach their users."""
    from contracts import rollout_plans

    return rollout_plans.load(SYSTEM)


@pytest.fixture
def forge(target):
    """The forge's pull requests and reviews of the release's repository."""
    from fixtures.clients.forge import Forge

    token = _section(target).forge_token
    http = _http(target, "forge_url", {"Authorization": f"Bearer {token}"} if token else None)
    return Forge(http, target.require("forge_repository", SYSTEM))


@pytest.fixture
def backups(target):
    """The folder of the token store's backups."""
    from fixtures.clients.store_backups import StoreBackups

    return StoreBackups(target.require("backups", SYSTEM), target.recorder)


@pytest.fixture
def preproduction(target, store):
    """The token store of pre-production."""
    from fixtures.clients.token_store import TokenStore

    database = target.require("preproduction_database", SYSTEM)
    url = _section(target).preproduction_store_url
    if url is None:
        return store.other(database)
    return target.once(
        f"{SYSTEM}.preproduction", lambda: TokenStore(url, database, target.recorder)
    )


@pytest.fixture
def observed(target):
    """What Prometheus observed of the release, in windows since its deployment."""
    from contracts import metrics
    from fixtures.clients.prometheus import Prometheus
    from suites.nctool.observed import Observed

    own = _section(target).figures
    figures = metrics.figures(SYSTEM) | (metrics.read(own) if own else {})
    prometheus = Prometheus(_http(target, "prometheus_url"))
    return Observed(prometheus, figures, target.release_of(SYSTEM).deployed_at)


@pytest.fixture
def review(target):
    """Reads a record that people wrote while the release was observed, by its file name."""
    from fixtures.clients.files import read_json

    folder = target.require("reviews", SYSTEM)
    return lambda name: read_json(folder / name, target.recorder)


@pytest.fixture
def rollout(staging):
    """The features of that staging instance."""
    from fixtures.clients.rollout import Rollout

    return Rollout(staging.api, staging.store)


@pytest.fixture
def live_rollout(api, store):
    """The features of the judged instance, which are only read."""
    from fixtures.clients.rollout import Rollout

    return Rollout(api, store)


@pytest.fixture
def payer(staging):
    """Users with money at that staging instance."""
    from fixtures.clients.payer import Payer

    return Payer(staging.api, staging.mint)


@pytest.fixture
def cluster(target):
    """The namespace of the Kubernetes cluster in which the judged instance runs."""
    from fixtures.clients.cluster import Cluster

    def make():
        token = _section(target).cluster_token  # a kubectl proxy wants none
        headers = {"Authorization": f"Bearer {token}"} if token else None
        http = _http(target, "cluster_url", headers)
        return Cluster(http, target.require("namespace", SYSTEM), _section(target).deployment)

    return target.once(f"{SYSTEM}.cluster", make)


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
def deployment_record(target):
    """What was recorded about the phases of the deployment."""
    from fixtures.clients.files import read_json

    return read_json(target.require("deployment_record", SYSTEM), target.recorder)


@pytest.fixture
def previous_logs(target):
    """The logs of the week before the release, and what somebody acknowledged in them."""
    from fixtures.clients.log_archive import read_archive

    return read_archive(target.require("previous_logs", SYSTEM), target.recorder)


@pytest.fixture
def mint(target):
    """The mint of the judged instance."""
    from fixtures.clients.mint import Mint

    return Mint(_http(target, "mint_url"), lambda: _http(target, "mint_control_url"))


@pytest.fixture
def dump(target):
    """The dump of the store from before the migration; not verified where there is none."""
    from fixtures.clients.store_dump import StoreDump
    from suites.nctool.before import needs_dump

    if _snapshots(target).there:
        raise needs_dump()
    return StoreDump(target.require("snapshot", SYSTEM), target.recorder)


def _snapshots(target):
    from fixtures.clients.store_snapshots import StoreSnapshots

    return StoreSnapshots(target.require("snapshot", SYSTEM), target.recorder)


@pytest.fixture
def migrated(request, target, store):
    """The store of the judged instance against what is known of it from before its migration."""
    from fixtures.clients.token_stores.mongo_connection import Address
    from suites.nctool.before import Dumped, Summed
    from suites.nctool.migrated import Migrated

    def make():
        known = _snapshots(target)
        before = Summed(known) if known.there else Dumped(request.getfixturevalue("dump"))
        address = Address(target.require("store_url", SYSTEM))
        return Migrated(before, store, address, target.require("deprecated_fields", SYSTEM))

    return target.once(f"{SYSTEM}.migrated", make)


@pytest.fixture
def rehearsals(target, dump, operations):
    """Copies of the store from before the migration, to migrate and to damage."""
    from fixtures.clients.scratch_databases import ScratchServer
    from suites.nctool.rehearsals import Rehearsals

    def make():
        url = _section(target).rehearsal_store_url
        url = url or target.require("staging", SYSTEM)[0].store_url
        server = ScratchServer(url, target.recorder)
        return Rehearsals(server, url, dump, operations)

    return target.once(f"{SYSTEM}.rehearsals", make)


@pytest.fixture
def live_payer(target, api):
    """Users with money at the judged instance."""
    from fixtures.clients.mint import Mint
    from fixtures.clients.payer import Payer

    mint = Mint(_http(target, "mint_url"), lambda: _http(target, "mint_control_url"))
    return Payer(api, mint)


@pytest.fixture
def prometheus(target):
    """The Prometheus server that observes the judged instance."""
    from fixtures.clients.prometheus import Prometheus

    return Prometheus(_http(target, "prometheus_url"))


@pytest.fixture
def validated(target, operations):
    """Has the judged instance validate its deployment, by the command of the profile."""
    from suites.nctool.validator import run_validator

    return lambda: run_validator(operations, target.require("api_url", SYSTEM))


@pytest.fixture
def scratch(target):
    """A server on which databases of a check's own may be made, away from the judged one."""
    from fixtures.clients.scratch_databases import ScratchServer

    def make():
        url = _section(target).rehearsal_store_url
        return ScratchServer(url or target.require("staging", SYSTEM)[0].store_url, target.recorder)

    return target.once(f"{SYSTEM}.scratch", make)
