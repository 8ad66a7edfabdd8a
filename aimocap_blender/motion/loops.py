"""Loops in a motion: the frames whose poses and velocities match best, and the blend that closes the loop.

Frames are compared as point clouds, after the turn about the vertical and the shift on the ground that bring them
closest together (Kovar, Gleicher and Pighin, Motion Graphs, SIGGRAPH 2002).
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from .rotations import (
    FloatArray,
    IntArray,
    angle_between,
    conjugate,
    from_rotation_vector,
    multiply,
    norm,
    rotate,
    to_rotation_vector,
)
from .spans import chunks_of

_AROUND = 0.04  # seconds before and after a frame whose poses count, and so its velocity
_AT_ONCE = 256  # frames compared with all others at a time
_WORST = 0.35  # of the largest difference within the loop: ends that differ more don't match
_SOME = 200  # frames that tell how much the motion changes
_AS_GOOD = 1.25  # times the difference of the best loop, that a much shorter one may have
_ALIKE = 0.002  # of the figure's size: differences below count as none
_MUCH_SHORTER = 0.6  # of the best loop's length
_STILL = 0.02  # of the figure's size: a motion that changes less has no loop


@dataclass(frozen=True)
class Loop:
    """A part of a motion that can be repeated.

    Attributes:
        first: sample at which it starts.
        last: sample with the same pose, at which it starts again.
        turn: radians about the vertical by which the figure turns from the first to the last sample.
        degrees: mean angle by which the bones' directions differ between the two.
    """

    first: int
    last: int
    turn: float
    degrees: float


def best_loop(joints: FloatArray, parents: IntArray, fps: float, shortest: int) -> Loop | None:
    """Return the loop whose ends match best; None without a match.

    Differences are measured by the largest one within the loop, so that standing still is no loop, but at most by the
    motion's usual one, so that a fall within a long loop excuses nothing.

    Among loops that match as well, one that is much shorter is preferred: one cycle of a walk and not several.

    Args:
        joints: (F, B, 3) metres, world space, Z up.
        parents: (B,) each joint's parent among them, or -1.
        fps: samples per second.
        shortest: samples from the first to the last at least.
    """
    clouds = Clouds.of(joints, fps)
    # differences are relative to the figure's height where it is tallest
    size = float(np.ptp(joints[..., 2], axis=1).max())
    some = clouds.at(np.unique(np.linspace(0, len(joints) - 1, min(len(joints), _SOME)).astype(np.int64)))
    usual = max(float(np.median(some.apart(some))), 1e-9)
    found = [np.empty((0, 4))]
    samples = np.arange(len(joints))
    for chunk in chunks_of(len(joints) - shortest, _AT_ONCE):
        # possible first samples (rows) with all samples (columns)
        rows = samples[chunk]
        apart = clouds.at(rows).apart(clouds)
        later = samples - rows[:, None]
        # the largest difference from the first sample up to each one
        change = np.maximum.accumulate(np.where(later >= 0, apart, 0.0), axis=1)
        share = (apart + _ALIKE * size) / np.clip(change, 1e-9, usual)
        fits = (later >= shortest) & (change > _STILL * size) & (share < _WORST)
        row, last = np.nonzero(fits)
        columns = (rows[row], last, share[row, last], later[row, last])
        found.append(np.stack(columns, axis=1, dtype=np.float64))
    candidates = np.concatenate(found)
    if not len(candidates):
        return None
    # of (first, last, share, length) the one with the least share, then ones that are shorter and shorter
    best = candidates[candidates[:, 2].argmin()]
    limit = best[2] * _AS_GOOD
    while len(candidates := candidates[(candidates[:, 3] <= _MUCH_SHORTER * best[3]) & (candidates[:, 2] <= limit)]):
        best = candidates[candidates[:, 2].argmin()]
    first, last = int(best[0]), int(best[1])
    # the turn on the ground that brings the points of the last sample nearest to the first's, backwards
    turn = -float(np.angle(clouds.ground[first] @ clouds.ground[last].conj()))
    return Loop(first, last, turn, _degrees(joints[first], joints[last], parents, turn))


@dataclass(frozen=True, eq=False)
class Clouds:
    """The points of each frame and of frames around it, around their centre on the ground.

    Attributes:
        ground: (F, N) as complex numbers, metres.
        heights: (F, N) metres.
        squares: (F,) sums of both, squared.
    """

    ground: npt.NDArray[np.complex128]
    heights: FloatArray
    squares: FloatArray

    @classmethod
    def of(cls, joints: FloatArray, fps: float) -> "Clouds":
        """Return those of joints (F, B, 3) at so many samples a second."""
        around = max(1, round(_AROUND * fps))
        # beyond its ends the motion goes on as it begins, point-mirrored
        before = 2.0 * joints[:1] - joints[around:0:-1]
        after = 2.0 * joints[-1:] - joints[-2 : -2 - around : -1]
        longer = np.concatenate([before, joints, after])
        shifts = (0, around, 2 * around)
        points = np.concatenate([longer[shift : shift + len(joints)] for shift in shifts], axis=1)
        # as complex numbers, a turn about the vertical is one product
        ground = points[..., 0] + 1j * points[..., 1]
        # around the centre: where on the ground the figure is doesn't count
        ground = ground - ground.mean(axis=1, keepdims=True)
        heights = points[..., 2]
        return cls(ground, heights, (np.abs(ground) ** 2).sum(axis=1) + (heights**2).sum(axis=1))

    def at(self, frames: IntArray) -> "Clouds":
        """Return those of some frames."""
        return Clouds(self.ground[frames], self.heights[frames], self.squares[frames])

    def apart(self, others: "Clouds") -> FloatArray:
        """Return the root mean square distance (F, G) of two frames' points, turned and shifted to fit best."""
        # of complex numbers that are turned to fit best, the products add up to the length of their sum
        alike = np.abs(self.ground @ others.ground.conj().T) + self.heights @ others.heights.T
        squares = self.squares[:, None] + others.squares - 2.0 * alike
        return np.asarray(np.sqrt(np.maximum(squares, 0.0) / self.ground.shape[1]), dtype=np.float64)


