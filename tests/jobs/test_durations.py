"""How long something will take, from how long earlier ones took: those most alike in length count."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aimocap_blender.jobs.timing import estimated, time_left

seconds = st.floats(0.1, 1e4)


def test_nothing_is_known_without_earlier_ones() -> None:
    assert estimated([], 5.0) is None
    assert estimated([(0.0, 3.0), (4.0, 0.0)], 5.0) is None
    assert estimated([(4.0, 3.0)], 0.0) is None


@given(st.lists(seconds, min_size=1), seconds, seconds)
def test_steady_rate_is_the_estimate(lengths: list[float], rate: float, length: float) -> None:
    assert estimated([(one, one * rate) for one in lengths], length) == pytest.approx(length * rate)


def test_those_most_alike_in_length_count_and_one_outlier_does_not() -> None:
    long_ones = [(600.0, 6000.0)] * 20
    short_ones = [(5.0, 60.0), (5.5, 66.0), (6.0, 72.0), (4.0, 48.0), (5.0, 5000.0)]
    assert estimated(long_ones + short_ones, 5.0) == pytest.approx(60.0)


@pytest.mark.parametrize(
    ("left", "reported"),
    [
        (-1.0, "takes longer than earlier ones"),
        (0.0, "less than a minute left"),
        (44.0, "less than a minute left"),
        (46.0, "about 1 min left"),
        (125.0, "about 2 min left"),
        (3600.0, "about 60 min left"),
    ],
)
def test_it_is_reported_as_an_estimate(left: float, reported: str) -> None:
    assert time_left(left) == reported
