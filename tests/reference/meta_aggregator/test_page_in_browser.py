"""The page in a real browser, in front of a back end that answers from constants."""

import os
import subprocess
import sys

import pytest
from playwright.sync_api import sync_playwright
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route

from fixtures.clients.browser import find_chromium
from fixtures.reference.defects import Defects
from fixtures.reference.meta_aggregator import edge, frontend, release_checkout
from tests.reference.meta_aggregator.release_site import BASE, ESCROW, QUOTE, make_facts, served

CHROMIUM = find_chromium()
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium is installed")
ZERO = "0x" + "0" * 40
OPEN_ORDER = {
    "maker": ESCROW,
    "taker": ZERO,
    "sellToken": BASE,
    "buyToken": QUOTE,
    "sellAmount": str(10**18),
    "buyAmount": str(2 * 10**18),
    "nonce": "1",
    "validFrom": "0",
    "expiry": "4000000000",
    "salt": "0x" + "0" * 64,
}


class BackEnd:
    """Remembers who signed in and which orders were placed; believes everybody."""

    def __init__(self):
        self.address = None
        self.orders = {"0x01": OPEN_ORDER}
        routes = {
            ("GET", "/api/config"): self.config,
            ("GET", "/api/orders"): self.listed,
            ("POST", "/api/orders"): self.place,
            ("GET", "/api/orders/{id}"): self.one,
            ("GET", "/api/balances/{account}"): lambda _: JSONResponse({"balances": []}),
            ("GET", "/api/escrows"): lambda _: JSONResponse({"escrows": []}),
            ("POST", "/api/auth/challenge"): lambda _: JSONResponse({"message": "sign in"}),
            ("POST", "/api/auth/login"): self.login,
            ("GET", "/api/auth/session"): lambda _: JSONResponse({"address": self.address}),
            ("POST", "/api/auth/logout"): lambda _: JSONResponse({"loggedOut": True}),
        }
        self.app = Starlette(
            routes=[Route(path, view, methods=[method]) for (method, path), view in routes.items()]
        )

    def config(self, _):
        tokens = [
            {"address": address, "symbol": symbol, "decimals": 18}
            for address, symbol in ((BASE, "BASE"), (QUOTE, "QUOTE"))
        ]
        return JSONResponse({"chainId": 31337, "tokens": tokens})

    def listed(self, _):
        rows = [{"id": key, "order": order} for key, order in self.orders.items()]
        return JSONResponse({"orders": rows})

    def one(self, request):
        return JSONResponse(self.orders[request.path_params["id"]])

    async def place(self, request):
        self.orders["0x02"] = (await request.json())["order"]
        return JSONResponse({"id": "0x02"}, status_code=201)

    async def login(self, request):
        self.address = (await request.json())["address"]
        return JSONResponse({"address": self.address})


@pytest.fixture
def specs(tmp_path):
    """Run the release's own browser specs; returns exit code and output."""

    def run(*names, item=None, deadline_ms=20_000):
        defects = Defects.for_items([item] if item else [])
        facts = make_facts(tmp_path)
        release_checkout.build(tmp_path / "checkout", facts, defects)
        frontend.build(tmp_path / "frontend", facts, defects)
        with served(BackEnd().app) as backend:
            app = edge.make_app(f"http://{backend}", tmp_path / "frontend", defects, facts)
            with served(app) as origin:
                chosen = [part for name in names for part in ("--spec", name)]
                done = subprocess.run(
                    [sys.executable, "e2e/run.py", "--report", tmp_path / "report.xml", *chosen],
                    cwd=tmp_path / "checkout",
                    env={
                        **os.environ,
                        "APP_URL": f"http://{origin}",
                        "CHROMIUM": CHROMIUM,
                        "E2E_DEADLINE_MS": str(deadline_ms),
                    },
                    capture_output=True,
                    text=True,
                    check=False,
                    timeout=120,
                )
                return done.returncode, done.stdout + done.stderr

    return run


def test_all_specs_pass_on_the_honest_page(specs, tmp_path):
    code, output = specs()
    assert code == 0, output
    assert 'tests="3" failures="0"' in (tmp_path / "report.xml").read_text()


@pytest.mark.parametrize(
    ("item", "spec", "missing"),
    [("MA-PRE-03", "order placed", "order-submit"), ("MA-POST-11", "page loads", '"app"')],
    ids=["renamed selector", "exception while starting"],
)
def test_fault_fails_the_spec_that_a_user_would_notice(specs, tmp_path, item, spec, missing):
    code, output = specs(spec, item=item, deadline_ms=2000)
    assert code == 1, output
    assert missing in output
    assert 'failures="1"' in (tmp_path / "report.xml").read_text()


SLOW_WALLET = """
window.ethereum = {
  async request({ method }) {
    if (method !== "eth_accounts") return ["%s"];
    await new Promise((resolve) => setTimeout(resolve, 500));
    setTimeout(() => { document.documentElement.dataset.answered = "yes"; });
    return [];
  },
};
"""


def test_a_user_who_connects_before_the_page_has_resumed_stays_connected(tmp_path):
    defects, facts = Defects.for_items([]), make_facts(tmp_path)
    release_checkout.build(tmp_path / "checkout", facts, defects)
    frontend.build(tmp_path / "frontend", facts, defects)
    with served(BackEnd().app) as backend, sync_playwright() as playwright:
        app = edge.make_app(f"http://{backend}", tmp_path / "frontend", defects, facts)
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        with served(app) as origin:
            page = browser.new_page()
            page.add_init_script(SLOW_WALLET % ESCROW)
            page.goto(f"http://{origin}")
            page.get_by_test_id("app").wait_for()
            page.get_by_test_id("connect-wallet").click()
            page.locator("html[data-answered]").wait_for()
            page.get_by_test_id("balances").get_by_text("Nothing yet.").wait_for()
            assert page.get_by_test_id("wallet-address").get_attribute("title") == ESCROW
        browser.close()
