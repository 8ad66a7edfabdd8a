"""Several people before one camera: where each of them is.

A single person's distance is as uncertain as their height. But the floor that all stand on is one plane, so many metres
below the camera: whoever seems to stand higher is taller and farther away than was guessed, by the same factor.

Someone who was behind another person is as far away then as between the moments before and after. Some landmarks that
are seen of them are the other one's, who is larger in the picture: so they seem nearer.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from ..motion.rotations import BoolArray, FloatArray, IntArray, norm, normalise
from ..motion.spans import runs
from .ground import Bodies, Ground, directions_of, ground_of
from .joints import HIPS
from .motion_from_track import Solved

_LEAN = np.radians(2.5)
"""How far the direction of up of one person is off, usually."""
_GUESSED = 0.93
"""Thighs, shanks and trunk as the network guesses them, of true ones: the mean of three characters and the tests'
figure, 0.89 to 0.96. The legs that it guesses, 0.75 m, are 0.9 of those of mean grown people (Winter, 2009)."""
_UNLIKE = 0.1
"""By which people's heights usually differ from those that were guessed, as a factor's logarithm: children more."""
_AGREE = 0.15
"""Most of the same between grown people."""
_FLOOR = 0.05
"""Metres by which the floor under one person is off, usually."""
_LOWEST = 0.3
"""Metres of a camera above the floor from which that tells of distances."""
_ROUNDS = 5
"""Of finding the direction that is up for all."""
_STEP = 1e-4
"""Of a tilt, radians, by which slopes are measured."""

_LONGEST_SEC = 2.5  # for which someone is expected to go straight on


@dataclass(frozen=True, eq=False)
class Standing:
    """One of several people, in the world of all.

    Attributes:
        found: the solved joints, as large as the person is before this floor.
        ground: the world of all in the axes of the person's solution.
    """

    found: Solved
    ground: Ground


def on_one_floor(people: Sequence[Solved], turns: Sequence[FloatArray]) -> list[Standing]:
    """Return people, as large and far as their feet on one floor say.

    Args:
        people: the first one is where the world begins.
        turns: (3, 3) from the axes of the first one's solution to those of each one's.
    """
    bodies: list[Bodies] = []
    ups, below, lengths = np.zeros((len(people), 3)), np.zeros((len(people), 3)), np.zeros(len(people))
    for number, (one, turn) in enumerate(zip(people, turns, strict=True)):
        # in the axes of the first one's solution: rows are multiplied by the inverse of what leads away from these
        body = Bodies(one.joints @ turn, one.seen.fps)
        bodies.append(body)
        ups[number], _ = directions_of(body)
        below[number] = _below(body, ups[number])
        lengths[number] = len(one.times)
    # whoever is seen longer counts more
    weights = lengths / lengths.sum()
    up = _common_up(ups, below, weights)
    # the camera's height above the floor of each one alone, and so how much larger each one is
    heights = np.array([-float(up @ ground_of(each, up).origin) for each in bodies])
    factors = _factors(heights, weights)
    grounds: list[Ground] = []
    for body, factor in zip(bodies, factors, strict=True):
        larger = Bodies(body.joints * factor, body.fps)
        grounds.append(ground_of(larger, up))
    first = grounds[0]
    found: list[Standing] = []
    for one, factor, own, turn in zip(people, factors, grounds, turns, strict=True):
        # the world's origin, moved up or down to the floor under this one: nobody floats or sinks in
        origin = first.origin + up * float(up @ (own.origin - first.origin))
        found.append(Standing(_scaled(one, float(factor)), Ground(first.axes @ turn.T, turn @ origin)))
    return found


def _below(bodies: Bodies, up: FloatArray) -> FloatArray:
    """Return the place of the floor below the middle of a motion."""
    hips = bodies.joints[:, HIPS].mean(axis=(0, 1))
    return hips + up * float(up @ (ground_of(bodies, up).origin - hips))


def _common_up(ups: FloatArray, below: FloatArray, weights: FloatArray) -> FloatArray:
    """Return the direction that is up for all, in which they stand about as high as people do."""
    up = normalise(weights @ ups)
    # (2, 3) two directions at right angles to it, along which it is tilted
    basis = np.linalg.svd(up[None])[2][1:]

    def off(tilt: FloatArray) -> FloatArray:
        """Return residuals, in usual errors: by which each one's up is off, then each one's floor."""
        tilted = normalise(up + tilt @ basis)
        heights = -(below @ tilted)
        leans = ((ups - tilted) @ basis.T / _LEAN).ravel()
        if heights.min() < _LOWEST:
            return np.concatenate([leans, np.zeros(len(heights))])
        unlike = np.log(heights / _height(heights, weights)) / _UNLIKE
        return np.concatenate([leans, unlike / np.sqrt(1.0 + unlike**2 / 4.0)])  # a child doesn't tilt the floor

    # Gauss-Newton, with slopes by small steps
    tilt = np.zeros(2)
    for _ in range(_ROUNDS):
        here = off(tilt)
        slopes = np.stack([(off(tilt + _STEP * side) - here) / _STEP for side in np.eye(2)], axis=1)
        tilt = tilt - np.linalg.lstsq(slopes, here)[0]
    return normalise(up + tilt @ basis)


def _height(heights: FloatArray, weights: FloatArray) -> float:
    """Return the camera's height, of those that people alone tell: grown people agree, and children tell more."""
    # a child is guessed too tall and too far away, its floor too far down: of two who differ, the lower height is right
    lower = np.sort(heights)[(len(heights) - 1) // 2]
    agree = np.abs(np.log(heights / lower)) < _AGREE
    return float(np.exp(weights[agree] @ np.log(heights[agree]) / weights[agree].sum()))


def _factors(heights: FloatArray, weights: FloatArray) -> FloatArray:
    """Return how much larger each person is than was guessed, of the camera's height above each one's floor."""
    if heights.min() < _LOWEST:
        return np.full(len(heights), 1.0 / _GUESSED)
    height = _height(heights, weights)
    # how much of the difference is the person's height, and not the error of a floor: the one of larger variance
    sure = _UNLIKE**2 / (_UNLIKE**2 + (_FLOOR / height) ** 2)
    return np.exp(sure * (np.log(height) - np.log(heights))) / _GUESSED


def _scaled(found: Solved, factor: float) -> Solved:
    """Return a solution that is larger and as much farther away, which the camera can't tell apart."""
    solution, seen = found.solution, found.seen
    floor = solution.floor
    return replace(
        found,
        seen=replace(seen, guess=seen.guess * factor),
        solution=replace(
            solution,
            joints=solution.joints * factor,
            lengths=solution.lengths * factor,
            floor=None if floor is None else replace(floor, height=floor.height * factor),
        ),
    )


def on_their_way(found: Solved, behind: BoolArray) -> Solved:
    """Return solved joints with the distances of a track's frames (F,) in which the person was `behind` others."""
    rows = np.arange(len(found.times))
    hidden = np.zeros(len(rows), np.bool_)
    for start, end in runs(behind[found.first + rows] | ~found.known).tolist():
        is_between = start > 0 and end < len(rows) and end - start <= _LONGEST_SEC * found.seen.fps
        hidden[start:end] = is_between and behind[found.first + rows[start:end]].any()
    if not hidden.any():
        return found
    solution = found.solution
    # from the camera to the hips; where the floor is known along it, so that nobody is lifted off
    along = solution.joints[:, HIPS].mean(axis=1)
    if solution.floor is not None:
        along = along - (along @ solution.floor.up)[:, None] * solution.floor.up
    far: FloatArray = norm(along)
    # of that distance, so much farther than was seen; the body keeps its size
    clear: IntArray = np.flatnonzero(~hidden)
    farther: FloatArray = np.interp(rows, clear, far[clear]) / far - 1.0
    moved = solution.joints + (farther[:, None] * along)[:, None]
    return replace(found, solution=replace(solution, joints=moved))
