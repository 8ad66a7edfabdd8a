"""The skeleton of the person seen: bones of the solution's lengths, in a T-pose that faces -Y."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from ..motion.bones.humanoid import FINGER_SLOTS, FINGERS, PHALANGES
from ..motion.rotations import FloatArray, IntArray, cross, from_matrix, norm, normalise
from ..motion.skeleton import Skeleton
from .joints import across, joints_of, middle

_SIDES = (("Left", 1.0), ("Right", -1.0))
_BACK = np.array([0.0, 1.0, 0.0])
_UP = np.array([0.0, 0.0, 1.0])
SPINE = ("Spine", "Chest", "UpperChest")
SPINE_AT = (0.12, 0.4, 0.68)
"""Where the spine's bones begin on the way from the hips to the neck."""
_CLAVICLE = 0.2
"""A clavicle begins so far to its side, of half the shoulders' width."""
_CLAVICLE_AT = 0.93
"""On the way from the hips to the neck."""
HEAD_AT = 0.55
"""The head's joint on the way from between the shoulders to between the ears."""
_CROWN = 1.9
"""Top of the head above the shoulders, of the height of the ears above them."""
_ANKLE = 0.9
"""Height of the ankle above the floor, of its distance from the heel, which is behind it too."""
_BALL, _BALL_HEIGHT, _TOES = 0.5, 0.2, 0.25
"""Where toes begin: ahead of the ankle, of the foot's length, and above the floor, of the ankle's height; and how long
they are, of the foot's length."""
_SHORTEST = 0.01
"""Metres of a bone, at least: shorter ones have no direction."""

FINGER_BONES = tuple(slot.title().replace("_", "") for slot in FINGER_SLOTS)
"""Without their side."""
_KNUCKLES: FloatArray = np.array(
    [[0.28, 0.30, 0.10], [0.97, 0.28, 0.0], [1.0, 0.04, 0.0], [0.93, -0.18, 0.0], [0.84, -0.37, 0.0]]
)
"""Where fingers begin: along the hand from the wrist, towards the index finger, and towards the palm; of the distance
from the wrist to the middle finger."""
FINGERS_AHEAD: FloatArray = normalise(np.array([[0.70, 0.64, 0.32], *[[1.0, 0.0, 0.0]] * 4]))
"""Where fingers point at rest, in these directions: a thumb away from the others."""
_PHALANGES: FloatArray = np.array(
    [[0.47, 0.33, 0.28], [0.41, 0.23, 0.20], [0.46, 0.27, 0.21], [0.43, 0.27, 0.22], [0.34, 0.19, 0.20]]
)
"""Lengths of each finger's bones, of the same: of Buryanov and Kotiuk, Proportions of Hand Segments, 2010."""


@dataclass(frozen=True)
class Measures:
    """Lengths of a person, metres."""

    hips: float
    shoulders: float
    trunk: float
    neck: float
    upper_arm: float
    lower_arm: float
    hand: float
    upper_leg: float
    lower_leg: float
    ankle: float
    foot: float

    @property
    def hip_height(self) -> float:
        """Return the height of the hips above the floor."""
        return self.ankle + self.lower_leg + self.upper_leg

    @property
    def neck_height(self) -> float:
        """Return the height of the middle of the shoulders above the floor."""
        return self.hip_height + self.trunk


def measures_of(joints: FloatArray) -> Measures:
    """Return the lengths of the person with joints (F, N, 3) in the world, left and right alike."""

    def between(start: FloatArray, end: FloatArray) -> float:
        return float(np.median(norm(end - start)))

    def length(start: str, end: str) -> float:
        starts, ends = joints[:, joints_of(start)], joints[:, joints_of(end)]
        left, right = np.median(norm(ends - starts), axis=0)
        return max(float(left + right) / 2.0, _SHORTEST)

    def width(part: str) -> float:
        return max(float(np.median(norm(across(joints, part)))), _SHORTEST)

    return Measures(
        hips=width("hip"),
        shoulders=width("shoulder"),
        trunk=between(middle(joints, "hip"), middle(joints, "shoulder")),
        neck=between(middle(joints, "shoulder"), middle(joints, "ear")),
        upper_arm=length("shoulder", "elbow"),
        lower_arm=length("elbow", "wrist"),
        hand=(length("wrist", "index") + length("wrist", "pinky")) / 2.0,
        upper_leg=length("hip", "knee"),
        lower_leg=length("knee", "ankle"),
        ankle=_ANKLE * length("ankle", "heel"),
        foot=length("heel", "foot_index"),
    )


class _Bone(NamedTuple):
    name: str
    parent: str
    head: tuple[float, float, float]
    tail: tuple[float, float, float]


