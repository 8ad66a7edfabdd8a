"""The joints that are solved for, the bones between them, their mirror images, and the trunk's axes."""

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np

from ..motion.bones.humanoid import SIDES, mirrored, sided
from ..motion.rotations import FloatArray, IntArray, cross, normalise
from .person_track import LANDMARKS

_LIMB_ENDS = sided("shoulder", "elbow", "wrist", "hip", "knee", "ankle")
JOINTS = (*_LIMB_ENDS, *sided("heel", "foot_index", "pinky", "index"), "nose", "left_ear", "right_ear")
"""The landmarks that are joints of the solution, or show how a hand, a foot or the head is turned."""

BODY = len(_LIMB_ENDS)
"""The first so many joints are the ends of arms and legs: comparing and seeing together rest on them."""

INDEX = dict(zip(JOINTS, range(len(JOINTS)), strict=True))
LANDMARK: IntArray = np.array(list(map(LANDMARKS.index, JOINTS)))
"""(N,) each joint's landmark."""
OTHER_LANDMARK: IntArray = np.array(list(map(LANDMARKS.index, map(mirrored, LANDMARKS))))
"""(33,) each landmark's mirror image."""
OTHER_JOINT: IntArray = np.array(list(map(INDEX.__getitem__, map(mirrored, JOINTS))))
"""(N,) each joint's mirror image."""


def joints_of(*parts: str) -> list[int]:
    """Return the numbers of joints, in the order of `sided`."""
    return list(map(INDEX.__getitem__, sided(*parts)))


HIPS, SHOULDERS = joints_of("hip"), joints_of("shoulder")


def middle(positions: FloatArray, part: str) -> FloatArray:
    """Return the middles (F, 3) of a left and a right one of joints (F, N, 3)."""
    return np.asarray((positions[:, INDEX[f"left_{part}"]] + positions[:, INDEX[f"right_{part}"]]) / 2.0)


def across(positions: FloatArray, part: str) -> FloatArray:
    """Return the ways (F, 3) from the right to the left one of joints (F, N, 3)."""
    return np.asarray(positions[:, INDEX[f"left_{part}"]] - positions[:, INDEX[f"right_{part}"]])


class _Bone(NamedTuple):
    start: str
    end: str
    metres: float


def _both(start: str, end: str, metres: float) -> list[_Bone]:
    return [_Bone(f"{side}_{start}", f"{side}_{end}", metres) for side in SIDES]


_LIMBS = (
    *_both("shoulder", "elbow", 0.004),
    *_both("elbow", "wrist", 0.004),
    *_both("hip", "knee", 0.004),
    *_both("knee", "ankle", 0.004),
)
_ENDS = (
    *_both("ankle", "heel", 0.004),
    *_both("ankle", "foot_index", 0.006),
    *_both("heel", "foot_index", 0.006),
    *_both("wrist", "pinky", 0.006),
    *_both("wrist", "index", 0.006),
    *_both("pinky", "index", 0.006),
)
_TORSO = (
    _Bone("left_hip", "right_hip", 0.004),
    _Bone("left_shoulder", "right_shoulder", 0.015),
    _Bone("left_shoulder", "left_hip", 0.02),
    _Bone("left_shoulder", "right_hip", 0.02),
    _Bone("right_shoulder", "left_hip", 0.02),
    _Bone("right_shoulder", "right_hip", 0.02),
)
_HEAD = (
    _Bone("left_ear", "right_ear", 0.004),
    _Bone("nose", "left_ear", 0.006),
    _Bone("nose", "right_ear", 0.006),
    _Bone("left_shoulder", "left_ear", 0.03),
    _Bone("left_shoulder", "right_ear", 0.03),
    _Bone("left_shoulder", "nose", 0.03),
    _Bone("right_shoulder", "left_ear", 0.03),
    _Bone("right_shoulder", "right_ear", 0.03),
    _Bone("right_shoulder", "nose", 0.03),
)
_BONES = (*_LIMBS, *_ENDS, *_TORSO, *_HEAD)
_PAIRS = [(bone.start, bone.end) for bone in _BONES]


def _numbered(pairs: Iterable[tuple[str, str]]) -> IntArray:
    return np.array([(INDEX[one], INDEX[other]) for one, other in pairs])


LIMB_BONES = len(_LIMBS)
"""The first so many bones are those of arms and legs."""
BONES: IntArray = _numbered(_PAIRS)
"""(B, 2) the joints at both ends of each bone, and of each distance that changes little."""
GIVE: FloatArray = np.array([bone.metres for bone in _BONES])
"""(B,) metres by which a bone's length may differ from its own: little for bones, more across the trunk."""
# sets, as the mirror image of a bone across the body has its ends the other way round
_SETS = list(map(frozenset, _PAIRS))
OTHER_BONE: IntArray = np.array([_SETS.index(frozenset(map(mirrored, pair))) for pair in _PAIRS])
"""(B,) each bone's mirror image."""

DEPTH_PAIRS: IntArray = _numbered(
    [
        *_PAIRS[: len(_LIMBS) + len(_ENDS)],
        ("left_hip", "right_hip"),
        ("left_shoulder", "right_shoulder"),
        ("left_shoulder", "left_hip"),
        ("right_shoulder", "right_hip"),
        ("nose", "left_ear"),
        ("nose", "right_ear"),
        ("nose", "left_shoulder"),
        ("nose", "right_shoulder"),
    ]
)
"""(D, 2) joints whose difference in depth the network's guess is used for."""

FEET: IntArray = np.array(
    [INDEX["left_heel"], INDEX["left_foot_index"], INDEX["right_heel"], INDEX["right_foot_index"]]
)
"""(4,) the points that stand on the floor: heel and toes of the left foot, then of the right one."""
ANKLES: IntArray = np.array(joints_of("ankle"))
_NEAR_TRUNK: dict[str, float] = {"hip": 8.0, "shoulder": 8.0, "nose": 8.0, "ear": 8.0, "knee": 14.0, "elbow": 14.0}
_FASTEST = 22.0
ACCELERATION: FloatArray = np.array([_NEAR_TRUNK.get(name.split("_")[-1], _FASTEST) for name in JOINTS])
"""(N,) usual acceleration, m/s²: more towards the ends of arms and legs."""


def trunk_axes(positions: FloatArray, part: str) -> FloatArray:
    """Return axes (F, 3, 3) of the trunk of joints (F, N, 3), as rows: to its left, along the spine, ahead.

    Its left is that of the shoulders or the hips, whichever the part is.
    """
    left_shoulder, right_shoulder = positions[:, INDEX["left_shoulder"]], positions[:, INDEX["right_shoulder"]]
    left_hip, right_hip = positions[:, INDEX["left_hip"]], positions[:, INDEX["right_hip"]]
    # from the middle of the hips to that of the shoulders; twice as long, as only its direction counts
    spine = left_shoulder + right_shoulder - left_hip - right_hip
    left = normalise(across(positions, part))
    ahead = normalise(cross(left, spine))
    # the spine is made perpendicular to the line across: it isn't while somebody leans to a side
    return np.stack([left, cross(ahead, left), ahead], axis=1)
