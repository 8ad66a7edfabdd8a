"""Samples that may be left out: never one that would be missed by more than the tolerance."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from aimocap_blender.motion.resampling import needed_keys


def apart(between: np.ndarray, sampled: np.ndarray) -> np.ndarray:
    return np.linalg.norm(between - sampled, axis=-1)


@given(
    seed=st.integers(0, 2**32 - 1),
    count=st.integers(1, 80),
    curves=st.integers(1, 4),
    roughness=st.floats(0.0, 1.0),
    tolerance=st.floats(1e-4, 1.0),
)
def test_kept_keys_stay_within_the_tolerance(
    seed: int, count: int, curves: int, roughness: float, tolerance: float
) -> None:
    rng = np.random.default_rng(seed)
    frames = np.cumsum(rng.uniform(0.1, 2.0, size=count))
    smooth = np.sin(frames[:, None, None] * rng.uniform(0.02, 0.3, size=(curves, 3)))
    values = smooth + roughness * rng.normal(size=(count, curves, 3))
    kept = needed_keys(frames, values, apart, tolerance)
    assert kept.shape == (count, curves)
    assert kept[[0, -1]].all()
    for curve in range(curves):
        rows = np.flatnonzero(kept[:, curve])
        for number in range(3):
            line: np.ndarray = np.interp(frames, frames[rows], values[rows, curve, number])
            assert np.abs(line - values[:, curve, number]).max() <= tolerance * (1 + 1e-9)
        shown = np.stack([np.interp(frames, frames[rows], values[rows, curve, n]) for n in range(3)], axis=-1)
        assert apart(shown, values[:, curve]).max() <= tolerance * (1 + 1e-9)


def test_straight_lines_need_their_ends_and_corners_alone() -> None:
    frames = np.arange(101.0)
    corner = np.abs(frames - 37.0)
    values = np.stack([corner, 3.0 * frames, np.ones(101)], axis=-1)[:, :, None]
    kept = needed_keys(frames, values, apart, 1e-6)
    assert [np.flatnonzero(column).tolist() for column in kept.T] == [[0, 37, 100], [0, 100], [0, 100]]


def test_numbers_of_one_property_share_their_keys() -> None:
    frames = np.arange(11.0)
    values = np.stack([np.abs(frames - 3.0), np.abs(frames - 7.0)], axis=-1)[:, None]
    assert np.flatnonzero(needed_keys(frames, values, apart, 1e-6)[:, 0]).tolist() == [0, 3, 7, 10]


def test_long_motions_take_few_passes() -> None:
    """Each pass looks at all spans at once: their number grows with the logarithm of the keys."""
    calls = 0

    def counted(between: np.ndarray, sampled: np.ndarray) -> np.ndarray:
        nonlocal calls
        calls += 1
        return apart(between, sampled)

    frames = np.arange(10_000.0)
    values = np.sin(frames[:, None, None] * np.array([0.05, 0.11])[:, None])
    kept = needed_keys(frames, values, counted, 0.01)
    assert calls < 60
    assert 500 < kept.sum() < 8_000
