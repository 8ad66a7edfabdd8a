"""Solving for the robot's motion: from few frames to all of them, links kept apart from the start.

A fit starts from arms that point as they are to, on a course that doesn't turn them over on the way. A shoulder of
three hinges can point nearly anywhere in two ways, and an arm that changes from one to the other swings aside: a fit
that begins in each frame for itself takes one here and the other there.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from ..bones.humanoid import ARM_JOINTS, SIDES, slots_of
from ..g1.capsules import G1Capsules, g1_capsules
from ..g1.variants import VARIANTS
from ..rotations import IDENTITY, FloatArray, IntArray, conjugate, continuous, normalise, rotate, slerp
from ..spans import chunks_of, runs
from .fitting import costs_of, fitted
from .goals import Goals, Weights
from .pose_terms import Chains
from .puppet import Puppet
from .solving_again import calmed, lifted, parted
from .state import State

_GRID = 0.45  # rad between the angles that are tried
_MOVES = 0.15  # seconds: the speed of a joint counts as what it does within this time, squared, of directions off
_USUAL = 0.03  # of an angle off the one that the robot starts with, where directions leave a choice
_AT_ONCE = 256  # frames whose poses are compared at the same time
_RATES = (8.0, 16.0)  # samples a second before all frames
_GAPS = (0.03, 0.015, 0.004)  # metres that links are kept apart at first, then, and in the end
_FIRM = (3.0, 30.0, 250.0)  # largest weight of a path and of the ground, by stage: at first arms may go through it
_ROUNDS = (26, 8, 6)
_CLOSE_ROUNDS = 6  # with links as close as in the end: kept far apart, thighs turn the feet away from the seat
_TURNS = 1.5  # rad between the first stage's samples: an arm's joint that may go a longer way than it has to
_SAME = 0.3  # rad: motions that differ by less are the same
_WAY, _WITHIN = 0.05, 0.15  # how much what a joint's speed does within these seconds counts, as of a direction
_FITTED = 0.95  # of the work; the rest is what is done again
_PART, _OVER = 2000, 40  # frames solved at once, and beyond both ends of them


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


def solved(goals: Goals, puppet: Puppet, weights: Weights, told: Callable[[float], None]) -> State:
    """Return the motion that shows the goals as far as the robot can.

    Args:
        goals: for all frames.
        puppet: of the robot.
        weights: of the goals.
        told: is called with the share that is done, 0 to 1; may raise to stop.
    """
    count, capsules = len(goals.root_pos), g1_capsules(puppet.variant)
    state, before = None, np.zeros(0, dtype=np.int64)
    frames_of = [_frames(count, goals.fps, rate) for rate in (*_RATES, goals.fps)]
    work = [len(frames) * rounds for frames, rounds in zip(frames_of, _ROUNDS, strict=True)]
    done = 0.0
    stages = zip(frames_of, _ROUNDS, _GAPS, _FIRM, work, strict=True)
    for stage, (frames, rounds, gap, firm, own) in enumerate(stages):
        fps = goals.fps * (len(frames) - 1) / max(count - 1, 1)
        part = goals.every(frames, fps, firm)
        start = _start(part, puppet) if state is None else _between(state, before, frames)
        pieces: list[State] = []
        for wide, own_rows in _pieces(len(frames)):
            wanted = part.every(wide, fps, firm)
            piece = fitted(start.at(wide), wanted, capsules, weights, rounds, gap)
            if stage == 0:
                piece = _of_starts(piece, start.at(wide), wanted, puppet, weights)
            pieces.append(piece.at(own_rows))
            done += own * (own_rows.stop - own_rows.start) / len(frames)
            told(_FITTED * done / sum(work))
        state, before = State.joined(pieces), frames
        if stage == 0:
            close, every = _close(state, part, capsules, weights), np.arange(count, dtype=np.int64)
            goals = goals.staying(capsules, _between(close, frames, every), weights)
    if state is None:
        return _start(goals, puppet)
    state = calmed(parted(state, goals, capsules, weights), goals, capsules, weights)
    return lifted(state, goals, capsules)


def _close(state: State, goals: Goals, capsules: G1Capsules, weights: Weights) -> State:
    """Return few frames of a motion with links as close as in the end, if it rests where its feet stand."""
    if not goals.sits_on_feet:
        return state
    return refined(state, goals, capsules, weights, _CLOSE_ROUNDS)


def refined(state: State, goals: Goals, capsules: G1Capsules, weights: Weights, rounds: int) -> State:
    """Return a motion nearer to goals that it is near to already, in all its frames."""
    pieces: list[State] = []
    for wide, own_rows in _pieces(len(goals.root_pos)):
        wanted = goals.every(wide, goals.fps, np.inf)
        pieces.append(fitted(state.at(wide), wanted, capsules, weights, rounds, _GAPS[-1]).at(own_rows))
    return State.joined(pieces)


def _pieces(count: int) -> Iterator[tuple[IntArray, slice]]:
    """Yield the frames to solve at once, and which of them are kept: those at the edges belong to the next to it."""
    for start in range(0, count, _PART):
        stop = min(start + _PART, count)
        first = max(start - _OVER, 0)
        yield np.arange(first, min(stop + _OVER, count), dtype=np.int64), slice(start - first, stop - first)


def _frames(count: int, fps: float, rate: float) -> IntArray:
    """Return about `rate` frames per second of a clip, its first and last among them."""
    fewer = int(np.ceil((count - 1) * min(1.0, rate / fps))) + 1
    return np.unique(np.rint(np.linspace(0, count - 1, fewer)).astype(np.int64))


def _start(goals: Goals, puppet: Puppet) -> State:
    """Return the goals' pelvis with the same pose in all frames, arms away from the trunk."""
    pose = dict(puppet.model.robot.start)
    dof = np.tile([pose.get(name, 0.0) for name in puppet.model.joint_names], (len(goals.root_pos), 1))
    return State(goals.root_pos, goals.rotations[0][0], dof)


