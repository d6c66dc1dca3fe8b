"""Reconciliation: what it finds, what it blocks, and what it may change by itself."""

import time
from collections import Counter

import pytest
from bson import ObjectId

from fixtures.clients.outcomes import ClientError
from fixtures.clients.waiting import during
from suites.nctool.purse import RECONCILIATION, TOKENS, Purse

HOLDS = {"severityThreshold": "HIGH", "autoCorrection": False}


class Ledger:
    """The discrepancies that checks plant in a wallet, and what its reconciliation says."""

    def __init__(self, purse):
        self.purse = purse
        self._tokens = purse.store.writing()[TOKENS]

    def low(self):
        """A spent token of which nobody knows when it was spent."""
        self._plant("spent", {"status": "spent", "spent_at": None})

    def medium(self):
        """A token that is reserved, for nothing."""
        token = self._tokens.find_one({"npub": self.purse.npub, "status": "unspent"})
        self._tokens.update_one({"_id": token["_id"]}, {"$set": {"status": "pending"}})
        return token["_id"]

    def high(self):
        """A token that the store calls unspent and the mint calls spent."""
        return self._plant("spent", {"status": "unspent", "spent_at": None})

    def reconcile(self):
        """What the service says about the wallet."""
        reply = self.purse.api.reconcile(self.purse.npub)
        if reply.status != 200:
            raise ClientError(reply.explain("a reconciliation"))
        return reply.json()

    def severities(self):
        """How many discrepancies of each severity the service finds."""
        return dict(Counter(one["severity"] for one in self.reconcile()["discrepancies"]))

    def documents(self):
        """The wallet's tokens by id."""
        return {one["_id"]: one for one in self.purse.tokens()}

    def _plant(self, status, changes):
        source = self._tokens.find_one({"npub": self.purse.npub, "status": status})
        planted = {**source, "_id": ObjectId(), "transaction_id": f"planted {time.time_ns()}"}
        self._tokens.insert_one({**planted, **changes})
        return planted["_id"]


@pytest.fixture
def opened(staging):
    """A wallet with a melt behind it, whose owner has the pre-flight reconciliation."""

    def open_(**settings):
        purse = Purse.of(staging, 64, 32, 16)
        purse.gets(staging, RECONCILIATION, **{**HOLDS, **settings})
        paid = purse.melt(staging.mint.invoice(10).text)
        if paid.status != 200 or paid.json()["state"] != "PAID":
            raise AssertionError(paid.explain("a melt from a clean wallet, PAID"))
        return Ledger(purse)

    return open_


@pytest.mark.item("NC-FF-15")
@pytest.mark.writes
def test_a_wallet_with_a_grave_discrepancy_pays_nothing_and_a_clean_one_pays(
    opened, staging, evidence
):
    """The reconciliation comes before the payment, and a HIGH discrepancy ends the melt there.

    A check that always fails blocks every user; one whose result nobody looks at protects nobody.
    """
    ledger = opened()  # its first melt is the control
    ledger.high()
    invoice = staging.mint.invoice(10)
    blocked = ledger.purse.melt(invoice.text)
    seen = invoice.look()
    evidence.observe(melts=2, blocked=int(blocked.status == 409))
    assert blocked.status == 409, blocked.explain("409: the wallet differs from the mint's account")
    code = blocked.json()["error"]["code"]
    assert code == "reconciliation_blocked", blocked.explain("the code reconciliation_blocked")
    assert (seen.quotes, seen.attempts) == (0, 0), seen.explain("a mint that was not even asked")


