"""The terms that need to know up and floor: feet on the floor, the body above its feet."""

from dataclasses import dataclass

import numpy as np

from ...motion.rotations import BoolArray, FloatArray, normalise
from ..ground import standing, up_of
from ..joints import FEET, INDEX
from .normal_equations import NormalEquations
from .seen import Seen

_ON_FLOOR = 0.02
"""Metres by which a standing heel or toe is off the floor."""
_ABOVE_FEET = 0.15
"""Metres by which the hips are not above both standing feet."""
_ABOVE_FOOT = 0.225
"""The same above the one foot that stands."""
_BELOW = 0.3
"""Weight of a foot below the floor, relative to that of a standing one off it."""
_FEW = 8
"""Standing heels and toes, of all frames, that a floor needs."""
_LOW = 40.0
"""Percentile of standing heels' and toes' heights that is the floor's."""
_HIPS = (INDEX["left_hip"], INDEX["right_hip"])
_LEFT, _RIGHT = (0, 1), (2, 3)


@dataclass(frozen=True, eq=False)
class Floor:
    """The floor, and what stands on it.

    Attributes:
        up: (3,) the direction away from it.
        height: of the floor along `up`, metres.
        planted: (F, 4) when each heel and toe of FEET stands.
    """

    up: FloatArray
    height: float
    planted: BoolArray

    def part(self, first: int, last: int) -> "Floor":
        """Return the floor of some of the frames."""
        return Floor(self.up, self.height, self.planted[first:last])


def floor_of(positions: FloatArray, fps: float) -> Floor | None:
    """Return the floor under joints (F, N, 3), or None if hardly a foot stands."""
    feet = positions[:, FEET]
    planted = standing(feet, fps)
    if int(planted.sum()) < _FEW:
        return None
    up = up_of(positions, fps)
    return Floor(up, float(np.percentile((feet @ up)[planted], _LOW)), planted)


def add_floor(equations: NormalEquations, positions: FloatArray, floor: Floor) -> None:
    """Add that standing heels and toes are on the floor, and no other below it."""
    for column, joint in enumerate(FEET.tolist()):
        off = positions[:, joint] @ floor.up - floor.height
        weight = np.where(floor.planted[:, column], 1.0, np.where(off < 0.0, _BELOW, 0.0)) / _ON_FLOOR**2
        along = np.broadcast_to(floor.up, (len(off), 3))
        equations.add_sum({joint: 1.0}, along, off, weight * _robust(off / _ON_FLOOR))


def add_balance(equations: NormalEquations, seen: Seen, positions: FloatArray, floor: Floor) -> None:
    """Add that the hips are above the standing feet, as far as depth goes."""
    ahead = normalise(seen.sight - (seen.sight @ floor.up)[:, None] * floor.up)
    left, right = (floor.planted[:, list(foot)].max(axis=1) for foot in (_LEFT, _RIGHT))
    for frames, feet, usual in (
        (left & right, (*_LEFT, *_RIGHT), _ABOVE_FEET),
        (left & ~right, _LEFT, _ABOVE_FOOT),
        (right & ~left, _RIGHT, _ABOVE_FOOT),
    ):
        shares = dict.fromkeys(_HIPS, 0.5) | {int(FEET[foot]): -1.0 / len(feet) for foot in feet}
        apart = np.zeros(ahead.shape)
        for joint, share in shares.items():
            apart += share * positions[:, joint]
        off = (apart * ahead).sum(axis=-1)
        equations.add_sum(shares, ahead, off, frames / usual**2 * _robust(off / usual))


def _robust(off: FloatArray) -> FloatArray:
    """Return factors (F,) on the weights of residuals `off`, in usual errors: those far off count little."""
    return np.asarray((4.0 / (4.0 + off**2)) ** 2, dtype=np.float64)
