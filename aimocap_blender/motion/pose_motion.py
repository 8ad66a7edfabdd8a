"""The result of retargeting: the channels to key on a character."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from .rest_measure import WantedRest
from .rotations import FloatArray


@dataclass(frozen=True)
class RetargetReport:
    """Numbers of a retargeting, computed and not measured; see `PoseReport` for the result.

    Attributes:
        scale: metres that the character's hips travel per metre of the source's.
        yaw_degrees: rotation about the vertical from the source's facing direction to the character's.
        slide_before: cm/s, median speed over the ground of feet planted in the source, before they were locked.
        slide_after: the same after locking.
        leg_change_degrees: largest rotation of a leg bone to lock a foot, or to let the body rest.
        foot_change_degrees: largest rotation of a foot to do so.
        contacts: number of foot contacts that were to be put onto the scene's ground.
        missed: those of them without ground below.
        ground_degrees: largest rotation of a leg bone or foot to put it onto the scene's ground.
        touches: number of times that something other than a foot comes to rest, or hands touch, and was brought there.
        arm_change_degrees: largest rotation of an arm's bone to do so.
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
    foot_change_degrees: float = 0.0
    contacts: int = 0
    missed: int = 0
    ground_degrees: float = 0.0
    touches: int = 0
    arm_change_degrees: float = 0.0
    ground: float | None = None
    body_held: bool = False
    planted: Mapping[str, tuple[tuple[float, float], ...]] = field(
        default_factory=dict[str, tuple[tuple[float, float], ...]]
    )


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
