"""How much a G1's motion looks like one: what tells a file read rightly from the same file read wrongly.

A robot keeps to its joints' limits and out of itself, mostly stands upright on a level foot that rests on the ground
and doesn't slide, and moves its joints by more than a few degrees. Real motions break some of this some of the time,
so it is weighed.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from .. import rotations
from ..rotations import FloatArray, IntArray
from .capsules import g1_capsules
from .joint_orders import body_names
from .model import g1_model
from .soles import CORNERS, foot_bodies

STIFF = 0.08  # rad; in degrees read as radians, and the other way round, either all is below or much is beyond limits
_RUNS, _RUN = 30, 10  # frames are looked at in runs, because slides need neighbours
_SPARSE = 20_000  # frames, beyond which not each one's limits are looked at
_LEAN = 0.4  # rad
_CLOSE = 0.02  # metres between a body and where the file has it
_COLLISIONS = 20  # frames that are looked at for links in one another
_DEEP = 0.01  # metres; capsules of real poses touch
_NEAR = 0.12  # metres that soles of real clips are off the ground
_STILL = 1e-3  # metres a frame that planted feet creep in real clips
_WORST = 98.0  # per cent
_BEYOND = 1e-3  # rad; less is rounding


@dataclass(frozen=True)
class Signs:
    """What speaks against a reading.

    Attributes:
        beyond: by how much joints are beyond their limits: mean of frames, each joint counting 1 rad at most, rad.
        worst: the same, in the worst 2 % of frames, rad.
        outside: share of the frames where some joint is.
        largest: angle of any joint, rad.
        entering: pairs of links that enter one another, mean of frames.
        tilt: mean angle between the lower foot and the ground, rad.
        lean: mean angle between the pelvis and upright, rad.
        lean_loss: mean of 1 - cos of that.
        torso_loss: the same of the torso.
        height: of the lowest point, median, metres.
        slide: how far the lower foot moves from a frame to the next, median, metres; None of a single frame.
        apart: median distance between the bodies and where the file has them, metres; None where it has none.
    """

    beyond: float
    worst: float
    outside: float
    largest: float
    entering: float
    tilt: float
    lean: float
    lean_loss: float
    torso_loss: float
    height: float
    slide: float | None
    apart: float | None

    @cached_property
    def costs(self) -> dict[str, float]:
        """What each sign counts; their sum is some 0.1 to 0.5 for a real motion read rightly."""
        slide = 0.0 if self.slide is None else 0.12 * np.log((min(self.slide, 0.3) + _STILL) / _STILL)
        return {
            "limits": 2.0 * min(self.beyond, 1.0) + 0.5 * min(self.worst, 1.0),
            # too little to tell of a few poses by itself: arms of real motions do enter the trunk
            "entering": 0.13 * min(self.entering, 3.0),
            "tilt": min(self.tilt, 1.0),
            "lean": 0.5 * self.lean_loss,
            "torso": 0.5 * self.torso_loss,
            "height": 2.0 * min(max(abs(self.height) - _NEAR, 0.0), 0.5),
            "slide": float(slide),
            "stiff": 1.2 if self.largest < STIFF else 0.0,
            "bodies": 0.0 if self.apart is None else 30.0 * min(self.apart, 0.3),
        }

    @property
    def proven(self) -> bool:
        """Are the bodies where the file has them?"""
        return self.apart is not None and self.apart < _CLOSE

    @property
    def stands(self) -> bool:
        """Is the robot mostly upright on a foot? Of one that lies or falls, nothing tells how it is turned."""
        return self.lean < _LEAN and self.tilt < _LEAN

    @property
    def cost(self) -> float:
        """How much speaks against the reading."""
        return sum(self.costs.values())


@dataclass(frozen=True, eq=False)
class Poses:
    """The robot seen from its pelvis, at some frames.

    Attributes:
        pos: (N, B, 3) of the bodies, metres.
        corners: (N, 2, 4, 3) of the soles.
        up: (N, 2, 3) what is up for the feet.
        torso_up: (N, 3) what is up for the torso.
        entering: pairs of links that enter one another, mean of frames.
    """

    pos: FloatArray
    corners: FloatArray
    up: FloatArray
    torso_up: FloatArray
    entering: float


def looked_at(frames: int) -> IntArray:
    """(N,) the frames that are looked at: all of a short clip, else runs spread evenly."""
    if frames <= _RUNS * _RUN:
        return np.arange(frames, dtype=np.int64)
    starts = np.linspace(0, frames - _RUN, _RUNS).astype(np.int64)
    return np.unique(starts[:, None] + np.arange(_RUN))


def sparsely(frames: int) -> slice:
    """The frames whose limits are looked at: all, or of a long clip some tens of thousands."""
    return slice(None, None, max(1, frames // _SPARSE))


def poses(dof_pos: FloatArray) -> list[Poses]:
    """The robot by each of R readings of its joint angles (R, N, 29), in MuJoCo's order, rad."""
    readings, count, joints = dof_pos.shape
    total = readings * count
    pos, quat = g1_model().body_poses(
        np.zeros((total, 3)), np.tile(rotations.IDENTITY, (total, 1)), dof_pos.reshape(total, joints)
    )
    feet, torso = foot_bodies(g1_model()), g1_model().bodies.index("torso_link")
    corners = pos[:, feet, None] + rotations.rotate(quat[:, feet, None], CORNERS)
    up = np.array([0.0, 0.0, 1.0])
    foot_up, torso_up = rotations.rotate(quat[:, feet], up), rotations.rotate(quat[:, torso], up)
    entering = _entering(pos, quat, readings)
    return [
        Poses(pos[span], corners[span], foot_up[span], torso_up[span], entering[reading])
        for reading in range(readings)
        for span in [slice(reading * count, (reading + 1) * count)]
    ]


