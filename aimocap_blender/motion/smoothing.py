"""Smoothing over time of vectors and rotations.

Gaussian, where the first and the last sample don't change; or of a limb's channels, from which it takes jitter and
leaves broad swings.
"""

from dataclasses import replace

import numpy as np

from .held_poses import moving
from .rotations import (
    FloatArray,
    IntArray,
    conjugate,
    continuous,
    from_rotation_vector,
    multiply,
    norm,
    normalise,
    to_rotation_vector,
)
from .skeleton import Clip

_REACH = 3.0  # standard deviations beyond which a Gaussian is zero
_PROJECTIONS = 200  # at most, until jolts are small
_EXACT = 0.01  # of what is allowed
_DAMPED = 0.6  # of the nearest change: neighbours change the same positions
_BLOCK = 18  # unknowns that are eliminated at once: numpy takes longer to be called than for a few of them
_LEAST_LENGTH = 1e-12  # metres
_LEAST = 0.1  # samples: a narrower Gaussian changes nothing


def smoothed(clip: Clip, seconds: float) -> Clip:
    """Return the clip with heads and rotations smoothed in the world; planted feet stay planted.

    Heads are averaged as points, so that bones are a little shorter in fast swings: only their directions count. Poses
    that are held for several samples become a motion first.

    Args:
        clip: samples evenly spaced in time.
        seconds: standard deviation of the Gaussian; 0 for none.
    """
    if seconds > 0.0:
        clip, _ = moving(clip)
    width = in_samples(clip.times, seconds)
    return replace(
        clip, positions=smooth_vectors(clip.positions, width), rotations=smooth_rotations(clip.rotations, width)
    )


def rate_of(times: FloatArray) -> float:
    """Return samples per second of evenly spaced times (F,)."""
    return 1.0 / max(float(np.median(np.diff(times))), 1e-6) if len(times) > 1 else 1.0


def in_samples(times: FloatArray, seconds: float) -> float:
    """Convert seconds to samples of evenly spaced times (F,)."""
    return seconds * (len(times) - 1) / float(times[-1] - times[0]) if len(times) > 1 else 0.0


def smooth_vectors(values: FloatArray, width: float) -> FloatArray:
    """Average values (F, ...) with a Gaussian whose standard deviation is `width` samples."""
    weights = _weights(len(values), width)
    return values if len(weights) == 1 else weighted_around(values, weights)


def weighted_around(values: FloatArray, weights: FloatArray) -> FloatArray:
    """Average values (F, ...) with the weights (2 * reach + 1,) of the samples around each.

    Beyond the ends they are point-mirrored at the end samples, so that the average at an end is the end.
    """
    reach = len(weights) // 2
    before = 2.0 * values[:1] - values[reach:0:-1]
    after = 2.0 * values[-1:] - values[-2 : -reach - 2 : -1]
    padded = np.concatenate([before, values, after])
    total = np.zeros_like(values)
    for offset, weight in enumerate(weights.tolist()):
        total += weight * padded[offset : offset + len(values)]
    return total


def softened(values: FloatArray, width: float) -> FloatArray:
    """Average values (F, ...) with nearly a Gaussian of standard deviation `width` samples.

    Three moving averages with mirrored ends: the time does not depend on the width.
    """
    half = min(round(width * 0.866), len(values) - 1)  # three of 2 * half + 1 have the Gaussian's variance
    for _ in range(3 if half > 0 else 0):
        # mirrored at the end samples, which are there once
        padded = np.concatenate([values[half:0:-1], values, values[-2 : -half - 2 : -1]])
        sums = np.cumsum(padded, axis=0)
        # the sum within a window is the difference of two running sums
        sums[2 * half + 1 :] = sums[2 * half + 1 :] - sums[: -2 * half - 1]
        values = sums[2 * half :] / (2 * half + 1)
    return values


def without_jolts(path: FloatArray, most: float, give: FloatArray) -> FloatArray:
    """Return the path (F, 3), changed little, with steps that change by about `most` at most from one to the next.

    Args:
        path: positions.
        most: the greatest change of a step.
        give: (F, 3, 3) how easily each position changes, symmetric and positive.
    """
    path = path.copy()
    for _ in range(_PROJECTIONS):
        jolts = path[:-2] - 2.0 * path[1:-1] + path[2:]
        size = norm(jolts)
        there = np.flatnonzero(size > most * (1.0 + _EXACT))
        if not len(there):
            break
        # the three positions of each jolt give way, as easily as each may, by what is over
        over = jolts[there] * (1.0 - most / size[there])[:, None]
        before, middle, after = give[there], give[there + 1], give[there + 2]
        by = _DAMPED * np.linalg.inv(before + 4.0 * middle + after) @ over[:, :, None]
        path[there + 1] += 2.0 * (middle @ by)[:, :, 0]
        path[there] -= (before @ by)[:, :, 0]
        path[there + 2] -= (after @ by)[:, :, 0]
    return path


