"""When feet stand: heel and ball of each foot, found from height and speed."""

from dataclasses import dataclass

import numpy as np

from ..rotations import BoolArray, FloatArray, IntArray

_LEG = 0.85  # metres: the leg that the limits below are for
_SLOW = 0.06  # metres a second: what comes no faster from its place may stand
_SHORT = 0.07  # seconds over which that is seen, for what trembles
_DRIFT = 0.03  # metres a second that it may move on
_LONG = 0.2  # seconds over which that is seen
_FURTHEST = 0.02  # metres from its middle place that it may come meanwhile
_STILL = 0.025  # metres a second: what is slower than this stands, however far it creeps
_LOW = 0.05  # metres above the lowest
_SHORTEST = 0.1  # seconds
_FLOOR_PERCENTILE = 1.0


@dataclass(frozen=True, eq=False)
class FootContact:
    """One foot's contact with the ground.

    Attributes:
        ankle: (F,) the ankle stands still, low.
        ball: (F,) so does the ball of the foot, where the toes begin; as `ankle` where a foot has no toes.
    """

    ankle: BoolArray
    ball: BoolArray

    @property
    def any(self) -> BoolArray:
        """(F,) the foot holds something to the ground."""
        return self.ankle | self.ball

    @property
    def flat(self) -> BoolArray:
        """(F,) the whole foot stands."""
        return self.ankle & self.ball


def find_contact(ankle: FloatArray, ball: FloatArray | None, times: FloatArray, leg_length: float) -> FootContact:
    """Where one foot stands.

    Args:
        ankle: (F, 3) the foot bone's head, metres, Z up.
        ball: (F, 3) the toe bone's head, or None.
        times: (F,) seconds.
        leg_length: of the figure, metres: children's limits are smaller.
    """
    size = leg_length / _LEG
    still_ankle = _still(ankle, times, size)
    return FootContact(still_ankle, still_ankle if ball is None else _still(ball, times, size))


def _still(joint: FloatArray, times: FloatArray, size: float) -> BoolArray:
    kept = np.zeros(len(times), dtype=np.bool_)
    if len(times) < 2:  # noqa: PLR2004 -- no speed to be had
        return kept
    speed = np.linalg.norm(np.diff(joint, axis=0), axis=-1) / np.diff(times)
    floor = np.percentile(joint[:, 2], _FLOOR_PERCENTILE)
    low = joint[:, 2] < floor + _LOW * size
    low = low[1:] & low[:-1]
    slow = low & (_net_speed(joint, times, _SHORT) < _SLOW * size)
    for start, stop in runs(slow).tolist():
        slow[start:stop] &= _net_speed(joint[start : stop + 1], times[start : stop + 1], _LONG) < _DRIFT * size
    still = low & (speed < _STILL * size)
    for mask, furthest in ((slow, _FURTHEST * size), (still, np.inf)):
        for start, stop in runs(mask).tolist():
            where = joint[start : stop + 1]
            far = float(np.linalg.norm(where - where.mean(axis=0), axis=-1).max()) > furthest
            if not far and times[stop] - times[start] >= _SHORTEST - 1e-6:
                kept[start : stop + 1] = True
    return kept


def _net_speed(joint: FloatArray, times: FloatArray, window: float) -> FloatArray:
    """(N - 1,) at each step the speed (N, 3) over about so many seconds around it: jitter counts little in it."""
    steps = np.arange(len(joint) - 1)
    half = int(0.5 * window * len(steps) / (times[-1] - times[0]))
    before, after = np.maximum(steps - half, 0), np.minimum(steps + 1 + half, len(steps))
    return np.asarray(np.linalg.norm(joint[after] - joint[before], axis=-1) / (times[after] - times[before]))


def runs(mask: BoolArray) -> IntArray:
    """(N, 2) first index and one past the last of each run of True."""
    edges = np.diff(np.concatenate([[False], mask, [False]]).astype(np.int8))
    return np.stack([np.flatnonzero(edges == 1), np.flatnonzero(edges == -1)], axis=-1).astype(np.int64)