def limit_signs(angles: FloatArray, ranges: FloatArray) -> tuple[float, float, float, float]:
    """`beyond`, `worst`, `outside` and `largest` of angles (F, J) in rad within ranges (J, 2)."""
    over = np.maximum(np.maximum(ranges[:, 0] - angles, angles - ranges[:, 1]), 0.0)
    total = np.minimum(over, 1.0).sum(axis=1)
    return (
        float(total.mean()),
        float(np.percentile(total, _WORST)),
        float((total > _BEYOND).mean()),
        float(np.abs(angles).max()),
    )


def signs(
    pose: Poses,
    frames: IntArray,
    root_pos: FloatArray,
    root_quat: FloatArray,
    limits: tuple[float, float, float, float],
    bodies: tuple[FloatArray, IntArray | None] | None,
) -> Signs:
    """What speaks against a reading.

    Args:
        pose: at the frames that are looked at.
        frames: (N,) those frames.
        root_pos: (N, 3) metres.
        root_quat: (N, 4) unit wxyz.
        limits: of `limit_signs`.
        bodies: (N, B, 3) metres of the file's bodies, and which of `G1Model.bodies` each is, where that is known.
    """
    world = rotations.rotate(root_quat[:, None, None], pose.corners) + root_pos[:, None, None]
    heights = rotations.rotate(root_quat[:, None], pose.pos)[..., 2] + root_pos[:, 2, None]
    lower = world[..., 2].mean(axis=2).argmin(axis=1)
    rows = np.arange(len(frames))
    foot_up = rotations.rotate(root_quat[:, None], pose.up)[rows, lower, 2]
    pelvis_up = 1.0 - 2.0 * (root_quat[:, 1] ** 2 + root_quat[:, 2] ** 2)
    torso_up = rotations.rotate(root_quat, pose.torso_up)[:, 2]
    slide = None
    beside = np.diff(frames) == 1
    if beside.any():
        steps = np.linalg.norm(np.diff(world, axis=0), axis=-1).min(axis=-1)
        slide = float(np.median(steps[rows[:-1], lower[:-1]][beside]))
    return Signs(
        *limits,
        entering=pose.entering,
        tilt=float(np.arccos(np.clip(foot_up, -1.0, 1.0)).mean()),
        lean=float(np.arccos(np.clip(pelvis_up, -1.0, 1.0)).mean()),
        lean_loss=float((1.0 - pelvis_up).mean()),
        torso_loss=float((1.0 - torso_up).mean()),
        height=float(np.median(np.minimum(world[..., 2].min(axis=(1, 2)), heights.min(axis=1) - 0.03))),
        slide=slide,
        apart=None if bodies is None else _apart(pose, root_pos, root_quat, *bodies),
    )


def _entering(pos: FloatArray, quat: FloatArray, readings: int) -> list[float]:
    """Pairs of links that enter one another, mean of frames, of each reading; the readings follow one another."""
    count = len(pos) // readings
    within = np.arange(0, count, max(1, count // _COLLISIONS))
    seen = (np.arange(readings)[:, None] * count + within).ravel()
    frames, _, _ = g1_capsules().overlaps(pos[seen], quat[seen], _DEEP)
    return (np.bincount(frames // len(within), minlength=readings) / len(within)).tolist()


def _apart(
    pose: Poses, root_pos: FloatArray, root_quat: FloatArray, bodies: FloatArray, which: IntArray | None
) -> float:
    ours = rotations.rotate(root_quat[:, None], pose.pos) + root_pos[:, None]
    orders = [which] if which is not None else _body_orders()
    return min(float(np.median(np.linalg.norm(ours[:, order] - bodies, axis=-1).max(axis=1))) for order in orders)


def _body_orders() -> list[IntArray]:
    bodies = g1_model().bodies
    return [
        np.array([bodies.index(name) for name in body_names("29dof", order)], dtype=np.int64)
        for order in ("mujoco", "isaac")
    ]
