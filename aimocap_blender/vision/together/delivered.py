"""How far somebody else's motion of a filmed person is from where films show the limbs."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from ...motion.rotations import FloatArray, IntArray
from ...motion.similarity import nearest_similarity
from ...motion.skeleton import Clip
from ..joints import INDEX, JOINTS, SIDES
from ..kept_solution import KeptSolution
from .films import BODY

_SLOTS = {
    "shoulder": "upper_arm",
    "elbow": "lower_arm",
    "wrist": "hand",
    "hip": "upper_leg",
    "knee": "lower_leg",
    "ankle": "foot",
}
"""The bone whose head is a joint."""
LIMBS = tuple(f"{side}_{limb}" for limb in ("arm", "leg") for side in SIDES)
_MOVING = {"arm": ("elbow", "wrist"), "leg": ("knee", "ankle")}
"""The joints by which a limb is compared; those of the trunk place the body."""
_PLAIN = 0.5
"""Weight from which on a joint is in plain view."""
_LEAST_SEC = 1.0
"""That both have to show."""


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

    It is turned and scaled as a whole to the films' own motion, and placed on its body in each frame.

    Args:
        clip: the motion.
        bones: its humanoid bones by slot.
        kept: the films' own motion, and what they show.
        second: the clip's at the start of the films' range.
    """
    slots = [f"{side}_{_SLOTS[part]}" for side, _, part in (name.partition("_") for name in JOINTS[:BODY])]
    times = kept.times + second
    rows = np.flatnonzero((times >= clip.times[0]) & (times <= clip.times[-1]))
    if not set(slots) <= set(bones) or len(rows) < _LEAST_SEC * kept.seen.fps:
        return None
    heads = clip.positions[:, [clip.skeleton.index(bones[slot]) for slot in slots]].reshape(len(clip.times), -1)
    paths = [np.interp(times, clip.times, values) for values in heads.T]
    theirs: FloatArray = np.stack(paths, axis=1).reshape(len(times), BODY, 3)
    ours = kept.solution.joints[:, :BODY]
    theirs, middle = theirs - theirs.mean(axis=1, keepdims=True), ours.mean(axis=1, keepdims=True)
    fit = nearest_similarity(theirs[rows].reshape(-1, 3), (ours - middle)[rows].reshape(-1, 3))
    return Off(_pixels(kept, fit.points(theirs) + middle, rows), _pixels(kept, ours, rows))


def _pixels(kept: KeptSolution, joints: FloatArray, rows: IntArray) -> FloatArray:
    """Return how far (V, L) joints (F, 12, 3) are from where films show them, in the middle of some frames."""
    found = np.full((len(kept.seen.films), len(LIMBS)), np.nan)
    for number, film in enumerate(kept.seen.films):
        local = film.in_camera(joints)
        off = np.linalg.norm(film.focal * local[..., :2] / local[..., 2:] - film.pixels[:, :BODY], axis=-1)
        off[film.weight[:, :BODY] < _PLAIN] = np.nan
        for column, limb in enumerate(LIMBS):
            side, _, part = limb.partition("_")
            values = off[rows][:, [INDEX[f"{side}_{joint}"] for joint in _MOVING[part]]]
            if np.isfinite(values).any():
                found[number, column] = np.nanmedian(values)
    return found
