"""What is made later is made at its first use, and not before."""

import pytest

from fixtures.clients.later import Later
from fixtures.clients.outcomes import CapabilityMissing


def test_nothing_is_made_before_it_is_used():
    made = []
    later = Later(lambda: made.append("once") or "text")

    assert made == []
    assert later.upper() == "TEXT"
    assert made == ["once"]


def test_what_is_missing_is_missed_where_it_is_used():
    def make():
        raise CapabilityMissing("api_url", "the profile names none.", "Set api_url.")

    later = Later(make)

    with pytest.raises(CapabilityMissing, match="names none"):
        _ = later.base_url