def skeleton_of(person: Measures) -> Skeleton:
    """Return the person's skeleton at rest: T-pose, facing -Y, left along +X, soles on the floor; metres."""
    bones = _trunk_bones(person)
    for side, sign in _SIDES:
        bones += _arm_bones(person, side, sign)
        bones += _leg_bones(person, side, sign)
    names = tuple(bone.name for bone in bones)
    parents: IntArray = np.array([names.index(bone.parent) if bone.parent else -1 for bone in bones])
    ends = np.array([(bone.head, bone.tail) for bone in bones])
    heads, tails = ends[:, 0], ends[:, 1]
    rest = np.tile(np.eye(4), (len(bones), 1, 1))
    rest[:, :3, :3] = np.stack(list(map(_axes, tails - heads)))
    rest[:, :3, 3] = heads
    return Skeleton(names, parents, rest, tails, np.eye(4))


def _trunk_bones(person: Measures) -> list[_Bone]:
    hip, top = person.hip_height, person.neck_height
    # heights of the spine's joints, from the hips' up to the neck's
    at: list[float] = (hip + np.array((*SPINE_AT, 1.0)) * person.trunk).tolist()
    bones = [_Bone("Hips", "", (0.0, 0.0, hip), (0.0, 0.0, at[0]))]
    for name, parent, low, high in zip(SPINE, ("Hips", *SPINE), at, at[1:], strict=False):
        bones.append(_Bone(name, parent, (0.0, 0.0, low), (0.0, 0.0, high)))
    skull = top + HEAD_AT * person.neck
    bones.append(_Bone("Neck", SPINE[-1], (0.0, 0.0, top), (0.0, 0.0, skull)))
    bones.append(_Bone("Head", "Neck", (0.0, 0.0, skull), (0.0, 0.0, top + _CROWN * person.neck)))
    return bones


def _arm_bones(person: Measures, side: str, sign: float) -> list[_Bone]:
    """Return the bones from the clavicle to the fingers, on the side where `sign` times x is above 0."""
    top = person.neck_height
    shoulder = sign * person.shoulders / 2.0
    clavicle = (_CLAVICLE * shoulder, 0.0, person.hip_height + _CLAVICLE_AT * person.trunk)
    elbow = shoulder + sign * person.upper_arm
    wrist = shoulder + sign * (person.upper_arm + person.lower_arm)
    hand = wrist + sign * person.hand
    return [
        _Bone(f"{side}Shoulder", SPINE[-1], clavicle, (shoulder, 0.0, top)),
        _Bone(f"{side}UpperArm", f"{side}Shoulder", (shoulder, 0.0, top), (elbow, 0.0, top)),
        _Bone(f"{side}LowerArm", f"{side}UpperArm", (elbow, 0.0, top), (wrist, 0.0, top)),
        _Bone(f"{side}Hand", f"{side}LowerArm", (wrist, 0.0, top), (hand, 0.0, top)),
        *_finger_bones(person, side, sign, np.array([wrist, 0.0, top])),
    ]


def _finger_bones(person: Measures, side: str, sign: float, wrist: FloatArray) -> list[_Bone]:
    bones: list[_Bone] = []
    for finger, knuckle, lengths, ahead in zip(FINGERS, _KNUCKLES, _PHALANGES, FINGERS_AHEAD, strict=True):
        # from the hand's axes (along it, to the index finger, to the palm) to a T-pose's: outwards, ahead (-Y), down
        ends = knuckle + np.concatenate([[0.0], np.cumsum(lengths)])[:, None] * ahead
        ends = wrist + person.hand * ends * (sign, -1.0, -1.0)
        above = f"{side}Hand"
        for phalanx, start, end in zip(PHALANGES, ends, ends[1:], strict=False):
            name = f"{side}{finger.capitalize()}{phalanx.capitalize()}"
            bones.append(_Bone(name, above, tuple(start), tuple(end)))
            above = name
    return bones


def _leg_bones(person: Measures, side: str, sign: float) -> list[_Bone]:
    x = sign * person.hips / 2.0
    knee = person.ankle + person.lower_leg
    ball, ball_height = -_BALL * person.foot, _BALL_HEIGHT * person.ankle
    return [
        _Bone(f"{side}UpperLeg", "Hips", (x, 0.0, person.hip_height), (x, 0.0, knee)),
        _Bone(f"{side}LowerLeg", f"{side}UpperLeg", (x, 0.0, knee), (x, 0.0, person.ankle)),
        _Bone(f"{side}Foot", f"{side}LowerLeg", (x, 0.0, person.ankle), (x, ball, ball_height)),
        _Bone(f"{side}Toes", f"{side}Foot", (x, ball, ball_height), (x, ball - _TOES * person.foot, 0.0)),
    ]


def _axes(along: FloatArray) -> FloatArray:
    """Return bone axes (3, 3) as Blender's: y along the bone."""
    y = normalise(along)
    other = _BACK if abs(float(y @ _BACK)) < 0.9 else _UP  # noqa: PLR2004 -- any axis not along the bone
    x = normalise(cross(y, other))
    return np.stack([x, y, cross(x, y)], axis=-1)


def rest_rotations(skeleton: Skeleton) -> FloatArray:
    """Return the rotations (B, 4) of the bones at rest."""
    return from_matrix(skeleton.rest[:, :3, :3])
