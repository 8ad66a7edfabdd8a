"""The terms of the whole-clip solution that know how arms are held against the chest."""

import numpy as np

from ...motion.rotations import FloatArray
from ..joints import INDEX, SIDES
from .normal_equations import NormalEquations
from .seen import Seen
from .trunk import trunk_axes

_BACKWARDS = 0.05
"""Metres that a forearm may point backwards."""
_FOREARM = 0.06
_ARM = (("shoulder", "elbow"), ("elbow", "wrist"))
_PLAIN = 0.5
"""Weight from which on a joint counts as in plain view."""
_HELD = 0.12
"""Metres by which a hidden arm is held otherwise than it was in plain view."""
_REMEMBERED_SEC = 1.0
"""Standard deviation, in time, of the moments in plain view that a hidden arm is held as in."""
_ENOUGH_SEC = 0.1
"""Of plain view, which show half how an arm is held."""


def add_elbows(equations: NormalEquations, positions: FloatArray) -> None:
    """Add that forearms hardly point backwards, as elbows don't bend that way."""
    ahead = trunk_axes(positions, "shoulder")[:, 2]
    for side in SIDES:
        elbow, wrist = INDEX[f"{side}_elbow"], INDEX[f"{side}_wrist"]
        back = ((positions[:, wrist] - positions[:, elbow]) * ahead).sum(axis=-1) + _BACKWARDS
        weight = np.where(back < 0.0, _FOREARM**-2.0, 0.0)
        equations.add_sum({wrist: 1.0, elbow: -1.0}, ahead, back, weight)


def add_hidden_arms(equations: NormalEquations, seen: Seen, positions: FloatArray) -> None:
    """Add that a hidden arm is held against the chest as it is around that time in plain view.

    Of a hidden arm, the network guesses pixels and depth alike, often straight away from the camera.
    """
    chest = trunk_axes(positions, "shoulder")
    times = np.arange(len(positions)) / seen.fps
    near = np.exp(-0.5 * ((times[:, None] - times) / _REMEMBERED_SEC) ** 2) / seen.fps
    for side in SIDES:
        for start, end in _ARM:
            shares = {INDEX[f"{side}_{end}"]: 1.0, INDEX[f"{side}_{start}"]: -1.0}
            plain = np.minimum(seen.weight[:, list(shares)].min(axis=1) / _PLAIN, 1.0)
            between = positions[:, INDEX[f"{side}_{end}"]] - positions[:, INDEX[f"{side}_{start}"]]
            held = (chest @ between[..., None])[..., 0]
            remembered = near * plain**2
            seconds = remembered.sum(axis=1)
            usual = (remembered @ held) / seconds[:, None]
            off = between - (usual[:, None] @ chest)[:, 0]
            weight = (1.0 - plain) ** 2 * seconds / (seconds + _ENOUGH_SEC) / _HELD**2
            for axis in range(3):
                equations.add_sum(shares, np.broadcast_to(np.eye(3)[axis], off.shape), off[:, axis], weight)
