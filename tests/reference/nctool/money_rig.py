"""The money side of the service in this process: a store of its own, a mint, and contexts."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import httpx

from fixtures.reference.nctool.cashu import total
from fixtures.reference.nctool.mint.lightning import Behaviour
from fixtures.reference.nctool.npubs import npub_of
from fixtures.reference.nctool.service.context import Context
from fixtures.reference.nctool.service.settings import Settings

ATOMIC, RECONCILIATION = "atomicMeltOperations", "preFlightReconciliation"
INVOICE = 10


class Rig:
    """One instance without HTTP in front. `context()` is a process of it."""

    def __init__(self, store_url, served, database):
        self.served = served
        self.mint = served.mint
        self._settings = Settings(
            instance="test",
            pod="test-0",
            port=0,
            store_url=store_url,
            database=database,
            version="2.0.0",
            commit="0" * 40,
            admin_key="planted-secret",
            log_path="",
            mint_url=served.url,
        )
        self._contexts = []
        self.here = self.context()

    def context(self):
        """Another process of this instance."""
        self._contexts.append(Context(self._settings))
        return self._contexts[-1]

    def flag(self, name, **settings):
        """Store a flag, for everybody unless told otherwise."""
        row = {"name": name, "enabled": True, "rolloutPercentage": 100, **settings}
        self.here.db.featureflags.replace_one({"name": name}, row, upsert=True)
        self.here.flags.publish()

    def user(self, name, *amounts):
        """A user with a token of each amount."""
        npub = npub_of(f"{self._settings.database} {name}")
        self.here.wallets.create(npub)
        for amount in amounts:
            self.here.wallets.mint(npub, amount)
        return npub

    def invoice(self, behaviour="pay", amount=INVOICE, delay_s=0.0):
        """An invoice of somebody outside, made on the mint's own loop."""
        return self.mint.ledger.lightning.invoice(amount, Behaviour(behaviour), delay_s)

    def held(self, npub, invoice):
        """A melt of a held invoice that is under way in another process."""
        return Held(self, npub, invoice)

    def release(self, invoice, *, paid=True):
        """Let a held payment end."""
        url = f"{self.served.control_url}/invoices/{invoice.id}/release"
        httpx.post(url, json={"outcome": "paid" if paid else "failed"}).raise_for_status()

    def worth(self, npub, *statuses):
        """What the stored proofs of a user are worth."""
        found = self.here.db.cashutokens.find({"npub": npub, "status": {"$in": list(statuses)}})
        return sum(total(one["proofs"]) for one in found)

    def spendable(self, npub):
        """What the mint would honour of the unspent proofs; each counts once."""
        found = self.here.db.cashutokens.find({"npub": npub, "status": "unspent"})
        proofs = {proof["secret"]: proof for one in found for proof in one["proofs"]}
        states = self.here.mint.states(list(proofs.values())) if proofs else {}
        return sum(p["amount"] for s, p in proofs.items() if states[s] == "UNSPENT")

    def states(self, npub):
        """States of the user's melts."""
        return sorted(one["state"] for one in self.here.db.meltoperations.find({"npub": npub}))

    def is_pending(self, npub, within_s=5.0):
        """Wait until the user's only melt and its tokens are pending; whether they are."""
        end = time.monotonic() + within_s
        while time.monotonic() < end:
            if self.worth(npub, "pending") and "PENDING" in self.states(npub):
                return True
            time.sleep(0.01)
        return False

    def close(self):
        """Close every process."""
        for context in self._contexts:
            context.close()


class Held:
    """A melt in a thread of its own; `result` has its operation once it has ended."""

    def __init__(self, rig, npub, invoice):
        self._rig, self._invoice = rig, invoice
        self.result = []
        melts = rig.context().melts
        self._thread = threading.Thread(
            target=lambda: self.result.append(melts.melt(npub, invoice.request))
        )

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self.release()

    def ended(self, within_s):
        """Wait for its end."""
        self._thread.join(within_s)

    def release(self):
        """Let the payment succeed; the operation."""
        self._rig.release(self._invoice)
        self._thread.join(10)
        return self.result[0]


def at_once(*calls):
    """Run calls at the same time; their results, or the exceptions that they raised."""
    with ThreadPoolExecutor(len(calls)) as pool:
        futures = [pool.submit(call) for call in calls]
    return [future.exception() or future.result() for future in futures]
