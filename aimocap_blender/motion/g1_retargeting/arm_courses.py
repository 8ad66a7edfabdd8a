"""Where a fit starts from: arms that point as they are to, on a course that doesn't turn them over on the way.

A shoulder of three hinges can point nearly anywhere in two ways, and an arm that changes from one to the other swings
aside. A fit that begins in each frame for itself takes one here and the other there.
"""

from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

import numpy as np

from ..bones.humanoid import SIDES
from ..g1.variants import VARIANTS
from ..rotations import IDENTITY, FloatArray, IntArray, conjugate, normalise, rotate
from .goals import Goals
from .pose_terms import Chains
from .puppet import Puppet

_GRID = 0.45  # rad between the angles that are tried
_MOVES = 0.15  # seconds: the speed of a joint counts as what it does within this time, squared, of directions off
_USUAL = 0.03  # of an angle off the one that the robot starts with, where directions leave a choice
_AT_ONCE = 256  # frames whose poses are compared at the same time


@dataclass(frozen=True, eq=False)
class _Arm:
    """Poses of an arm, on a grid of its angles.

    Attributes:
        trunk: the body that carries it.
        joints: (n,) those that point it.
        angles: (A, B, n) of the A ways to turn the first two joints, and the B of the others.
        directions: (A, B, 6) of upper arm and forearm in the trunk's frame.
    """

    trunk: int
    joints: IntArray
    angles: FloatArray
    directions: FloatArray


def on_courses(goals: Goals, puppet: Puppet, dof_pos: FloatArray) -> FloatArray:
    """Return the joints' angles (F, J) with arms that point about as they are to.

    Args:
        goals: of the frames.
        puppet: of the robot.
        dof_pos: (F, J) with which it starts; other joints stay.
    """
    started = dof_pos.copy()
    directions = {limb.start: limb.direction for limb in goals.limbs}
    for side, arm in zip(SIDES, _arms(puppet), strict=True):
        parts = [directions.get(puppet.places[f"{side}_{part}"]) for part in ("upper_arm", "lower_arm")]
        if parts[0] is None or parts[1] is None:
            continue
        trunk = goals.rotations.get(arm.trunk, goals.rotations[0])[0]
        wanted = np.concatenate([rotate(conjugate(trunk), part) for part in parts if part is not None], axis=1)
        started[:, arm.joints] = _course(arm, wanted, dof_pos[:, arm.joints], goals.fps)
    return started


def arm_joints(puppet: Puppet) -> IntArray:
    """Return the joints that point the arms."""
    return np.concatenate([arm.joints for arm in _arms(puppet)])


def _course(arm: _Arm, wanted: FloatArray, usual: FloatArray, fps: float) -> FloatArray:
    """Return the angles (F, n) of least cost: directions off, and way from frame to frame."""
    picked, costs = _best(arm, wanted, usual)
    stays = (_MOVES * fps) ** 2
    ways = np.empty(costs.shape, dtype=np.int64)
    total = costs[0]
    for frame in range(1, len(wanted)):
        moved = ((picked[frame][:, None] - picked[frame - 1][None]) ** 2).sum(axis=2)
        reached = total[None] + stays * moved
        ways[frame] = reached.argmin(axis=1)
        total = costs[frame] + reached.min(axis=1)
    course, at = np.empty((len(wanted), arm.angles.shape[2])), int(total.argmin())
    for frame in range(len(wanted) - 1, -1, -1):
        course[frame] = picked[frame, at]
        at = int(ways[frame, at]) if frame else at
    return course


def _best(arm: _Arm, wanted: FloatArray, usual: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return for each way to turn the first two joints the best angles (F, A, n), and how far off they are (F, A)."""
    ways, count = arm.angles.shape[:2]
    picked, costs = np.empty((len(wanted), ways, arm.angles.shape[2])), np.empty((len(wanted), ways))
    for start in range(0, len(wanted), _AT_ONCE):
        rows = slice(start, start + _AT_ONCE)
        off = 4.0 - 2.0 * (arm.directions.reshape(-1, 6) @ wanted[rows].T)  # of two unit vectors, squared
        off += ((_USUAL * (arm.angles.reshape(ways * count, -1) - usual[0])) ** 2).sum(axis=1)[:, None]
        off = off.T.reshape(-1, ways, count)
        best = off.argmin(axis=2)
        picked[rows] = arm.angles[np.arange(ways), best]
        costs[rows] = off.min(axis=2)
    return picked, costs


@lru_cache(maxsize=len(VARIANTS))
def _arms(puppet: Puppet) -> tuple[_Arm, ...]:
    """Return the left and the right arm of a robot."""
    model, moved = puppet.model, Chains(puppet.model).moved_by
    found: list[_Arm] = []
    for side in SIDES:
        places = [puppet.places[f"{side}_{part}"] for part in ("upper_arm", "lower_arm", "hand")]
        pointing = moved[places[1].body] & ~moved[puppet.places["spine"].body]
        joints: IntArray = np.flatnonzero(pointing).astype(np.int64)
        low, high = model.ranges[joints].T
        counts = [int(each) + 1 for each in np.ceil((high - low) / _GRID).tolist()]
        shares = np.indices(counts).reshape(len(joints), -1).T / (np.array(counts) - 1.0)
        angles = np.asarray(low + (high - low) * shares, dtype=np.float64)
        dof = np.zeros((len(angles), len(model.joints)))
        dof[:, joints] = angles
        still = np.zeros((len(angles), 3)), np.tile(IDENTITY, (len(angles), 1))
        pos, quat = model.body_poses(*still, dof)
        points = [pos[:, place.body] + rotate(quat[:, place.body], place.offset) for place in places]
        trunk = int(model.parents[joints[0] + 1])
        lines = [rotate(conjugate(quat[:, trunk]), normalise(b - a)) for a, b in pairwise(points)]
        found.append(
            _Arm(
                trunk,
                joints,
                angles.reshape(counts[0] * counts[1], -1, len(joints)),
                np.concatenate(lines, axis=1).reshape(counts[0] * counts[1], -1, 6),
            )
        )
    return tuple(found)
