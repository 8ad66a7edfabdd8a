"""Fitting the robot to an intent: all frames at once, by damped Gauss-Newton steps within the joints' limits."""

from dataclasses import dataclass

import numpy as np

from ..g1.capsules import G1Capsules, Nearness
from ..g1.checks_joints import strict_ranges
from ..rotations import (
    FloatArray,
    IntArray,
    conjugate,
    cross,
    from_rotation_vector,
    multiply,
    normalise,
    to_rotation_vector,
)
from .goals import Goals, Weights
from .normal_equations import NormalEquations
from .pose_terms import ROOT, Chains, Poses, poses_of

_CHUNK = 2048  # frames whose terms are in memory at the same time
_DAMPING, _MOST_DAMPING = 1e-2, 1e3
_WORSE = 1.001  # times the cost before
_SMALL = 5.0  # of other joints' stiffness: ankles and wrists would make up for all else with jerks
_WARY = 0.015  # metres
_NATURAL = 0.5  # of the gap between links of the robot that stands: they needn't be further apart
_FURTHEST = 0.2  # rad and metres a step


@dataclass(frozen=True, eq=False)
class State:
    """The robot's motion while it is fitted: see `G1Motion`."""

    root_pos: FloatArray
    root_quat: FloatArray
    dof_pos: FloatArray

    def at(self, rows: slice | IntArray) -> "State":
        """Return some of the frames."""
        return State(self.root_pos[rows], self.root_quat[rows], self.dof_pos[rows])

    @classmethod
    def joined(cls, parts: "list[State]") -> "State":
        """Return parts one after the other."""
        return cls(
            np.concatenate([part.root_pos for part in parts]),
            np.concatenate([part.root_quat for part in parts]),
            np.concatenate([part.dof_pos for part in parts]),
        )


def _is_small(joint: str) -> bool:
    return "ankle" in joint or "wrist" in joint


def fitted(
    state: State,
    goals: Goals,
    capsules: G1Capsules,
    weights: Weights,
    rounds: int,
    gap: float,
    calm: FloatArray | None = None,
) -> State:
    """Return the motion nearer to its goals after some steps.

    Args:
        state: the motion to start from.
        goals: what it is to show.
        capsules: of the robot.
        weights: of the goals.
        rounds: number of steps.
        gap: metres that links are kept apart.
        calm: (F - 2, 6 + J) how many times stiffer than usual each variable is; None for nowhere.
    """
    stiffness = _stiffness(goals.fps, capsules, weights) * (1.0 if calm is None else calm)
    chains = Chains(capsules.model)
    low, high = capsules.model.ranges.T
    damping = np.full(len(goals.root_pos), _DAMPING)
    tried, best, equations = state, state, None
    for number in range(rounds + 1):
        found = _equations(tried, goals, chains, capsules, weights, gap, stiffness)
        worse = np.zeros(len(damping), dtype=np.bool_) if equations is None else found.cost > equations.cost * _WORSE
        if equations is None or found.cost.sum() < equations.cost.sum():
            best, equations = tried, found
        damping = np.clip(damping * np.where(worse, 30.0, 0.3), _DAMPING, _MOST_DAMPING)
        if number < rounds:
            tried = _stepped(best, equations, damping, low, high)
    return best


def _stepped(state: State, equations: NormalEquations, damping: FloatArray, low: FloatArray, high: FloatArray) -> State:
    """Return the motion after a step within the joints' ranges."""
    held = np.zeros(equations.right.shape, dtype=np.bool_)
    push = equations.right[:, ROOT:]
    held[:, ROOT:] = ((state.dof_pos <= low) & (push < 0.0)) | ((state.dof_pos >= high) & (push > 0.0))
    change = equations.solved(damping, held)
    change *= np.minimum(1.0, _FURTHEST / np.maximum(np.abs(change).max(axis=1, keepdims=True), _FURTHEST))
    return State(
        state.root_pos + change[:, :3],
        normalise(multiply(from_rotation_vector(change[:, 3:ROOT]), state.root_quat)),
        np.clip(state.dof_pos + change[:, ROOT:], low, high),
    )


def _stiffness(fps: float, capsules: G1Capsules, weights: Weights) -> FloatArray:
    """Return (1, 6 + J) the weights of the variables' second differences."""
    stiffness = np.full((1, ROOT + len(capsules.model.joints)), (weights.smooth * fps) ** 4)
    stiffness[:, :3] = (np.array(weights.root)[[0, 0, 1]] * fps**2) ** 2
    stiffness[:, ROOT:] *= np.array([_SMALL if _is_small(joint.name) else 1.0 for joint in capsules.model.joints])
    return stiffness


