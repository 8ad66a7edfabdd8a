"""Fitting the robot to an intent: all frames at once, by damped Gauss-Newton steps within the joints' limits.

Its least squares are dense within a frame, and tied to the neighbouring frames by accelerations.
"""

from dataclasses import dataclass

import numpy as np

from ..g1.capsules import G1Capsules, Nearness
from ..g1.checks_body import strict_ranges
from ..rotations import BoolArray, FloatArray, IntArray, conjugate, cross, multiply, normalise, to_rotation_vector
from ..smoothing import covered, least_bent
from ..stopping import stop_if_asked
from .goals import Goals, Weights
from .pose_terms import ROOT, Chains, Poses, poses_of
from .state import State
from .supports import Surface, sharing, surface_of

_HELD = 1e12  # above all other weights: a variable that changes as it is told
_CHUNK = 2048  # frames whose terms are in memory at the same time
_FIRST_DAMPING, _LEAST_DAMPING, _MOST_DAMPING = 1.0, 1e-2, 1e3
_WORSE, _MORE, _LESS = 1.001, 30.0, 0.3  # times the cost before, and how much more or less damping then
_SMALL = 5.0  # of other joints' stiffness: ankles and wrists would make up for all else with jerks
_WARY = 0.015  # metres
_NATURAL = 0.5  # of the gap between links of the robot that stands: they needn't be further apart
_SUNK = 0.002  # metres under the ground that a body may be
_GIVES = 0.004  # metres above it that what rests may be: limbs need less bending for it
_FURTHEST, _TOO_FAR = 0.2, 0.4  # rad and metres of a step, and of one that asks for more damping
_BEYOND = 2e-3  # rad beyond a joint's limit for which a step is made again
_BESIDE = 3  # frames beside one that goes less than its step
_ENOUGH = 0.02  # rad and metres: a step that is smaller is the last


@dataclass(eq=False)
class NormalEquations:
    """The equations of one step: what the variables (V) of F frames are to change by.

    Attributes:
        matrix: (F, V, V) of the terms within a frame.
        right: (F, V) their right-hand sides.
        path: (F, V) what the variables are now, as far as their second differences in time are to be small.
        stiffness: (F - 2, V) weights of these.
        cost: (F,) sum of the squares that are to become small.
    """

    matrix: FloatArray
    right: FloatArray
    path: FloatArray
    stiffness: FloatArray
    cost: FloatArray

    @classmethod
    def of(cls, path: FloatArray, stiffness: FloatArray) -> "NormalEquations":
        """Return equations of nothing but the path."""
        frames, count = path.shape
        matrix = np.zeros((frames, count, count))
        cost = np.zeros(frames)
        cost[1:-1] = (np.diff(path, 2, axis=0) ** 2 * stiffness).sum(axis=1)
        return cls(matrix, np.zeros((frames, count)), path, stiffness, cost)

    def add(self, rows: slice, variables: IntArray, change: FloatArray, off: FloatArray) -> None:
        """Add a term: `change` (R, n, V) of n values by some variables is to be `off` (R, n), both weighted."""
        turned = np.swapaxes(change, 1, 2)
        self.matrix[rows, variables[:, None], variables] += turned @ change
        self.right[rows, variables] += (turned @ off[:, :, None])[..., 0]
        self.cost[rows] += (off * off).sum(axis=1)

    def add_single(self, frames: IntArray, first: int, change: FloatArray, off: FloatArray) -> None:
        """Add terms of one value each, at any frames, several at one too.

        Args:
            frames: (N,).
            first: variable that the first column changes the value by.
            change: (N, V) weighted.
            off: (N,) weighted.
        """
        order = np.argsort(frames, kind="stable")
        ordered = frames[order]
        turn = np.arange(len(ordered)) - np.searchsorted(ordered, ordered)  # the how-manieth of its frame
        # the terms of each frame side by side, as many as any has: one product adds all of them
        shape = len(self.cost), int(turn.max(initial=-1)) + 1
        changes, offs = np.zeros((*shape, change.shape[1])), np.zeros((*shape, 1))
        changes[ordered, turn], offs[ordered, turn, 0] = change[order], off[order]
        turned, span = np.swapaxes(changes, 1, 2), slice(first, first + change.shape[1])
        self.matrix[:, span, span] += turned @ changes
        self.right[:, span] += (turned @ offs)[..., 0]
        self.cost += (offs * offs).sum(axis=(1, 2))

    def solved(self, damping: FloatArray, held: BoolArray, to: FloatArray) -> FloatArray:
        """Return the changes (F, V).

        Args:
            damping: (F,) weight of leaving the variables as they are.
            held: (F, V) which change by what is said.
            to: (F, V) what they change by.
        """
        each: IntArray = np.arange(self.matrix.shape[1], dtype=np.int64)
        matrix = self.matrix.copy()
        matrix[:, each, each] += damping[:, None] + _HELD * held
        right = np.where(held, _HELD * to, self.right)
        return np.where(held, to, least_bent(matrix, right, self.stiffness, self.path))


