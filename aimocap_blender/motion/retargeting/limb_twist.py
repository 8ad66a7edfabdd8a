"""The last stage of retargeting: share the twist of hands, feet, upper arms and thighs out along the limbs' bones."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from ..bones.humanoid import SIDES
from ..bones.twist_bones import TwistSegment, twist_segments
from ..feet.body_pose import BodyPose
from ..figures.figure import linkage_of
from ..rotations import (
    BoolArray,
    FloatArray,
    angle_between,
    conjugate,
    dot,
    from_rotation_vector,
    multiply,
    normalise,
    rotate,
    shortest_arc,
)

_TURN = 2.0 * np.pi
_UNSURE = np.radians(160.0)  # a bone swung further from its rest has no certain twist
_FAST = np.radians(130.0)  # the same at shoulder and hip: beyond, twist is twice as fast as the bone goes round
_HALF = 0.5  # of the hand's twist: the least that a forearm without twist bones takes, as skin does
_APART = 0.01  # of the segment's length: a twist bone that hangs elsewhere has to travel


def with_twist(pose: BodyPose) -> tuple[BodyPose, dict[int, FloatArray]]:
    """Return the pose with twist shared out, and the travel of twist bones that don't hang from their limb.

    Directions of limbs and rotations of hands and feet stay the same. Twist is measured from the rest pose, and is
    continuous over half a turn.

    Args:
        pose: the character's pose; its upper arms and thighs have all the twist that elbows and knees need.

    Returns:
        The pose, with the twist bones in its linkage, and bone to (F, 3) location channel in armature units.
    """
    figure = pose.linkage.figure
    segments: list[TwistSegment] = []
    keyed, rotations = set(pose.linkage.keyed), dict(pose.rotations)
    for segment in twist_segments(figure.skeleton, figure.slots):
        if segment.start in pose.rotations and segment.end in pose.rotations:
            segments.append(segment)
            keyed.update(segment.bones)
            rotations |= _shared_out(pose, segment)
    linkage = linkage_of(figure, keyed)
    for bone in linkage.held - rotations.keys():
        rotations[bone] = np.broadcast_to(figure.rest[bone], (len(pose.hips), 4))
    twisted = BodyPose(linkage, rotations, pose.hips)
    # only now is it known where the bones are that they hang from
    travel: dict[int, FloatArray] = {}
    for segment in segments:
        travel |= dict(_travel(twisted, segment))
    return twisted, travel


@dataclass(frozen=True, eq=False)
class _Twist:
    """The twist of a segment over time.

    Attributes:
        swung: (F, 4) rotation from rest without any twist, body axes.
        axis: (F, 3) the segment's direction.
        end: (F,) radians from `swung` to the bone at its end, or to the bone itself where that has all the twist.
        own: (F,) radians to the segment's own bone.
    """

    swung: FloatArray
    axis: FloatArray
    end: FloatArray
    own: FloatArray

    def by(self, angle: FloatArray) -> FloatArray:
        """Return the rotation (F, 4) from rest of a bone that is twisted by the angles (F,)."""
        return multiply(from_rotation_vector(self.axis * angle[:, None]), self.swung)


def _shared_out(pose: BodyPose, segment: TwistSegment) -> dict[int, FloatArray]:
    """Return the rotations (F, 4) of a segment's bones."""
    figure = pose.linkage.figure
    alone = not segment.bones
    is_forearm = segment.start in (figure.slots.get("left_lower_arm"), figure.slots.get("right_lower_arm"))
    # the rig of a control bone shares its twist out
    if alone and not (is_forearm and figure.skeleton.option(segment.start).deform):
        return {}
    twist = _twist(pose, segment)
    shares = segment.shares()
    turned: dict[int, FloatArray] = {}
    whole = multiply(pose.rotations[segment.start], conjugate(figure.rest[segment.start]))
    # back from the bone, which is smooth where its twist isn't certain
    if segment.near == "body":
        for bone, share in shares.items():
            back = from_rotation_vector(twist.axis * ((share - 1.0) * twist.end)[:, None])
            turned[bone] = multiply(back, whole)
    else:
        own = twist.own
        # without twist bones a forearm has from half of the hand's twist to all of it
        if is_forearm:
            low, high = np.minimum(twist.end * _HALF, twist.end), np.maximum(twist.end * _HALF, twist.end)
            own = np.clip(own, low, high) if alone else twist.end * shares[segment.start]
            turned[segment.start] = twist.by(own)
        for bone in segment.bones:
            turned[bone] = twist.by(own + shares[bone] * (twist.end - own))
    for bone in (segment.start, *segment.bones):
        turned.setdefault(bone, whole)
    _point_chain(pose, segment, turned)
    return {bone: multiply(turn, figure.rest[bone]) for bone, turn in turned.items()}


