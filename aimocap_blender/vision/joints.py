"""The joints that are solved for, the bones between them, their mirror images, and the trunk's axes."""

from typing import NamedTuple

import numpy as np

from ..motion.rotations import FloatArray, IntArray, cross, normalise
from .person_track import LANDMARKS

SIDES = ("left", "right")
JOINTS = (
    *(f"{side}_{part}" for part in ("shoulder", "elbow", "wrist", "hip", "knee", "ankle") for side in SIDES),
    *(f"{side}_{part}" for part in ("heel", "foot_index", "pinky", "index") for side in SIDES),
    "nose",
    "left_ear",
    "right_ear",
)
"""The landmarks that are joints of the solution, or show how a hand, a foot or the head is turned."""

BODY = 12
"""The first so many joints are the ends of arms and legs: shoulders, elbows, wrists, hips, knees, ankles."""
assert all(name.split("_")[1] in {"shoulder", "elbow", "wrist", "hip", "knee", "ankle"} for name in JOINTS[:BODY])  # noqa: S101 -- what comparing and seeing together rest on

INDEX = {name: index for index, name in enumerate(JOINTS)}
LANDMARK: IntArray = np.array([LANDMARKS.index(name) for name in JOINTS])
"""(N,) each joint's landmark."""


def mirrored(name: str) -> str:
    """Return the name of the joint or landmark on the other side; those of the middle are their own mirror."""
    for side, other in (SIDES, SIDES[::-1]):
        if name.startswith(f"{side}_"):
            return other + name.removeprefix(side)
        if name.endswith(f"_{side}"):
            return name.removesuffix(side) + other
    return name


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
    *(_Bone(f"{a}_shoulder", f"{b}_hip", 0.02) for a in SIDES for b in SIDES),
)
_HEAD = (
    _Bone("left_ear", "right_ear", 0.004),
    _Bone("nose", "left_ear", 0.006),
    _Bone("nose", "right_ear", 0.006),
    *(_Bone(f"{side}_shoulder", end, 0.03) for side in SIDES for end in ("left_ear", "right_ear", "nose")),
)
_BONES = (*_LIMBS, *_ENDS, *_TORSO, *_HEAD)

LIMB_BONES = len(_LIMBS)
"""The first so many bones are those of arms and legs."""
BONES: IntArray = np.array([(INDEX[bone.start], INDEX[bone.end]) for bone in _BONES])
"""(B, 2) the joints at both ends of each bone, and of each distance that changes little."""
GIVE: FloatArray = np.array([bone.metres for bone in _BONES])
"""(B,) metres by which a bone's length may differ from its own: little for bones, more across the trunk."""
_PAIRS = [frozenset((bone.start, bone.end)) for bone in _BONES]
OTHER_BONE: IntArray = np.array([_PAIRS.index(frozenset(map(mirrored, pair))) for pair in _PAIRS])
"""(B,) each bone's mirror image."""

DEPTH_PAIRS: IntArray = np.array(
    [
        *((INDEX[bone.start], INDEX[bone.end]) for bone in (*_LIMBS, *_ENDS)),
        (INDEX["left_hip"], INDEX["right_hip"]),
        (INDEX["left_shoulder"], INDEX["right_shoulder"]),
        *((INDEX[f"{side}_shoulder"], INDEX[f"{side}_hip"]) for side in SIDES),
        *((INDEX["nose"], INDEX[f"{side}_{part}"]) for part in ("ear", "shoulder") for side in SIDES),
    ]
)
"""(D, 2) joints whose difference in depth the network's guess is used for."""

FEET: IntArray = np.array([INDEX[f"{side}_{part}"] for side in SIDES for part in ("heel", "foot_index")])
"""(4,) the points that stand on the floor: left heel, left toes, right heel, right toes."""
ANKLES: IntArray = np.array([INDEX[f"{side}_ankle"] for side in SIDES])
_SLOW = ("hip", "shoulder", "nose", "ear")
_FASTER = ("knee", "elbow")
ACCELERATION: FloatArray = np.array(
    [
        8.0 if any(word in name for word in _SLOW) else 14.0 if any(word in name for word in _FASTER) else 22.0
        for name in JOINTS
    ]
)
"""(N,) usual acceleration, m/s²."""


def trunk_axes(positions: FloatArray, part: str) -> FloatArray:
    """Return axes (F, 3, 3) of the trunk of joints (F, N, 3), as rows: to its left, along the spine, ahead.

    Its left is that of the shoulders or the hips, whichever the part is.
    """
    left, right, low, low_right = (
        positions[:, INDEX[name]] for name in ("left_shoulder", "right_shoulder", "left_hip", "right_hip")
    )
    across = normalise(positions[:, INDEX[f"left_{part}"]] - positions[:, INDEX[f"right_{part}"]])
    ahead = normalise(cross(across, left + right - low - low_right))
    return np.stack([across, cross(ahead, across), ahead], axis=1)
