"""Contacts: when a body rests on something, found from positions alone.

Only this module says so. Points rest at whatever height: those of feet that are locked, seen in a video, blended,
looped, put onto a robot, or reported to slide, and of hands. A part with several points, such as a robot's sole, is on
the ground and carries although it creeps, which doesn't rest. Frame rate, size of the body, jitter of the positions and
what is near are parameters.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from .rotations import BoolArray, FloatArray, norm, step_lengths
from .spans import runs

LEG = 0.85
"""Metres from hip to ankle of the figure that the limits below, and any jitter, are for."""

# Set on ue4_run.fbx, cmu_91_48.fbx and boxing_toes.bvh (tests/scene/test_retarget_real.py); the limits for jitter on
# the paths made in tests/motion/test_contacts.py.
_SHORT = 0.07  # seconds over which a speed is measured, so that jitter counts little
_LONG = 0.2  # seconds over which a drift is measured
_STILL = 0.025  # metres a second: a point slower than this rests, however far it creeps
_SHORTEST = 0.1  # seconds
_ROUNDING = 1e-6  # seconds


class _Limits(NamedTuple):
    """Limits of how a point moves that rests, or creeps.

    Attributes:
        speed: metres a second over a moment.
        drift: the same over longer.
        furthest: metres away from its mean position.
    """

    speed: float
    drift: float
    furthest: float


_RESTS = _Limits(0.06, 0.03, 0.02)
_CREEPS = _Limits(0.10, 0.08, np.inf)  # a foot that carries the body, but isn't quite still in captures, as CMU's
# Set on the walks and runs of CMU's subjects 5 to 9, whose ankles go at 0.05 to 0.2 of the hips' speed in stance.
_PASSED = 0.2  # of the body's speed: a foot that goes no faster carries it
_STRIDE = 0.5  # seconds over which the body's speed is measured

# Of a robot's soles, which tests/motion/g1_retargeting/test_onto_g1.py judges.
LOW = 0.015
"""Metres above the ground up to which a part may carry."""
_CREEP = 0.35  # metres a second: a part whose slowest point is no faster carries
FREE_FALL = -0.4 * 9.81
"""Metres a second squared: whatever falls faster rests on nothing; scaled-down motion falls slower than g."""


@dataclass(frozen=True, eq=False)
class Contact:
    """When one point rests.

    Attributes:
        rests: (F,) whether it does: on the ground, a step, another part of the body, or in the air.
        firm: (F,) whether it doesn't move at all then, as far as jitter lets one see.
    """

    rests: BoolArray
    firm: BoolArray


def contact_of(
    path: FloatArray,
    times: FloatArray,
    leg_length: float = LEG,
    *,
    jitter: float = 0.0,
    near: BoolArray | None = None,
    creeps: bool = False,
    carries: FloatArray | None = None,
) -> Contact:
    """Return the contact of a point.

    Args:
        path: (F, 3) metres; in the axes of what it rests on, if that moves.
        times: (F,) seconds.
        leg_length: of the figure, metres: limits are smaller for children.
        jitter: metres by which positions of a resting point are off, in figures with legs of `LEG`; 0 for captures.
        near: (F,) whether it is near enough to something to rest on it; None for anywhere.
        creeps: also where it isn't quite still, but moves slowly for long.
        carries: (F, 3) the path of the body that goes on over it, Z up: also where it is far slower than that.
    """
    count, size, limits = len(times), leg_length / LEG, _CREEPS if creeps else _RESTS
    rests = np.zeros(count, dtype=np.bool_)
    if count < 2:  # noqa: PLR2004 -- one sample has no speed
        return Contact(rests, rests)
    there = np.ones(count - 1, dtype=np.bool_) if near is None else near[1:] & near[:-1]
    still = _still(path, times, size)
    passed = np.zeros(count - 1) if carries is None else _PASSED * _net_speed(carries[:, :2], times, _STRIDE)
    slow = there & (_net_speed(path, times, _SHORT) < np.maximum((limits.speed + jitter / _SHORT) * size, passed))
    drift = np.maximum((limits.drift + jitter / _LONG) * size, passed)
    for start, stop in runs(slow).tolist():
        slow[start:stop] &= _net_speed(path[start : stop + 1], times[start : stop + 1], _LONG) < drift[start:stop]
    furthest_away = np.inf if carries is not None else (limits.furthest + jitter) * size
    for steps, furthest in ((slow, furthest_away), (there & still, np.inf)):
        for start, stop in runs(steps).tolist():
            where = path[start : stop + 1]
            long = times[stop] - times[start] >= _SHORTEST - _ROUNDING
            if long and float(norm(where - where.mean(axis=0)).max()) <= furthest:
                rests[start : stop + 1] = True
    # where a film is cut, a point jumps from one rest to the next: these are two
    jumps = step_lengths(path) > furthest_away
    rests[1:] &= ~(jumps & rests[:-1])
    return Contact(rests, rests & (np.append(False, still) | np.append(still, False)))


def settled(rests: BoolArray, path: FloatArray, times: FloatArray, leg_length: float = LEG) -> BoolArray:
    """Return (F,) where a point rests, without the ends of each rest, in which it is on its way there or away.

    A rest in which it is never quite still stays whole; see `contact_of` for the arguments.
    """
    still = _still(path, times, leg_length / LEG)
    found = rests.copy()
    for start, stop in runs(rests).tolist():
        steps = np.flatnonzero(still[start : stop - 1])
        if len(steps):
            found[start : start + steps[0]] = False
            found[start + steps[-1] + 2 : stop] = False
    return found


def _still(path: FloatArray, times: FloatArray, size: float) -> BoolArray:
    """Return (F - 1,) the steps in which a point doesn't move, as far as jitter lets one see."""
    return np.asarray(step_lengths(path) < _STILL * size * np.diff(times), dtype=np.bool_)