def fitted(
    state: State,
    goals: Goals,
    capsules: G1Capsules,
    weights: Weights,
    rounds: int,
    gap: float,
    calm: FloatArray | None = None,
    still: BoolArray | None = None,
) -> State:
    """Return the motion nearer to its goals after some steps: that which was nearest.

    Args:
        state: the motion to start from.
        goals: what it is to show.
        capsules: of the robot.
        weights: of the goals.
        rounds: number of steps.
        gap: metres that links are kept apart.
        calm: (F - 2, 6 + J) how many times stiffer than usual each variable is; None for nowhere.
        still: (F,) frames that stay; None for none.
    """
    stiffness = _stiffness(goals, capsules, weights) * (1.0 if calm is None else calm)
    chains = Chains(capsules.model)
    ranges = capsules.model.ranges
    damping = np.full(len(goals.root_pos), _FIRST_DAMPING)
    best, least, before, far = state, np.inf, np.full(len(damping), np.inf), np.zeros(len(damping), dtype=np.bool_)
    most = np.full(len(damping), np.inf)
    for number in range(rounds + 1):
        stop_if_asked()
        equations = _equations(state, goals, chains, capsules, weights, gap, stiffness)
        total = float(equations.cost.sum())
        if total < least:
            best, least = state, total
        if number == rounds or most.max() < _ENOUGH:
            break
        worse = far | (equations.cost > before * _WORSE)
        damping = np.clip(damping * np.where(worse, _MORE, _LESS), _LEAST_DAMPING, _MOST_DAMPING)
        before = equations.cost
        change = _step(state, equations, damping, ranges, still)
        most = np.abs(change).max(axis=1)
        far = most > _TOO_FAR
        share = 1.0 - covered(1.0 - _FURTHEST / np.maximum(most, _FURTHEST), _BESIDE)
        state = state.changed(change * share[:, None], ranges)
    return best


def costs_of(state: State, goals: Goals, capsules: G1Capsules, weights: Weights, gap: float) -> FloatArray:
    """Return (F,) how far each frame is from the goals: what `fitted` makes small."""
    stiffness = _stiffness(goals, capsules, weights)
    return _equations(state, goals, Chains(capsules.model), capsules, weights, gap, stiffness).cost


def _step(
    state: State, equations: NormalEquations, damping: FloatArray, ranges: FloatArray, still: BoolArray | None
) -> FloatArray:
    """Return the change (F, 6 + J) of a step: joints go to their limits at most, and the others make up for it."""
    low, high = ranges.T
    held = np.zeros(equations.right.shape, dtype=np.bool_)
    push = equations.right[:, ROOT:]
    held[:, ROOT:] = ((state.dof_pos <= low) & (push < 0.0)) | ((state.dof_pos >= high) & (push > 0.0))
    if still is not None:
        held[still] = True
    change = equations.solved(damping, held, np.zeros(held.shape))
    within = change.copy()
    within[:, ROOT:] = np.clip(change[:, ROOT:], low - state.dof_pos, high - state.dof_pos)
    beyond = np.abs(change - within) > _BEYOND
    return equations.solved(damping, held | beyond, within) if beyond.any() else change


