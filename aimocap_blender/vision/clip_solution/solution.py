"""The whole clip as one least-squares problem: Gauss-Newton with robust weights, in overlapping windows of frames."""

from dataclasses import dataclass, replace

import numpy as np

from ...motion.rotations import FloatArray, norm
from .demands import NO_DEMANDS, Demands
from .seen import Seen
from .start import first_positions, guessed_lengths, seen_lengths
from .terms import (
    Floor,
    NormalEquations,
    add_accelerations,
    add_balance,
    add_depths,
    add_elbows,
    add_floor,
    add_hidden_arms,
    add_knees,
    add_lengths,
    add_pixels,
    add_standing_feet,
    add_told_depths,
    floor_of,
)

_WINDOW = 240
"""Frames solved together: memory grows with them."""
_EDGE = 2
"""Frames on both sides of a window that stay, and that its accelerations reach into."""
_ROUNDS = 16
"""Of solving a whole clip, at most."""
ROUNDS_AGAIN = 8
"""Of a few frames that are solved again: they begin near their solution."""
_AROUND_SEC = 2.0
"""Before and after those frames: a hidden arm is held as in the plain view of moments so far away."""
_FARTHEST = 0.3
"""Metres that a joint moves in one round."""
_DONE = 0.002
"""Metres: a round in which no joint moves farther is the last."""
_FLOOR_AFTER = 3
"""Rounds after which what rests is on a floor, which is found again after each round."""
_LOOSE = ((4, 5.0), (7, 2.5))
"""Up to these rounds bones may give so many times as much; their lengths are found again at the end of each."""


@dataclass(frozen=True, eq=False)
class Solution:
    """The joints of a span of frames, and what all frames have in common.

    Attributes:
        joints: (F, N, 3) in the solution's axes, metres, from the camera.
        lengths: (B,) of the bones, metres.
        floor: None if hardly a foot or hand rests.
        pull: (F, N, 3) by which the terms pull joints that are known to be right; they don't count. None for none.
    """

    joints: FloatArray
    lengths: FloatArray
    floor: Floor | None
    pull: FloatArray | None = None


def solved(seen: Seen, start: FloatArray | None = None) -> Solution:
    """Return the joints of a span of frames.

    Args:
        seen: in them.
        start: (F, N, 3) joints to begin with, if better ones are known than the pose network's guess.
    """
    lengths = np.mean(list(map(guessed_lengths, seen.films)), axis=0)
    now = Solution(first_positions(seen) if start is None else start.copy(), lengths, None)
    for number in range(_ROUNDS):
        # guessed lengths only guide at first: bones find their own while they may give
        slack = next((slack for until, slack in _LOOSE if number < until), 1.0)
        moved = max(_move(seen, now, window, slack) for window in windows(len(seen), number))
        if number + 1 in dict(_LOOSE):
            now = replace(now, lengths=seen_lengths(seen, now.joints))
        if number >= _FLOOR_AFTER:
            now = replace(now, floor=floor_of(seen, now.joints, now.floor))
        # what rests while bones still give would move again as soon as they are held
        if number > _LOOSE[-1][0] and moved < _DONE:
            break
    return now


def solved_again(seen: Seen, before: Solution, demands: Demands, first: int, last: int, rounds: int) -> Solution:
    """Return a solution with some of its frames solved again; all others, the bones and the floor stay as they are.

    Args:
        seen: what is seen in all frames.
        before: the solution; where it starts from in the frames that are solved.
        demands: what a person asks of it.
        first: frame that is solved.
        last: one past the last.
        rounds: of solving, at most.
    """
    now = replace(before, joints=before.joints.copy())
    around = round(_AROUND_SEC * seen.fps)
    for _ in range(rounds):
        if _move(seen, now, (first, last), 1.0, around, demands) < _DONE:
            break
    return now


def held(seen: Seen, known: Solution) -> Solution:
    """Return a solution whose joints are known to be right: they stay unless a person asks for more."""
    pull = np.empty(known.joints.shape)
    for first, last in windows(len(seen), 0):
        before, after = max(first - _EDGE, 0), min(last + _EDGE, len(seen))
        gradient = _equations(seen, known, (before, after), 1.0, NO_DEMANDS).gradient
        pull[first:last] = gradient[first - before : last - before]
    return replace(known, pull=pull)


def _move(
    seen: Seen, now: Solution, window: tuple[int, int], slack: float, around: int = _EDGE, demands: Demands = NO_DEMANDS
) -> float:
    """Move the joints of a window one round on, in place; return metres that the farthest would move."""
    shifts = _shifts(seen, now, window, slack, around, demands)
    farthest = float(norm(shifts).max())
    # all are shortened together, so that they still fit each other
    now.joints[slice(*window)] += shifts * min(1.0, _FARTHEST / max(farthest, 1e-9))
    return farthest


def windows(frames: int, number: int) -> list[tuple[int, int]]:
    """Return the first frame and one past the last of each window; every other round begins in their middles."""
    if frames <= _WINDOW + _WINDOW // 2:
        return [(0, frames)]
    # the last window has half of the usual length or more: a shorter rest belongs to the one before
    starts = list(range(0 if number % 2 == 0 else _WINDOW // 2, frames - _WINDOW // 2, _WINDOW))
    starts[0] = 0
    return list(zip(starts, [*starts[1:], frames], strict=True))


def _shifts(
    seen: Seen, now: Solution, window: tuple[int, int], slack: float, around: int, demands: Demands
) -> FloatArray:
    """Return how far (last - first, N, 3) the joints of a window move while the frames around it stay.

    Args:
        seen: what is seen in all frames.
        now: the solution so far.
        window: its first frame, and one past its last.
        slack: a factor on what bones may give.
        around: frames on both sides that its terms see.
        demands: what a person asks.
    """
    first, last = window
    before, after = max(first - around, 0), min(last + around, len(seen))
    equations = _equations(seen, now, (before, after), slack, demands)
    return equations.solution(first - before, last - before)[first - before : last - before]


def _equations(seen: Seen, now: Solution, window: tuple[int, int], slack: float, demands: Demands) -> NormalEquations:
    """Return the terms that are within a window, see `_shifts`."""
    before, after = window
    part, here = seen.part(before, after), now.joints[before:after]
    equations = NormalEquations(len(here), here.shape[1])
    # the terms' own pull on joints that are known to be right is taken off beforehand
    if now.pull is not None:
        equations.gradient -= now.pull[before:after]
    # what each film shows
    # films that disagree settle while bones give, or a joint stays where the film has it that it was nearer to at first
    pixel_slack = slack if part.others else 1.0
    for film in part.films:
        add_pixels(equations, film, here, pixel_slack)
        add_depths(equations, film, here)
        add_told_depths(equations, film, here)
    # how bodies are made, and how they move
    add_lengths(equations, here, now.lengths, slack)
    add_knees(equations, here)
    add_elbows(equations, here)
    add_hidden_arms(equations, demands.plain(part, before), here)
    add_accelerations(equations, seen.fps, here)
    add_standing_feet(equations, seen.fps, here)
    demands.add_to(equations, part, here, before)
    # once it is known what rests
    if now.floor is not None:
        floor = demands.planted(now.floor).part(before, after)
        add_floor(equations, seen.fps, here, floor)
        add_balance(equations, part, here, floor)
    return equations
