"""Poses of a skeleton's bones from a motion's channels."""

from dataclasses import dataclass

import numpy as np

from .pose_motion import PoseMotion
from .rotations import IDENTITY, FloatArray, IntArray, conjugate, from_matrix, multiply, rotate
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
        skeleton: at rest; bones outside the motion just follow their parents, and the motion's other bones don't count.
        motion: the channels.
    """
    count, bones = len(motion.times), len(skeleton)
    rest = from_matrix(skeleton.rest[:, :3, :3])
    rest_heads = skeleton.rest[:, :3, 3]
    options = [skeleton.option(bone) for bone in range(bones)]
    basis = np.tile(IDENTITY, (bones, count, 1))
    keyed = [column for column, name in enumerate(motion.bones) if name in skeleton.indices]
    basis[[skeleton.index(motion.bones[column]) for column in keyed]] = np.moveaxis(motion.rotations[:, keyed], 1, 0)
    rotations, heads = np.empty((bones, count, 4)), np.empty((bones, count, 3))
    for level in _levels(skeleton):
        on = skeleton.parents[level]
        carried = np.broadcast_to(IDENTITY, (len(level), count, 4))
        heads[level] = rest_heads[level, None]
        if on[0] >= 0:
            carried = multiply(rotations[on], conjugate(rest[on])[:, None])  # the parents' rotations away from rest
            heads[level] = heads[on] + rotate(carried, (rest_heads[level] - rest_heads[on])[:, None])
        numbers = [int(bone) for bone in level]
        for row, bone in enumerate(numbers):
            location = motion.locations.get(skeleton.names[bone])
            if location is not None and not options[bone].connected:
                parent = int(skeleton.parents[bone])
                own = rest[bone] if options[bone].local_location else rest[parent] if parent >= 0 else IDENTITY
                heads[bone] += rotate(multiply(carried[row], own), location)
        inherits = np.array([options[bone].inherit_rotation for bone in numbers])
        carried = np.where(inherits[:, None, None], carried, IDENTITY)
        rotations[level] = multiply(multiply(carried, rest[level][:, None]), basis[level])
    return PosedBones(np.moveaxis(rotations, 0, 1), np.moveaxis(heads, 0, 1))


def _levels(skeleton: Skeleton) -> list[IntArray]:
    """Return the bones by how many are above them, from the roots on."""
    depths = np.array([len(skeleton.ancestors(bone)) for bone in range(len(skeleton))])
    return [np.flatnonzero(depths == depth).astype(np.int64) for depth in range(int(depths.max()) + 1)]
