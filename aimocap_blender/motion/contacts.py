"""Contacts: when points of a body rest, found from their positions alone, at whatever height.

Only this module says what rests: feet that are locked, seen in a video, blended, looped, put onto a robot, or reported
to slide, and hands. Frame rate, size of the body and jitter of the positions are its parameters. A sole that carries a
robot while it creeps doesn't rest: `g1_retargeting/footsteps.py` knows those.
"""

from dataclasses import dataclass

import numpy as np

from .rotations import BoolArray, FloatArray, norm
from .spans import runs

LEG = 0.85
"""Metres from hip to ankle of the figure that the limits below, and any jitter, are for."""

# Set on ue4_run.fbx, cmu_91_48.fbx and boxing_toes.bvh (tests/scene/test_retarget_real.py); the limits for jitter on
# the paths made in tests/motion/test_contacts.py.
_SLOW = 0.06  # metres a second: a point that moves no faster may rest
_SHORT = 0.07  # seconds over which that speed is measured, so that jitter counts little
_DRIFT = 0.03  # metres a second that a resting point may drift
_LONG = 0.2  # seconds over which the drift is measured
_FURTHEST = 0.02  # metres that a resting point may get away from its mean position
_STILL = 0.025  # metres a second: a point slower than this rests, however far it creeps
_SHORTEST = 0.1  # seconds
_ROUNDING = 1e-6  # seconds


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
) -> Contact:
    """Return the contact of a point.

    Args:
        path: (F, 3) metres; in the axes of what it rests on, if that moves.
        times: (F,) seconds.
        leg_length: of the figure, metres: limits are smaller for children.
        jitter: metres by which positions of a resting point are off, in figures with legs of `LEG`; 0 for captures.
        near: (F,) whether it is near enough to something to rest on it; None for anywhere.
    """
    count, size = len(times), leg_length / LEG
    rests = np.zeros(count, dtype=np.bool_)
    if count < 2:  # noqa: PLR2004 -- one sample has no speed
        return Contact(rests, rests)
    there = np.ones(count - 1, dtype=np.bool_) if near is None else near[1:] & near[:-1]
    still = norm(np.diff(path, axis=0)) < _STILL * size * np.diff(times)
    slow = there & (_net_speed(path, times, _SHORT) < (_SLOW + jitter / _SHORT) * size)
    drift = (_DRIFT + jitter / _LONG) * size
    for start, stop in runs(slow).tolist():
        slow[start:stop] &= _net_speed(path[start : stop + 1], times[start : stop + 1], _LONG) < drift
    for steps, furthest in ((slow, (_FURTHEST + jitter) * size), (there & still, np.inf)):
        for start, stop in runs(steps).tolist():
            where = path[start : stop + 1]
            long = times[stop] - times[start] >= _SHORTEST - _ROUNDING
            if long and float(norm(where - where.mean(axis=0)).max()) <= furthest:
                rests[start : stop + 1] = True
    return Contact(rests, rests & (np.append(False, still) | np.append(still, False)))


def _net_speed(path: FloatArray, times: FloatArray, window: float) -> FloatArray:
    """Return at each step (F - 1,) the speed over `window` seconds around it, in which jitter cancels out."""
    steps = np.arange(len(path) - 1)
    half = int(0.5 * window * len(steps) / (times[-1] - times[0]))
    before, after = np.maximum(steps - half, 0), np.minimum(steps + 1 + half, len(steps))
    return np.asarray(norm(path[after] - path[before]) / (times[after] - times[before]))
