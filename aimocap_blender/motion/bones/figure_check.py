"""Check of whether bones are those of a human figure: it has a trunk and arms, and doesn't walk on four legs.

Legs, a head or one arm may be missing. Names alone don't tell: the bones of animals are often called as those of
people. Their limbs then show it, which are all across the trunk and alike.
"""

import numpy as np

from ...texts.text import Sentence
from ..rotations import BoolArray, FloatArray
from ..skeleton import Skeleton
from .humanoid import SIDES, BoneMap

_ABOVE_HIPS = ("spine", "chest", "upper_chest", "neck", "head")
_ARM, _LEG = ("upper_arm", "lower_arm", "hand"), ("upper_leg", "lower_leg", "foot")
_ACROSS = 40.0
"""Degrees from right angles to the trunk: limbs of a standing human are along it, or only its arms are across."""
_ALIKE = 45.0
"""Degrees between arms and legs, of which crawling on knees has more."""
_ON_KNEES = 70.0
"""Degrees between arms and shins: fewer, unless it kneels."""
_HUMAN = 1.3
"""A human's leg is at least so much longer than its arm and its trunk; an animal's is hardly longer."""
_UPRIGHT = 140.0
"""Degrees between legs and trunk."""
_MOST = 0.5
"""Of the frames."""


def no_human(skeleton: Skeleton, bone_map: BoneMap, positions: FloatArray | None = None) -> Sentence:
    """Return why a figure is no human, as the end of a sentence; '' if it may be one.

    Args:
        skeleton: the figure at rest.
        bone_map: its humanoid bones.
        positions: (F, B, 3) heads in poses of a motion, if there is one: a rest may show nothing.
    """
    if "hips" not in bone_map.matches or not (bone_map.spine_chain or any(map(bone_map.bone, _ABOVE_HIPS))):
        return "it has no trunk of hips and spine"
    if not _has_chain(bone_map, _ARM):
        return "it has no arm of an upper and a lower part"
    if not _has_chain(bone_map, _LEG):
        has_some = any(bone_map.bone(f"{side}_{part}") for side in SIDES for part in _LEG)
        return "it has no leg of an upper and a lower part" if has_some else ""
    limbs = [[_joints(skeleton, bone_map, side, parts) for side in SIDES] for parts in (_ARM, _LEG)]
    arms, legs = ([joints for joints in both if joints] for both in limbs)
    upright, on_four = _posture(skeleton.heads[None], arms, legs)
    if not upright[0] and not on_four[0] and positions is not None:
        on_four = _posture(positions, arms, legs)[1]
    if on_four.mean() > _MOST and not _has_human_lengths(skeleton.heads, arms, legs):
        return "it stands on four legs"
    return ""


def _has_chain(bone_map: BoneMap, parts: tuple[str, ...]) -> bool:
    return any(all(bone_map.bone(f"{side}_{part}") for part in parts[:2]) for side in SIDES)


def _joints(skeleton: Skeleton, bone_map: BoneMap, side: str, parts: tuple[str, ...]) -> tuple[int, int, int] | None:
    """Return a limb's root, middle and end: an end without a slot is the longest bone below; None without a limb."""
    upper, lower, last = (skeleton.indices.get(bone_map.bone(f"{side}_{part}") or "") for part in parts)
    if upper is None or lower is None:
        return None
    if last is None:
        heads = skeleton.heads
        last = max(
            skeleton.children[lower],
            key=lambda bone: float(np.linalg.norm(heads[bone] - heads[lower])),
            default=lower,
        )
    return upper, lower, last


def _posture(
    heads: FloatArray, arms: list[tuple[int, int, int]], legs: list[tuple[int, int, int]]
) -> tuple[BoolArray, BoolArray]:
    """Return in which poses (F, B, 3) legs are below the trunk, and in which all limbs are, across a level one."""
    trunk = _middle(heads, arms, 0) - _middle(heads, legs, 0)
    arm, leg = (_middle(heads, limbs, 2) - _middle(heads, limbs, 0) for limbs in (arms, legs))
    shin = _middle(heads, legs, 2) - _middle(heads, legs, 1)
    across = [np.abs(_degrees(limb, trunk) - 90.0) < _ACROSS for limb in (arm, leg)]
    alike = (_degrees(arm, leg) < _ALIKE) & (_degrees(arm, shin) < _ON_KNEES)
    return _degrees(leg, trunk) > _UPRIGHT, across[0] & across[1] & alike


def _middle(heads: FloatArray, limbs: list[tuple[int, int, int]], joint: int) -> FloatArray:
    return heads[:, [limb[joint] for limb in limbs]].mean(axis=1)


def _degrees(one: FloatArray, other: FloatArray) -> FloatArray:
    lengths = np.linalg.norm(one, axis=-1) * np.linalg.norm(other, axis=-1)
    return np.degrees(np.arccos(np.clip((one * other).sum(axis=-1) / np.maximum(lengths, 1e-12), -1.0, 1.0)))


def _has_human_lengths(heads: FloatArray, arms: list[tuple[int, int, int]], legs: list[tuple[int, int, int]]) -> bool:
    def longest(limbs: list[tuple[int, int, int]]) -> float:
        return max(float(np.linalg.norm(np.diff(heads[list(joints)], axis=0), axis=1).sum()) for joints in limbs)

    trunk = float(np.linalg.norm(_middle(heads[None], arms, 0) - _middle(heads[None], legs, 0)))
    return longest(legs) > _HUMAN * max(longest(arms), trunk)
