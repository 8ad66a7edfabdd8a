"""Standing bodies told from other poses: legs opposite to the torso, knees straight, arms not raised."""

from collections.abc import Mapping
from itertools import product

import numpy as np

from ..bones.humanoid import LEG_JOINTS, LIMB_JOINTS, SIDES, filled, sided, slots_of
from ..rotations import FloatArray, angle_between, cross, normalise
from ..skeleton import Skeleton

UPPER = ("head", "neck", "left_upper_arm", "right_upper_arm")
"""Slots whose joints are the torso's upper end."""

_LEGS = np.radians(40.0)  # between a leg and the torso's axis
_KNEES = np.radians(40.0)
_SHOULDERS = np.radians(15.0)  # between the lines through the hips and through the shoulders
_SIDE = np.radians(25.0)  # of those lines from perpendicular to the torso
_ARMS_UP = np.radians(45.0)  # over sideways
_ARMS_AHEAD = np.radians(60.0)  # out of the torso's plane
_ELBOWS = np.radians(75.0)
_ALIKE = np.radians(5.0)  # between the slopes of two feet that stand as they do at rest


def unlikeness(heads: FloatArray, slots: Mapping[str, int]) -> FloatArray:
    """Return (..., N) by how many times N angles of a pose exceed those of a standing body; 0 where joints are unknown.

    Args:
        heads: (..., B, 3) the bones' heads.
        slots: humanoid slot to bone index.
    """
    at = {slot: heads[..., bone, :] for slot, bone in slots.items()}
    torso = torso_of(heads, slots)
    front = cross(normalise(leftward(heads, slots)), torso)
    # the lines through hips and shoulders, from right to left
    across: list[FloatArray] = []
    for part in ("upper_leg", "upper_arm"):
        pair = filled(at, sided(part))
        if len(pair) == len(SIDES):
            across.append(pair[0] - pair[1])
    found = [np.abs(np.pi / 2.0 - angle_between(line, torso)) / _SIDE for line in across]
    if len(across) > 1:
        found.append(angle_between(across[0], across[1]) / _SHOULDERS)
    for side, parts in product(SIDES, LIMB_JOINTS[::-1]):
        joints = filled(at, slots_of(side, parts))
        if len(joints) != len(parts):
            continue
        root, middle, end = joints
        bend, whole = angle_between(middle - root, end - middle), end - root
        if parts is LEG_JOINTS:
            found.append(bend / _KNEES)
            found.append(angle_between(whole, -torso) / _LEGS)
        else:
            found.append(bend / _ELBOWS)
            # hanging arms are never raised too far
            found.append(np.maximum(np.pi / 2.0 - angle_between(whole, torso), 0.0) / _ARMS_UP)
            found.append(np.abs(np.pi / 2.0 - angle_between(whole, front)) / _ARMS_AHEAD)
    return np.stack(found, axis=-1) if found else np.zeros((*heads.shape[:-2], 1))


def torso_of(heads: FloatArray, slots: Mapping[str, int]) -> FloatArray:
    """Return (..., 3) the unit direction from the legs, or else the hips, to neck and shoulders."""
    legs = filled(slots, sided("upper_leg")) or [slots["hips"]]
    upper = filled(slots, UPPER) or [slots["hips"]]
    return normalise(heads[..., upper, :].mean(axis=-2) - heads[..., legs, :].mean(axis=-2))


def leftward(heads: FloatArray, slots: Mapping[str, int]) -> FloatArray:
    """Return (..., 3) the direction from right to left, hips and shoulders weighted equally; 0 if neither is known."""
    left = np.zeros((*heads.shape[:-2], 3))
    for part in ("upper_leg", "upper_arm"):
        pair = filled(slots, sided(part))
        if len(pair) == len(SIDES):
            left = left + normalise(heads[..., pair[0], :] - heads[..., pair[1], :])
    return left


def stands(skeleton: Skeleton, slots: Mapping[str, int]) -> bool:
    """Return whether a skeleton's rest pose is a standing body, whichever way the body lies in the world."""
    return float(unlikeness(skeleton.heads, slots).max()) <= 1.0


def feet_alike(skeleton: Skeleton, slots: Mapping[str, int]) -> bool:
    """Return whether both feet slope alike at rest and are at the same height, as where a body is modelled."""
    heads, torso = skeleton.heads, torso_of(skeleton.heads, slots)
    slopes: list[FloatArray] = []
    for side in SIDES:
        joints = filled(slots, slots_of(side, ("foot", "toes")))
        if len(joints) > 1:
            foot, toes = joints
            slopes.append(angle_between(heads[toes] - heads[foot], torso))
    return len(slopes) < len(SIDES) or bool(abs(slopes[0] - slopes[1]) < _ALIKE)
