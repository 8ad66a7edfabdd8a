"""Poses of a skeleton's bones from a motion's channels."""

from dataclasses import dataclass

import numpy as np

from .pose_motion import PoseMotion
from .rotations import IDENTITY, FloatArray, conjugate, from_matrix, multiply, rotate
from .skeleton import Skeleton


@dataclass(frozen=True, eq=False)
class PosedBones:
    """All bones of a skeleton over time, in armature space, armature units.

    Attributes:
        rotations: (F, B, 4) wxyz bone-to-armature rotations.
        heads: (F, B, 3) heads.
    """

    rotations: FloatArray
    heads: FloatArray

    def at(self, samples: object) -> "PosedBones":
        """Return the poses at some of the samples: anything that numpy takes as an index."""
        return PosedBones(self.rotations[samples], self.heads[samples])  # type: ignore[index]


def posed(skeleton: Skeleton, motion: PoseMotion) -> PosedBones:
    """Pose the bones as Blender does by the motion's channels alone: no constraints, drivers or scale.

    Args:
        skeleton: at rest; bones outside the motion just follow their parents.
        motion: the channels; its bones are the skeleton's.
    """
    count = len(motion.times)
    rest_rotations = from_matrix(skeleton.rest[:, :3, :3])
    rest_heads = skeleton.rest[:, :3, 3]
    rotations = np.empty((count, len(skeleton), 4))
    heads = np.empty((count, len(skeleton), 3))
    basis = {bone: motion.rotations[:, column] for column, bone in enumerate(motion.bones)}
    for bone, name in enumerate(skeleton.names):
        parent = int(skeleton.parents[bone])
        option = skeleton.option(bone)
        if parent >= 0:
            carried = multiply(
                rotations[:, parent], conjugate(rest_rotations[parent])
            )  # the parent's rotation away from rest
            heads[:, bone] = heads[:, parent] + rotate(carried, rest_heads[bone] - rest_heads[parent])
        else:
            carried = np.broadcast_to(IDENTITY, (count, 4))
            heads[:, bone] = rest_heads[bone]
        if name in motion.locations and not option.connected:
            own = rest_rotations[bone] if option.local_location else rest_rotations[parent] if parent >= 0 else IDENTITY
            heads[:, bone] += rotate(multiply(carried, own), motion.locations[name])
        hangs = multiply(carried, rest_rotations[bone]) if option.inherit_rotation else rest_rotations[bone]
        rotations[:, bone] = multiply(hangs, basis[name]) if name in basis else hangs
    return PosedBones(rotations, heads)
