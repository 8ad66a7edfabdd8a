"""The terms of the whole-clip solution: what is seen, and what bodies do."""

import numpy as np

from ...motion.rotations import FloatArray, normalise
from ..joints import ACCELERATION, ANKLES, BONES, DEPTH_PAIRS, FEET, GIVE, INDEX, SIDES
from .normal_equations import NormalEquations
from .seen import Seen

_PIXELS = 0.008
"""Usual error of a landmark, of the person's size in the picture."""
_DEPTH = 0.06
"""Usual error of a guessed difference in depth, metres."""
_STILL = 0.2
"""Metres a second above which a foot is not held still."""
_SLIP = 0.025 / 3.0
"""Usual speed of a standing foot over a second, metres a second."""
_KNEE = 0.02
_LEAST_FOOT = 0.06
_ANKLE = 0.3
"""How strongly an ankle is held, relative to heel and toes."""


def add_pixels(equations: NormalEquations, seen: Seen, positions: FloatArray) -> None:
    """Joints are where they are seen; joints far off count little."""
    local = seen.in_camera(positions)
    x, y, z = np.moveaxis(local, -1, 0)
    off = seen.focal * local[..., :2] / z[..., None] - seen.pixels
    slope = np.zeros((*off.shape, 3))
    slope[..., 0, 0] = slope[..., 1, 1] = seen.focal / z
    slope[..., 0, 2], slope[..., 1, 2] = -seen.focal * x / z**2, -seen.focal * y / z**2
    slope = slope @ seen.turn[:, None]
    weight = (seen.weight / (_PIXELS * seen.size[:, None])) ** 2
    weight = weight * (9.0 / (9.0 + (off**2).sum(axis=-1) * weight)) ** 2
    turned = np.swapaxes(slope, -1, -2)
    equations.add_points(
        weight[..., None, None] * (turned @ slope), weight[..., None] * (turned @ off[..., None])[..., 0]
    )


def add_lengths(equations: NormalEquations, positions: FloatArray, lengths: FloatArray, slack: float) -> None:
    """Bones keep their length; `slack` is a factor on what they may give."""
    between = positions[:, BONES[:, 0]] - positions[:, BONES[:, 1]]
    length = np.linalg.norm(between, axis=-1) + 1e-9
    weight = np.broadcast_to((GIVE * slack) ** -2.0, length.shape)
    equations.add_pairs(BONES, between / length[..., None], length - lengths, weight)


def add_depths(equations: NormalEquations, seen: Seen, positions: FloatArray) -> None:
    """Joints differ in depth as the network guesses; guesses far off count little."""
    ends, starts = DEPTH_PAIRS[:, 0], DEPTH_PAIRS[:, 1]
    between = positions[:, ends] - positions[:, starts] - (seen.guess[:, ends] - seen.guess[:, starts])
    along = np.broadcast_to(seen.sight[:, None], between.shape)
    residual = (between * along).sum(axis=-1)
    known = np.minimum(seen.depth_weight[:, ends], seen.depth_weight[:, starts])
    weight = known / _DEPTH**2 * (6.0 / (6.0 + (residual / _DEPTH) ** 2)) ** 2
    equations.add_pairs(DEPTH_PAIRS, along, residual, weight)


def add_knees(equations: NormalEquations, positions: FloatArray) -> None:
    """Knees bend the way the feet point."""
    for side in SIDES:
        hip, knee, ankle, toes, heel = (
            INDEX[f"{side}_{part}"] for part in ("hip", "knee", "ankle", "foot_index", "heel")
        )
        leg = normalise(positions[:, ankle] - positions[:, hip])
        ahead = positions[:, toes] - positions[:, heel]
        ahead = ahead - leg * (ahead * leg).sum(axis=-1, keepdims=True)
        length = np.linalg.norm(ahead, axis=-1)
        ahead = ahead / (length + 1e-9)[:, None]
        bend = ((positions[:, knee] - (positions[:, hip] + positions[:, ankle]) / 2.0) * ahead).sum(axis=-1) - 0.005
        weight = ((bend < 0.0) & (length > _LEAST_FOOT)) / _KNEE**2
        equations.add_sum({knee: 1.0, hip: -0.5, ankle: -0.5}, ahead, bend, weight)


def add_accelerations(equations: NormalEquations, fps: float, positions: FloatArray) -> None:
    """Joints accelerate little."""
    if len(positions) < 3:  # noqa: PLR2004 -- no acceleration
        return
    step = 1.0 / fps
    weight = step / ACCELERATION**2
    pull = np.diff(positions, 2, axis=0) * (weight / step**4)[:, None]
    gradient = equations.gradient
    gradient[:-2] += pull
    gradient[1:-1] -= 2.0 * pull
    gradient[2:] += pull
    stiff = weight / step**4
    same, following = equations.same, equations.next
    same[:-2] += stiff
    same[1:-1] += 4.0 * stiff
    same[2:] += stiff
    following[:-2] -= 2.0 * stiff
    following[1:-1] -= 2.0 * stiff
    equations.second[:-2] += stiff


def add_standing_feet(equations: NormalEquations, fps: float, positions: FloatArray) -> None:
    """Add that feet stand still, or move fast; an ankle is as still as its heel and toes are together."""
    speed = np.diff(positions[:, FEET], axis=0) * fps
    slow = (1.0 / (1.0 + (speed**2).sum(axis=-1) / _STILL**2)) ** 2
    points = np.concatenate([FEET, ANKLES])
    slow = np.concatenate([slow, _ANKLE * slow[:, 0::2] * slow[:, 1::2]], axis=1)
    stiff = slow * fps / _SLIP**2
    pull = stiff[..., None] * np.diff(positions[:, points], axis=0)
    equations.gradient[:-1, points] -= pull
    equations.gradient[1:, points] += pull
    equations.same[:-1, points] += stiff
    equations.same[1:, points] += stiff
    equations.next[:-1, points] -= stiff
