"""The skeleton's rotations over time, from the joints of the solution."""

import numpy as np

from ..motion.bones.humanoid import slots_of
from ..motion.rotations import (
    IDENTITY,
    FloatArray,
    conjugate,
    continuous,
    cross,
    dot,
    frame,
    from_rotation_vector,
    multiply,
    norm,
    normalise,
    rotate,
    shortest_arc,
    slerp,
    twist,
)
from ..motion.skeleton import Clip, Skeleton
from ..motion.smoothing import smooth_rotations, smooth_vectors, softened
from .body import FINGER_BONES, SPINE, SPINE_AT, rest_rotations
from .ground import standing
from .joints import FEET, INDEX, across, middle

_X, _Y, _Z = np.eye(3)
_SIDES = (("Left", "left", 1.0), ("Right", "right", -1.0))
_NOSE = np.radians(14.0)
"""The nose is so far below the ears when the head is upright."""
_NECK = np.radians(95.0)
"""A head is rotated at most so far against the chest."""
_WRIST, _CLAVICLE = np.radians(85.0), np.radians(30.0)
"""A hand so far against the forearm, a clavicle against where it is at rest."""
_NECK_SHARE = 0.4
"""Of the head's rotation against the chest, taken by the neck."""
_BALL, _BALL_BELOW = 0.5, 0.08
"""Where toes begin: ahead of the ankle, of the foot's length, and metres below it."""
_STEEPEST = 0.5
"""Radians by which a standing foot is pitched back to the level at most."""
_LIMBS_SEC, _TRUNK_SEC, _HEAD_SEC, _HANDS_SEC = 0.03, 0.04, 0.06, 0.08
"""Standard deviations of the Gaussians that smooth rotations."""
_LIES, _STANDS = np.sin(np.radians([20.0, 40.0]))
"""Height of a shin over its length, of one that lies, and of the least steep one of a lunge or a squat."""
_FOREARM_SHARE = 0.5
"""Of the hand's twist against the upper arm, taken by the forearm."""

_MEMORY_SEC = 0.25
"""A nearly straight limb keeps the axis of the moments in which it was bent, so long before and after."""
_CERTAIN = 0.35
"""Sine of a bend whose axis is certain."""
_USUAL = 0.05
"""Weight of the usual axis, relative to that of a certain bend."""


class _Posed:
    """The rotations (F, B, 4) of a skeleton's bones away from rest and their heads (F, B, 3), as they are found.

    Each is found in the place where it stays: a long film has many frames, and nothing is kept twice.
    """

    def __init__(self, joints: FloatArray, rate: float, skeleton: Skeleton) -> None:
        self.joints, self.rate = joints, rate
        self._bones = skeleton.indices
        self.turns = np.empty((len(joints), len(skeleton.names), 4))
        self.heads = np.empty((len(joints), len(skeleton.names), 3))

    def turn(self, bone: str) -> FloatArray:
        return self.turns[:, self._bones[bone]]

    def head(self, bone: str) -> FloatArray:
        return self.heads[:, self._bones[bone]]

    def at(self, name: str) -> FloatArray:
        return self.joints[:, INDEX[name]]

    def smooth(self, rotations: FloatArray, seconds: float) -> FloatArray:
        return smooth_rotations(continuous(rotations), seconds * self.rate)

    def smooth_with_ends(self, rotations: FloatArray, seconds: float) -> FloatArray:
        """Return them smooth at both ends too: the face may be seen wrongly in a shot's first or last frame."""
        width, count = seconds * self.rate, len(rotations)
        reach = min(int(np.ceil(3.0 * width)), count - 1)
        mirrored = np.pad(np.arange(count), reach, mode="reflect") if reach else np.arange(count)
        return smooth_rotations(continuous(rotations[mirrored]), width)[reach : reach + count]

    def put(self, bone: str, turn: FloatArray, head: FloatArray) -> None:
        self.turn(bone)[:], self.head(bone)[:] = turn, head


