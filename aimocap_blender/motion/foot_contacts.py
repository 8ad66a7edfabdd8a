"""When feet stand: heel and ball of each foot, found from height and speed."""

from dataclasses import dataclass

import numpy as np

from .rotations import BoolArray, FloatArray, IntArray

_LEG = 0.85  # metres: the leg that the limits below are for
_SLOW = 0.06  # metres a second
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
    if len(times) < 3:  # noqa: PLR2004 -- no speed to be had
        return np.zeros(len(times), dtype=np.bool_)
    speed = np.linalg.norm(np.gradient(joint, times, axis=0), axis=-1)
    floor = np.percentile(joint[:, 2], _FLOOR_PERCENTILE)
    still = (speed < _SLOW * size) & (joint[:, 2] < floor + _LOW * size)
    kept = np.zeros(len(times), dtype=np.bool_)
    for start, stop in runs(still).tolist():
        if times[stop - 1] - times[start] >= _SHORTEST - 1e-6:
            kept[start:stop] = True
    return kept


def runs(mask: BoolArray) -> IntArray:
    """(N, 2) first index and one past the last of each run of True."""
    edges = np.diff(np.concatenate([[False], mask, [False]]).astype(np.int8))
    return np.stack([np.flatnonzero(edges == 1), np.flatnonzero(edges == -1)], axis=-1).astype(np.int64)