def _twist(pose: BodyPose, segment: TwistSegment) -> _Twist:
    figure, rest = pose.linkage.figure, pose.linkage.figure.rest

    def turned(bone: int) -> FloatArray:
        return multiply(pose.rotations[bone], conjugate(rest[bone]))

    along = figure.heads[segment.end] - figure.heads[segment.start]
    own = turned(segment.start)
    axis = normalise(rotate(own, along))
    # without twist, a bone goes the shortest way from where the one above would carry it
    above = turned(_above(pose, segment))
    carried = rotate(above, along)
    swung = multiply(shortest_arc(carried, axis), above)
    # the further it swings, the less its twist can be told from a way round
    swing = angle_between(carried, axis)
    swings = np.asarray(swing < _UNSURE)
    own_angle, own_sure = _angle(multiply(own, conjugate(swung)), axis)
    if segment.near == "body":
        angle = _unwrapped(own_angle, own_sure & np.asarray(swing < _FAST), 0.0)
        return _Twist(swung, axis, angle, angle)
    end_angle, end_sure = _angle(multiply(turned(segment.end), conjugate(swung)), axis)
    end = _unwrapped(end_angle, end_sure & swings, 0.0)
    return _Twist(swung, axis, end, _unwrapped(own_angle, own_sure & swings, end * _HALF))


def _above(pose: BodyPose, segment: TwistSegment) -> int:
    """Return the rotated bone that a segment's twist is measured from: by its slot, as parents may be missing."""
    figure = pose.linkage.figure
    slots, hips = figure.slots, figure.slots["hips"]
    chest = figure.spine[-1] if figure.spine else hips
    above = hips
    for side in SIDES:
        if segment.start == slots.get(f"{side}_upper_arm"):
            above = slots.get(f"{side}_shoulder", chest)
        elif segment.start == slots.get(f"{side}_lower_arm"):
            above = slots.get(f"{side}_upper_arm", chest)
        elif segment.start == slots.get(f"{side}_lower_leg"):
            above = slots.get(f"{side}_upper_leg", hips)
    # one that doesn't rotate leaves it to the trunk
    if above not in pose.rotations:
        above = chest if chest in pose.rotations else hips
    return above


def _angle(rotation: FloatArray, axis: FloatArray) -> tuple[FloatArray, BoolArray]:
    """Return the rotation's angle (F,) about the axis, radians, and whether (F,) it is certain."""
    # a rotation is a twist about the axis and then a swing across it; w and the part along the axis are the twist's
    along = dot(rotation[..., 1:], axis)
    sure = np.hypot(rotation[..., 0], along) > np.cos(_UNSURE / 2.0)
    return np.asarray(2.0 * np.arctan2(along, rotation[..., 0])), np.asarray(sure)


def _unwrapped(angle: FloatArray, sure: BoolArray, near: FloatArray | float) -> FloatArray:
    """Return the angles (F,) without jumps of a whole turn, most of them within half a turn of `near`.

    Uncertain angles are interpolated.
    """
    known = np.flatnonzero(sure)
    if not len(known):
        return np.asarray((angle - near + np.pi) % _TURN - np.pi + near)
    smooth = np.interp(np.arange(len(angle)), known, np.unwrap(angle[known], period=_TURN))
    # as a whole by so many turns as bring the middle one nearest
    return np.asarray(smooth - _TURN * np.round(np.median(smooth - near) / _TURN))


def _point_chain(pose: BodyPose, segment: TwistSegment, turned: dict[int, FloatArray]) -> None:
    """Point each bone of a chain at the segment's end, as twist about another axis would carry that away."""
    if not segment.chain:
        return
    heads = pose.linkage.figure.heads
    own = multiply(pose.rotations[segment.start], conjugate(pose.linkage.figure.rest[segment.start]))
    end = rotate(own, heads[segment.end] - heads[segment.start])
    links = [segment.start, *segment.chain]
    head = np.zeros_like(end)
    for on, bone in pairwise(links):
        head = head + rotate(turned[on], heads[bone] - heads[on])
        wanted = rotate(turned[bone], heads[segment.end] - heads[bone])
        turned[bone] = multiply(shortest_arc(wanted, end - head), turned[bone])


def _travel(pose: BodyPose, segment: TwistSegment) -> Iterator[tuple[int, FloatArray]]:
    """Yield the location channels (F, 3), armature units, of twist bones that hang from another limb's bone."""
    linkage = pose.linkage
    figure, skeleton = linkage.figure, linkage.figure.skeleton
    family = {segment.start, *segment.bones}
    length = float(np.linalg.norm(figure.heads[segment.end] - figure.heads[segment.start]))
    for bone in segment.bones:
        on = skeleton.nearest_above(bone, pose.rotations)
        if family.intersection(skeleton.ancestors(bone)) or skeleton.option(bone).connected or on < 0:
            continue
        place = linkage.hang(bone, segment.start, pose.rotations, _heads(pose, segment.start))
        shift = place - linkage.hang(bone, on, pose.rotations, _heads(pose, on))
        if float(np.linalg.norm(shift, axis=-1).max()) > _APART * length:
            yield bone, linkage.location(bone, shift, pose.rotations)


def _heads(pose: BodyPose, bone: int) -> Mapping[int, FloatArray]:
    """Return the heads (F, 3) of a rotated bone and of those that it hangs on."""
    hips = pose.linkage.figure.slots["hips"]
    return {hips: pose.hips} if bone == hips else pose.heads((bone,))
