"""The moments of a motion to look at first: where an arm or a leg is least likely to be right."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from ..motion.rotations import FloatArray
from ..motion.smoothing import softened
from .corrections import JOINTS, Correction
from .joints import INDEX
from .kept_solution import KeptSolution, limb_of
from .trust import BONES, likely_right

_WIDTH_SEC = 0.05
"""Standard deviation, in time, over which likelihoods are averaged, which are averages over 0.1 and 0.3 s themselves:
with 0.2, 65 % of the moments are wrong by over 15° in the seven clips of bench_corrections; with 0.05, 70 %."""
_APART_SEC = 0.35
"""Looks at one limb are so far apart: as far as a correction reaches."""
_MOST_PER_SEC = 4.0
"""Looks, of all limbs together, for each second of a motion."""
_LEAST = 0.35
"""Likelihood of being wrong from which a moment is worth a look."""
_BONE_OF = [int(np.flatnonzero(BONES[:, 1] == INDEX[joint])[-1]) for joint in JOINTS]
"""The row of `BONES` that each joint ends: no other bone of an arm or leg ends there."""
_LIMBS = np.array(list(map(limb_of, JOINTS)))


@dataclass(frozen=True)
class Look:
    """A moment to look at.

    Attributes:
        joint: that ends the bone which is least likely to be right.
        second: the moment, from the start of the range.
        likely: as it is to be right, 0 to 1.
    """

    joint: str
    second: float
    likely: float


def looks(kept: KeptSolution, corrections: Iterable[Correction]) -> list[Look]:
    """Return the moments of a motion to look at, the likeliest to be wrong first.

    Args:
        kept: its solution.
        corrections: moments that were corrected; a limb isn't looked at again there.
    """
    times = kept.times[kept.rows]
    likely = kept.likely if kept.likely is not None else likely_right(kept.seen, kept.solution.joints)[:, _BONE_OF]
    likely = likely[kept.rows]
    wrong = softened(1.0 - likely, _WIDTH_SEC * kept.seen.fps)
    for one in corrections:
        _settle(wrong, times, one.joint, one.second)
    # the worst moment, then the worst that is not near it, and so on
    found: list[Look] = []
    while len(found) < _MOST_PER_SEC * (times[-1] - times[0]) and wrong.max() >= _LEAST:
        row, column = np.unravel_index(wrong.argmax(), wrong.shape)
        found.append(Look(JOINTS[column], float(times[row]), 1.0 - float(wrong[row, column])))
        _settle(wrong, times, found[-1].joint, found[-1].second)
    return found


def _settle(wrong: FloatArray, times: FloatArray, joint: str, second: float) -> None:
    """Leave no likelihoods (F, 8) of being wrong around a moment of a limb, in place."""
    near = np.abs(times - second) <= _APART_SEC
    wrong[near[:, None] & (limb_of(joint) == _LIMBS)] = 0.0