def _equations(
    state: State,
    goals: Goals,
    chains: Chains,
    capsules: G1Capsules,
    weights: Weights,
    gap: float,
    stiffness: FloatArray,
) -> NormalEquations:
    count, variables = len(state.root_pos), stiffness.shape[1]
    turned = np.zeros((count, 3))
    turned[1:] = np.cumsum(to_rotation_vector(multiply(state.root_quat[1:], conjugate(state.root_quat[:-1]))), axis=0)
    path = np.concatenate([state.root_pos - goals.root_pos, turned, state.dof_pos], axis=1)
    equations = NormalEquations.of(path, stiffness)
    for start in range(0, count, _CHUNK):
        rows = slice(start, min(start + _CHUNK, count))
        poses = poses_of(chains, state.root_pos[rows], state.root_quat[rows], state.dof_pos[rows])
        _add_intent(equations, rows, poses, goals, weights)
        _add_gaps(equations, rows, poses, capsules, weights, gap)
    joints = np.arange(ROOT, variables, dtype=np.int64)
    strict = strict_ranges(capsules.model)
    past = state.dof_pos - np.clip(state.dof_pos, *strict.T)
    equations.matrix[:, joints, joints] += weights.strict**2 * (past != 0.0)
    equations.right[:, ROOT:] -= weights.strict**2 * past
    equations.matrix[:, joints, joints] += weights.neutral**2
    equations.right[:, ROOT:] -= weights.neutral**2 * (state.dof_pos - goals.angles)
    return equations


def _add_intent(equations: NormalEquations, rows: slice, poses: Poses, goals: Goals, weights: Weights) -> None:
    chains = poses.chains
    root = np.arange(3)
    off = (goals.root_pos[rows] - poses.pos[:, 0]) * weights.place
    equations.add(rows, root, np.broadcast_to(np.eye(3) * weights.place, (len(off), 3, 3)), off)
    for body, (wanted, weight) in goals.rotations.items():
        variables = chains.variables_of(body)[3:] if body else np.arange(3, ROOT)
        share = weight[rows, None]
        off = to_rotation_vector(multiply(wanted[rows], conjugate(poses.quat[:, body]))) * share
        turns = poses.turns(body, chains.variables_of(body))[:, :, 3:]
        equations.add(rows, variables, turns * share[:, :, None], off)
    for limb in goals.limbs:
        start, end = limb.start.body, limb.end.body
        variables = chains.variables_of(start, end)
        first, last = poses.point(start, limb.start.offset), poses.point(end, limb.end.offset)
        share = limb.weight[rows, None]
        line = last - first
        length = np.linalg.norm(line, axis=-1, keepdims=True)
        along = line / length
        moves = poses.moves(end, last, variables) - poses.moves(start, first, variables)
        moves = (moves - along[:, :, None] * (along[:, None] @ moves)) * (share / length)[:, :, None]
        equations.add(rows, variables[3:], moves[:, :, 3:], (limb.direction[rows] - along) * share)
    for path in goals.paths:
        variables = chains.variables_of(path.body)
        share, point = path.weight[rows], poses.point(path.body, path.offset)
        moves = poses.moves(path.body, point, variables) * share[:, :, None]
        equations.add(rows, variables, moves, (path.pos[rows] - point) * share)


def _add_gaps(
    equations: NormalEquations, rows: slice, poses: Poses, capsules: G1Capsules, weights: Weights, gap: float
) -> None:
    """Keep links apart by a gap, but no further than half as far as they are when the robot stands.

    Links that are about to come too near are slowed down, so that a step doesn't take them into one another.
    """
    near = capsules.nearest(poses.pos, poses.quat, gap + _WARY)
    natural = _NATURAL * capsules.rest_gaps[near.pairs]
    excess = near.gaps - np.minimum(gap, natural)
    weight = weights.apart * np.clip(1.0 - excess / np.minimum(_WARY, natural), 0.0, 1.0)
    used = _nearest_of_bodies(near, excess, len(capsules.model.bodies))
    used = used[weight[used] > 0.0]
    if not len(used):
        return
    frames, bodies, places, weight = near.frames[used], near.bodies[used], near.places[used], weight[used]
    away = normalise(places[:, 0] - places[:, 1])
    axes, joints = poses.axes[frames], poses.pos[frames, 1:]
    # how far the first body's point goes away from the second's: away * (axis x lever), as lever * (away x axis)
    turned = cross(away[:, None], axes)
    change = np.zeros(axes.shape[:2])
    for side, sign in ((0, 1.0), (1, -1.0)):
        levers = places[:, side, None] - joints
        change += sign * poses.chains.moved_by[bodies[:, side]] * np.einsum("njk,njk->nj", levers, turned)
    off = np.maximum(-excess[used], 0.0) * weight
    equations.add_single(frames + rows.start, ROOT, change * weight[:, None], off)


def _nearest_of_bodies(near: Nearness, excess: FloatArray, bodies: int) -> IntArray:
    """Return the rows of the nearest capsules of each pair of bodies in each frame."""
    names = (near.frames * bodies + near.bodies[:, 0]) * bodies + near.bodies[:, 1]
    order = np.lexsort((excess, names))
    first = np.flatnonzero(np.diff(names[order], prepend=-1))
    return order[first].astype(np.int64)
