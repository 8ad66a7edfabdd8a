"""Easing a robot's motion: flat soles, and slower and better balanced where it asks for more than the robot has."""

from dataclasses import replace
from itertools import pairwise, product

import numpy as np

from ...texts.text import Text
from .. import rotations
from ..bones.humanoid import LIMB_JOINTS, SIDES, slots_of
from ..g1.adjusting import G1Change, change_of
from ..g1.adjusting_time import at_frames
from ..g1.capsules import g1_capsules
from ..g1.dynamics import GRAVITY, movement_of, needed_forces
from ..g1.feasibility import Feasibility, feasibility_of
from ..g1.ground_forces import BEARS, balanced_within
from ..g1.motion import G1Motion
from ..g1.soles import foot_bodies, soles_of
from ..rotations import BoolArray, FloatArray, IntArray
from ..smoothing import covered, highest, smooth_step, softened
from ..spans import runs
from .adjusting_fit import OWN, goals_on_flat_soles, goals_on_its_feet, moved_as, without_fingers
from .intent import UP
from .puppet import puppet_of
from .solving import refined
from .state import State

_SLOWEST = (1.0, 1.25, 1.5, 2.0)
"""Times as slow, one after the other until the demands are halved: our own, a clip twice as long is another one."""
_HALF = 0.5
_HIGH = 0.7
"""Metres from the ground to the robot's center of mass: an inverted pendulum."""
_INNER = 0.6  # of the soles about their middles: the center of pressure isn't brought to their edges
_FURTHEST = 0.06  # metres that the pelvis is moved: a leg of 0.7 m leans by 5 degrees then
_ASKED = 0.08  # metres that a center of pressure is moved at once
_FREE, _STAYS, _SMOOTH = 0.05, 0.3, 0.03
"""Weights, of a center of pressure out of its place by a metre as 1: of one that may go anywhere, of the pelvis off its
path by a metre, and the seconds within which what its acceleration does counts as that."""
_BALANCINGS, _ROUNDS = 5, 4
_MOST = np.radians(4.0)
"""Of a limb off its direction: 5 degrees, less what a round changes."""
_TURNED = np.radians(5.0)  # of a limb, at most
_LESSENINGS = 10  # of a change that turns a limb further; the angle is nearly as the share
_TRIES = 3  # to find spans that would be worse
_EVEN = 0.2  # seconds on both sides over which that limit is even
_AROUND = 0.5  # seconds before and after a frame that asks too much
_PART, _OVER = 600, 90  # frames solved at once, and beyond both ends of them
_FEWEST = 3  # frames: fewer have no acceleration
_PLACE = 30.0  # weight of where the pelvis is
_UNEVEN = np.radians(1.0)  # of soles that stand, on average: 3 mm from heel to toe, which clips are rarely as even as
_LIMB, _LEVELLINGS = 3.0, 10  # weight of a limb's direction while feet turn under it, and steps until they are level
_LEVELLED = np.radians(2.5)  # of a limb, at most, for that


def eased(motion: G1Motion, ground: float = 0.0) -> tuple[G1Motion, G1Change]:
    """Change a motion as little as it takes to halve what the robot lacks, as far as that is possible.

    Soles that stand are put flat, as their edges carry badly, and feet that swing clear the ground. Then the
    pelvis goes over the feet that stand, and what asks too much is slower, except in flight. Feet stay where they are
    over the ground, limbs within 5 degrees of before, and spans in which more frames would ask too much aren't slowed
    or balanced.

    Args:
        motion: any.
        ground: height, metres.
    """
    if len(motion.root_pos) < _FEWEST:
        return change_of(motion, motion, "")
    level, tilt = _on_flat_soles(motion)
    flat = Text(
        "Standing soles put flat, turned by {tilt:.0f}° on average; swinging feet raised", tilt=np.degrees(tilt)
    )
    before = feasibility_of(motion, ground)
    after = before if level is motion else feasibility_of(level, ground)
    first, asks = _asks(before), _asks(after)
    if not asks.any():
        return change_of(motion, level, flat)
    best = level
    spans = np.asarray(runs(highest(asks.astype(np.float64), round(_AROUND * motion.fps)) > 0.0), dtype=np.int64)
    had, lasts, moves = _count(asks, spans), np.ones(len(spans)), np.ones(len(spans))
    still = had
    for times in _SLOWEST:
        tried = np.where((still > 0) & (moves > 0.0), times, lasts)
        for _ in range(_TRIES):
            at, places = _slowed(level, spans, tried, ground)
            share = _ramps(len(at), places, moves, motion.fps)
            found = _balanced(at_frames(level, at), at_frames(motion, at), share, ground)
            estimate = feasibility_of(found, ground)
            now = _asks(estimate)
            counts = _count(now, places)
            worse = counts > had
            if not worse.any():
                if now.sum() <= asks.sum() and estimate.difficulty.score < after.difficulty.score:
                    best, after, still, lasts = found, estimate, counts, tried
                break
            moves = np.where(worse & (tried == 1.0), 0.0, moves)
            tried = np.where(worse, lasts, tried)
        if after.difficulty.score <= _HALF * before.difficulty.score or not _asks(after).any():
            break
    if best is motion:
        return motion, G1Change("Nothing that may change would ease it", 0, (), root=False)
    seconds = (len(motion.root_pos) - 1) / motion.fps, (len(best.root_pos) - 1) / best.fps
    said = Text(
        "{before:.1f} s became {after:.1f} s; frames off balance or over a motor's torque: "
        "{first} before, {second} now; difficulty {old}, now {new}",
        before=seconds[0],
        after=seconds[1],
        first=int(first.sum()),
        second=int(_asks(after).sum()),
        old=Text(before.difficulty.grade),
        new=Text(after.difficulty.grade),
    )
    if level is not motion:
        said = Text.joined([flat, said], ". ")
    return best, G1Change(said, len(best.root_pos), motion.model.joint_names, root=True)


