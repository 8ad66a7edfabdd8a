"""Smoothed motion: nearer to what is meant, the ends kept, turns on the sphere."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aimocap_blender.motion.skeleton import Clip
from aimocap_blender.motion.smoothing import (
    in_samples,
    least_bent,
    smooth_rotations,
    smooth_vectors,
    smoothed,
    softened,
    without_jolts,
)

from .made_figures import any_turn, figure, matrix, quaternion, turn_about


def gaussian_mean(values: np.ndarray, row: int, width: float) -> np.ndarray:
    """By the definition, far from the ends."""
    offsets = np.arange(-40, 41)
    weights = np.exp(-0.5 * (offsets / width) ** 2)
    return (weights[:, None] * values[row + offsets]).sum(axis=0) / weights.sum()


@pytest.mark.parametrize("width", [0.7, 2.0, 6.0])
def test_vectors_are_averaged_with_a_gaussian(width: float) -> None:
    values = np.random.default_rng(1).normal(size=(200, 3)).cumsum(axis=0)
    assert smooth_vectors(values, width)[100] == pytest.approx(gaussian_mean(values, 100, width), abs=0.02)
    assert softened(values, 6.0)[100] == pytest.approx(gaussian_mean(values, 100, 6.0), abs=0.3)


@given(st.integers(1, 60), st.floats(0.0, 20.0), st.integers(0, 2**32 - 1))
def test_the_ends_stay_and_straight_lines_stay_straight(count: int, width: float, seed: int) -> None:
    rng = np.random.default_rng(seed)
    wild = rng.normal(size=(count, 2, 3))
    shown = smooth_vectors(wild, width)
    assert shown[[0, -1]] == pytest.approx(wild[[0, -1]], abs=1e-9)
    straight = np.outer(np.arange(count), rng.normal(size=3))
    assert smooth_vectors(straight, width) == pytest.approx(straight, abs=1e-9)


@given(st.integers(2, 60), st.floats(0.0, 20.0), st.integers(0, 2**32 - 1))
def test_turns_at_even_speed_stay_and_so_do_the_ends(count: int, width: float, seed: int) -> None:
    rng = np.random.default_rng(seed)
    axis, first = rng.normal(size=3), any_turn(rng)
    even = np.array([quaternion(turn_about(axis, 0.05 * row) @ first) for row in range(count)])
    even *= rng.choice([-1.0, 1.0], size=(count, 1))  # which of its two quaternions says a turn means nothing
    shown = smooth_rotations(even[:, None], width)[:, 0]
    assert np.abs((shown * even).sum(axis=-1)) == pytest.approx(1.0, abs=1e-9)
    wild = np.array([quaternion(any_turn(rng, 0.8)) for _ in range(count)])
    shown = smooth_rotations(wild, width)
    assert np.abs((shown * wild).sum(axis=-1))[[0, -1]] == pytest.approx(1.0, abs=1e-9)
    assert np.linalg.norm(shown, axis=-1) == pytest.approx(1.0)


def test_the_mean_of_turns_is_where_turns_to_all_others_cancel() -> None:
    rng = np.random.default_rng(3)
    turns = [turn_about(np.array([0.0, 0.0, 1.0]), 0.9 * np.sin(0.3 * row)) @ any_turn(rng, 0.2) for row in range(90)]
    mean = matrix(smooth_rotations(np.array([quaternion(turn) for turn in turns]), 4.0)[45])
    weights = np.exp(-0.5 * (np.arange(-45, 45) / 4.0) ** 2)
    left = np.zeros(3)
    for weight, turn in zip(weights, turns, strict=True):
        away = quaternion(turn @ mean.T)
        angle = 2.0 * np.arctan2(np.linalg.norm(away[1:]), away[0])
        left += weight * away[1:] / max(np.linalg.norm(away[1:]), 1e-12) * angle
    assert np.linalg.norm(left) / weights.sum() < 0.02


def test_jitter_goes_and_what_stands_keeps_standing() -> None:
    rng = np.random.default_rng(4)
    skeleton, _ = figure(rng)
    count = 240
    still = np.broadcast_to(skeleton.heads, (count, len(skeleton), 3))
    turns = np.broadcast_to(skeleton.rest_rotations, (count, len(skeleton), 4))
    noise = rng.normal(size=still.shape) * 0.005
    noise[:, 3] = 0.0
    clip = Clip(skeleton, np.arange(count) / 60.0, 60.0, still + noise, turns)
    calm = smoothed(clip, 0.1)
    off = np.linalg.norm(calm.positions - still, axis=-1)[30:-30]
    assert off.mean() < 0.4 * np.linalg.norm(noise, axis=-1)[30:-30].mean()
    assert off[:, 3].max() < 1e-12
    assert smoothed(clip, 0.0).positions is clip.positions
    assert in_samples(clip.times, 0.1) == pytest.approx(6.0)


def test_a_path_without_jolts_is_changed_where_it_gives_way() -> None:
    turning = np.abs(np.arange(41.0) - 20.0)[:, None] * [0.03, -0.02, 0.01]  # it comes back as fast as it went
    give = np.tile(np.eye(3), (41, 1, 1))
    give[:21] *= 0.05
    rounded = without_jolts(turning, 0.02, give)
    assert np.linalg.norm(np.diff(rounded, 2, axis=0), axis=-1).max() < 0.022
    assert rounded[30:] == pytest.approx(turning[30:], abs=1e-4)
    assert np.abs(rounded - turning)[:20].max() < 0.2 * np.abs(rounded - turning)[21:].max()
    assert without_jolts(turning, 0.1, give) == pytest.approx(turning, abs=0.0)


@pytest.mark.parametrize("count", [1, 2, 3, 7, 18, 19, 40])
@pytest.mark.parametrize("size", [1, 3, 9])
def test_the_least_bent_path_solves_the_whole_system(count: int, size: int) -> None:
    rng = np.random.default_rng(count * size)
    root = rng.normal(size=(count, size, size))
    total = root @ np.swapaxes(root, -1, -2) + np.eye(size)
    asked, path, stiff = rng.normal(size=(count, size)), rng.normal(size=(count, size)), rng.uniform(1.0, 90.0, size)
    bends = np.kron(np.diff(np.eye(count), 2, axis=0), np.eye(size))  # of all samples' unknowns
    weights = np.tile(stiff, max(count - 2, 0))
    whole = bends.T @ (weights[:, None] * bends)
    right = asked.ravel() - whole @ path.ravel()
    for sample in range(count):
        at = slice(sample * size, (sample + 1) * size)
        whole[at, at] += total[sample]
    expected = np.linalg.solve(whole, right).reshape(count, size)
    assert np.allclose(least_bent(total, asked, stiff, path), expected, atol=1e-8)
