"""Corrections of a solved motion by hand: each asks something of a limb for a while, and only that is solved again.

A video shows in which direction a limb points, but not how far it reaches towards the camera. That is what corrections
are for most of all.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

import numpy as np

from ..motion.bones.humanoid import filled, sided, slots_of
from ..motion.rotations import FloatArray, IntArray, norm
from ..texts.faults import Fault
from ..texts.text import Text
from .clip_solution.demands import NO_DEMANDS, Demands, Depth, Place, Stance
from .clip_solution.seen import Seen
from .clip_solution.solution import ROUNDS_AGAIN, Solution, solved_again
from .joints import HIPS, INDEX
from .told_depths import PAIRS

_START = {"elbow": "shoulder", "wrist": "elbow", "knee": "hip", "ankle": "knee"}
"""The other end of the limb that a joint ends."""
_ALONG = {
    "elbow": ("elbow", "wrist", "pinky", "index"),
    "wrist": ("wrist", "pinky", "index"),
    "knee": ("knee", "ankle", "heel", "foot_index"),
    "ankle": ("ankle", "heel", "foot_index"),
}
"""The joints that move along with one."""
JOINTS = sided(*_START)
"""The joints that can be corrected."""
AROUND_SEC = 0.3
"""Before and after its moment, a correction fades out."""
_OTHER_WAY_SEC = 1.5
"""A limb points the other way for at most so long before and after."""
_IN_PLANE = 0.35
"""Of a limb's length: it reaches so little in depth that it lies in the image plane, where its direction may change."""
_SETTLED = 2
"""Frames around a correction's moment in which a limb doesn't count as turning back: depths jitter."""
_ROUNDED_SEC = 1e-6
"""By which times in files and at frames may differ."""
_PAD_SEC = 0.5
"""Before and after a correction, frames are solved again with it."""
_ROUNDS_TRIED = 3
"""Of solving, while a limb is dragged: at its moment, the limb is within a degree of where more bring it."""


class Kind(StrEnum):
    """A kind of correction."""

    DEPTH = "DEPTH"
    OTHER_WAY = "OTHER_WAY"
    PLACE = "PLACE"
    STANDS = "STANDS"


@dataclass(frozen=True)
class Correction:
    """One correction.

    Attributes:
        kind: of correction.
        joint: one of `JOINTS`; of a foot that stands its ankle.
        second: its moment, from the start of the range.
        values: of `DEPTH` (1,) how many metres farther from the camera the joint is than the other end of its limb; of
            `PLACE` (2,) pixels from the frame's top left corner; of the others none.
        first: second from which it holds; NaN for the usual one.
        last: second to which it holds; NaN for the usual one.
    """

    kind: Kind
    joint: str
    second: float
    values: tuple[float, ...] = ()
    first: float = np.nan
    last: float = np.nan


def correction_of(values: Sequence[Any]) -> Correction:
    """Return a correction from its fields, as JSON has them.

    Raises:
        ValueError, TypeError: these are others.
    """
    kind, joint, second, numbers, first, last = values
    return Correction(Kind(kind), str(joint), float(second), tuple(map(float, numbers)), float(first), float(last))


_VALUES = {Kind.DEPTH: 1, Kind.OTHER_WAY: 0, Kind.PLACE: 2, Kind.STANDS: 0}


@dataclass(frozen=True, eq=False)
class Corrected:
    """A solution and what was asked of it so far.

    Attributes:
        seen: what it was solved from; corrections move it along.
        solution: as it is now.
        demands: of the corrections so far.
        times: (F,) seconds from the start of the range.
        frame: width and height of the video's frames, pixels.
    """

    seen: Seen
    solution: Solution
    demands: Demands
    times: FloatArray
    frame: tuple[int, int]


class Steps:
    """A solution that is corrected step by step: only what is new since the last time is solved.

    Where two corrections ask for the depth of the same limb, the later one counts. Frames that are 0.5 s and more away
    from all of them stay exactly as they are.

    Args:
        seen: what it was solved from.
        solution: without corrections.
        times: (F,) seconds from the start of the range.
        frame: width and height of the video's frames, pixels.
    """

    def __init__(self, seen: Seen, solution: Solution, times: FloatArray, frame: tuple[int, int]) -> None:
        self._before = Corrected(seen, solution, NO_DEMANDS, times, frame)
        self._done: list[tuple[Correction, Corrected]] = []

    def corrected(self, corrections: Sequence[Correction]) -> tuple[Solution, tuple[Correction, ...]]:
        """Return the solution with corrections, in order, and these with the seconds from and to which they hold.

        Raises:
            Fault: one of them asks for what can't be.
        """
        known = 0
        while known < min(len(corrections), len(self._done)) and self._done[known][0] == corrections[known]:
            known += 1
        del self._done[known:]
        for one in corrections[known:]:
            self._done.append(_step(self._now, one, ROUNDS_AGAIN))
        return self._now.solution, tuple(one for one, _ in self._done)

    def tried(self, one: Correction) -> Solution:
        """Return the solution with one more correction, roughly and in less time, as while a limb is dragged.

        Raises:
            Fault: it asks for what can't be.
        """
        return _step(self._now, one, _ROUNDS_TRIED)[1].solution

    @property
    def _now(self) -> Corrected:
        return self._done[-1][1] if self._done else self._before