def _on_flat_soles(motion: G1Motion) -> tuple[G1Motion, float]:
    """Return the motion on flat soles, and by how much that turns them on average while they stand, rad.

    Limbs turn by 2.5 degrees at most for it. Who rests on more than feet stays as before, as does who stands evenly.
    """
    solving, lower = without_fingers(motion), soles_of(motion).level() * UP
    solving = replace(solving, root_pos=solving.root_pos - lower)
    goals, capsules = goals_on_flat_soles(solving, _LIMB), g1_capsules(solving.variant)
    start = State(solving.root_pos, solving.root_quat, solving.dof_pos)
    pose = solving.model.body_poses(start.root_pos, start.root_quat, start.dof_pos)
    feet = foot_bodies(solving.model)
    lies = np.delete(capsules.lowest(*pose), feet, axis=1).min(axis=1) < BEARS
    turned, stands = 0.0, 0
    for body, planted in zip(feet.tolist(), goals.planted, strict=True):
        turns = rotations.multiply(goals.rotations[body][0], rotations.conjugate(pose[1][:, body]))
        there = planted & ~lies
        turned += float(rotations.norm(rotations.to_rotation_vector(turns))[there].sum())
        stands += int(there.sum())
    tilt = turned / max(stands, 1)
    if tilt < _UNEVEN:
        return motion, 0.0
    share = 1.0 - covered(lies.astype(np.float64), round(_EVEN * motion.fps))
    state = refined(start, goals, capsules, OWN, _LEVELLINGS)
    return moved_as(motion, _within(solving, start, state, share, _LEVELLED), lower), tilt


def _asks(found: Feasibility) -> BoolArray:
    """Return (F,) whether a frame asks for more than the robot has."""
    return found.falls | found.over


def _count(asks: BoolArray, spans: IntArray) -> IntArray:
    """Return (S,) in how many frames of each span (S, 2) too much is asked."""
    asked_before = np.concatenate([[0], np.cumsum(asks)])
    return asked_before[spans[:, 1]] - asked_before[spans[:, 0]]


def _ramps(count: int, spans: IntArray, moves: FloatArray, fps: float) -> FloatArray:
    """Return (F,) 0 to 1, how much of a change each frame takes: that of its span (S,), level at the span's ends."""
    share, edge = np.zeros(count), max(1, round(_AROUND * fps))
    for (start, stop), most in zip(spans.tolist(), moves.tolist(), strict=True):
        along: FloatArray = np.arange(start, stop, dtype=np.float64)
        before = np.minimum((along - start + 1) / edge, 1.0) if start else np.ones(stop - start)
        behind = np.minimum((stop - along) / edge, 1.0) if stop < count else np.ones(stop - start)
        share[start:stop] = most * smooth_step(np.minimum(before, behind))
    return share


def _slowed(motion: G1Motion, spans: IntArray, times: FloatArray, ground: float) -> tuple[FloatArray, IntArray]:
    """Return (N,) which frame is when with spans (S, 2) so many times (S,) as slow, and where these are then.

    In flight and close to it, it is as fast as before.
    """
    if (times == 1.0).all():
        return np.arange(len(motion.root_pos), dtype=np.float64), spans
    reach = max(1, round(_AROUND * motion.fps))
    more = np.zeros(len(motion.root_pos))
    for (start, stop), each in zip(spans.tolist(), times.tolist(), strict=True):
        more[start:stop] = each - 1.0
    soles = soles_of(motion)
    for first, stop in runs(soles.flying(ground + 0.01)).tolist():
        more[max(first - reach, 0) : stop + reach] = 0.0
    lasts = 1.0 + softened(more, reach / 2.0)
    when = np.asarray([0.0, *np.cumsum((lasts[1:] + lasts[:-1]) / 2.0).tolist()], dtype=np.float64)
    frames = np.arange(len(lasts), dtype=np.float64)
    count = round(float(when[-1])) + 1
    at = np.asarray(np.interp(np.arange(count, dtype=np.float64), when, frames), dtype=np.float64)
    places = np.stack([np.rint(when[spans[:, 0]]), np.rint(when[spans[:, 1] - 1]) + 1.0], axis=1).astype(np.int64)
    return at, np.minimum(places, count)


