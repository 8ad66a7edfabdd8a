"""The skeleton of the person seen: bones of the solution's lengths, in a T-pose that faces -Y."""

from dataclasses import dataclass

import numpy as np

from ..motion.bones.humanoid import FINGERS, PHALANGES
from ..motion.rotations import FloatArray, IntArray, cross, from_matrix, normalise
from ..motion.skeleton import Skeleton
from .joints import INDEX

_SIDES = (("Left", "left", 1.0), ("Right", "right", -1.0))
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

FINGER_BONES = tuple(f"{finger.capitalize()}{phalanx.capitalize()}" for finger in FINGERS for phalanx in PHALANGES)
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


def measures_of(joints: FloatArray) -> Measures:
    """Return the lengths of the person with joints (F, N, 3) in the world, left and right alike."""

    def middle(part: str) -> FloatArray:
        return np.asarray((joints[:, INDEX[f"left_{part}"]] + joints[:, INDEX[f"right_{part}"]]) / 2.0)

    def length(start: str, end: str) -> float:
        both = [
            np.median(np.linalg.norm(joints[:, INDEX[f"{side}_{start}"]] - joints[:, INDEX[f"{side}_{end}"]], axis=-1))
            for side in ("left", "right")
        ]
        return max(float(np.mean(both)), 0.01)

    def width(part: str) -> float:
        apart = joints[:, INDEX[f"left_{part}"]] - joints[:, INDEX[f"right_{part}"]]
        return max(float(np.median(np.linalg.norm(apart, axis=-1))), 0.01)

    return Measures(
        hips=width("hip"),
        shoulders=width("shoulder"),
        trunk=float(np.median(np.linalg.norm(middle("shoulder") - middle("hip"), axis=-1))),
        neck=float(np.median(np.linalg.norm(middle("ear") - middle("shoulder"), axis=-1))),
        upper_arm=length("shoulder", "elbow"),
        lower_arm=length("elbow", "wrist"),
        hand=(length("wrist", "index") + length("wrist", "pinky")) / 2.0,
        upper_leg=length("hip", "knee"),
        lower_leg=length("knee", "ankle"),
        ankle=0.9 * length("ankle", "heel"),
        foot=length("heel", "foot_index"),
    )


def skeleton_of(person: Measures) -> Skeleton:
    """Return the person's skeleton at rest: T-pose, facing -Y, left along +X, soles on the floor; metres."""
    hip = person.ankle + person.lower_leg + person.upper_leg
    top = hip + person.trunk
    bones: list[tuple[str, str, FloatArray, FloatArray]] = []

    def add(name: str, parent: str, head: tuple[float, float, float], tail: tuple[float, float, float]) -> None:
        bones.append((name, parent, np.array(head), np.array(tail)))

    at = [hip + share * person.trunk for share in (*SPINE_AT, 1.0)]
    add("Hips", "", (0.0, 0.0, hip), (0.0, 0.0, at[0]))
    for name, parent, low, high in zip(SPINE, ("Hips", *SPINE), at, at[1:], strict=False):
        add(name, parent, (0.0, 0.0, low), (0.0, 0.0, high))
    skull = top + HEAD_AT * person.neck
    add("Neck", SPINE[-1], (0.0, 0.0, top), (0.0, 0.0, skull))
    add("Head", "Neck", (0.0, 0.0, skull), (0.0, 0.0, top + 1.9 * person.neck))
    for side, _, sign in _SIDES:
        x = sign * person.shoulders / 2.0
        root = hip + _CLAVICLE_AT * person.trunk
        add(f"{side}Shoulder", SPINE[-1], (_CLAVICLE * x, 0.0, root), (x, 0.0, top))
        elbow, wrist = x + sign * person.upper_arm, x + sign * (person.upper_arm + person.lower_arm)
        add(f"{side}UpperArm", f"{side}Shoulder", (x, 0.0, top), (elbow, 0.0, top))
        add(f"{side}LowerArm", f"{side}UpperArm", (elbow, 0.0, top), (wrist, 0.0, top))
        add(f"{side}Hand", f"{side}LowerArm", (wrist, 0.0, top), (wrist + sign * person.hand, 0.0, top))
        for finger, knuckle, lengths, ahead in zip(FINGERS, _KNUCKLES, _PHALANGES, FINGERS_AHEAD, strict=True):
            ends = knuckle + np.concatenate([[0.0], np.cumsum(lengths)])[:, None] * ahead
            ends = np.array([wrist, 0.0, top]) + person.hand * ends * (sign, -1.0, -1.0)
            above = f"{side}Hand"
            for phalanx, start, end in zip(PHALANGES, ends, ends[1:], strict=False):
                name = f"{side}{finger.capitalize()}{phalanx.capitalize()}"
                add(name, above, tuple(start), tuple(end))
                above = name
        x = sign * person.hips / 2.0
        knee = person.ankle + person.lower_leg
        add(f"{side}UpperLeg", "Hips", (x, 0.0, hip), (x, 0.0, knee))
        add(f"{side}LowerLeg", f"{side}UpperLeg", (x, 0.0, knee), (x, 0.0, person.ankle))
        ball = -0.5 * person.foot
        add(f"{side}Foot", f"{side}LowerLeg", (x, 0.0, person.ankle), (x, ball, 0.2 * person.ankle))
        add(f"{side}Toes", f"{side}Foot", (x, ball, 0.2 * person.ankle), (x, ball - 0.25 * person.foot, 0.0))
    names = tuple(name for name, *_ in bones)
    parents: IntArray = np.array([names.index(parent) if parent else -1 for _, parent, *_ in bones])
    heads, tails = (np.array([bone[end] for bone in bones]) for end in (2, 3))
    rest = np.tile(np.eye(4), (len(bones), 1, 1))
    rest[:, :3, :3] = np.stack([_axes(tail - head) for head, tail in zip(heads, tails, strict=True)])
    rest[:, :3, 3] = heads
    return Skeleton(names, parents, rest, tails, np.eye(4))


def _axes(along: FloatArray) -> FloatArray:
    """Return bone axes (3, 3) as Blender's: y along the bone."""
    y = normalise(along)
    other = _BACK if abs(float(y @ _BACK)) < 0.9 else _UP  # noqa: PLR2004 -- any axis not along the bone
    x = normalise(cross(y, other))
    return np.stack([x, y, cross(x, y)], axis=-1)


def rest_rotations(skeleton: Skeleton) -> FloatArray:
    """Return the rotations (B, 4) of the bones at rest."""
    return from_matrix(skeleton.rest[:, :3, :3])
