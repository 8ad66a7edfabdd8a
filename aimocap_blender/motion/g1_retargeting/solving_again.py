"""Solving some spans of a motion again: where links are inside one another or the ground, where joints jerk or race."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from ..bones.humanoid import SIDES
from ..g1.capsules import G1Capsules
from ..g1.checks import G1Tolerances
from ..g1.checks_body import spikes
from ..rotations import BoolArray, FloatArray, IntArray
from ..smoothing import covered
from ..spans import runs
from .fitting import fitted
from .goals import Goals, Weights
from .intent import UP
from .pose_terms import ROOT, Chains
from .state import State
from .supports import surface_of

_GAP = 0.004  # metres that links are kept apart
_DEEP = 0.003  # metres of an overlap that is solved again
_UNDER = 0.007  # metres under the ground of a body that is solved again: less than the check allows
_ANOTHER_POSE = 0.6  # rad that a joint changes: set on short legs that sit down
_LITTLE_UNDER, _LIFTED_TO = 0.015, 0.006  # metres under the ground of who is lifted, from where to where
_LIFT_SEC = 0.2  # seconds before and after it
_PARTINGS, _PARTING_ROUNDS = 3, 10
_OUT = 0.3  # rad that an arm is spread to get it out of where it is
_FIRMLY, _HARDER = 5.0, 2.0  # times as much weight on gaps, and on the ground each time
_SPREAD = 0.2  # seconds on both sides over which an arm is spread
_CALMINGS, _CALMING_ROUNDS = 4, 4
_CALMER = 20.0  # times as stiff where a joint jerks or is too fast
_AROUND = 3  # frames on both sides of it
_WINDOW = 0.6  # seconds on both sides that are solved again
_JOINED = 2  # frames at the ends of what is solved again that stay
_FEWEST = 3  # frames: fewer have no acceleration


def parted(state: State, goals: Goals, capsules: G1Capsules, weights: Weights, calm: FloatArray | None = None) -> State:
    """Return the motion with links out of one another and out of the ground, as far as that is found.

    Where an arm swings through the body, from one side of it to the other, it is brought around it.

    Args:
        state: the motion.
        goals: what it is to show.
        capsules: of the robot.
        weights: of the goals.
        calm: see `fitted`.
    """
    firmly = replace(weights, apart=weights.apart * _FIRMLY)
    best, least = state, np.inf
    for attempt in range(_PARTINGS + 1):
        pos, quat = capsules.model.body_poses(state.root_pos, state.root_quat, state.dof_pos)
        frames, pairs, depths = capsules.overlaps(pos, quat, _DEEP)
        under = _under(pos, quat, goals, capsules)
        inside = under > _UNDER
        # what is solved again may end deeper in something
        deep = float(depths.sum() + under[inside].sum())
        if deep < least:
            best, least = state, deep
        inside[frames] = True
        if attempt == _PARTINGS or not inside.any():
            break
        if attempt < _PARTINGS - 1:
            state = replace(state, dof_pos=_spread(state.dof_pos, capsules, frames, pairs, goals.fps * _SPREAD))
        goals = replace(goals, ground=goals.ground * _HARDER)
        again = _again(state, goals, capsules, firmly, inside, calm, _PARTING_ROUNDS)
        # links that are inside one another are worth any pose
        under[frames] = _LITTLE_UNDER
        kept = _another_pose(state, again, under)
        state = _lifted(again.towards(state, kept), np.where(kept > 0.0, under, 0.0), goals.fps)
    return best


def _another_pose(state: State, again: State, under: FloatArray) -> FloatArray:
    """Return (F,) 1 where the robot would take another pose only for being a little under the ground, else 0.

    Who sits with a heel in the ground would lie down for it.

    Args:
        state: the motion.
        again: it solved again.
        under: (F,) metres that its deepest body is under the ground.
    """
    found = np.zeros(len(under))
    change = np.abs(again.dof_pos - state.dof_pos).max(axis=1)
    for start, stop in runs(change > 0.0).tolist():
        if change[start:stop].max() > _ANOTHER_POSE and _UNDER < under[start:stop].max() < _LITTLE_UNDER:
            found[start:stop] = 1.0
    return found


def lifted(state: State, goals: Goals, capsules: G1Capsules) -> State:
    """Return the motion lifted smoothly where it is still a little under the ground."""
    pos, quat = capsules.model.body_poses(state.root_pos, state.root_quat, state.dof_pos)
    return _lifted(state, _under(pos, quat, goals, capsules), goals.fps)


def _under(pos: FloatArray, quat: FloatArray, goals: Goals, capsules: G1Capsules) -> FloatArray:
    """Return (F,) metres that the deepest body is under the ground, of bodies at (F, B, 3), rotated (F, B, 4)."""
    return np.asarray(goals.floor - surface_of(capsules).heights(pos, quat).min(axis=1), dtype=np.float64)


def _lifted(state: State, under: FloatArray, fps: float) -> State:
    """Return the motion lifted smoothly by what it is a little `under` the ground, (F,) metres."""
    little = (under > _UNDER) & (under < _LITTLE_UNDER)
    lift = covered(np.where(little, under - _LIFTED_TO, 0.0), round(_LIFT_SEC * fps))
    return replace(state, root_pos=state.root_pos + lift[:, None] * UP)


def _spread(dof_pos: FloatArray, capsules: G1Capsules, frames: IntArray, pairs: IntArray, width: float) -> FloatArray:
    """Return the angles with arms that are inside something spread outwards for a moment."""
    model, spread = capsules.model, dof_pos.copy()
    low, high = model.ranges.T
    # arms are jointed in every variant, so that none is welded to another body
    body_of = {slot.slot: model.bodies.index(slot.body) for slot in model.robot.figure if "arm" in slot.slot}
    below = Chains(model).moved_by
    for side in SIDES:
        column = body_of[f"{side}_upper_arm"] - 1
        arm = below[:, body_of[f"{side}_lower_arm"] - 1]
        caught = np.zeros(len(dof_pos))
        caught[frames[arm[capsules.body_pairs[pairs]].any(axis=1)]] = 1.0
        reach = max(1, round(width))
        bump = np.cos(np.linspace(-np.pi / 2.0, np.pi / 2.0, 2 * reach + 1)) ** 2
        share = np.minimum(np.convolve(caught, bump, mode="same"), 1.0) if len(caught) > 2 * reach else caught
        out = _OUT if side == "left" else -_OUT
        spread[:, column] = np.clip(dof_pos[:, column] + out * share, low[column], high[column])
    return spread


def calmed(state: State, goals: Goals, capsules: G1Capsules, weights: Weights) -> State:
    """Return the motion with joints stiffer where they jerk or outrun their motors, as far as that helps.

    A joint that is only slowed down afterwards takes feet and knees through the ground.
    """
    if state.dof_pos.shape[0] < _FEWEST:
        return state
    state = _stiffer(state, goals, capsules, weights, lambda one: _jerks(one, goals.fps))
    farthest = capsules.model.speeds / goals.fps
    slower = _stiffer(state, goals, capsules, weights, lambda one: _too_fast(one, farthest))
    before = np.maximum(_steps(state) - farthest, 0.0).sum()
    after = np.maximum(_steps(slower) - farthest, 0.0).sum()
    # a source that jumps can't be followed
    return slower if after < before else state


def _stiffer(
    state: State, goals: Goals, capsules: G1Capsules, weights: Weights, bad: Callable[[State], BoolArray]
) -> State:
    """Return the motion solved again with joints stiffer where they are bad, (F, J), as often as that helps."""
    calm = np.ones((len(state.dof_pos) - 2, ROOT + state.dof_pos.shape[1]))
    for _ in range(_CALMINGS):
        found = bad(state)
        if not found.any():
            break
        for joint in np.flatnonzero(found.any(axis=0)).tolist():
            calm[_dilated(found[:, joint], _AROUND)[1:-1], ROOT + joint] *= _CALMER
        state = _again(state, goals, capsules, weights, np.asarray(found.any(axis=1)), calm, _CALMING_ROUNDS)
        # what is stiffer may go through something
        state = parted(state, goals, capsules, weights, calm)
    return state


def _steps(state: State) -> FloatArray:
    """Return (F - 1, J) how far joints go between frames, rad."""
    return np.abs(np.diff(state.dof_pos, axis=0))


def _too_fast(state: State, farthest: FloatArray) -> BoolArray:
    """Return (F, J) where a joint goes farther before or after a frame than its motor can, (J,) rad."""
    fast = _steps(state) > farthest
    found = np.zeros(state.dof_pos.shape, dtype=np.bool_)
    found[1:] |= fast
    found[:-1] |= fast
    return found


def _jerks(state: State, fps: float) -> BoolArray:
    """Return (F, J) where the check of a motion would find a joint off its course."""
    found = spikes(state.dof_pos, fps, G1Tolerances().joint_spike(fps))
    jerks = np.zeros(state.dof_pos.shape, dtype=np.bool_)
    jerks[found.frames, found.subjects] = True
    return jerks


def _again(
    state: State,
    goals: Goals,
    capsules: G1Capsules,
    weights: Weights,
    where: BoolArray,
    calm: FloatArray | None,
    rounds: int,
) -> State:
    """Return the motion solved again around some frames (F,), blended into the rest at the ends of these spans."""
    count, reach = len(where), max(4, round(_WINDOW * goals.fps))
    pos, quat, dof = state.root_pos.copy(), state.root_quat.copy(), state.dof_pos.copy()
    for start, stop in runs(_dilated(where, reach)).tolist():
        if stop - start < _FEWEST:
            continue
        span: IntArray = np.arange(start, stop, dtype=np.int64)
        part = goals.every(span, goals.fps, np.inf)
        stiffer = None if calm is None else calm[start : stop - 2]
        # two frames have a place and a speed, from which the solved ones go on
        still = ((span < start + _JOINED) & (start > 0)) | ((span >= stop - _JOINED) & (stop < count))
        found = fitted(state.at(span), part, capsules, weights, rounds, _GAP, stiffer, still)
        pos[span], quat[span], dof[span] = found.root_pos, found.root_quat, found.dof_pos
    return State(pos, quat, dof)


def _dilated(mask: BoolArray, reach: int) -> BoolArray:
    """Return the mask (F,) with so many frames on both sides of what is True."""
    wide = np.zeros(len(mask), dtype=np.bool_)
    for start, stop in runs(mask).tolist():
        wide[max(start - reach, 0) : stop + reach] = True
    return wide