def _of_starts(found: State, start: State, goals: Goals, puppet: Puppet, weights: Weights) -> State:
    """Return the better of what is found and, where arms turn over on their way, what another start leads to."""
    if np.abs(np.diff(found.dof_pos[:, arm_joints(puppet)], axis=0)).max(initial=0.0) < _TURNS:
        return found
    capsules, dof = g1_capsules(puppet.variant), on_courses(goals, puppet, start.dof_pos)
    other = fitted(replace(start, dof_pos=dof), goals, capsules, weights, _ROUNDS[0], _GAPS[0])
    cost = costs_of(found, goals, capsules, weights, _GAPS[0]) + _ways(found, goals.fps)
    other_cost = costs_of(other, goals, capsules, weights, _GAPS[0]) + _ways(other, goals.fps)
    # wherever the two differ for a while the cheaper one, with the ways there and back
    better = np.zeros(len(dof), dtype=np.bool_)
    for first, stop in runs(np.abs(found.dof_pos - other.dof_pos).max(axis=1) > _SAME).tolist():
        rows = slice(max(first - 1, 0), stop + 1)
        better[first:stop] = other_cost[rows].sum() < cost[rows].sum()
    return found.towards(other, better.astype(np.float64))


def _ways(state: State, fps: float) -> FloatArray:
    """Return (F,) what the joints' way to each frame counts."""
    return _WAY * (_WITHIN * fps) ** 2 * (np.diff(state.dof_pos, axis=0, prepend=state.dof_pos[:1]) ** 2).sum(axis=1)


def _between(state: State, at: IntArray, frames: IntArray) -> State:
    """Return a motion known at some frames at others, straight in between."""
    if len(at) == 1:
        return state.at(np.zeros(len(frames), dtype=np.int64))
    after = np.clip(np.searchsorted(at, frames), 1, len(at) - 1)
    share = np.clip((frames - at[after - 1]) / (at[after] - at[after - 1]), 0.0, 1.0)

    def straight(values: FloatArray) -> FloatArray:
        return np.asarray(values[after - 1] + (values[after] - values[after - 1]) * share[:, None], dtype=np.float64)

    quat = continuous(state.root_quat)
    return State(straight(state.root_pos), slerp(quat[after - 1], quat[after], share), straight(state.dof_pos))
