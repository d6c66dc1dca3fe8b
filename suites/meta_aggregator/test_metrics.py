"""The metrics of the running release over the first observation window."""

import pytest

from fixtures.clients.waiting import during


@pytest.mark.item("MA-POST-17")
def test_the_performance_figures_stay_in_their_range(api, metrics, target, limits, evidence):
    """Response time, query time, memory and disk keep their alert limits over the whole window.

    A release that leaks reaches its limit hours after everybody went home.
    """
    window_s = target.require("observation_window_s")
    replies = []

    def look():
        replies.append(api.orders(limit=1))
        return metrics.scrape()

    first, *later = during(window_s, look, every_s=window_s / 6)
    means_ms = {
        metric: 1000 * later[-1].histogram(name).since(first.histogram(name)).mean
        for metric, name in (
            ("response_ms", "meta_aggregator_http_request_duration_seconds"),
            ("db_query_ms", "meta_aggregator_db_query_duration_seconds"),
        )
    }
    highest_pct = {
        metric: 100 * max(scrape.value(name) for scrape in (first, *later))
        for metric, name in (
            ("memory_pct", "meta_aggregator_memory_used_ratio"),
            ("disk_pct", "meta_aggregator_disk_used_ratio"),
        )
    }
    observed = means_ms | highest_pct
    evidence.observe(scrapes=len(later) + 1, requests_sent=len(replies), **observed)
    for metric, value in observed.items():
        limit = limits[metric]
        assert limit.holds(value), f"{limit.explain(round(value, 1))} ({later[-1].evidence})"