def _step(now: Corrected, one: Correction, rounds: int) -> tuple[Correction, Corrected]:
    _require(one, now.times)
    rows, one = _held(now, one)
    now = _KINDS[one.kind](now, one, rows)
    pad = round(_PAD_SEC * now.seen.fps)
    first, last = max(int(rows[0]) - pad, 0), min(int(rows[-1]) + 1 + pad, len(now.times))
    return one, replace(now, solution=solved_again(now.seen, now.solution, now.demands, first, last, rounds))


def depth_of(seen: Seen, joints: FloatArray, joint: str) -> FloatArray:
    """Return (F,) metres by which a joint is farther from the camera than the other end of its limb."""
    start, end = _limb(joint)
    return np.asarray(((joints[:, end] - joints[:, start]) * seen.sight).sum(axis=-1))


def _limb(joint: str) -> tuple[int, int]:
    side, part = joint.split("_", 1)
    return INDEX[f"{side}_{_START[part]}"], INDEX[joint]


def _length(now: Corrected, joint: str) -> float:
    """Return the usual length of a limb, metres."""
    start, end = _limb(joint)
    return float(np.median(norm(now.solution.joints[:, end] - now.solution.joints[:, start])))


def _along(joint: str) -> list[int]:
    side, part = joint.split("_", 1)
    return filled(INDEX, slots_of(side, _ALONG[part]))


def _with_end(joint: str) -> list[int]:
    """Return a joint, of a wrist or an ankle with its hand or foot."""
    return _along(joint) if joint.endswith(("wrist", "ankle")) else [INDEX[joint]]


def _let_go(solution: Solution, joint: str, rows: IntArray) -> Solution:
    """Return a solution whose floor doesn't hold a joint in some frames (K,), as a person moves it there."""
    joints = _with_end(joint)
    if solution.floor is None:
        return solution
    floor = solution.floor.without(rows, joints)
    if solution.pull is None or np.array_equal(floor.planted, solution.floor.planted):
        return replace(solution, floor=floor)
    # the pull that is taken off beforehand is that of a floor which held it
    pull = solution.pull.copy()
    pull[rows[:, None], joints] = 0.0
    return replace(solution, floor=floor, pull=pull)


def _require(one: Correction, times: FloatArray) -> None:
    names = ", ".join(JOINTS)
    if one.joint not in JOINTS:
        raise Fault(
            Text("“{joint}” can't be corrected.", joint=one.joint), Text("Choose one of: {joints}.", joints=names)
        )
    if one.kind is Kind.STANDS and not one.joint.endswith("ankle"):
        raise Fault(Text("“{joint}” doesn't stand.", joint=one.joint), "Choose left_ankle or right_ankle.")
    if len(one.values) != _VALUES[one.kind] or not np.isfinite([one.second, *one.values]).all():
        raise Fault("The values of this correction are incomplete.", "Give a number for each.")
    if not times[0] - AROUND_SEC <= one.second <= times[-1] + AROUND_SEC:
        raise Fault(
            Text("The preview has no motion at {seconds:.2f} s.", seconds=one.second), "Choose a frame that it has."
        )


def _held(now: Corrected, one: Correction) -> tuple[IntArray, Correction]:
    """Return the frames (K,) for which a correction holds, and it with its seconds."""
    at = int(np.abs(now.times - one.second).argmin())
    if np.isnan(one.first) or np.isnan(one.last):
        usual = _until_in_plane(now, one, at) if one.kind is Kind.OTHER_WAY else (-AROUND_SEC, AROUND_SEC)
        start = one.second + usual[0] if np.isnan(one.first) else one.first
        stop = one.second + usual[1] if np.isnan(one.last) else one.last
        one = replace(one, first=float(start), last=float(stop))
    # a frame at the very end counts, however its time was rounded; of a span between two frames, the nearest one does
    rows = np.flatnonzero((now.times >= one.first - _ROUNDED_SEC) & (now.times <= one.last + _ROUNDED_SEC))
    return (rows if len(rows) else np.array([at])), one


def _until_in_plane(now: Corrected, one: Correction, at: int) -> tuple[float, float]:
    """Return the seconds from a moment to those at which a limb next lies in the image plane, before and after it."""
    depth = depth_of(now.seen, now.solution.joints, one.joint)
    near = _IN_PLANE * _length(now, one.joint)
    found: list[float] = []
    for step in (-1, 1):
        row = at
        while 0 <= row + step < len(depth) and abs(now.times[row + step] - now.times[at]) <= _OTHER_WAY_SEC:
            here, following = depth[row], depth[row + step]
            # in the plane both ways are the same: a limb passes through it, or comes near and turns back
            crosses = following * depth[at] <= 0.0
            turns_back = abs(here) < near and abs(following) > abs(here) and abs(row - at) > _SETTLED
            if crosses or turns_back:
                break
            row += step
        found.append(float(now.times[row] - now.times[at]))
    return found[0], found[1]


