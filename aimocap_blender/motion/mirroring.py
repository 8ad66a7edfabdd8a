"""Mirroring of motion: left becomes right."""

from dataclasses import replace

import numpy as np

from .bones.humanoid import BoneMap, mirrored
from .rotations import FloatArray
from .skeleton import Clip

_ACROSS = np.array([-1.0, 1.0, 1.0])  # a mirror in the world's YZ plane
_OF_ROTATION = np.array([1.0, 1.0, -1.0, -1.0])  # of a quaternion, wxyz, in that mirror


def mirrored_motion(clip: Clip, bone_map: BoneMap) -> tuple[Clip, BoneMap]:
    """Return a motion as a mirror in the world's YZ plane shows it, and which bones fill the slots there.

    Doing it twice restores the motion.
    """
    skeleton = clip.skeleton
    rest = skeleton.posed(skeleton.heads * _ACROSS, skeleton.rest_rotations * _OF_ROTATION)
    seen = replace(
        clip,
        skeleton=rest,
        positions=clip.positions * _ACROSS,
        rotations=clip.rotations * _OF_ROTATION,
        eyes=None,  # no camera saw that
    )
    return seen, replace(bone_map, matches={mirrored(slot): match for slot, match in bone_map.matches.items()})


def mirrored_channels(own: FloatArray, other: FloatArray, across: FloatArray) -> FloatArray:
    """Return (3, 3) what makes the channels of a bone of those that the bone on the other side has.

    Args:
        own: (3, 3) rotation of the bone at rest.
        other: (3, 3) the same of the other one.
        across: (3,) factors of a mirror in the armature's space.
    """
    # the other bone's axes to the armature's, mirrored there, into the bone's own axes
    return own.T @ np.diag(across) @ other