def _stiffness(goals: Goals, capsules: G1Capsules, weights: Weights) -> FloatArray:
    """Return (F - 2, 6 + J) the weights of the variables' second differences."""
    count, names = max(len(goals.root_pos) - 2, 0), capsules.model.joint_names
    stiffness = np.full((count, ROOT + len(names)), (weights.smooth * goals.fps) ** 4)
    along, up = weights.root
    stiffness[:, :2] = (along + (weights.lying - along) * goals.lies[1:-1, None]) ** 2 * goals.fps**4
    stiffness[:, 2] = up**2 * goals.fps**4
    for column, name in enumerate(names, ROOT):
        if "ankle" in name.lower() or "wrist" in name.lower():
            stiffness[:, column] *= _SMALL
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
        if np.isfinite(goals.floor):
            _add_ground(equations, rows, poses, surface_of(capsules), goals)
    joints = np.arange(ROOT, variables, dtype=np.int64)
    strict = strict_ranges(capsules.model)
    past = state.dof_pos - np.clip(state.dof_pos, *strict.T)
    equations.matrix[:, joints, joints] += weights.strict**2 * (past != 0.0)
    equations.right[:, ROOT:] -= weights.strict**2 * past
    names = capsules.model.joint_names
    neutral = np.array([weights.wrist if "wrist" in name.lower() else weights.neutral for name in names])
    equations.matrix[:, joints, joints] += neutral**2
    equations.right[:, ROOT:] -= neutral**2 * (state.dof_pos - goals.angles)
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


def _add_ground(equations: NormalEquations, rows: slice, poses: Poses, surface: Surface, goals: Goals) -> None:
    """Keep all bodies above the ground, and what rests on it at its height."""
    heights = surface.heights(poses.pos, poses.quat) - goals.floor
    frames, balls = np.nonzero(heights < -_SUNK)
    # terms of one ball each, then those of what rests, of all balls of which one does
    at, parts, shares, offs = [frames], [balls[:, None]], [np.ones((len(balls), 1))], [-_SUNK - heights[frames, balls]]
    for rest in goals.rests:
        there = np.flatnonzero(rest.weight[rows])
        own, weight = heights[there][:, rest.rows], rest.weight[rows][there]
        share = sharing(own)
        lowest = (share * own).sum(axis=1)
        at.append(there)
        parts.append(np.tile(rest.rows, (len(there), 1)))
        shares.append(share * weight[:, None])
        offs.append((np.clip(lowest, 0.0, _GIVES) - lowest) * weight)
    sizes = np.concatenate([np.full(len(part), part.shape[1]) for part in parts])
    frames = np.concatenate(at)
    change = surface.lifts(poses, np.repeat(frames, sizes), np.concatenate([part.ravel() for part in parts]))
    change *= np.concatenate([share.ravel() for share in shares])[:, None]
    if len(frames):
        change = np.add.reduceat(change, np.cumsum(sizes) - sizes, axis=0)
        equations.add_single(frames + rows.start, 0, goals.ground * change, goals.ground * np.concatenate(offs))


def _nearest_of_bodies(near: Nearness, excess: FloatArray, bodies: int) -> IntArray:
    """Return the rows of the nearest capsules of each pair of bodies in each frame."""
    names = (near.frames * bodies + near.bodies[:, 0]) * bodies + near.bodies[:, 1]
    order = np.lexsort((excess, names))
    first = np.flatnonzero(np.diff(names[order], prepend=-1))
    return order[first].astype(np.int64)
