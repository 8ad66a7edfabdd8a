"""Which picture of a movie is seen when: the one nearest to the motion's moment, and only those of the range."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aimocap_blender.motion.time_mapping import MovieTiming, TimeMapping

PICTURES = 400
mappings = st.builds(
    TimeMapping,
    st.floats(-500.0, 500.0),
    st.one_of(st.sampled_from([24.0, 25.0, 30.0]), st.floats(5.0, 120.0)).flatmap(
        lambda rate: st.sampled_from([rate, -rate])
    ),
)
rates = st.sampled_from([24.0, 25.0, 30000 / 1001, 60.0])
firsts, counts = st.integers(0, 300), st.integers(1, 90)


@given(mappings, rates, firsts, counts)
def test_the_frames_are_those_whose_moment_is_in_the_range(
    mapping: TimeMapping, fps: float, first: int, count: int
) -> None:
    start, end = first / fps, (first + count) / fps
    timing = MovieTiming.of_range(mapping, fps, PICTURES, (start, end))
    left, right = timing.frames
    half = 0.5 / fps + 1e-9
    for frame in range(left - 3, right + 3):
        moment = start + (frame - mapping.frame_at_zero) / mapping.frames_per_second
        assert abs(timing.movie_frame_at(frame) / fps - moment) <= half
        if right - left > 1:
            assert left <= frame < right or not start - half + 2e-9 < moment < end - half - 2e-9
            assert not left <= frame < right or start - half <= moment <= end - half + 2e-9


@given(mappings, rates, firsts, counts)
def test_the_anchor_is_on_a_whole_frame(mapping: TimeMapping, fps: float, first: int, count: int) -> None:
    timing = MovieTiming.of_range(mapping, fps, PICTURES, (first / fps, (first + count) / fps))
    if timing.anchor is not None:
        picture, frame = timing.anchor
        moment = first / fps + (frame - mapping.frame_at_zero) / mapping.frames_per_second
        assert moment * fps == pytest.approx(picture, abs=2e-3)
        assert 0 <= picture <= first


def test_a_strip_that_starts_on_a_frame_has_an_anchor() -> None:
    assert MovieTiming.of_range(TimeMapping(17.2, 24.0), 30.0, PICTURES, (9 / 30, 2.0)).anchor == (0, 10)
    assert MovieTiming.of_range(TimeMapping(17.0, 24.0), 30.0, PICTURES, (9 / 30, 2.0)).anchor == (4, 13)
    assert MovieTiming.of_range(TimeMapping(17.1, 24.0), 30.0, PICTURES, (9 / 30, 2.0)).anchor is None
