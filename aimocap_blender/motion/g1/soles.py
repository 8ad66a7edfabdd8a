"""The soles of the G1: where their corners are, what carries the robot, and when it flies."""

from dataclasses import dataclass

import numpy as np

from .. import rotations
from ..feet.foot_contacts import runs
from ..rotations import BoolArray, FloatArray, IntArray
from .model import G1Model
from .motion import G1Motion

FEET = ("left_ankle_roll_link", "right_ankle_roll_link")
# the menagerie's four spheres a foot, which are what it stands on in MuJoCo
CORNERS: FloatArray = np.array(
    [[-0.05, 0.025, -0.03], [-0.05, -0.025, -0.03], [0.12, 0.03, -0.03], [0.12, -0.03, -0.03]]
)
CORNER_RADIUS = 0.005
_FALL = -0.4 * 9.81  # m/s^2: what falls faster than that is carried by nothing; scaled-down motion falls slower than g
_ABOUT = 0.066  # seconds to both sides, over which the acceleration at a frame is taken


@dataclass(frozen=True, eq=False)
class Soles:
    """Where the soles are.

    Attributes:
        corners: (F, 2, 4, 3) the lowest points of the spheres under the left and the right foot, world, metres.
        root_height: (F,) of the pelvis, metres.
        fps: frames a second.
    """

    corners: FloatArray
    root_height: FloatArray
    fps: float

    @property
    def lowest(self) -> FloatArray:
        """(F,) height of the lowest corner of both feet, metres."""
        return np.asarray(self.corners[..., 2].min(axis=(1, 2)), dtype=np.float64)

    def flying(self, above: float) -> BoolArray:
        """(F,) both soles are above the height `above`, and the pelvis falls freely. A robot that hovers isn't flying.

        Told by the mean acceleration over the whole time in the air, and, where a clip hovers and jumps besides, by
        that about each frame, with the frames of leaving and landing.
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
        falls = (after - before >= 2) & ((steps[after] - steps[before + 1]) / seconds < _FALL)  # noqa: PLR2004 -- two steps have a change of speed
        for start, end in spans[falls].tolist():
            result[start:end] = True
        reach = max(1, round(_ABOUT * self.fps))
        if len(off) > 2 * reach:
            z = self.root_height
            bend = (z[2 * reach :] - 2.0 * z[reach:-reach] + z[: -2 * reach]) * (self.fps / reach) ** 2
            for start, end in (runs(bend < _FALL) + reach).tolist():
                result[max(start - 2 * reach, 0) : end + 2 * reach] = True
        return result & off

    def level(self) -> float:
        """The height on which the clip stands: the median of the lowest corner while the robot doesn't fly, metres."""
        lowest = self.lowest
        carried = ~self.flying(float(np.median(lowest)))
        return float(np.median(lowest[carried])) if carried.any() else float(lowest.min())


def foot_bodies(model: G1Model) -> IntArray:
    """(2,) the feet as indices of the model's bodies."""
    return np.array([model.bodies.index(foot) for foot in FEET], dtype=np.int64)


def sole_corners(model: G1Model, pos: FloatArray, quat: FloatArray) -> FloatArray:
    """(F, 2, 4, 3) the lowest points of the soles' spheres.

    Args:
        model: the robot.
        pos: (F, B, 3) of its bodies in the world, metres.
        quat: (F, B, 4) wxyz of its bodies.
    """
    feet = foot_bodies(model)
    corners = pos[:, feet, None] + rotations.rotate(quat[:, feet, None], CORNERS)
    corners[..., 2] -= CORNER_RADIUS
    return corners


def soles_of(motion: G1Motion) -> Soles:
    """The soles of a motion."""
    model = motion.model
    chunks = [
        sole_corners(model, *model.body_poses(motion.root_pos[rows], motion.root_quat[rows], motion.dof_pos[rows]))
        for rows in chunks_of(len(motion.root_pos))
    ]
    return Soles(np.concatenate(chunks), motion.root_pos[:, 2], motion.fps)


def chunks_of(count: int, size: int = 4096) -> list[slice]:
    """Slices of so many frames that cover `count` of them: poses of all bodies are large."""
    return [slice(start, min(start + size, count)) for start in range(0, count, size)]
