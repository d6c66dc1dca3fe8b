import json
import re
from pathlib import Path

import playwright
import pytest

from fixtures.clients.browser import DISABLED_FEATURES, Browser, find_chromium
from fixtures.clients.chain import Chain
from fixtures.clients.outcomes import CapabilityMissing, ClientError
from fixtures.clients.recording import NullRecorder
from fixtures.clients.wallets import Wallet
from tests.clients.hostile import within
from tests.clients.stub import stub

PAGE = b"""<!doctype html><title>Swap</title><p data-testid="price">1.5</p>
<button data-testid="sign">Sign</button><output data-testid="out"></output>
<script>
document.querySelector("button").onclick = async () => {
  const [account] = await ethereum.request({ method: "eth_requestAccounts" });
  const params = ["0x6869", account];
  const signature = await ethereum.request({ method: "personal_sign", params });
  document.querySelector("output").textContent = signature;
};
</script>"""
BROKEN = b"<title>x</title><script>console.error('planted-word broke'); null.x</script>"
ABROAD = b"""<title>x</title><img src='http://example.org/pixel.png'>
<script>fetch('/x', {method: 'POST'})</script>"""
HUNG = b"<title>x</title><script>setTimeout(() => { for (;;); }, 50)</script>"

needs_chromium = pytest.mark.skipif(find_chromium() is None, reason="Chromium is not installed")


@pytest.fixture(scope="module")
def server():
    html = {"Content-Type": "text/html"}
    routes = {
        "/": (200, html, PAGE),
        "/broken": (200, html, BROKEN),
        "/abroad": (200, html, ABROAD),
        "/hung": (200, html, HUNG),
        "/favicon.ico": (200, {"Content-Type": "image/png"}, b""),
    }
    with stub(routes) as server:
        yield server


@pytest.fixture(scope="module")
def pictures(tmp_path_factory):
    """The folder of the evidence's pictures."""
    return tmp_path_factory.mktemp("evidence")


@pytest.fixture(scope="module")
def browser(pictures):
    browser = Browser(NullRecorder(), evidence_dir=pictures, deadline_s=10)
    yield browser
    browser.close()


@needs_chromium
def test_a_page_is_used_with_an_injected_wallet(browser, server, pictures):
    wallet = Wallet.fresh()
    chain = Chain("http://127.0.0.1:1", browser.recorder)
    with browser.open(server.url, wallet=wallet, chain=chain) as page:
        assert (page.status, page.title, page.text("@price")) == (200, "Swap", "1.5")
        page.click("@sign")
        assert page.wait_for_text("@out", "0x")
        assert page.text("@out") == wallet.sign_message("hi")
        assert page.wallet.requests == ["eth_requestAccounts", "personal_sign"]
        assert page.timings.interactive_s > 0
        page.screenshot("swap")
        assert not page.visible("@gone", within_s=0.2)
        assert page.console_errors == page.page_errors == page.blocked == []
    kinds = {line["action"] for line in browser.recorder.lines if line["kind"] == "browser"}
    assert {"go", "click", "wallet", "screenshot"} <= kinds
    [picture] = pictures.glob("swap-*.png")
    assert picture.read_bytes().startswith(b"\x89PNG")
    assert wallet.key[2:] not in json.dumps(browser.recorder.lines)


SHOWN = {
    "text": b"<p>Your token: s3cr3t-4711</p>",
    "field": b"<input value='planted-secret'>",
    "text area": b"<textarea>planted-secret</textarea>",
}


@needs_chromium
@pytest.mark.parametrize("shown", SHOWN.values(), ids=SHOWN)
def test_no_picture_is_kept_of_a_page_that_shows_a_secret(browser, pictures, shown):
    browser.recorder.redactor.learn("planted-secret")
    html = {"Content-Type": "text/html"}
    routes = {"/": (200, html, b"<!doctype html><title>x</title>" + shown)}
    with stub(routes) as server, browser.open(server.url) as page:
        page.screenshot("secret")

    assert not list(pictures.glob("secret-*"))
    assert browser.recorder.lines[-1]["text"] == "not kept: the page shows a secret"
    told = json.dumps(browser.recorder.lines[-2:])
    assert "planted-secret" not in told
    assert "s3cr3t-4711" not in told


@needs_chromium
def test_no_picture_is_kept_that_is_too_large(browser, server, pictures, monkeypatch):
    monkeypatch.setattr("fixtures.clients.page.MAX_PICTURE_BYTES", 100)
    with browser.open(server.url) as page:
        page.screenshot("large")

    assert not list(pictures.glob("large-*"))
    assert browser.recorder.lines[-1]["text"] == "not kept: it is too large"


@needs_chromium
def test_what_a_page_complains_about_is_kept(browser, server):
    browser.recorder.redactor.learn("planted-word")
    with browser.open(f"{server.url}/broken") as page:
        assert page.console_errors == ["[redacted] broke"]
        assert len(page.page_errors) == 1
        assert "page error" in page.explain()


@needs_chromium
def test_a_page_reaches_its_own_host_only_and_writes_only_if_granted(browser, server):
    browser.recorder.grant({"read"})
    try:
        with browser.open(f"{server.url}/abroad", wait_until="load") as page:
            page.wait_for("html", "attached")
            assert any("example.org" in text for text in page.blocked), page.explain()
            assert any("POST by the page" in text for text in page.blocked), page.explain()
    finally:
        browser.recorder.grant({"read", "write"})
    assert all(command != "POST" for command, *_ in server.requests)


@needs_chromium
def test_a_hung_page_ends_in_time(server):
    browser = Browser(NullRecorder(), deadline_s=2)
    try:
        with (
            within(20),
            browser.open(f"{server.url}/hung") as page,
            pytest.raises(ClientError, match="Timeout"),
        ):
            page.text("@gone")
    finally:
        browser.close()


@needs_chromium
def test_an_unreachable_page_is_a_sentence(browser):
    with (
        pytest.raises(ClientError, match="ERR_CONNECTION_REFUSED"),
        browser.open("http://127.0.0.1:9917/"),
    ):
        pass


def test_no_browser_is_a_missing_capability(monkeypatch):
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.delenv("CHROMIUM", raising=False)
    with (
        pytest.raises(CapabilityMissing, match="no Chromium was found") as caught,
        Browser(NullRecorder()).open("http://127.0.0.1:1/"),
    ):
        pass
    assert caught.value.capability == "browser"


def test_no_feature_is_on_that_playwright_turns_off():
    driver = Path(playwright.__file__).parent / "driver" / "package" / "lib" / "coreBundle.js"
    listed = driver.read_text(encoding="utf-8").partition("disabledFeatures = [")[2].partition("]")
    names = set(re.findall(r'^\s*"(\w+)",?$', listed[0], re.MULTILINE))
    assert len(names) > 10
    assert names <= set(DISABLED_FEATURES)
