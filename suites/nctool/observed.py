"""What Prometheus observed of the release, in windows that are counted from its deployment."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from contracts.metrics import Figure
from fixtures.clients.outcomes import CapabilityMissing, Inconclusive
from fixtures.clients.prometheus import Answer, Prometheus
from fixtures.probes.time_series import levelled, missing_steps

HOUR = timedelta(hours=1)
WEEK = timedelta(days=7)
EVIDENCE_AFTER = timedelta(seconds=30)
"""So long after a window Prometheus has its last samples."""


@dataclass(frozen=True)
class Window:
    """A stretch of time."""

    start: datetime
    end: datetime

    @property
    def length(self) -> timedelta:
        """How long it is."""
        return self.end - self.start

    @property
    def duration(self) -> str:
        """Its length as PromQL writes it."""
        return f"{round(self.length.total_seconds())}s"

    def earlier(self, by: timedelta) -> Window:
        """The same stretch so much before."""
        return Window(self.start - by, self.end - by)


@dataclass(frozen=True)
class Steps:
    """A figure in equal stretches that together fill a window.

    `samples` has the end of each stretch in seconds since 1970, and the value; `missing` the ends
    of those that have none.
    """

    samples: tuple[tuple[float, float], ...]
    missing: tuple[datetime, ...]
    evidence: str


class Observed:
    """The figures of the contract, as the target's Prometheus has them.

    They are numbers of things, shares, bytes and seconds: a negative one was not observed.
    """

    def __init__(
        self, prometheus: Prometheus, figures: Mapping[str, Figure], deployed_at: datetime | None
    ) -> None:
        self._prometheus = prometheus
        self._deployed_at = deployed_at
        self.figures = figures

    def window(self, start: timedelta, end: timedelta) -> Window:
        """A stretch after the deployment; Inconclusive while it is not over."""
        if self._deployed_at is None:
            raise CapabilityMissing(
                "release.deployed_at",
                "nobody says when the release was deployed.",
                "Set deployed_at in [systems.nctool.release].",
            )
        found = Window(self._deployed_at + start, self._deployed_at + end)
        left = found.end + EVIDENCE_AFTER - datetime.now(UTC)
        if left > timedelta(0):
            raise Inconclusive(
                f"The window that ends {end} after the deployment is not over: run this check "
                f"again in {left}."
            )
        return found

    def ask(self, name: str, window: Window) -> Answer:
        """A figure over a whole window."""
        return self._prometheus.query(self.figures[name].over(window.duration), window.end)

    def value(self, name: str, window: Window) -> float:
        """A figure over a whole window, as one number; Inconclusive where there is none."""
        answer = self.ask(name, window)
        if (value := answer.value()) < 0:
            raise Inconclusive(f"{answer.query} is {value}, below zero ({answer.evidence})")
        return value

    def steps(self, name: str, window: Window, each: timedelta) -> Steps:
        """A figure in stretches of equal length; none reaches out of the window."""
        step_s = each.total_seconds()
        answer = self._ranges(name, window, each)
        samples = tuple(one for one in answer.finite() if one[1] >= 0) if answer else ()
        first = (window.start + each).timestamp()
        gaps = missing_steps(samples, first, window.end.timestamp(), step_s)
        return Steps(
            samples, tuple(datetime.fromtimestamp(at, UTC) for at in gaps), answer.evidence
        )

    def ranges(self, name: str, window: Window, each: timedelta) -> Answer:
        """The series of a count at the end of each stretch; Inconclusive for what is no count."""
        answer = self._ranges(name, window, each)
        for one in answer.series:
            for at, value in one.samples:
                if not 0 <= value < math.inf:
                    raise Inconclusive(
                        f"{answer.query} is {value} at {datetime.fromtimestamp(at, UTC)} for "
                        f"{dict(one.labels)}, which counts nothing. Evidence: {answer.evidence}."
                    )
        return answer

    def _ranges(self, name: str, window: Window, each: timedelta) -> Answer:
        expression = self.figures[name].over(f"{round(each.total_seconds())}s")
        return self._prometheus.query_range(
            expression, window.start + each, window.end, each.total_seconds()
        )

    def buckets(self, name: str, window: Window) -> dict[float, float]:
        """The cumulative counts of a histogram over a window, by upper bound; levelled."""
        return levelled(
            {
                float(one.labels["le"]): one.samples[-1][1]
                for one in self.ask(name, window).series
                if "le" in one.labels and math.isfinite(one.samples[-1][1])
            }
        )
