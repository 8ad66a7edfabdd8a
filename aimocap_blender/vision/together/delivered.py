"""How far somebody else's motion of a filmed person is from where films show the limbs."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from ...motion.bones.humanoid import filled, slots_of
from ...motion.rotations import FloatArray, IntArray
from ...motion.skeleton import Clip
from ..clip_solution.seen import PLAIN
from ..delivered_motion import in_film
from ..joints import BODY, INDEX, sided
from ..kept_solution import KeptSolution

LIMBS = sided("arm", "leg")
_MOVING = {"arm": ("elbow", "wrist"), "leg": ("knee", "ankle")}
"""The joints by which a limb is compared; those of the trunk place the body."""


class Off(NamedTuple):
    """How far a motion is off in films.

    Attributes:
        pixels: (V, L) of each film and limb, of `LIMBS`; in half of the frames it is farther off. NaN where it is never
            in plain view.
        usual: (V, L) the same of the films' own motion.
    """

    pixels: FloatArray
    usual: FloatArray


def off_in_films(clip: Clip, bones: Mapping[str, str], kept: KeptSolution, second: float) -> Off | None:
    """Return how far a motion is from what films show; None if it shows another time, or has no whole body.

    Args:
        clip: the motion.
        bones: its humanoid bones by slot.
        kept: the films' own motion, and what they show.
        second: the clip's at the start of the films' range.
    """
    placed = in_film(clip, bones, kept, second)
    if placed is None:
        return None
    ours = kept.solution.joints[:, :BODY]
    return Off(_pixels(kept, placed.joints, placed.rows), _pixels(kept, ours, placed.rows))


def _pixels(kept: KeptSolution, joints: FloatArray, rows: IntArray) -> FloatArray:
    """Return how far (V, L) joints (F, 12, 3) are from where films show them, in the middle of some frames."""
    found = np.full((len(kept.seen.films), len(LIMBS)), np.nan)
    for number, film in enumerate(kept.seen.films):
        off = np.linalg.norm(film.pixels_of(joints) - film.pixels[:, :BODY], axis=-1)
        off[film.weight[:, :BODY] < PLAIN] = np.nan
        for column, limb in enumerate(LIMBS):
            side, _, part = limb.partition("_")
            joints_of_limb = filled(INDEX, slots_of(side, _MOVING[part]))
            values = off[rows][:, joints_of_limb]
            if np.isfinite(values).any():
                found[number, column] = np.nanmedian(values)
    return found
