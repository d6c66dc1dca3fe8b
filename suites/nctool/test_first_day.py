"""From two hours to a day after the release: adoption, trends, and the errors that came."""

import math
from datetime import timedelta

import pytest

from fixtures.probes.error_review import count_by_class, problems_of_review
from fixtures.probes.time_series import relative_to, trend
from suites.nctool.observed import HOUR, WEEK

FIRST_DAY = (2 * HOUR, 24 * HOUR)
SAMPLE = timedelta(minutes=5)
SIGNIFICANT = 0.01
ENOUGH_HOURS = 16


@pytest.mark.item("NC-POST-05")
def test_the_adoption_of_every_feature_was_counted_each_hour(observed, api, evidence):
    """How many operations get each feature is known for every hour of the first day.

    A rollout that nobody counts cannot be judged, and a flag that reaches nobody looks healthy.
    """
    window = observed.window(*FIRST_DAY)
    listed = api.flags()
    assert listed.status == 200, listed.explain("the stored flags")
    features = {flag["name"] for flag in listed.json()["flags"]}
    answer = observed.ranges("adoption", window, HOUR)
    counted = {feature: {} for feature in features}
    for one in answer.series:
        hours = counted.setdefault(one.labels.get("feature"), {})
        for at, value in one.samples:
            hours[at] = hours.get(at, 0) + value
    expected = round(window.length / HOUR)
    lacking = {name: expected - len(hours) for name, hours in counted.items() if name in features}
    unused = [name for name in features if not sum(counted[name].values())]

    evidence.observe(features=len(features), hours=expected, series=len(answer.series))
    assert features, listed.explain("at least one flag")
    assert not any(lacking.values()), (
        f"expected: a sample in each of {expected} hours\nobserved: hours without one, by "
        f"feature: {lacking} ({answer.evidence})"
    )
    assert not unused, f"in the whole day no operation asked for {unused} ({answer.evidence})"


@pytest.mark.item("NC-POST-06")
@pytest.mark.parametrize("name", ["memory", "response_mean"])
def test_neither_memory_nor_response_time_climbs_over_the_first_day(observed, evidence, name):
    """Memory and response time stay level, beside what every day does to them.

    A leak holds every limit on the first day, and breaks one in the first weekend.
    """
    window = observed.window(*FIRST_DAY)
    now = observed.steps(name, window, HOUR)
    before = observed.steps(name, window.earlier(WEEK), HOUR)
    level = relative_to(now.samples, before.samples, WEEK.total_seconds(), HOUR.total_seconds())
    if len(level) < ENOUGH_HOURS:
        evidence.inconclusive(
            f"{name}: {len(level)} hours can be compared with the week before, "
            f"{ENOUGH_HOURS} are needed ({now.evidence}, {before.evidence})"
        )
    found = trend(level)
    rise_pct = 100 * found.rise
    tolerated = observed.figures[name].upward_trend_pct

    evidence.observe(hours=found.count, rise_pct=round(rise_pct, 2), p_upward=found.p_upward)
    climbs = found.p_upward < SIGNIFICANT and rise_pct > tolerated
    assert not climbs, (
        f"expected: {name} rises by at most {tolerated:g} % within the day, or by chance\n"
        f"observed: {rise_pct:.1f} % in {found.count} hours, by chance with probability "
        f"{found.p_upward:.1g} ({now.evidence})"
    )


@pytest.mark.item("NC-POST-08")
def test_every_class_of_error_of_the_first_day_was_reviewed(observed, review, release, evidence):
    """A named person looked at each class of error that occurred, the rare ones above all.

    A single CRITICAL error among thousands of harmless ones is the one that costs money.
    """
    window = observed.window(*FIRST_DAY)
    # from before the window, to know which counters were there when it began
    looked_at = observed.window(FIRST_DAY[0] - SAMPLE - SAMPLE, FIRST_DAY[1])
    answer = observed.ranges("errors_by_class", looked_at, SAMPLE)
    occurred = count_by_class(
        ((one.labels, one.samples) for one in answer.series), window.start.timestamp()
    )
    problems = problems_of_review(
        review("first-day-errors.json"), occurred, release.commit, window.start, window.end
    )

    evidence.observe(
        classes=len(occurred),
        errors=math.floor(sum(occurred.values())),
        critical=math.floor(sum(n for (grade, _), n in occurred.items() if grade == "CRITICAL")),
    )
    assert answer.series, f"no error was ever counted, not even a harmless one ({answer.evidence})"
    assert not problems, "\n".join([*problems, f"({answer.evidence})"])
