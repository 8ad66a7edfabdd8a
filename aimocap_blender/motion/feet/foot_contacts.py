"""Foot contacts: when the ankle and the ball of a foot are planted, found from their speed, at whatever height."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from ..bones.humanoid import SIDES
from ..rotations import BoolArray, FloatArray, IntArray, norm
from ..skeleton import Clip

# Set on ue4_run.fbx, cmu_91_48.fbx and boxing_toes.bvh (tests/scene/test_retarget_real.py); the limits for jitter on
# the paths made in tests/motion/feet/test_foot_contacts.py.
_LEG = 0.85  # metres: length of the leg that the limits below are for
_SLOW = 0.06  # metres a second: a joint that moves no faster may be planted
_SHORT = 0.07  # seconds over which that speed is measured, so that jitter counts little
_DRIFT = 0.03  # metres a second that a planted joint may drift
_LONG = 0.2  # seconds over which the drift is measured
_FURTHEST = 0.02  # metres that a planted joint may get away from its mean position
_STILL = 0.025  # metres a second: a joint slower than this is planted, however far it creeps
_SHORTEST = 0.1  # seconds


@dataclass(frozen=True, eq=False)
class FootContact:
    """The contacts of one foot with the ground.

    Attributes:
        ankle: (F,) whether the ankle is planted: still, on the ground, a step, or in the air.
        ball: (F,) whether the ball is, where the toes begin; equal to `ankle` for a foot without toes.
        firm_ankle: (F,) whether the planted ankle doesn't move at all, as far as jitter lets one see.
        firm_ball: (F,) the same of the ball.
    """

    ankle: BoolArray
    ball: BoolArray
    firm_ankle: BoolArray
    firm_ball: BoolArray

    @property
    def any(self) -> BoolArray:
        """(F,) whether any part of the foot is planted."""
        return self.ankle | self.ball

    @property
    def flat(self) -> BoolArray:
        """(F,) whether the whole foot is planted."""
        return self.ankle & self.ball

    @property
    def firm(self) -> BoolArray:
        """(F,) whether any part of the foot is planted and doesn't move at all."""
        return self.firm_ankle | self.firm_ball

    @property
    def without_ball(self) -> "FootContact":
        """The contacts as those of a foot without toes."""
        return FootContact(self.ankle, self.ankle, self.firm_ankle, self.firm_ankle)


def find_contact(ankle: FloatArray, ball: FloatArray | None, times: FloatArray, leg_length: float) -> FootContact:
    """Return the contacts of one foot.

    Args:
        ankle: (F, 3) the foot bone's head, metres.
        ball: (F, 3) the toe bone's head, or None.
        times: (F,) seconds.
        leg_length: of the figure, metres: limits are smaller for children.
    """
    size = leg_length / _LEG
    on_ankle = _still(ankle, times, size)
    firm_ankle = on_ankle & _firm(ankle, times, size)
    if ball is None:
        return FootContact(on_ankle, on_ankle, firm_ankle, firm_ankle)
    on_ball = _still(ball, times, size)
    return FootContact(on_ankle, on_ball, firm_ankle, on_ball & _firm(ball, times, size))


def contacts_in(clip: Clip, slots: Mapping[str, int], leg_length: float) -> dict[str, FootContact]:
    """Return by side the contacts of the feet in a motion, as far as their bones are known.

    Args:
        clip: the motion.
        slots: humanoid slot to bone index.
        leg_length: of the figure, metres.
    """
    found: dict[str, FootContact] = {}
    for side in SIDES:
        foot, toes = slots.get(f"{side}_foot"), slots.get(f"{side}_toes")
        if foot is not None:
            ball = None if toes is None else clip.positions[:, toes]
            found[side] = find_contact(clip.positions[:, foot], ball, clip.times, leg_length)
    return found


def _still(joint: FloatArray, times: FloatArray, size: float) -> BoolArray:
    kept = np.zeros(len(times), dtype=np.bool_)
    if len(times) < 2:  # noqa: PLR2004 -- one sample has no speed
        return kept
    speed = norm(np.diff(joint, axis=0)) / np.diff(times)
    slow = net_speed(joint, times, _SHORT) < _SLOW * size
    for start, stop in runs(slow).tolist():
        slow[start:stop] &= net_speed(joint[start : stop + 1], times[start : stop + 1], _LONG) < _DRIFT * size
    still = speed < _STILL * size
    for mask, furthest in ((slow, _FURTHEST * size), (still, None)):
        for start, stop in runs(mask).tolist():
            if times[stop] - times[start] < _SHORTEST - 1e-6:
                continue
            where = joint[start : stop + 1]
            if furthest is None or float(norm(where - where.mean(axis=0)).max()) <= furthest:
                kept[start : stop + 1] = True
    return kept


def _firm(joint: FloatArray, times: FloatArray, size: float) -> BoolArray:
    """Return (F,) whether a joint (F, 3) moves no faster than `_STILL` to the sample before or after."""
    slow = norm(np.diff(joint, axis=0)) < _STILL * size * np.diff(times)
    return np.concatenate([[False], slow]) | np.concatenate([slow, [False]])


def net_speed(joint: FloatArray, times: FloatArray, window: float) -> FloatArray:
    """Return at each step (N - 1,) the speed of a joint (N, 3) over `window` seconds, in which jitter cancels out."""
    steps = np.arange(len(joint) - 1)
    half = int(0.5 * window * len(steps) / (times[-1] - times[0]))
    before, after = np.maximum(steps - half, 0), np.minimum(steps + 1 + half, len(steps))
    return np.asarray(norm(joint[after] - joint[before]) / (times[after] - times[before]))


def runs(mask: BoolArray) -> IntArray:
    """Return the first index and one past the last (N, 2) of each run of True."""
    edges = np.diff(np.concatenate([[False], mask, [False]]).astype(np.int8))
    return np.stack([np.flatnonzero(edges == 1), np.flatnonzero(edges == -1)], axis=-1).astype(np.int64)
