"""Check of whether bones are those of a human figure: it has a trunk and arms, and doesn't walk on four legs.

Legs, a head or one arm may be missing. Names alone don't tell: the bones of animals are often called as those of
people. Their limbs then show it, which are all across the trunk and alike.
"""

import numpy as np

from ...texts.text import Sentence
from ..rotations import BoolArray, FloatArray, step_lengths
from ..skeleton import Skeleton
from .humanoid import ARM_JOINTS, LEG_JOINTS, SIDES, TORSO_SLOTS, BoneMap, sided, slots_of

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
    if "hips" not in bone_map.matches or not (bone_map.spine_chain or any(map(bone_map.bone, TORSO_SLOTS[1:]))):
        return "it has no trunk of hips and spine"
    if not _has_chain(bone_map, ARM_JOINTS):
        return "it has no arm of an upper and a lower part"
    if not _has_chain(bone_map, LEG_JOINTS):
        has_some = any(map(bone_map.bone, sided(*LEG_JOINTS)))
        return "it has no leg of an upper and a lower part" if has_some else ""
    arms, legs = _limbs(skeleton, bone_map, ARM_JOINTS), _limbs(skeleton, bone_map, LEG_JOINTS)
    upright, on_four = _posture(skeleton.heads[None], arms, legs)
    # a rest that is neither, with arms up say, tells nothing: the motion may
    if not upright[0] and not on_four[0] and positions is not None:
        on_four = _posture(positions, arms, legs)[1]
    # a person on all fours has a person's lengths
    if on_four.mean() > _MOST and not _has_human_lengths(skeleton.heads, arms, legs):
        return "it stands on four legs"
    return ""


def _has_chain(bone_map: BoneMap, parts: tuple[str, ...]) -> bool:
    """Return whether a limb of either side has its upper and its lower part."""
    return any(all(map(bone_map.bone, slots_of(side, parts[:2]))) for side in SIDES)


def _limbs(skeleton: Skeleton, bone_map: BoneMap, parts: tuple[str, ...]) -> list[tuple[int, int, int]]:
    """Return the joints of a limb on the sides that have it."""
    both = [_joints(skeleton, bone_map, side, parts) for side in SIDES]
    return [joints for joints in both if joints]


def _joints(skeleton: Skeleton, bone_map: BoneMap, side: str, parts: tuple[str, ...]) -> tuple[int, int, int] | None:
    """Return a limb's root, middle and end: an end without a slot is the longest bone below; None without a limb."""
    upper, lower, last = (skeleton.indices.get(bone_map.bone(slot) or "") for slot in slots_of(side, parts))
    if upper is None or lower is None:
        return None
    if last is not None:
        return upper, lower, last

    def length(below: int) -> float:
        return float(np.linalg.norm(skeleton.heads[below] - skeleton.heads[lower]))

    return upper, lower, max(skeleton.children[lower], key=length, default=lower)


def _posture(
    heads: FloatArray, arms: list[tuple[int, int, int]], legs: list[tuple[int, int, int]]
) -> tuple[BoolArray, BoolArray]:
    """Return in which poses (F, B, 3) legs are below the trunk, and in which all limbs are, across a level one."""
    # from hips to shoulders, from there to the hands, from hips to feet, from knees to feet
    trunk = _middle(heads, arms, 0) - _middle(heads, legs, 0)
    arm = _middle(heads, arms, 2) - _middle(heads, arms, 0)
    leg = _middle(heads, legs, 2) - _middle(heads, legs, 0)
    shin = _middle(heads, legs, 2) - _middle(heads, legs, 1)
    is_upright = _degrees(leg, trunk) > _UPRIGHT
    arms_across = np.abs(_degrees(arm, trunk) - 90.0) < _ACROSS
    legs_across = np.abs(_degrees(leg, trunk) - 90.0) < _ACROSS
    # on four legs arms and legs point the same way, down; on hands and knees the shins lie on the ground
    alike = (_degrees(arm, leg) < _ALIKE) & (_degrees(arm, shin) < _ON_KNEES)
    return is_upright, arms_across & legs_across & alike


def _middle(heads: FloatArray, limbs: list[tuple[int, int, int]], joint: int) -> FloatArray:
    """Return (F, 3) the middle between the same joint of several limbs: 0 their root, 1 their middle, 2 their end."""
    return heads[:, [limb[joint] for limb in limbs]].mean(axis=1)


def _degrees(one: FloatArray, other: FloatArray) -> FloatArray:
    """Return (F,) degrees between vectors (F, 3); 90 where one has no length."""
    lengths = np.linalg.norm(one, axis=-1) * np.linalg.norm(other, axis=-1)
    cosines = (one * other).sum(axis=-1) / np.maximum(lengths, 1e-12)
    return np.degrees(np.arccos(np.clip(cosines, -1.0, 1.0)))


def _has_human_lengths(heads: FloatArray, arms: list[tuple[int, int, int]], legs: list[tuple[int, int, int]]) -> bool:
    """Return whether the legs are as much longer than arms and trunk as a human's."""

    def longest(limbs: list[tuple[int, int, int]]) -> float:
        # (3, L, 3) root, middle and end of each
        return float(step_lengths(heads[np.transpose(limbs)]).sum(axis=0).max())

    trunk = float(np.linalg.norm(_middle(heads[None], arms, 0) - _middle(heads[None], legs, 0)))
    return longest(legs) > _HUMAN * max(longest(arms), trunk)
