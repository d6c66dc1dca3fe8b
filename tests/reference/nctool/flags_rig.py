"""The service's application in this process, on a store and an alert manager of its own."""

from __future__ import annotations

from contextlib import closing, contextmanager

import httpx

from fixtures.reference import alerting
from fixtures.reference.nctool import flag_defaults
from fixtures.reference.nctool.alerting import RECEIVERS
from fixtures.reference.nctool.service.application import create_app
from fixtures.reference.nctool.service.context import Context
from fixtures.reference.nctool.service.settings import Settings
from fixtures.reference.serving import Servers

KEY = "the administrator's key"
ADMIN = {"Authorization": f"Bearer {KEY}", "X-Actor": "somebody"}


class Rig:
    """One process. `http` is its API, `admin` the same with the administrator's key."""

    def __init__(self, context, url, alerts_url):
        self.context, self.db, self.alerts_url = context, context.db, alerts_url
        self.http = httpx.Client(base_url=url, trust_env=False)
        self.admin = httpx.Client(base_url=url, trust_env=False, headers=ADMIN)

    def reset(self):
        """The flags as at the start, and nothing counted."""
        for name in self.db.list_collection_names():
            self.db[name].delete_many({})
        flag_defaults.seed(self.db, "staging", self.context.defects)
        self.context.flags.invalidate()
        return self

    def close(self):
        """Close the connections."""
        self.http.close()
        self.admin.close()

    def put(self, feature, percentage=0, enabled=True, **more):
        """Replace the settings of a feature."""
        body = {"enabled": enabled, "rolloutPercentage": percentage, **more}
        return self.admin.put(f"/api/admin/flags/{feature}", json=body)

    def alerts(self):
        """What the alert manager holds."""
        with httpx.Client(trust_env=False) as client:
            return client.get(f"{self.alerts_url}/api/v2/alerts").json()


@contextmanager
def rig(store_url, database, *, faults=(), alert_url=None):
    """A process with the flags of staging in an empty database."""
    settings = Settings(
        instance="rig", pod="rig-0", port=0, store_url=store_url, database=database,
        version="2.0.0", commit="0" * 40, admin_key=KEY, log_path="", tier="staging",
        mint_url="http://127.0.0.1:9", faults=tuple(faults),
        config_path=str(flag_defaults.CONFIGURATION),
    )  # fmt: skip
    with Servers("alerts") as servers:
        url = f"http://127.0.0.1:{servers.serve(alerting.make_app(RECEIVERS))}"
        context = Context(Settings.from_json({**settings.as_json(), "alert_url": alert_url or url}))
        served = f"http://127.0.0.1:{servers.serve(create_app(context))}"
        with closing(context), closing(Rig(context, served, url)) as made:
            yield made.reset()
