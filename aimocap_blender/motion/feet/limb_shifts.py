"""The shifts of a limb's end that bring it to its contacts, and change as little as possible over time."""

from collections.abc import Mapping

import numpy as np

from ..rotations import FloatArray, conjugate, from_rotation_vector, multiply, to_rotation_vector
from ..smoothing import covered, in_samples, least_bent, least_bent_lines, smooth_step
from .leg_solution import PosedLeg

_HOLD = 3000.0  # weight of a contact relative to a limb that goes its own way
_KEEP = 1e5  # the same of its bones' rotations, once they are known
_FIRM = 1.5  # times that again for what rests fully: it slides else as it comes and goes
_ASIDE = 0.1  # a limb doesn't quite go the easiest way, which swings a straight one far aside
_TURN_SEC = 0.25  # seconds within which a limb's bones are turned
_REACH_SEC = 0.4  # seconds before and after a contact in which a limb gets there and away
_DECAY_SEC = 0.11  # seconds within which a limb is back on its own way


def least_shifts(asked: FloatArray, weight: FloatArray, stiffness: FloatArray, times: FloatArray) -> FloatArray:
    """Return the shifts (F, 3) of a limb's joint, metres.

    Args:
        asked: (F, 3) shifts that its contacts ask for.
        weight: (F, 3, 3) from 0 to 1 along each direction, how much they do.
        stiffness: (F, 3, 3) what a shift costs, of whatever size.
        times: (F,) seconds.
    """
    # in units of the usual stiffness, so that the weights suit limbs of any length
    usual = float(np.median(np.trace(stiffness, axis1=1, axis2=2))) / 3.0
    own_way = 0.5 * stiffness / usual + np.eye(3) * _ASIDE
    total = _HOLD * weight + own_way
    pull = _HOLD * (weight @ asked[:, :, None])[:, :, 0]
    # a bend costs the fourth power of the samples within which a limb gets back, as it counts second differences
    bending = np.full(3, in_samples(times, _DECAY_SEC) ** 4 / 3.0)
    return least_bent(total, pull, bending, np.zeros_like(asked))


def eased(
    before: Mapping[int, FloatArray],
    after: Mapping[int, FloatArray],
    weight: FloatArray,
    times: FloatArray,
    slowly: float = 1.0,
) -> dict[int, FloatArray]:
    """Return rotations of bones that are as after a change where it counts, and change smoothly into it and back.

    A straight limb bends far for a small shift: what begins smoothly as a shift is sudden as a rotation.

    Args:
        before: bone to (F, 4) bone-to-body rotation before it.
        after: the same after it.
        weight: (F,) from 0 to 1, how much it counts.
        times: (F,) seconds.
        slowly: times as long as a limb takes.
    """
    # side by side, as all bones of the limb have the same weights: one system for all of them
    turns = [to_rotation_vector(multiply(rotation, conjugate(before[bone]))) for bone, rotation in after.items()]
    smooth = least_bent_lines(
        _KEEP * weight * (1.0 + _FIRM * weight),
        np.concatenate(turns, axis=-1),
        in_samples(times, slowly * _TURN_SEC) ** 4,
    )
    # the smoothest curve never quite ends
    near = covered((weight > 0.0).astype(np.float64), round(in_samples(times, slowly * _REACH_SEC) / 2.0))[:, None]
    smooth *= smooth_step(near)
    rotations: dict[int, FloatArray] = {}
    for bone, turn in zip(after, np.split(smooth, len(turns), axis=-1), strict=True):
        rotations[bone] = multiply(from_rotation_vector(turn), before[bone])
    return rotations


def middle_stiffness(limb: PosedLeg, stiff: float) -> FloatArray:
    """Return the quadratic form (F, 3, 3) as `PosedLeg.stiffness`, of a limb's knee or elbow.

    It is so many times as `stiff` along the upper bone as across it.
    """
    along = limb.knee - limb.hip
    length = np.maximum(limb.lengths[0], 1e-9)
    along = along / length[:, None]
    # across, the upper bone turns by the shift over its length; its squares are what counts
    return (np.eye(3) + stiff * along[:, :, None] * along[:, None, :]) / length[:, None, None] ** 2