@pytest.mark.item("NC-REC-01")
@pytest.mark.writes
def test_only_discrepancies_of_the_configured_severity_block_a_melt(opened, staging, evidence):
    """With the threshold HIGH, wallets with LOW and MEDIUM discrepancies pay, and these are kept.

    Blocking on trifles stops payments for people who did nothing wrong.
    """
    ledger, melts = opened(), []
    for plant in (ledger.low, ledger.medium, ledger.high):
        plant()
        melts.append(ledger.purse.melt(staging.mint.invoice(5).text))
    records = ledger.purse.store.find(
        "reconciliations", {"npub": ledger.purse.npub}, sort=[("_id", 1)]
    )
    kept = [sorted({one["severity"] for one in each["discrepancies"]}) for each in records]
    evidence.observe(melts=len(melts), recorded=kept)
    assert [one.status for one in melts[:2]] == [200, 200], "\n".join(
        one.explain("a paid melt: nothing is HIGH") for one in melts[:2]
    )
    assert melts[2].status == 409, melts[2].explain("a blocked melt: something is HIGH")
    assert kept[-3:] == [["LOW"], ["LOW", "MEDIUM"], ["HIGH", "LOW", "MEDIUM"]], (
        f"the records name {kept[-3:]}, not each discrepancy with its severity"
    )


@pytest.mark.item("NC-REC-02")
@pytest.mark.writes
def test_automatic_correction_changes_what_is_medium_and_only_when_switched_on(
    opened, staging, evidence
):
    """Without the switch nothing changes; with it the stuck token is freed, and nothing else.

    A correction that adds a token, or touches what people should look at, makes money from nothing.
    """
    ledger = opened()
    stuck, grave = ledger.medium(), ledger.high()
    before, worth = ledger.documents(), ledger.purse.total("unspent", "pending")
    off = ledger.reconcile()
    untouched = ledger.documents()
    ledger.purse.gets(staging, RECONCILIATION, **{**HOLDS, "autoCorrection": True})
    on = ledger.reconcile()
    after = ledger.documents()
    changed = [number for number in after.keys() | before.keys()
               if after.get(number) != before.get(number)]  # fmt: skip
    evidence.observe(discrepancies=len(off["discrepancies"]), corrected=len(on["corrected"]),
                     changed_documents=len(changed))  # fmt: skip
    assert off["corrected"] == [], f"corrected although it is switched off: {off['corrected']}"
    assert untouched == before, "a document changed although the correction is switched off"
    assert changed == [stuck], f"only {stuck} is MEDIUM ({grave} is HIGH); changed: {changed}"
    assert after[stuck]["status"] == "unspent", f"{after[stuck]['status']}, not unspent"
    audit = [(one["before"]["status"], one["after"]["status"]) for one in on["corrected"]]
    assert audit == [("pending", "unspent")], f"the audit says {audit}, not what was changed"
    assert ledger.purse.total("unspent", "pending") == worth, "the wallet's worth has changed"


@pytest.mark.item("NC-REC-03")
@pytest.mark.writes
def test_planted_discrepancies_are_found_and_a_clean_wallet_has_none(
    opened, staging, limits, evidence
):
    """Each planted discrepancy is found once with its severity, and a melt under way is none.

    Who is warned of every payment that takes its time stops reading warnings.
    """
    ledger, clean = opened(), opened()
    invoice = staging.mint.invoice(5, "hold")
    with clean.purse.melting(invoice.text):
        invoice.reached(5.0)
        waiting = clean.purse.total("pending")
        alarms = during(0.3, lambda: len(clean.reconcile()["discrepancies"]), every_s=0.1)
        invoice.release(paid=True)
    nothing = clean.severities()
    for plant in (ledger.low, ledger.low, ledger.medium, ledger.high):
        plant()
    found, limit = ledger.severities(), limits["false_positives"]
    false = max(alarms) + sum(nothing.values())
    evidence.observe(discrepancies=sum(found.values()), found=found, false_positives=false)
    assert waiting > 0, "no token was pending while the melt was under way"
    assert limit.holds(false), limit.explain(false)
    assert found == {"LOW": 2, "MEDIUM": 1, "HIGH": 1}, f"planted 2 LOW, 1 MEDIUM, 1 HIGH: {found}"