def clip_of(joints: FloatArray, skeleton: Skeleton, fps: float, times: FloatArray, fingers: FloatArray | None) -> Clip:
    """Return the motion of a skeleton.

    Args:
        joints: (F, N, 3) in the world: Z up, the floor at 0, metres.
        skeleton: from `body.skeleton_of`.
        fps: frames per second.
        times: (F,) seconds.
        fingers: (F, 2, 15, 4) rotations of the bones of the left and the right hand's fingers away from rest, in the
            hand's axes at rest; None if the skeleton has none.
    """
    posed = _Posed(joints, fps, skeleton)
    # each finds the rotation of what it hangs on
    _pose_trunk(posed)
    _pose_head(posed, skeleton)
    for bone, side, sign in _SIDES:
        _pose_arm(posed, skeleton, bone, side, sign)
        _pose_leg(posed, bone, side)
    if fingers is not None:
        for number, (bone, *_) in enumerate(_SIDES):
            _pose_fingers(posed, skeleton, bone, fingers[:, number])
    # from away from rest to the bones' own axes
    rotations = posed.turns
    for bone, rest in enumerate(rest_rotations(skeleton)):
        rotations[:, bone] = continuous(multiply(rotations[:, bone], rest))
    return Clip(skeleton, times, fps, posed.heads, rotations)


def _away(now: tuple[FloatArray, FloatArray], rest: tuple[FloatArray, FloatArray]) -> FloatArray:
    """Return the rotations (F, 4) that bring two directions at rest to those now: the first exactly."""
    return multiply(frame(*now), conjugate(frame(*rest)))


def _pose_trunk(posed: _Posed) -> None:
    low, high = middle(posed.joints, "hip"), middle(posed.joints, "shoulder")
    trunk = high - low
    # the first direction of each is exact: the pelvis is across as the hips are, the chest along the trunk
    pelvis = posed.smooth(_away((across(posed.joints, "hip"), trunk), (_X, _Z)), _TRUNK_SEC)
    chest = posed.smooth(_away((trunk, across(posed.joints, "shoulder")), (_Z, _X)), _TRUNK_SEC)
    posed.put("Hips", pelvis, low)
    for name, at in zip(SPINE, SPINE_AT, strict=True):
        share = (SPINE.index(name) + 1) / len(SPINE)
        posed.put(name, slerp(pelvis, chest, share), low + at * trunk)


def _pose_head(posed: _Posed, skeleton: Skeleton) -> None:
    chest = posed.turn(SPINE[-1])
    # the face: from ear to ear, and to the nose
    ears = across(posed.joints, "ear")
    ahead = posed.at("nose") - middle(posed.joints, "ear")
    ahead = normalise(ahead - normalise(ears) * dot(ahead, normalise(ears))[:, None])
    face_at_rest = np.cos(_NOSE) * -_Y - np.sin(_NOSE) * _Z
    head_in_chest = multiply(conjugate(chest), _away((ears, ahead), (_X, face_at_rest)))
    head = posed.smooth_with_ends(multiply(chest, limited(head_in_chest, _NECK)), _HEAD_SEC)
    # the neck is twisted a part of the way, and points half to the head and half along the chest
    base = middle(posed.joints, "shoulder")
    neck = slerp(chest, head, _NECK_SHARE)
    up = np.broadcast_to(_Z, base.shape)
    rise = normalise(middle(posed.joints, "ear") - base)
    neck = multiply(shortest_arc(rotate(neck, up), normalise(rise + rotate(chest, up))), neck)
    neck = posed.smooth_with_ends(neck, _HEAD_SEC)
    posed.put("Neck", neck, base)
    # the head is at the neck's end, as bones keep their length
    length = float(skeleton.heads[skeleton.index("Head"), 2] - skeleton.heads[skeleton.index("Neck"), 2])
    posed.put("Head", head, base + length * rotate(neck, up))


