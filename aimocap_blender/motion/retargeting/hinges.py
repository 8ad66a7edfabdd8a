"""Elbows and knees that may turn about one axis only: the upper bone's twist does the rest."""

from collections.abc import Iterator, Mapping
from dataclasses import replace

import numpy as np

from ..bones.humanoid import ARM_SLOTS, LEG_SLOTS, SIDES, BoneMap
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
        upper, lower, _ = (skeleton.names[bone] for bone in limb)
        if lower in hinges and {upper, lower} <= set(motion.bones):
            motion = _hinged(motion, skeleton, limb, hinges[lower])
    return motion


def hinged_bones(skeleton: Skeleton, bone_map: BoneMap) -> set[str]:
    """Return the lower arms and legs that can be hinges: their parent is the upper bone."""
    return {skeleton.names[lower] for _, lower, _ in _limbs(skeleton, bone_map)}


def _limbs(skeleton: Skeleton, bone_map: BoneMap) -> Iterator[tuple[int, int, int]]:
    """Yield upper bone, lower bone and end of each limb whose lower bone hangs on the upper one."""
    for side in SIDES:
        for parts in (ARM_SLOTS[1:], LEG_SLOTS[:3]):
            names = [bone_map.bone(f"{side}_{part}") for part in parts]
            upper, lower, end = (skeleton.indices.get(name or "", -1) for name in names)
            if min(upper, lower, end) >= 0 and int(skeleton.parents[lower]) == upper:
                yield upper, lower, end


def _hinged(motion: PoseMotion, skeleton: Skeleton, limb: tuple[int, int, int], axis: FloatArray) -> PoseMotion:
    upper, lower, end = limb
    rest = from_matrix(skeleton.rest[:, :3, :3])
    pose: PosedBones = posed(skeleton, motion)
    along = normalise(pose.heads[:, lower] - pose.heads[:, upper])
    onward = normalise(pose.heads[:, end] - pose.heads[:, lower])
    # in the axes that the lower bone has without a rotation of its own
    unbent = multiply(pose.rotations[:, upper], multiply(conjugate(rest[upper]), rest[lower]))
    u, wanted = rotate(conjugate(unbent), along), rotate(conjugate(unbent), onward)
    own = normalise(rotate(conjugate(rest[lower]), skeleton.rest[end, :3, 3] - skeleton.rest[lower, :3, 3]))
    fixed, across = axis * dot(own, axis), cross(axis, own)
    a, b = dot(own - fixed, u), dot(across, u)
    cosine = (dot(wanted, u) - dot(np.broadcast_to(fixed, u.shape), u)) / np.maximum(np.hypot(a, b), 1e-9)
    between = np.arccos(np.clip(cosine, -1.0, 1.0))
    best: tuple[float, FloatArray, FloatArray] | None = None
    for sense in (1.0, -1.0):
        angle = np.arctan2(b, a) + sense * between
        bent = fixed + np.cos(angle)[:, None] * (own - fixed) + np.sin(angle)[:, None] * across
        twist, sure = _about(u, bent, wanted)
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
    if int(skeleton.parents[end]) == lower and names[end] in turns and skeleton.option(end).inherit_rotation:
        new = multiply(from_rotation_vector(along * twist[:, None]), multiply(unbent, turns[names[lower]]))
        hangs = multiply(conjugate(rest[lower]), rest[end])
        turns[names[end]] = multiply(conjugate(multiply(new, hangs)), pose.rotations[:, end])
    return replace(motion, rotations=continuous(np.stack([turns[name] for name in motion.bones], axis=1)))


def _about(axis: FloatArray, start: FloatArray, goal: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return the angles (F,) about unit axes (F, 3) from directions to others, and how sure they are: 0 or 1."""
    flat = [vector - axis * dot(vector, axis)[:, None] for vector in (start, goal)]
    angle = np.arctan2(dot(cross(flat[0], flat[1]), axis), dot(flat[0], flat[1]))
    sure = np.minimum(*(np.linalg.norm(vector, axis=-1) for vector in flat)) > _SURE
    return angle, sure.astype(np.float64)


def _settled(angles: FloatArray, sure: FloatArray) -> FloatArray:
    """Return the angles (F,) without jumps of 360 degrees, those that aren't sure between those that are."""
    known = np.flatnonzero(sure)
    if not len(known):
        return np.zeros_like(angles)
    return np.interp(np.arange(len(angles)), known, np.unwrap(angles[known]))
