"""The soles of the G1: their corners, contact with the ground, and flight."""

from dataclasses import dataclass

import numpy as np

from .. import rotations
from ..contacts import FREE_FALL, falling
from ..rotations import BoolArray, FloatArray, IntArray
from ..spans import chunks_of, runs
from .model import G1Model
from .motion import G1Motion

_ABOUT = 0.066  # seconds on both sides over which the acceleration at a frame is measured


@dataclass(frozen=True, eq=False)
class Soles:
    """The positions of the soles over time.

    Attributes:
        corners: (F, 2, 4, 3) the lowest points of the spheres under the left and the right foot, world, metres.
        root_height: (F,) of the pelvis, metres.
        fps: frame rate.
    """

    corners: FloatArray
    root_height: FloatArray
    fps: float

    @property
    def lowest(self) -> FloatArray:
        """(F,) height of the lowest corner of both feet, metres."""
        return np.asarray(self.corners[..., 2].min(axis=(1, 2)), dtype=np.float64)

    def flying(self, above: float) -> BoolArray:
        """Return (F,) whether both soles are above a height and the pelvis falls freely; hovering isn't flying.

        It is detected by the mean acceleration over the whole time in the air, and, for clips that both hover and jump,
        by that around each frame, including takeoff and landing.
        """
        off = self.lowest > above
        result = np.zeros(len(off), dtype=np.bool_)
        spans = runs(off)
        if not len(spans):
            return result
        first, stop = spans.T
        # the mean acceleration over a run is the change of speed from its first step to its last
        before, after = np.maximum(first - 1, 0), np.minimum(stop, len(off) - 1)
        steps = np.diff(self.root_height, prepend=self.root_height[:1]) * self.fps
        seconds = np.maximum(after - before - 1, 1) / self.fps
        began = steps[np.minimum(before + 1, after)]
        falls = (after - before >= 2) & ((steps[after] - began) / seconds < FREE_FALL)  # noqa: PLR2004 -- two steps have a change of speed
        for start, end in spans[falls].tolist():
            result[start:end] = True
        # the acceleration around a frame is measured over so many frames to both sides
        reach = max(1, round(_ABOUT * self.fps))
        for start, end in runs(falling(self.root_height, self.fps, _ABOUT)).tolist():
            result[max(start - 2 * reach, 0) : end + 2 * reach] = True
        return result & off

    def level(self) -> float:
        """Return the height on which the clip stands: the median of the lowest corner while not flying, metres."""
        lowest = self.lowest
        # frames in the air are above the height that it stands on
        carried = ~self.flying(float(np.median(lowest)))
        return float(np.median(lowest[carried])) if carried.any() else float(lowest.min())


def foot_bodies(model: G1Model) -> IntArray:
    """Return (2,) the feet as indices of the model's bodies."""
    return np.array(list(map(model.bodies.index, model.robot.feet)), dtype=np.int64)


def sole_corners(model: G1Model, pos: FloatArray, quat: FloatArray) -> FloatArray:
    """Return (F, 2, 4, 3) the lowest points of the soles' spheres.

    Args:
        pos: (F, B, 3) of the robot's bodies in the world, metres.
        quat: (F, B, 4) wxyz of these.
    """
    feet = foot_bodies(model)
    corners = pos[:, feet, None] + rotations.rotate(quat[:, feet, None], model.robot.sole)
    # from the spheres' middles down to the ground's side of them
    corners[..., 2] -= model.robot.corner_radius
    return corners


def soles_of(motion: G1Motion) -> Soles:
    """Return the soles of a motion."""
    model = motion.model
    chunks: list[FloatArray] = []
    for rows in chunks_of(len(motion.root_pos)):
        pos, quat = model.body_poses(motion.root_pos[rows], motion.root_quat[rows], motion.dof_pos[rows])
        chunks.append(sole_corners(model, pos, quat))
    return Soles(np.concatenate(chunks), motion.root_pos[:, 2], motion.fps)
