"""Joints of a limb told by its shape alone: where it bends, and how long its parts are."""

import numpy as np

from ..rotations import FloatArray, angle_between, step_lengths

_BENT = np.radians(45.0)  # an elbow that is bent more at rest is no more certain
_MIDDLE = 0.52  # of a limb's length: upper arms are longer than forearms
_TELLING = 0.3  # of a limb's length: how far from its middle a bent joint may be
_HEEL = np.radians(35.0)  # a foot points further away from its leg
_SAME = 0.02  # of a limb's length: joints nearer to each other are at the same position
_SKIPPED = 1.2  # weight of what is left out before a limb, where usually nothing is
_TIP = 0.25  # of a forearm's length: a shorter last step leads from a hand to its tip
_TIPPED = 0.4  # what such a step counts
_KNEE = 2  # a foot begins at the third joint of a leg at the earliest


def middle_joint(joints: FloatArray) -> int:
    """Return which of a limb's joints (N, 3) is its elbow or knee, the first and last being its ends.

    It is a joint near the middle, the more so if the limb bends there at rest; of several at that position the last.
    """
    steps = step_lengths(joints)
    length = max(float(steps.sum()), 1e-9)
    along = np.cumsum(steps)[:-1] / length
    bends = np.array([float(_bend(joints, number)) for number in range(1, len(joints) - 1)])
    # a bend outweighs a distance from the middle
    from_middle = np.abs(along - _MIDDLE) - _TELLING * np.minimum(bends / _BENT, 1.0)
    found = 1 + int(np.argmin(from_middle))
    while found + 1 < len(joints) - 1 and steps[found] < _SAME * length:
        found += 1
    return found


def ankle_joint(joints: FloatArray) -> int:
    """Return which of a leg's joints (N, 3) is its ankle: where the foot points away, or else the last."""
    inner = range(_KNEE, len(joints) - 1)
    bends = [float(_bend(joints, number)) for number in inner]
    return inner[int(np.argmax(bends))] if bends and max(bends) > _HEEL else len(joints) - 1


def _bend(joints: FloatArray, number: int) -> FloatArray:
    """Return the angle, radians, between the steps to and from a joint; those without length are skipped."""
    apart = _SAME * max(float(step_lengths(joints).sum()), 1e-9)
    here = joints[number]
    before = _first_apart(here, joints[:number][::-1], apart)
    after = _first_apart(here, joints[number + 1 :], apart)
    return angle_between(here - before, after - here)


def _first_apart(here: FloatArray, joints: FloatArray, apart: float) -> FloatArray:
    """Return the first of some joints (N, 3) that isn't at the same position; that position if all are."""
    for joint in joints:
        if np.linalg.norm(joint - here) > apart:
            return joint
    return here


def best_joints(joints: FloatArray, ratio: float, first: int, last: int | None) -> tuple[int, int, int]:
    """Return which of a limb's joints (N, 3) begin its upper part, its lower part, and its hand or foot.

    Args:
        joints: from the trunk outwards; there may be a tip after the limb.
        ratio: of the upper part's length to the lower part's, as usual.
        first: the first joint that may begin the limb; it or the next one does.
        last: the hand's or foot's joint where it is known.
    """
    steps = step_lengths(joints)
    along = np.concatenate([[0.0], np.cumsum(steps)])
    if last is not None:
        ends = [last]
    else:
        # of joints at the same position the first
        ends = [end for end in range(first + 2, len(joints)) if steps[end - 1] > _SAME * along[-1] or end == first + 2]
    whole = float(along[last if last is not None else -1] - along[first])
    best = (np.inf, (first, first + 1, first + 2))
    for end in ends:
        for start in range(first, min(first + 2, end - 1)):
            middle = start + middle_joint(joints[start : end + 1])
            upper, lower = float(along[middle] - along[start]), float(along[end] - along[middle])
            if upper <= 0.0 or lower <= 0.0:
                continue
            # parts of usual lengths, little left out before and after them, and no tip taken for the hand
            uneven = abs(float(np.log(upper / lower / ratio)))
            skipped = float(along[start] - along[first]) / whole
            tip = float(along[-1] - along[end]) / whole if last is None else 0.0
            ends_in_tip = last is None and float(along[end] - along[end - 1]) < _TIP * lower
            cost = uneven + _SKIPPED * skipped + tip + _TIPPED * ends_in_tip
            best = min(best, (cost, (start, middle, end)))
    return best[1]