def _fading(now: Corrected, one: Correction, rows: IntArray) -> FloatArray:
    """Return (K,) how much a correction counts in its frames: wholly at its moment, and ever less away from it."""
    apart = now.times[rows] - one.second
    # it is 0 a frame after the last one, which still counts a little
    step = 1.0 / now.seen.fps
    reach = np.where(apart < 0.0, one.second - one.first, one.last - one.second) + step
    return np.asarray(0.5 + 0.5 * np.cos(np.pi * np.clip(apart / reach, -1.0, 1.0)))


def _with_depth(now: Corrected, joint: str, rows: IntArray, metres: FloatArray, weight: FloatArray) -> Corrected:
    """Return it with a limb's depth in some frames (K,); the guesses and the start of solving are moved there.

    The terms for what the networks guess give way to what is far off. They are moved, or they would pull the limb back
    as long as it is near.
    """
    start, end = _limb(joint)
    sight = now.seen.sight[rows]
    # the pose network's guess, and the start of solving
    guess, joints = now.seen.guess.copy(), now.solution.joints.copy()
    for values in (guess, joints):
        shift = metres - ((values[rows, end] - values[rows, start]) * sight).sum(axis=-1)
        for each in _along(joint):
            values[rows, each] += shift[:, None] * sight
    # what our own network tells of this limb, a fraction of the hips' distance
    told = now.seen.told
    (pair,) = np.flatnonzero(np.all(np.array([end, start]) == PAIRS, axis=1))
    away = (joints[rows][:, HIPS].mean(axis=1) * sight).sum(axis=-1)
    depth = told.depth.copy()
    depth[rows, pair] = metres / away
    return replace(
        now,
        seen=replace(now.seen, guess=guess, told=replace(told, depth=depth)),
        solution=_let_go(replace(now.solution, joints=joints), joint, rows),
        demands=now.demands.with_depth(Depth(end, start, rows, metres, weight)),
    )


def _reaching(now: Corrected, one: Correction, rows: IntArray) -> Corrected:
    depth = depth_of(now.seen, now.solution.joints, one.joint)[rows]
    fading = _fading(now, one, rows)
    at = int(np.abs(now.times[rows] - one.second).argmin())
    # around the moment, the limb moves as before, only so much deeper; no deeper than it is long
    length = _length(now, one.joint)
    metres = np.clip(depth + (one.values[0] - depth[at]) * fading, -length, length)
    return _with_depth(now, one.joint, rows, metres, fading)


def _other_way(now: Corrected, one: Correction, rows: IntArray) -> Corrected:
    depth = depth_of(now.seen, now.solution.joints, one.joint)[rows]
    return _with_depth(now, one.joint, rows, -depth, np.ones(len(rows)))


def _placed(now: Corrected, one: Correction, rows: IntArray) -> Corrected:
    fading = _fading(now, one, rows)
    in_camera = now.seen.in_camera(now.solution.joints)
    here = in_camera[rows]
    pixels = now.seen.focal * here[..., :2] / here[..., 2:]
    joint = INDEX[one.joint]
    # pixels are from the frame's middle, and a person's from its corner
    at = int(np.abs(now.times[rows] - one.second).argmin())
    wanted = np.array(one.values) - np.array(now.frame) / 2.0
    shift = fading[:, None] * (wanted - pixels[at, joint])
    # a hand or a foot goes along with its wrist or ankle; beyond an elbow or a knee, the limb ends where it did
    seen = now.seen.pixels.copy()
    for each in _with_end(one.joint):
        in_camera[rows, each, :2] += shift * here[:, each, 2:] / now.seen.focal
        # the joint itself is moved from where it was solved: its landmark is what the person says is wrong
        seen[rows, each] = pixels[:, each] + shift if each == joint else seen[rows, each] + shift
    place = Place(joint, rows, pixels[:, joint] + shift, fading)
    return replace(
        now,
        seen=replace(now.seen, pixels=seen),
        solution=_let_go(replace(now.solution, joints=now.seen.from_camera(in_camera)), one.joint, rows),
        demands=replace(now.demands, places=(*now.demands.places, place)),
    )


def _standing(now: Corrected, one: Correction, rows: IntArray) -> Corrected:
    stance = Stance(one.joint.split("_", 1)[0], int(rows[0]), int(rows[-1]) + 1)
    seen, solution = now.seen, now.solution
    if solution.pull is not None:  # where it is seen, and how it moves, is only what the motion says itself
        weight, pull = seen.weight.copy(), solution.pull.copy()
        weight[rows[:, None], stance.points] = 0.0
        pull[rows[:, None], stance.points] = 0.0
        seen, solution = replace(seen, weight=weight), replace(solution, pull=pull)
    demands = replace(now.demands, stances=(*now.demands.stances, stance))
    return replace(now, seen=seen, solution=solution, demands=demands)


_KINDS = {
    Kind.DEPTH: _reaching,
    Kind.OTHER_WAY: _other_way,
    Kind.PLACE: _placed,
    Kind.STANDS: _standing,
}
