"""Detection of humanoid bones by hierarchy and geometry alone, for skeletons with arbitrary bone names."""

from collections.abc import Sequence

import numpy as np

from ..skeleton import Skeleton
from .body_shape import BodyShape, body_shape
from .bone_names import BoneName
from .finger_detection import fingers_by_shape
from .humanoid import SIDES, BoneMap, BoneMatch, spread_spine

_SURE = 0.5  # confidence: less than of any name
_SIDE_GUESSED = 0.3  # confidence where left and right are a guess
_FINGER = 0.4  # greatest confidence in a finger
_NEARER = 0.5  # of the distance: a pelvis is at the thighs, a root at the same position as the hips isn't nearer
_AT_ARMS = 0.2  # of a spine bone's length
_TOLD = 2  # bones whose names say a side, more than say the other


def detect_by_shape(skeleton: Skeleton, names: Sequence[BoneName]) -> BoneMap | None:
    """Return the bones of a body, or None where the skeleton hasn't the shape of one, or is a control rig's.

    Args:
        skeleton: the bones.
        names: their names, of which only sides are used.
    """
    # most bones of a control rig deform nothing, and its controls are anywhere
    deforming = sum(skeleton.option(bone).deform for bone in range(len(skeleton)))
    body = body_shape(skeleton) if 2 * deforming >= len(skeleton) else None
    if body is None:
        return None
    told = _told_sides(body, names)
    swapped = told <= -_TOLD
    known = body.sides_known or abs(told) >= _TOLD
    confidence = _SURE if known else _SIDE_GUESSED
    why = "by the body's shape" if known else "by the body's shape; left and right are a guess"
    slots: dict[str, int] = {}
    for side, arm, leg in zip(SIDES[::-1] if swapped else SIDES, body.arms, body.legs, strict=True):
        slots |= {f"{side}_{part}": bone for part, bone in {**arm, **leg}.items()}
    arm_roots = [arm.get("shoulder", arm["upper_arm"]) for arm in body.arms]
    thighs = [leg["upper_leg"] for leg in body.legs]
    # the hips are where legs and upper body branch
    upper = arm_roots if body.head is None else [*arm_roots, body.head]
    hips = skeleton.common_bone([*thighs, *upper])
    if hips is None or hips in slots.values():
        return None
    hips = _pelvis(skeleton, hips, thighs)
    slots["hips"] = hips
    chest = skeleton.common_bone(arm_roots)
    spine = _path(skeleton, hips, chest)
    neck = _path(skeleton, chest, body.head)[:-1]
    if not neck and body.head is not None and len(spine) > 1 and _is_neck(skeleton, spine, arm_roots):
        spine, neck = spine[:-1], spine[-1:]  # collar bones may hang from the neck, as on a Biped
    if body.head is not None:
        slots["head"] = body.head
    matches = {slot: BoneMatch(skeleton.names[bone], confidence, why) for slot, bone in slots.items()}
    spine_chain = tuple(skeleton.names[bone] for bone in spine)
    neck_chain = tuple(skeleton.names[bone] for bone in neck)
    for slot, bone in spread_spine(spine_chain):
        matches[slot] = BoneMatch(bone, confidence, why)
    if neck_chain:
        matches["neck"] = BoneMatch(neck_chain[0], confidence, why)
    for side in SIDES:
        for (finger, phalanx), bone in fingers_by_shape(skeleton, slots[f"{side}_hand"]).items():
            matches[f"{side}_{finger}_{phalanx}"] = BoneMatch(skeleton.names[bone], min(confidence, _FINGER), why)
    return BoneMap(matches, spine_chain, neck_chain)


def _pelvis(skeleton: Skeleton, hips: int, thighs: Sequence[int]) -> int:
    """Return the bone above `hips` if it is nearer to the thighs: legs may hang from the spine, as on a Biped."""
    parent = int(skeleton.parents[hips])
    if parent < 0:
        return hips
    middle = skeleton.heads[list(thighs)].mean(axis=0)
    from_hips = float(np.linalg.norm(skeleton.heads[hips] - middle))
    from_parent = float(np.linalg.norm(skeleton.heads[parent] - middle))
    return parent if from_parent < _NEARER * from_hips else hips


def _is_neck(skeleton: Skeleton, spine: Sequence[int], arm_roots: Sequence[int]) -> bool:
    """Return whether the spine's last bone begins where the arms do, and no further below."""
    heights = skeleton.heads[:, 2]
    length = heights[spine[-1]] - heights[spine[-2]]
    return float(heights[list(arm_roots)].mean() - heights[spine[-1]]) < _AT_ARMS * float(length)


def _told_sides(body: BodyShape, names: Sequence[BoneName]) -> int:
    """Return how many more bones of the limbs are on the side that their names say than on the other."""
    told = 0
    for side, arm, leg in zip(SIDES, body.arms, body.legs, strict=True):
        for bone in (*arm.values(), *leg.values()):
            if names[bone].side is not None:
                told += 1 if names[bone].side == side else -1
    return told


def _path(skeleton: Skeleton, top: int | None, bone: int | None) -> list[int]:
    """Return the bones below `top` down to `bone` with it; empty if it isn't below."""
    if top is None or bone is None or top not in skeleton.ancestors(bone):
        return []
    return [*skeleton.between(top, bone), bone]