def smooth_rotations(rotations: FloatArray, width: float) -> FloatArray:
    """Average rotations (F, ..., 4) on the sphere with a Gaussian of standard deviation `width` samples.

    It is the Karcher mean, from which the weighted rotations to all others cancel out, to second order.
    """
    weights = _weights(len(rotations), width)
    if len(weights) == 1:
        return rotations
    # beyond the ends point-mirrored at them, as vectors are: turned on from the end by what leads to it
    reach = len(weights) // 2
    before = multiply(multiply(rotations[:1], conjugate(rotations[reach:0:-1])), rotations[:1])
    after = multiply(multiply(rotations[-1:], conjugate(rotations[-2 : -reach - 2 : -1])), rotations[-1:])
    padded = continuous(np.concatenate([before, rotations, after]))
    # first the mean of the quaternions, then what is left of the rotations from there to all others
    count = len(rotations)
    mean = np.zeros_like(rotations)
    for offset, weight in enumerate(weights.tolist()):
        mean += weight * padded[offset : offset + count]
    mean = normalise(mean)
    back = conjugate(mean)
    rest = np.zeros((*rotations.shape[:-1], 3))
    for offset, weight in enumerate(weights.tolist()):
        rest += weight * to_rotation_vector(multiply(padded[offset : offset + count], back))
    return multiply(from_rotation_vector(rest), mean)


def _weights(count: int, width: float) -> FloatArray:
    """Return (2 * reach + 1,) weights of a Gaussian, sum 1; a single one where nothing is to be smoothed."""
    # not beyond the other end, where there is nothing to mirror
    reach = min(int(np.ceil(_REACH * width)), count - 1) if width > _LEAST else 0
    weights = np.exp(-0.5 * (np.arange(-reach, reach + 1) / max(width, _LEAST)) ** 2)
    return np.asarray(weights / weights.sum(), dtype=np.float64)


def covered(values: FloatArray, reach: int) -> FloatArray:
    """Return a smooth line (F,) that is nowhere below `values`."""
    if reach < 1 or float(values.max()) <= 0.0:
        return values
    window = 2 * reach + 1
    # a mean of maxima that all reach as far as the mean does is at no sample below the value
    padded = highest(np.pad(values, reach, mode="edge"), reach)
    return np.asarray(np.convolve(padded, np.full(window, 1.0 / window), mode="valid"), dtype=np.float64)


def smooth_step(share: FloatArray) -> FloatArray:
    """Return shares from 0 to 1 that begin and end level."""
    return share * share * (3.0 - 2.0 * share)


def highest(values: FloatArray, reach: int) -> FloatArray:
    """Return (F,) the highest of the values up to `reach` samples away."""
    padded = np.pad(values, reach, mode="edge")
    return np.asarray(np.lib.stride_tricks.sliding_window_view(padded, 2 * reach + 1).max(axis=-1), dtype=np.float64)


def saturated(shift: FloatArray, most: FloatArray) -> FloatArray:
    """Return shifts (F, 3) as they are while they are short, and never longer than `most` (F,)."""
    length = norm(shift)
    # up to half of the limit nothing changes; from there on the slope falls from 1 without a step
    over = np.maximum(length - most / 2.0, 0.0)
    kept = np.minimum(length, most / 2.0) + over / np.sqrt(1.0 + (over / (most / 2.0)) ** 2)
    return shift * (kept / np.maximum(length, _LEAST_LENGTH))[:, None]


def least_bent(total: FloatArray, asked: FloatArray, stiff: FloatArray, path: FloatArray) -> FloatArray:
    """Return the step (F, N) x that minimises x·total·x - 2 x·asked + stiff·|second differences of path + x|².

    Args:
        total: (F, N, N) positive.
        asked: (F, N).
        stiff: (N,) weights, or (F - 2, N).
        path: (F, N).
    """
    right = asked.copy()
    if len(path) > 2:  # noqa: PLR2004 -- fewer samples have no second difference
        # the bends that the path has already pull on their three samples with weights 1, -2, 1
        bends = stiff * (path[:-2] - 2.0 * path[1:-1] + path[2:])
        right[:-2] -= bends
        right[1:-1] += 2.0 * bends
        right[2:] -= bends
    return _bent_least(total, right[:, :, None], stiff)[:, :, 0]