def _pose_arm(posed: _Posed, skeleton: Skeleton, bone: str, side: str, sign: float) -> None:
    chest = posed.turn(SPINE[-1])
    shoulder, elbow, wrist = map(posed.at, slots_of(side, ("shoulder", "elbow", "wrist")))
    upper, lower = normalise(elbow - shoulder), normalise(wrist - elbow)
    # at rest, arms point outwards, and elbows bend about the vertical
    out, hinge = sign * _X, -sign * _Z
    # the clavicle points to the shoulder from where the chest has it
    clavicle, tip = skeleton.index(f"{bone}Shoulder"), skeleton.index(f"{bone}UpperArm")
    root = skeleton.heads[clavicle] - skeleton.heads[skeleton.index(SPINE[-1])]
    start = posed.head(SPINE[-1]) + rotate(chest, np.broadcast_to(root, shoulder.shape))
    at_rest = rotate(chest, np.broadcast_to(skeleton.heads[tip] - skeleton.heads[clavicle], shoulder.shape))
    raised = multiply(limited(shortest_arc(at_rest, shoulder - start), _CLAVICLE), chest)
    posed.put(f"{bone}Shoulder", posed.smooth(raised, _TRUNK_SEC), start)
    # both parts of the arm bend about one axis
    axis = hinge_axes(upper, lower, chest, (out, hinge), posed.rate)
    upper_turn = posed.smooth(_away((upper, axis), (out, hinge)), _LIMBS_SEC)
    lower_turn = posed.smooth(_away((lower, axis), (out, hinge)), _LIMBS_SEC)
    # the hand, by its knuckles; its palm is down at rest
    index, pinky = posed.at(f"{side}_index") - wrist, posed.at(f"{side}_pinky") - wrist
    palm = sign * normalise(cross(pinky, index))
    hand = _away((normalise(index + pinky), palm), (out, -_Z))
    hand_in_forearm = limited(multiply(conjugate(lower_turn), hand), _WRIST)
    hand = posed.smooth(multiply(lower_turn, hand_in_forearm), _HANDS_SEC)
    # a wrist doesn't twist, the forearm does, all along it
    twisted = twist(multiply(hand, conjugate(lower_turn)), lower)
    lower_turn = multiply(slerp(np.broadcast_to(IDENTITY, twisted.shape), twisted, _FOREARM_SHARE), lower_turn)
    posed.put(f"{bone}UpperArm", upper_turn, shoulder)
    posed.put(f"{bone}LowerArm", lower_turn, elbow)
    posed.put(f"{bone}Hand", hand, wrist)


def _pose_leg(posed: _Posed, bone: str, side: str) -> None:
    pelvis = posed.turn("Hips")
    hip, knee, ankle = map(posed.at, slots_of(side, ("hip", "knee", "ankle")))
    heel, toes = map(posed.at, slots_of(side, ("heel", "foot_index")))
    upper, lower, sole = normalise(knee - hip), normalise(ankle - knee), normalise(toes - heel)
    # at rest, legs point down, and knees bend about the line across
    axis = hinge_axes(upper, lower, pelvis, (-_Z, _X), posed.rate)
    posed.put(f"{bone}UpperLeg", posed.smooth(_away((upper, axis), (-_Z, _X)), _LIMBS_SEC), hip)
    posed.put(f"{bone}LowerLeg", posed.smooth(_away((lower, axis), (-_Z, _X)), _LIMBS_SEC), knee)
    # no landmark says how the foot is tilted to its side: as its leg is
    foot = posed.smooth(_away((sole, axis), (-_Y, _X)), _LIMBS_SEC)
    foot = multiply(_level(posed, foot, side, -lower[:, 2]), foot)
    reach = float(np.median(norm(toes - heel)))
    posed.put(f"{bone}Foot", foot, ankle)
    # nor whether toes are bent
    ball_in_foot = np.array([0.0, -_BALL * reach, -_BALL_BELOW])
    posed.put(f"{bone}Toes", foot, ankle + rotate(foot, np.broadcast_to(ball_in_foot, ankle.shape)))


def _pose_fingers(posed: _Posed, skeleton: Skeleton, side: str, turns: FloatArray) -> None:
    hand = posed.turn(f"{side}Hand")
    for place, bone in enumerate(FINGER_BONES):
        number = skeleton.index(f"{side}{bone}")
        parent = int(skeleton.parents[number])
        above, reach = skeleton.names[parent], skeleton.heads[number] - skeleton.heads[parent]
        head = posed.head(above) + rotate(posed.turn(above), np.broadcast_to(reach, posed.head(above).shape))
        posed.put(f"{side}{bone}", multiply(hand, turns[:, place]), head)


