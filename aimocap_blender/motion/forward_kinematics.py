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
    armature_from_rest, parents = from_matrix(skeleton.rest[:, :3, :3]), skeleton.parents
    options = list(map(skeleton.option, range(bones)))
    # each bone at rest in its parent's axes; those without a parent in the armature's
    has_parent = parents >= 0
    armature_from_parent = np.where(has_parent[:, None], armature_from_rest[parents], IDENTITY)
    parent_from_rest = multiply(conjugate(armature_from_parent), armature_from_rest)
    offsets = skeleton.rest[:, :3, 3] - np.where(has_parent[:, None], skeleton.rest[parents, :3, 3], 0.0)
    heads = np.tile(rotate(conjugate(armature_from_parent), offsets)[:, None], (1, count, 1))
    # location channels, along the bone's own rest axes or its parent's
    for name, location in motion.locations.items():
        bone = skeleton.indices.get(name)
        if bone is not None and not options[bone].connected:
            heads[bone] += rotate(parent_from_rest[bone], location) if options[bone].local_location else location
    # rotation channels
    basis = np.tile(IDENTITY, (bones, count, 1))
    columns: list[int] = []
    keyed: list[int] = []
    for column, name in enumerate(motion.bones):
        if name in skeleton.indices:
            columns.append(column)
            keyed.append(skeleton.index(name))
    basis[keyed] = np.moveaxis(motion.rotations[:, columns], 1, 0)
    inherits = np.array([option.inherit_rotation for option in options])
    rotations = multiply(np.where(inherits[:, None], parent_from_rest, armature_from_rest)[:, None], basis)
    # from the roots on, so that a bone's parent is in armature space when it is carried along
    for level in _levels(skeleton)[1:]:
        on = parents[level]
        heads[level] = heads[on] + rotate(rotations[on], heads[level])
        inheriting = level[inherits[level]]
        rotations[inheriting] = multiply(rotations[parents[inheriting]], rotations[inheriting])
    return PosedBones(np.moveaxis(rotations, 0, 1), np.moveaxis(heads, 0, 1))


def _levels(skeleton: Skeleton) -> list[IntArray]:
    """Return the bones by how many are above them, from the roots on."""
    depths = np.array([len(skeleton.ancestors(bone)) for bone in range(len(skeleton))])
    return [np.flatnonzero(depths == depth).astype(np.int64) for depth in range(int(depths.max()) + 1)]
