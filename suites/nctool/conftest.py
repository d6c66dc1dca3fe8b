"""The clients of nctool, each made of the profile keys that it needs.

A client is imported by its fixture, so that a run loads only what its checks use.
"""

from suites.nctool.given.judged import (
    api,
    cluster,
    early_users,
    http,
    live_payer,
    live_rollout,
    mint,
    pods,
    purse,
    scratch,
    store,
)
from suites.nctool.given.migration import backups, dump, migrated, preproduction, rehearsals
from suites.nctool.given.recorded import (
    alerts,
    deployment_record,
    observed,
    previous_logs,
    prometheus,
    review,
)
from suites.nctool.given.released import (
    checkout,
    forge,
    image,
    operations,
    plans,
    release,
    validated,
)
from suites.nctool.given.staging import payer, rollout, staging, staging_cluster

__all__ = [
    "alerts",
    "api",
    "backups",
    "checkout",
    "cluster",
    "deployment_record",
    "dump",
    "early_users",
    "forge",
    "http",
    "image",
    "live_payer",
    "live_rollout",
    "migrated",
    "mint",
    "observed",
    "operations",
    "payer",
    "plans",
    "pods",
    "preproduction",
    "previous_logs",
    "prometheus",
    "purse",
    "rehearsals",
    "release",
    "review",
    "rollout",
    "scratch",
    "staging",
    "staging_cluster",
    "store",
    "validated",
]