def _level(posed: _Posed, foot: FloatArray, side: str, steep: FloatArray) -> FloatArray:
    """Return the rotations (F, 4) that make the foot level while it stands: along it on average, across it always.

    No landmark tells how far a foot is tilted to its side: it is tilted as its leg is, which is right in the air only,
    and where it rests below a shin that lies, whose `steep` (F,) height over its length is little.
    """
    feet = posed.joints[:, FEET[:2] if side == "left" else FEET[2:]]
    stands = standing(feet, posed.rate)
    flat = stands.all(axis=1)
    ahead = rotate(foot, np.broadcast_to(-_Y, (len(foot), 3)))
    across = rotate(foot, np.broadcast_to(_X, (len(foot), 3)))
    # across: frame by frame, while heel or toes rest and the shin is steep; it sets in as smoothly as limbs move
    tilt = np.arctan2(across[:, 2], cross(ahead, across)[:, 2])
    weight = stands.any(axis=1) * np.clip((steep - _LIES) / (_STANDS - _LIES), 0.0, 1.0)
    level = from_rotation_vector(-ahead * (tilt * softened(weight, _LIMBS_SEC * posed.rate))[:, None])
    # along: one pitch for all frames, so that a foot that only its heel or toes carry stays pitched
    pitch = float(np.median(np.arcsin(np.clip(ahead[flat, 2], -1.0, 1.0)))) if flat.any() else 0.0
    return multiply(from_rotation_vector(rotate(level, across) * np.clip(pitch, -_STEEPEST, _STEEPEST)), level)


def hinge_axes(
    upper: FloatArray, lower: FloatArray, base: FloatArray, rest: tuple[FloatArray, FloatArray], rate: float
) -> FloatArray:
    """Return the unit axes (F, 3) about which a limb bends, perpendicular to its upper part.

    Args:
        upper: (F, 3) unit direction of upper arm or thigh.
        lower: (F, 3) of forearm or shin.
        base: (F, 4) rotation away from rest of what the limb hangs on.
        rest: the direction (3,) of the upper part at rest, and the axis (3,) of its hinge at rest.
        rate: frames per second.
    """
    along, usual = rest
    # carried by the base and swung the short way, so that only the twist is left to be found
    swung = multiply(shortest_arc(rotate(base, np.broadcast_to(along, upper.shape)), upper), base)
    bend = rotate(conjugate(swung), cross(upper, lower))
    bend = bend - dot(bend, along)[:, None] * along
    sine = np.linalg.norm(bend, axis=-1, keepdims=True)
    certain = np.minimum(sine / _CERTAIN, 1.0) ** 2
    # no hinge bends backwards: what seems to is nearly straight and seen badly
    facing = np.clip(dot(bend, usual)[:, None] / np.maximum(sine, 1e-9) + 1.0, 0.0, 1.0)
    evidence = normalise(bend) * certain * facing
    kept = smooth_vectors(evidence, _MEMORY_SEC * rate)
    axis = evidence + kept + _USUAL * usual
    return rotate(swung, normalise(axis - dot(axis, along)[:, None] * along))


def limited(rotation: FloatArray, most: float) -> FloatArray:
    """Return rotations (F, 4) of at most `most` radians, eased towards that."""
    # of a quaternion and its negative, which are the same rotation, the one of the smaller angle
    w = np.abs(rotation[:, :1])
    axis = normalise(rotation[:, 1:] * np.where(rotation[:, :1] < 0.0, -1.0, 1.0))
    angle = 2.0 * np.arctan2(np.linalg.norm(rotation[:, 1:], axis=-1, keepdims=True), w)
    # small angles stay as they are, none is more than the limit
    allowed = most * np.tanh(angle / most)
    return np.concatenate([np.cos(allowed / 2.0), np.sin(allowed / 2.0) * axis], axis=-1)