def _net_speed(path: FloatArray, times: FloatArray, window: float) -> FloatArray:
    """Return at each step (F - 1,) the speed over `window` seconds around it, in which jitter cancels out."""
    steps = np.arange(len(path) - 1)
    half = int(0.5 * window * len(steps) / (times[-1] - times[0]))
    before, after = np.maximum(steps - half, 0), np.minimum(steps + 1 + half, len(steps))
    return np.asarray(norm(path[after] - path[before]) / (times[after] - times[before]))


def touching(points: FloatArray, ground: float, within: float) -> BoolArray:
    """Return (...) whether points (..., 3) are on the ground: below it, or no higher than `within` metres."""
    return np.asarray(points[..., 2] <= ground + within, dtype=np.bool_)


def least_steps(points: FloatArray, touches: BoolArray | None = None) -> FloatArray:
    """Return the steps (F - 1, ..., 2), metres along the ground, of the slowest point: a part may roll and pivot.

    Args:
        points: (F, ..., N, 3) of one part or several.
        touches: (F, ..., N) the points that count; None for all.
    """
    steps = np.diff(points[..., :2], axis=0)
    lengths = norm(steps)
    if touches is not None:
        lengths = np.where(touches[1:] & touches[:-1], lengths, np.inf)
    return np.take_along_axis(steps, np.argmin(lengths, axis=-1)[..., None, None], axis=-2)[..., 0, :]


def carrying(points: FloatArray, fps: float, falls: BoolArray) -> BoolArray:
    """Return (F,) whether a part carries a body on the ground at height 0, also while it creeps.

    Args:
        points: (F, N, 3) of the part, metres.
        fps: frame rate.
        falls: (F,) whether the body rests on nothing.
    """
    speeds = norm(least_steps(points)) * fps
    slow = np.concatenate([speeds[:1], speeds]) < _CREEP if len(speeds) else np.zeros(len(points), dtype=np.bool_)
    carries = touching(points, 0.0, LOW).any(axis=1) & slow & ~falls
    for start, stop in runs(carries).tolist():
        if stop - start < _SHORTEST * fps:
            carries[start:stop] = False
    return carries


def falling(height: FloatArray, fps: float, around: float) -> BoolArray:
    """Return (F,) whether a body falls freely, by the mean acceleration of its height (F,) over `around` seconds.

    It is measured that long on both sides, so it isn't known at the ends.
    """
    reach = max(1, round(around * fps))
    falls = np.zeros(len(height), dtype=np.bool_)
    if len(height) > 2 * reach:
        bend = (height[2 * reach :] - 2.0 * height[reach:-reach] + height[: -2 * reach]) * (fps / reach) ** 2
        falls[reach:-reach] = bend < FREE_FALL
    return falls
