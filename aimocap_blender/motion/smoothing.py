"""Gaussian smoothing over time, of vectors and of turns; the first and the last sample stay what they are."""

import numpy as np

from .rotations import (
    FloatArray,
    conjugate,
    continuous,
    from_rotation_vector,
    multiply,
    normalise,
    to_rotation_vector,
)
from .skeleton import Clip

_REACH = 3.0  # standard deviations, beyond which a Gaussian counts as nothing
_LEAST = 0.1  # samples: a narrower Gaussian changes nothing


def smoothed(clip: Clip, seconds: float) -> Clip:
    """The clip with its heads and turns smoothed in the world; feet that stand keep standing.

    Heads are averaged as points, so that bones are a little shorter where they swing fast: their directions are what
    counts.

    Args:
        clip: samples evenly spaced in time.
        seconds: standard deviation of the Gaussian; 0 for none.
    """
    width = in_samples(clip.times, seconds)
    return Clip(
        clip.skeleton,
        clip.times,
        clip.fps,
        smooth_vectors(clip.positions, width),
        smooth_rotations(clip.rotations, width),
    )


def rate_of(times: FloatArray) -> float:
    """Samples a second of evenly spaced times (F,)."""
    return 1.0 / max(float(np.median(np.diff(times))), 1e-6) if len(times) > 1 else 1.0


def in_samples(times: FloatArray, seconds: float) -> float:
    """A span of seconds in samples of evenly spaced times (F,)."""
    return seconds * (len(times) - 1) / float(times[-1] - times[0]) if len(times) > 1 else 0.0


def smooth_vectors(values: FloatArray, width: float) -> FloatArray:
    """Values (F, ...) averaged with a Gaussian whose standard deviation is `width` samples."""
    weights = _weights(len(values), width)
    if len(weights) == 1:
        return values
    reach = len(weights) // 2
    # mirrored through the end samples, as points are: the average about an end is the end
    before = 2.0 * values[:1] - values[reach:0:-1]
    after = 2.0 * values[-1:] - values[-2 : -reach - 2 : -1]
    padded = np.concatenate([before, values, after])
    total = np.zeros_like(values)
    for offset, weight in enumerate(weights.tolist()):
        total += weight * padded[offset : offset + len(values)]
    return total


def softened(values: FloatArray, width: float) -> FloatArray:
    """Values (F, ...) averaged with nearly a Gaussian of a standard deviation of `width` samples, in one pass of each.

    Three moving averages over mirrored ends: the time does not grow with the width.
    """
    half = min(round(width * 0.866), len(values) - 1)  # three of 2 * half + 1 have the Gaussian's variance
    for _ in range(3 if half > 0 else 0):
        padded = np.concatenate([values[half:0:-1], values, values[-2 : -half - 2 : -1]])
        sums = np.cumsum(padded, axis=0)
        sums[2 * half + 1 :] = sums[2 * half + 1 :] - sums[: -2 * half - 1]
        values = sums[2 * half :] / (2 * half + 1)
    return values


def smooth_rotations(turns: FloatArray, width: float) -> FloatArray:
    """Turns (F, ..., 4) averaged on the sphere with a Gaussian whose standard deviation is `width` samples.

    The average is the one from which the weighted turns to all others cancel out (Karcher's), to second order.
    """
    weights = _weights(len(turns), width)
    if len(weights) == 1:
        return turns
    reach = len(weights) // 2
    before = multiply(multiply(turns[:1], conjugate(turns[reach:0:-1])), turns[:1])
    after = multiply(multiply(turns[-1:], conjugate(turns[-2 : -reach - 2 : -1])), turns[-1:])
    padded = continuous(np.concatenate([before, turns, after]))
    count = len(turns)
    mean = np.zeros_like(turns)
    for offset, weight in enumerate(weights.tolist()):
        mean += weight * padded[offset : offset + count]
    mean = normalise(mean)
    back = conjugate(mean)
    rest = np.zeros((*turns.shape[:-1], 3))
    for offset, weight in enumerate(weights.tolist()):
        rest += weight * to_rotation_vector(multiply(padded[offset : offset + count], back))
    return multiply(from_rotation_vector(rest), mean)


def _weights(count: int, width: float) -> FloatArray:
    """(2 * reach + 1,) of a Gaussian, sum 1; a single one where nothing is to be smoothed."""
    reach = min(int(np.ceil(_REACH * width)), count - 1) if width > _LEAST else 0
    weights = np.exp(-0.5 * (np.arange(-reach, reach + 1) / max(width, _LEAST)) ** 2)
    return np.asarray(weights / weights.sum(), dtype=np.float64)


def covered(values: FloatArray, reach: int) -> FloatArray:
    """A smooth line (F,) that is nowhere under `values`."""
    if reach < 1 or float(values.max()) <= 0.0:
        return values
    padded = np.pad(values, 2 * reach, mode="edge")
    window = 2 * reach + 1
    highest = np.lib.stride_tricks.sliding_window_view(padded, window).max(axis=-1)
    return np.asarray(np.convolve(highest, np.full(window, 1.0 / window), mode="valid"), dtype=np.float64)
