"""What is to be keyed on a character: the result of retargeting, channel by channel."""

from collections.abc import Mapping
from dataclasses import dataclass

from .rotations import FloatArray


@dataclass(frozen=True)
class RetargetReport:
    """How well a motion went over.

    Attributes:
        scale: metres that the character's hips travel for one metre of the source's.
        yaw_degrees: turn about the vertical from the source's facing to the character's.
        slide_before: cm/s, median speed over the ground of feet planted in the source, before they were locked.
        slide_after: the same after locking.
        leg_change_degrees: most that a leg bone was turned to hold a foot.
        worst_limb: the slot of the arm's or leg's bone that points furthest from where the source's does, feet not yet
            locked; '' where the motion is the character's own.
        worst_limb_degrees: how far.
    """

    scale: float
    yaw_degrees: float
    slide_before: float = 0.0
    slide_after: float = 0.0
    leg_change_degrees: float = 0.0
    worst_limb: str = ""
    worst_limb_degrees: float = 0.0


@dataclass(frozen=True, eq=False)
class PoseMotion:
    """A motion as pose-bone channels relative to rest (Blender's `PoseBone.matrix_basis`).

    Attributes:
        times: (F,) seconds from the start of the motion.
        fps: samples a second that the motion was made with.
        bones: the bones that turn.
        rotations: (F, len(bones), 4) wxyz basis turns, without sign flips from sample to sample.
        locations: bone to (F, 3) basis location in armature units; only bones that travel.
        unmoved: humanoid slots of the character that the source could not serve.
        report: how well it went.
        travel: (F, 3) metres in world axes that the armature object moves away from its place; None where it stays.
    """

    times: FloatArray
    fps: float
    bones: tuple[str, ...]
    rotations: FloatArray
    locations: Mapping[str, FloatArray]
    unmoved: tuple[str, ...]
    report: RetargetReport
    travel: FloatArray | None = None
