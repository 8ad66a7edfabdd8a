"""Where a fit starts from: arms that point as they are to, on a course that doesn't turn them over on the way.

A shoulder of three hinges can point nearly anywhere in two ways, and an arm that changes from one to the other swings
aside. A fit that begins in each frame for itself takes one here and the other there.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from ..bones.humanoid import ARM_JOINTS, SIDES, slots_of
from ..g1.variants import VARIANTS
from ..rotations import IDENTITY, FloatArray, IntArray, conjugate, normalise, rotate
from ..spans import chunks_of
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
        upper = directions.get(puppet.places[f"{side}_upper_arm"])
        lower = directions.get(puppet.places[f"{side}_lower_arm"])
        if upper is None or lower is None:
            continue
        # in the frame of the trunk, which carries the arm: as the directions of the grid are
        trunk_from_world = conjugate(goals.rotations.get(arm.trunk, goals.rotations[0])[0])
        wanted = np.concatenate([rotate(trunk_from_world, upper), rotate(trunk_from_world, lower)], axis=1)
        started[:, arm.joints] = _course(arm, wanted, dof_pos[:, arm.joints], goals.fps)
    return started


def arm_joints(puppet: Puppet) -> IntArray:
    """Return the joints that point the arms."""
    return np.concatenate([arm.joints for arm in _arms(puppet)])


def _course(arm: _Arm, wanted: FloatArray, usual: FloatArray, fps: float) -> FloatArray:
    """Return the angles (F, n) of least cost: directions off, and way from frame to frame."""
    picked, costs = _best(arm, wanted, usual)
    stays = (_MOVES * fps) ** 2
    # frame by frame the least cost of a course that ends in each way to turn the first two joints, and where it was
    ways = np.empty(costs.shape, dtype=np.int64)
    total = costs[0]
    for frame in range(1, len(wanted)):
        moved = ((picked[frame][:, None] - picked[frame - 1][None]) ** 2).sum(axis=2)
        reached = total[None] + stays * moved
        ways[frame] = reached.argmin(axis=1)
        total = costs[frame] + reached.min(axis=1)
    # back along the course that costs least
    course, at = np.empty((len(wanted), arm.angles.shape[2])), int(total.argmin())
    for frame in range(len(wanted) - 1, -1, -1):
        course[frame] = picked[frame, at]
        at = int(ways[frame, at]) if frame else at
    return course


def _best(arm: _Arm, wanted: FloatArray, usual: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return for each way to turn the first two joints the best angles (F, A, n), and how far off they are (F, A)."""
    ways, count = arm.angles.shape[:2]
    picked, costs = np.empty((len(wanted), ways, arm.angles.shape[2])), np.empty((len(wanted), ways))
    for rows in chunks_of(len(wanted), _AT_ONCE):
        # the squared difference of two pairs of unit vectors
        off = 4.0 - 2.0 * (arm.directions.reshape(-1, 6) @ wanted[rows].T)
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
        places = [puppet.places[slot] for slot in slots_of(side, ARM_JOINTS)]
        # a wrist doesn't point the forearm, and what moves the trunk isn't the arm's
        pointing = moved[places[1].body] & ~moved[puppet.places["spine"].body]
        joints: IntArray = np.flatnonzero(pointing).astype(np.int64)
        # a grid over the ranges of all of them
        low, high = model.ranges[joints].T
        counts: list[int] = (np.ceil((high - low) / _GRID).astype(np.int64) + 1).tolist()
        shares = np.indices(counts).reshape(len(joints), -1).T / (np.array(counts) - 1.0)
        angles = np.asarray(low + (high - low) * shares, dtype=np.float64)
        # where the arm points with each of its angles
        dof = np.zeros((len(angles), len(model.joints)))
        dof[:, joints] = angles
        pos, quat = model.body_poses(np.zeros((len(angles), 3)), np.tile(IDENTITY, (len(angles), 1)), dof)
        shoulder, elbow, wrist = (place.at(pos, quat) for place in places)
        trunk = int(model.parents[joints[0] + 1])
        trunk_from_world = conjugate(quat[:, trunk])
        upper = rotate(trunk_from_world, normalise(elbow - shoulder))
        lower = rotate(trunk_from_world, normalise(wrist - elbow))
        directions = np.concatenate([upper, lower], axis=1)
        # apart by the ways to turn the first two joints
        ways = counts[0] * counts[1]
        angles, directions = angles.reshape(ways, -1, len(joints)), directions.reshape(ways, -1, 6)
        found.append(_Arm(trunk, joints, angles, directions))
    return tuple(found)
