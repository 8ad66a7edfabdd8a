"""The result of retargeting: the channels to key on a character, and the poses that they make of its bones."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from .bones.humanoid import sided
from .rest_measure import WantedRest
from .rotations import IDENTITY, FloatArray, IntArray, conjugate, from_matrix, multiply, rotate
from .skeleton import Skeleton


@dataclass(frozen=True)
class RetargetReport:
    """Numbers of a retargeting, computed and not measured; see `PoseReport` for the result.

    Attributes:
        scale: metres that the character's hips travel per metre of the source's.
        yaw_degrees: rotation about the vertical from the source's facing direction to the character's.
        slide_before: cm/s, median speed over the ground of feet planted in the source, before they were locked.
        slide_after: the same after locking.
        leg_change_degrees: largest rotation of a leg bone to lock a foot, or to let the body rest.
        contacts: number of foot contacts that were to be put onto the scene's ground.
        missed: those of them without ground below.
        touches: number of times that something other than a foot comes to rest, or hands touch, and was brought there.
        arm_change_degrees: largest rotation of an arm's bone to do so.
        contact_degrees: slot to the largest rotation of its bone for all that is held, feet on the scene's ground too.
        ground: height of the motion's ground, metres; None where it isn't known.
        body_held: whether all that rests is kept there, and not only feet.
        planted: side to the spans in which its foot is held, each the seconds of its first and its last sample; empty
            if feet aren't locked.
    """

    scale: float
    yaw_degrees: float
    slide_before: float = 0.0
    slide_after: float = 0.0
    leg_change_degrees: float = 0.0
    contacts: int = 0
    missed: int = 0
    touches: int = 0
    arm_change_degrees: float = 0.0
    contact_degrees: Mapping[str, float] = field(default_factory=dict[str, float])
    ground: float | None = None
    body_held: bool = False
    planted: Mapping[str, tuple[tuple[float, float], ...]] = field(
        default_factory=dict[str, tuple[tuple[float, float], ...]]
    )

    @property
    def foot_change_degrees(self) -> float:
        """Largest rotation of a foot for all that is held."""
        return max(self.contact_degrees.get(foot, 0.0) for foot in sided("foot"))


@dataclass(frozen=True, eq=False)
class PoseMotion:
    """A motion as pose-bone channels relative to rest (Blender's `PoseBone.matrix_basis`).

    Attributes:
        times: (F,) seconds from the start of the motion.
        fps: frame rate of the motion.
        bones: the bones with rotations.
        rotations: (F, len(bones), 4) wxyz basis rotations, without sign flips from sample to sample.
        locations: bone to (F, 3) basis location in armature units; only for travelling bones.
        unmoved: humanoid slots of the character that the source lacks.
        report: quality of the retargeting.
        travel: (F, 3) metres in world axes that the armature object moves from its position; None if it stays.
        rests: where the character's body should rest; None where that isn't known.
    """

    times: FloatArray
    fps: float
    bones: tuple[str, ...]
    rotations: FloatArray
    locations: Mapping[str, FloatArray]
    unmoved: tuple[str, ...]
    report: RetargetReport
    travel: FloatArray | None = None
    rests: WantedRest | None = None

    def by_bone(self) -> dict[str, FloatArray]:
        """Return the rotations (F, 4) of each bone."""
        return dict(zip(self.bones, self.rotations.swapaxes(0, 1), strict=True))


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