def _balanced(motion: G1Motion, before: G1Motion, share: FloatArray, ground: float) -> G1Motion:
    """Return the motion with the pelvis moved to bring the center of pressure into the soles, as limbs let it.

    Args:
        motion: any.
        before: from whose directions limbs are within 5 degrees.
        share: (F,) 0 to 1, how much of it each frame takes.
        ground: height, metres.
    """
    solving, before = without_fingers(motion), without_fingers(before)
    goals, weights = goals_on_its_feet(solving), replace(OWN, place=_PLACE)
    capsules = g1_capsules(solving.variant)
    start = State(solving.root_pos, solving.root_quat, solving.dof_pos)
    moved, state, most = np.zeros((len(start.root_pos), 2)), start, np.full(len(start.root_pos), _FURTHEST)
    for _ in range(_BALANCINGS):
        now = replace(solving, root_pos=state.root_pos, root_quat=state.root_quat, dof_pos=state.dof_pos)
        moved = _at_most(moved + _path(*_off(now, ground), solving.fps), most * share)
        aims = replace(goals, root_pos=solving.root_pos + np.pad(moved, ((0, 0), (0, 1))))
        state = refined(state, aims, capsules, weights, _ROUNDS)
        turned = _turned(before, state)
        fits = rotations.norm(moved) * _MOST / np.maximum(turned, 1e-9)
        less = np.where(turned > _MOST, np.maximum(_FURTHEST - fits, 0.0), 0.0)
        most = np.minimum(most, np.maximum(_FURTHEST - covered(less, round(_EVEN * solving.fps)), 0.0))
    return moved_as(motion, _within(before, start, state, share, _TURNED), np.zeros(3))


def _within(before: G1Motion, start: State, state: State, share: FloatArray, most: float) -> State:
    """Return a share (F,) of a change from `start` to `state`, less where a limb would be off `before` by over `most`.

    Args:
        before: the motion with the limbs' directions.
        start: the same or near to it.
        state: what it is changed to.
        share: 0 to 1.
        most: rad.
    """
    part, fewer = share, most * _MOST / _TURNED
    for _ in range(_LESSENINGS):
        kept = start.towards(state, part)
        turned = _turned(before, kept)
        if turned.max() <= most:
            return kept
        part = part * (1.0 - covered(1.0 - fewer / np.maximum(turned, fewer), round(_EVEN * before.fps)))
    return start


def _off(motion: G1Motion, ground: float) -> tuple[FloatArray, BoolArray]:
    """Return (F, 2) metres from the center of pressure to where soles bear it well, and (F,) whether there is one."""
    movement = movement_of(motion)
    needed = needed_forces(movement, motion.variant, ground)
    known = ~np.isnan(needed.outside)
    pressure = np.where(known[:, None], needed.pressure, 0.0)
    off = balanced_within(pressure, soles_of(motion).corners, ground, _INNER) - pressure
    return np.where(known[:, None], _at_most(off, np.full(len(off), _ASKED)), 0.0), known


def _path(off: FloatArray, known: BoolArray, fps: float) -> FloatArray:
    """Return how far the pelvis goes (F, 2) to move the center of pressure by `off`, a pendulum: least squares."""
    path = np.zeros_like(off)
    for start in range(0, len(off), _PART):
        first, stop = max(start - _OVER, 0), min(start + _PART + _OVER, len(off))
        count = stop - first
        bends = np.zeros((count, count))
        rows = np.arange(1, count - 1)
        bends[rows, rows - 1], bends[rows, rows], bends[rows, rows + 1] = fps**2, -2.0 * fps**2, fps**2
        moves = np.eye(count) - _HIGH / GRAVITY * bends
        weight = np.where(known, np.where(off.any(axis=1), 1.0, _FREE), 0.0)[first:stop, None]
        square = moves.T @ (weight * moves) + _STAYS**2 * np.eye(count) + _SMOOTH**4 * bends.T @ bends
        found = np.linalg.solve(square, moves.T @ (weight * off[first:stop]))
        path[start : start + _PART] = found[start - first : start - first + _PART]
    return path


def _at_most(moves: FloatArray, most: FloatArray) -> FloatArray:
    return moves * np.minimum(1.0, most / np.maximum(rotations.norm(moves), 1e-9))[:, None]


def _turned(motion: G1Motion, state: State) -> FloatArray:
    """Return (F,) rad that the limb whose direction changed most is off it."""
    places = puppet_of(motion.variant).places
    before = motion.model.body_poses(motion.root_pos, motion.root_quat, motion.dof_pos)
    after = motion.model.body_poses(state.root_pos, state.root_quat, state.dof_pos)
    most = np.zeros(len(motion.root_pos))
    for side, joints in product(SIDES, LIMB_JOINTS):
        for start, end in pairwise(slots_of(side, joints)):
            was = rotations.normalise(places[end].at(*before) - places[start].at(*before))
            now = rotations.normalise(places[end].at(*after) - places[start].at(*after))
            most = np.maximum(most, np.arccos(np.clip(rotations.dot(was, now), -1.0, 1.0)))
    return most
