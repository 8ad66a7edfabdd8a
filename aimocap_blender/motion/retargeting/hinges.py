"""Elbows and knees that may turn about one axis only: the upper bone's twist does the rest."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import product

import numpy as np

from ..bones.humanoid import LIMB_JOINTS, SIDES, BoneMap, filled, slots_of
from ..forward_kinematics import PosedBones, posed
from ..pose_motion import PoseMotion
from ..rotations import (
    FloatArray,
    conjugate,
    continuous,
    cross,
    dot,
    from_matrix,
    from_rotation_vector,
    multiply,
    normalise,
    rotate,
)
from ..skeleton import Skeleton

_SURE = np.sin(np.radians(4.0))  # of the bend: a limb that is straighter doesn't say how its upper bone is twisted


def with_hinges(
    motion: PoseMotion, skeleton: Skeleton, bone_map: BoneMap, hinges: Mapping[str, FloatArray]
) -> PoseMotion:
    """Return the motion with lower arms and legs that turn about one of their own axes, pointing as before.

    Args:
        motion: the channels.
        skeleton: the character at rest.
        bone_map: its humanoid bones.
        hinges: bone to the (3,) unit axis that it may turn about, in its own axes; those of other bones than
            `hinged_bones` don't count.
    """
    for limb in _limbs(skeleton, bone_map):
        upper, lower = skeleton.names[limb[0]], skeleton.names[limb[1]]
        if lower in hinges and {upper, lower} <= set(motion.bones):
            motion = _hinged(motion, skeleton, limb, hinges[lower])
    return motion


def hinged_bones(skeleton: Skeleton, bone_map: BoneMap) -> set[str]:
    """Return the lower arms and legs that can be hinges: their parent is the upper bone."""
    return {skeleton.names[lower] for _, lower, _ in _limbs(skeleton, bone_map)}


def _limbs(skeleton: Skeleton, bone_map: BoneMap) -> Iterator[tuple[int, int, int]]:
    """Yield upper bone, lower bone and end of each limb whose lower bone hangs on the upper one."""
    slots = bone_map.indices_in(skeleton.indices)
    for side, parts in product(SIDES, LIMB_JOINTS):
        joints = filled(slots, slots_of(side, parts))
        if len(joints) == len(parts) and int(skeleton.parents[joints[1]]) == joints[0]:
            yield joints[0], joints[1], joints[2]


def _hinged(motion: PoseMotion, skeleton: Skeleton, limb: tuple[int, int, int], axis: FloatArray) -> PoseMotion:
    upper, lower, end = limb
    rest = from_matrix(skeleton.rest[:, :3, :3])
    pose: PosedBones = posed(skeleton, motion)
    along = normalise(pose.heads[:, lower] - pose.heads[:, upper])
    onward = normalise(pose.heads[:, end] - pose.heads[:, lower])
    # the axes that the lower bone has without a rotation of its own, and both directions in them
    from_unbent = multiply(pose.rotations[:, upper], multiply(conjugate(rest[upper]), rest[lower]))
    along_in_unbent, wanted = rotate(conjugate(from_unbent), along), rotate(conjugate(from_unbent), onward)
    # about the axis the lower bone's own direction goes round in a circle: a part along the axis stays
    own = normalise(rotate(conjugate(rest[lower]), skeleton.rest[end, :3, 3] - skeleton.rest[lower, :3, 3]))
    fixed, across = axis * dot(own, axis), cross(axis, own)
    # the angles at which it is bent as far from the upper bone as it is now: one to each side
    a, b = dot(own - fixed, along_in_unbent), dot(across, along_in_unbent)
    stays = dot(np.broadcast_to(fixed, along_in_unbent.shape), along_in_unbent)
    cosine = (dot(wanted, along_in_unbent) - stays) / np.maximum(np.hypot(a, b), 1e-9)
    between = np.arccos(np.clip(cosine, -1.0, 1.0))
    # to the side that takes less twist of the upper bone
    best: tuple[float, FloatArray, FloatArray] | None = None
    for sense in (1.0, -1.0):
        angle = np.arctan2(b, a) + sense * between
        bent = fixed + np.cos(angle)[:, None] * (own - fixed) + np.sin(angle)[:, None] * across
        twist, sure = _about(along_in_unbent, bent, wanted)
        effort = float((np.abs(twist) * sure).sum())
        if best is None or effort < best[0]:
            best = effort, angle, _settled(twist, sure)
    assert best is not None  # noqa: S101 -- both senses were tried
    _, angle, twist = best
    turns = {name: motion.rotations[:, column] for column, name in enumerate(motion.bones)}
    names = skeleton.names
    own_axis = rotate(conjugate(pose.rotations[:, upper]), along)
    turns[names[upper]] = multiply(turns[names[upper]], from_rotation_vector(own_axis * twist[:, None]))
    turns[names[lower]] = from_rotation_vector(axis * angle[:, None])
    # a hand or a foot that hangs on the lower bone keeps its rotation
    if int(skeleton.parents[end]) == lower and names[end] in turns and skeleton.option(end).inherit_rotation:
        now_lower = multiply(from_rotation_vector(along * twist[:, None]), multiply(from_unbent, turns[names[lower]]))
        now_end = multiply(now_lower, multiply(conjugate(rest[lower]), rest[end]))
        turns[names[end]] = multiply(conjugate(now_end), pose.rotations[:, end])
    return replace(motion, rotations=continuous(np.stack([turns[name] for name in motion.bones], axis=1)))


def _about(axis: FloatArray, start: FloatArray, goal: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return the angles (F,) about unit axes (F, 3) from directions to others, and how sure they are: 0 or 1."""
    # across the axis: what is along it doesn't turn
    start = start - axis * dot(start, axis)[:, None]
    goal = goal - axis * dot(goal, axis)[:, None]
    angle = np.arctan2(dot(cross(start, goal), axis), dot(start, goal))
    sure = np.minimum(np.linalg.norm(start, axis=-1), np.linalg.norm(goal, axis=-1)) > _SURE
    return angle, sure.astype(np.float64)


def _settled(angles: FloatArray, sure: FloatArray) -> FloatArray:
    """Return the angles (F,) without jumps of 360 degrees, those that aren't sure between those that are."""
    known = np.flatnonzero(sure)
    if not len(known):
        return np.zeros_like(angles)
    return np.interp(np.arange(len(angles)), known, np.unwrap(angles[known]))
