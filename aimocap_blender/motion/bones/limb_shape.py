"""Joints of a limb told by its shape alone: where it bends, and how long its parts are."""

import numpy as np

from ..rotations import FloatArray, angle_between

_BENT = np.radians(10.0)  # a joint bent less at rest may be any
_HEEL = np.radians(35.0)  # a foot points further away from its leg
_SAME = 0.02  # of a limb's length: joints nearer to each other are at the same position
_KNEE = 2  # a foot begins at the third joint of a leg at the earliest


def middle_joint(joints: FloatArray) -> int:
    """Return which of a limb's joints (N, 3) is its elbow or knee, the first and last being its ends.

    It is the joint that is bent most at rest. On a straight limb it is the joint nearest to its middle, and of several
    at that position the last.
    """
    steps = np.linalg.norm(np.diff(joints, axis=0), axis=1)
    length = max(float(steps.sum()), 1e-9)
    inner = range(1, len(joints) - 1)
    bends = [float(_bend(joints, number)) for number in inner]
    if max(bends) > _BENT:
        found = inner[int(np.argmax(bends))]
    else:
        along = np.cumsum(steps)[:-1] / length
        found = inner[int(np.argmin(np.abs(along - 0.5)))]
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
    length = max(float(np.linalg.norm(np.diff(joints, axis=0), axis=1).sum()), 1e-9)
    here = joints[number]
    before = next((joint for joint in joints[:number][::-1] if np.linalg.norm(here - joint) > _SAME * length), here)
    after = next((joint for joint in joints[number + 1 :] if np.linalg.norm(joint - here) > _SAME * length), here)
    return angle_between(here - before, after - here)