def _degrees(first: FloatArray, last: FloatArray, parents: IntArray, turn: float) -> float:
    """Return the mean angle between the bones of two poses (B, 3) but for the turn between them."""
    bones = np.flatnonzero(parents >= 0)
    theirs, ours = first[bones] - first[parents[bones]], last[bones] - last[parents[bones]]
    # joints at the same place have no direction between them
    long = norm(theirs) > _STILL * float(np.ptp(first[:, 2]))
    if not long.any():
        return 0.0
    back = from_rotation_vector(np.array([0.0, 0.0, -turn]))
    return float(np.degrees(angle_between(rotate(back, ours[long]), theirs[long])).mean())


@dataclass(frozen=True, eq=False)
class GroundMotion:
    """A figure's way over the ground within a loop, and what makes it straight.

    Attributes:
        centres: (N, 3) the figure's centre on the ground, as it is.
        straight: (N, 3) the same on a way that doesn't turn from its first to its last sample in all.
        turns: (N, 4) rotations about the vertical that go with it.
    """

    centres: FloatArray
    straight: FloatArray
    turns: FloatArray

    def applied(self, points: FloatArray) -> FloatArray:
        """Return points (N, 3) of the figure where the straight way has them."""
        return self.straight + rotate(self.turns, points - self.centres)


def straightened(joints: FloatArray, loop: Loop, first: int) -> GroundMotion:
    """Return the way of a figure with the turn of a loop taken out evenly.

    Args:
        joints: (N, B, 3) of the loop and what is around it, metres, world space.
        first: index in `joints` of its first sample.
    """
    up = np.array([0.0, 0.0, 1.0])
    centres = joints.mean(axis=1) * np.array([1.0, 1.0, 0.0])
    # 0 at the loop's first sample, 1 at its last one; what is around it goes on likewise
    share = (np.arange(len(joints)) - first) / (loop.last - loop.first)
    turns = from_rotation_vector(-loop.turn * share[:, None] * up)
    # each step turned back as far as the figure has turned in the middle of it
    between = from_rotation_vector(-loop.turn * (share[:-1] + share[1:])[:, None] / 2.0 * up)
    steps = rotate(between, np.diff(centres, axis=0))
    straight = np.concatenate([np.zeros((1, 3)), np.cumsum(steps, axis=0)])
    return GroundMotion(centres, straight - straight[first] + centres[first], turns)


def closed_values(values: FloatArray, first: int, last: int, blend: int, ahead: FloatArray | float = 0.0) -> FloatArray:
    """Return values over a loop whose end has the value and velocity of its start, `ahead` further.

    Args:
        values: (N, C), of the loop and what is around it.
        first: index of the loop's first sample.
        last: index of its last sample.
        blend: samples at its end over which the difference is spread.
        ahead: (C,) by how much each value has grown after the loop.

    Returns:
        (last - first + 1, C).
    """
    lacking = values[first] + ahead - values[last]
    steps = np.diff(values, axis=0)
    # at the end the values must run as fast as at the start, where they go on
    slower = _speed(steps, first) - _speed(steps, last)
    return values[first : last + 1] + _spread(lacking, slower, last - first, blend)


def closed_rotations(turned: FloatArray, first: int, last: int, blend: int) -> FloatArray:
    """Return unit quaternions (last - first + 1, 4) over a loop, closed as `closed_values` does; of (N, 4)."""
    # rotation vectors along the world's axes: those of small steps and gaps add up as vectors do
    steps = to_rotation_vector(multiply(turned[1:], conjugate(turned[:-1])))
    lacking = to_rotation_vector(multiply(turned[first], conjugate(turned[last])))
    slower = _speed(steps, first) - _speed(steps, last)
    spread = _spread(lacking, slower, last - first, blend)
    return multiply(from_rotation_vector(spread), turned[first : last + 1])


def _speed(steps: FloatArray, sample: int) -> FloatArray:
    """Return the mean (C,) of the steps before and after a sample, as far as there are both; of (N - 1, C)."""
    return np.asarray(steps[max(sample - 1, 0) : sample + 1].mean(axis=0), dtype=np.float64)


def _spread(lacking: FloatArray, slower: FloatArray, count: int, blend: int) -> FloatArray:
    """Return (count + 1, C) that grow from nothing to what is lacking, by `slower` in their last step."""
    blend = min(max(blend, 1), count)
    share = np.clip((np.arange(count + 1) - (count - blend)) / blend, 0.0, 1.0)[:, None]
    # the cubics of Hermite: one grows from 0 to 1, level at both ends; the other ends at 0 with slope 1
    grown, swung = share**2 * (3.0 - 2.0 * share), share**3 - share**2
    if blend == 1:
        return lacking * grown
    # so much of the second that the last step is as asked
    slope = (lacking * (1.0 - grown[-2]) - slower) / swung[-2]
    return lacking * grown + slope * swung
