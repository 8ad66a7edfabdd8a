"""Where a skeleton's bones stand when a motion's channels pose it."""

from dataclasses import dataclass

import numpy as np

from .pose_motion import PoseMotion
from .rotations import IDENTITY, FloatArray, conjugate, from_matrix, multiply, rotate
from .skeleton import Skeleton


@dataclass(frozen=True, eq=False)
class PosedBones:
    """All bones of a skeleton over time, in armature space, armature units.

    Attributes:
        turns: (F, B, 4) wxyz bone-to-armature turns.
        heads: (F, B, 3) heads.
    """

    turns: FloatArray
    heads: FloatArray

    def at(self, samples: object) -> "PosedBones":
        """The same at some of the samples: anything that numpy takes as an index."""
        return PosedBones(self.turns[samples], self.heads[samples])  # type: ignore[index]


def posed(skeleton: Skeleton, motion: PoseMotion) -> PosedBones:
    """The bones as Blender poses them by the motion's channels alone: no constraints, no drivers, no scale.

    Args:
        skeleton: at rest; bones that the motion doesn't name stay as they hang.
        motion: the channels; its bones are the skeleton's.
    """
    count = len(motion.times)
    rest_turns = from_matrix(skeleton.rest[:, :3, :3])
    rest_heads = skeleton.rest[:, :3, 3]
    turns = np.empty((count, len(skeleton), 4))
    heads = np.empty((count, len(skeleton), 3))
    basis = {bone: motion.rotations[:, place] for place, bone in enumerate(motion.bones)}
    for bone, name in enumerate(skeleton.names):
        parent = int(skeleton.parents[bone])
        option = skeleton.option(bone)
        if parent >= 0:
            carried = multiply(turns[:, parent], conjugate(rest_turns[parent]))  # the parent's turn away from rest
            heads[:, bone] = heads[:, parent] + rotate(carried, rest_heads[bone] - rest_heads[parent])
        else:
            carried = np.broadcast_to(IDENTITY, (count, 4))
            heads[:, bone] = rest_heads[bone]
        if name in motion.locations and not option.connected:
            own = rest_turns[bone] if option.local_location else rest_turns[parent] if parent >= 0 else IDENTITY
            heads[:, bone] += rotate(multiply(carried, own), motion.locations[name])
        hangs = multiply(carried, rest_turns[bone]) if option.inherit_rotation else rest_turns[bone]
        turns[:, bone] = multiply(hangs, basis[name]) if name in basis else hangs
    return PosedBones(turns, heads)
