"""The web page in a real browser: it works, and it is not slower than it was."""

import pytest

LOADS = 3


@pytest.mark.item("MA-POST-11")
def test_the_page_works_in_a_browser(browser, api, target, evidence):
    """The page starts without an error, offers to connect a wallet, and lists the API's orders.

    A page that dies while starting still answers 200, and so do all of its files.
    """
    with browser.open(target.require("frontend_url")) as page:
        listed = page.visible("@order-row", within_s=5)
        offered = page.visible("@connect-wallet", within_s=1)
        rows = page.count("@order-row")
        errors = page.page_errors + page.console_errors
        evidence.observe(order_rows=rows, script_errors=len(errors))
        page.screenshot("start")
        assert errors == [], page.explain("no uncaught error and no console error")
        assert offered, page.explain("a control to connect a wallet")
        assert listed, page.explain("orders in the list")
        shown = api.order(page.attribute("@order-row", "data-order-id"))
        assert shown.status == 200, shown.explain("the order that the page lists first")


@pytest.mark.item("MA-POST-18")
def test_the_page_is_not_slower_than_before_and_a_person_found_it_no_worse(
    attestation, browser, target, release, baseline, limits, evidence
):
    """The page is usable as soon as with the release before, and somebody went through its flows.

    Timings do not tell what annoys people, and people do not notice 300 ms more each release.
    """
    limit = limits["page_interactive_ratio"]
    usable_s = []
    for _ in range(LOADS):
        with browser.open(target.require("frontend_url")) as page:
            usable_s.append(page.wait_for("@order-row"))
    # A busy machine only ever adds time, so the fastest load says most about the page.
    ratio = round(1000 * min(usable_s) / baseline["page"]["interactive_ms"], 3)
    missing = [fact for fact in attestation.rule.facts if not attestation.facts.get(fact)]
    evidence.observe(
        page_loads=len(usable_s), page_interactive_ratio=ratio, by=attestation.by,
        facts=dict(attestation.facts),
    )  # fmt: skip
    assert limit.holds(ratio), f"{limit.explain(ratio)}: usable after {usable_s} s"
    assert attestation.commit == release.commit, (
        f"attested for commit {attestation.commit}, but the release is {release.commit}"
    )
    assert not missing, f"the attestation lacks the facts {', '.join(missing)}"
    for fact, value in attestation.rule.equals.items():
        stated = attestation.facts.get(fact)
        assert stated == value, f"expected {fact} = {value!r}, attested {stated!r}"
