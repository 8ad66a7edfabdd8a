"""The whole clip as one least-squares problem: Gauss-Newton with robust weights, in overlapping windows of frames."""

import numpy as np

from ...motion.rotations import FloatArray
from .normal_equations import NormalEquations
from .seen import Seen
from .start import first_positions, guessed_lengths, seen_lengths
from .terms import (
    Floor,
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
_FARTHEST = 0.3
"""Metres that a joint moves in one round."""
_DONE = 0.002
_FLOOR_AFTER = 3
"""Rounds after which feet are on a floor, found anew after each round."""
_LOOSE = ((4, 5.0), (7, 2.5))
"""Up to these rounds bones may give so many times as much; their lengths are found anew at the end of each."""


def solved(seen: Seen) -> FloatArray:
    """Return the joints (F, N, 3) of a span of frames in the solution's axes, metres, from the camera."""
    positions = first_positions(seen)
    lengths = guessed_lengths(seen)
    floor: Floor | None = None
    for number in range(_ROUNDS):
        slack = next((slack for until, slack in _LOOSE if number < until), 1.0)
        moved = 0.0
        for first, last in windows(len(seen), number):
            shifts = _shifts(seen, positions, (lengths, slack), floor, first, last)
            farthest = float(np.linalg.norm(shifts, axis=-1).max())
            positions[first:last] += shifts * min(1.0, _FARTHEST / max(farthest, 1e-9))
            moved = max(moved, farthest)
        if number + 1 in [until for until, _ in _LOOSE]:
            lengths = seen_lengths(seen, positions)
        if number >= _FLOOR_AFTER:
            floor = floor_of(positions, seen.fps, floor)
        if number > _LOOSE[-1][0] and moved < _DONE:
            break
    return positions


def windows(frames: int, number: int) -> list[tuple[int, int]]:
    """Return the first frame and one past the last of each window; every other round begins in their middles."""
    if frames <= _WINDOW + _WINDOW // 2:
        return [(0, frames)]
    starts = list(range(0 if number % 2 == 0 else _WINDOW // 2, frames - _WINDOW // 2, _WINDOW))
    starts[0] = 0
    return list(zip(starts, [*starts[1:], frames], strict=True))


def _shifts(
    seen: Seen, positions: FloatArray, bones: tuple[FloatArray, float], floor: Floor | None, first: int, last: int
) -> FloatArray:
    """Return how far (last - first, N, 3) the joints of a window move while the frames around it stay.

    Args:
        seen: what is seen in all frames.
        positions: (F, N, 3) joints for now.
        bones: the lengths (B,) of the bones, and a factor on what they may give.
        floor: if it is known.
        first: frame of the window.
        last: one past its last frame.
    """
    before, after = max(first - _EDGE, 0), min(last + _EDGE, len(seen))
    part, here = seen.part(before, after), positions[before:after]
    equations = NormalEquations(len(here), here.shape[1])
    add_pixels(equations, part, here)
    add_lengths(equations, here, *bones)
    add_depths(equations, part, here)
    add_told_depths(equations, part, here)
    add_knees(equations, here)
    add_elbows(equations, here)
    add_hidden_arms(equations, part, here)
    add_accelerations(equations, seen.fps, here)
    add_standing_feet(equations, seen.fps, here)
    if floor is not None:
        add_floor(equations, here, floor.part(before, after))
        add_balance(equations, part, here, floor.part(before, after))
    return equations.solution(first - before, last - before)[first - before : last - before]
