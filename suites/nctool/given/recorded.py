"""What was observed of a release and written down about it."""

import pytest

from suites.nctool.given.addresses import SYSTEM, http_of, section_of


@pytest.fixture
def alerts(target):
    """The alert manager that tells operations."""
    from fixtures.clients.alerts import Alerts

    return Alerts(http_of(target, "alerts_url"))


@pytest.fixture
def observed(target):
    """What Prometheus observed of the release, in windows since its deployment."""
    from contracts import metrics
    from fixtures.clients.prometheus import Prometheus
    from suites.nctool.observed import Observed

    own = section_of(target).figures
    figures = metrics.figures(SYSTEM) | (metrics.read(own) if own else {})
    prometheus = Prometheus(http_of(target, "prometheus_url"))
    return Observed(prometheus, figures, target.release_of(SYSTEM).deployed_at)


@pytest.fixture
def prometheus(target):
    """The Prometheus server that observes the judged instance."""
    from fixtures.clients.prometheus import Prometheus

    return Prometheus(http_of(target, "prometheus_url"))


@pytest.fixture
def review(target):
    """Reads a record that people wrote while the release was observed, by its file name."""
    from fixtures.clients.files import read_json

    folder = target.require("reviews", SYSTEM)
    return lambda name: read_json(folder / name, target.recorder)


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