def least_bent_lines(weight: FloatArray, lines: FloatArray, stiff: float) -> FloatArray:
    """Return lines (F, C) x that minimise weight·|x - lines|² + |x|² + stiff·|second differences of x|².

    Args:
        weight: (F,).
        lines: (F, C).
        stiff: weight.
    """
    total = (weight + 1.0)[:, None, None]
    return _bent_least(total, (weight[:, None] * lines)[:, None], np.array([stiff]))[:, 0]


def _bent_least(total: FloatArray, right: FloatArray, stiff: FloatArray) -> FloatArray:
    """Return the solution (F, N, C) of `total` (F, N, N) and second differences' `stiff` weights, for (F, N, C)."""
    count, size, columns = right.shape
    # some samples are one block of a system that is tridiagonal in blocks; the last block is filled up
    some = max(2, _BLOCK // size)
    blocks = -(-count // some)
    whole, known = np.zeros((blocks * some, size, size)), np.zeros((blocks * some, size, columns))
    whole[count:] = np.eye(size)
    own, beside, after = np.zeros((3, blocks * some, size))
    # the squares of second differences (1, -2, 1): each sample's own weight, those with the next and the one after
    for first in range(3 if count > 2 else 0):  # noqa: PLR2004 -- as above
        own[first : first + count - 2] += (1.0, 4.0, 1.0)[first] * stiff
        beside[first : first + count - 2] += (-2.0, -2.0, 0.0)[first] * stiff
        after[first : first + count - 2] += (1.0, 0.0, 0.0)[first] * stiff
    each: IntArray = np.arange(size, dtype=np.int64)
    whole[:count] = total
    whole[:, each, each] += own
    known[:count] = right
    middle, beyond = np.zeros((2, blocks, some * size, some * size))
    for row in range(some):
        at = row * size
        middle[:, at : at + size, at : at + size] = whole[row::some]
        for further, values in ((row + 1, beside[row::some]), (row + 2, after[row::some])):
            to = further % some * size
            if further < some:
                middle[:, at + each, to + each] = middle[:, to + each, at + each] = values
            else:
                beyond[:, at + each, to + each] = values
    found = _eliminated(middle, beyond, known.reshape(blocks, some * size, columns))
    return found.reshape(blocks * some, size, columns)[:count]


def _eliminated(middle: FloatArray, beyond: FloatArray, known: FloatArray) -> FloatArray:
    """Return the solution (N, S, C) of a symmetric system with blocks (N, S, S) on its diagonal and `beyond` it."""
    # forwards, each block without the one before; then backwards, each with the solution of the next
    count, size, columns = known.shape
    factors = np.empty((count, size, size + columns))
    right, inner = np.concatenate([beyond, known], axis=-1), middle.copy()
    for block in range(count):
        if block:
            back = beyond[block - 1].T @ factors[block - 1]
            inner[block] -= back[:, :size]
            right[block, :, size:] -= back[:, size:]
        factors[block] = np.linalg.solve(inner[block], right[block])
    found = factors[:, :, size:].copy()
    for block in range(count - 2, -1, -1):
        found[block] -= factors[block, :, :size] @ found[block + 1]
    return found


def calm_vectors(values: FloatArray, width: float) -> FloatArray:
    """Smooth values (F, C) with a Gaussian of `width` samples, and add what that took away, smoothed too.

    Twice the Gaussian (Tukey's twicing) has no effect on cubics, so that poses held for longer than `width` keep their
    extent. The first and the last sample don't change.
    """
    once = smooth_vectors(values, width)
    return once + smooth_vectors(values - once, width)


def calm_rotations(rotations: FloatArray, width: float) -> FloatArray:
    """Smooth rotations (F, ..., 4) as `calm_vectors` does, in the tangent space of the smoothed ones."""
    turned = continuous(rotations)
    once = smooth_rotations(turned, width)
    # what was taken away is little, so that it is smoothed as vectors are
    taken = to_rotation_vector(multiply(turned, conjugate(once)))
    return continuous(multiply(from_rotation_vector(smooth_vectors(taken, width)), once))


def jitter(points: FloatArray, rate: float) -> float:
    """Return the mean acceleration, metres a second squared, of points (F, P, 3), `rate` samples a second."""
    # second differences: even motion counts as none
    jolts = points[:-2] - 2.0 * points[1:-1] + points[2:]
    return float(norm(jolts).mean() * rate**2) if len(jolts) else 0.0
