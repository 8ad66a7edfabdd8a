"""The colours of people's clothes and skin, part by part of the body: who looks alike in several shots."""

import itertools
import warnings
from collections.abc import Sequence

import numpy as np

from ..motion.rotations import FloatArray
from .crops import Frame
from .landmarks import SeenBody
from .person_track import LANDMARKS

_PARTS = (
    (("left_shoulder", "left_hip"), ("right_shoulder", "right_hip"), ("left_shoulder", "right_hip")),
    (("left_shoulder", "left_elbow"), ("right_shoulder", "right_elbow")),
    (("left_elbow", "left_wrist"), ("right_elbow", "right_wrist")),
    (("left_hip", "left_knee"), ("right_hip", "right_knee")),
    (("left_knee", "left_ankle"), ("right_knee", "right_ankle")),
)
"""From which landmark to which the parts reach; a head is hair from behind."""
_ALONG = np.linspace(0.25, 0.75, 7)  # of the way, where a part is looked at
_IN_VIEW = 0.5  # visibility from which a landmark counts
_DARK = 12.0  # levels of 255 that are added, as the colours of what is dark are noise
_LIGHTER, _LIGHT_COUNTS = 0.3, 0.8  # natural logarithm of times that the same clothes are lighter; more counts so much
_SPOILED = 1  # of the parts, the least alike, which doesn't count: it may show what is before it
_ALIKE = 0.22
"""Unlikeness up to which people in two shots are one. In rendered films from all sides, also with 0.7 of the light,
that of the same clothes is up to 0.22 in all but one of 150 pairs, that of another shirt 0.26 and more, of other
colours all over 0.28 and more; but that of white and grey clothes is 0.1 and less."""


def clothes_of(frame: Frame, body: SeenBody) -> FloatArray:
    """Return the colours (parts, 3) of a body, 0 to 255; NaN for parts that aren't in view."""
    height, width = frame.shape[:2]
    found = np.full((len(_PARTS), 3), np.nan)
    for part, bones in enumerate(_PARTS):
        ends = np.array([(LANDMARKS.index(start), LANDMARKS.index(tip)) for start, tip in bones])
        ends = ends[(body.visibility[ends] > _IN_VIEW).all(-1)]
        # places on the lines between their ends, in the frame
        starts, tips = body.pixels[ends[:, 0], None], body.pixels[ends[:, 1], None]
        columns, rows = np.rint(starts + (tips - starts) * _ALONG[:, None]).astype(np.int64).reshape(-1, 2).T
        inside = (columns >= 0) & (columns < width) & (rows >= 0) & (rows < height)
        if inside.any():
            found[part] = np.median(frame[rows[inside], columns[inside]], axis=0)
    return found


def usual_clothes(seen: Sequence[FloatArray]) -> FloatArray:
    """Return the colours (parts, 3) that the parts mostly have, of those in several frames."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # of a part that is in view in none
        return np.asarray(np.nanmedian(np.array(seen), axis=0), dtype=np.float64)


def unlike(one: FloatArray, other: FloatArray) -> float:
    """Return how much two people's colours (parts, 3) differ; infinity if they show too few parts in common."""
    # of logarithms, light is a sum, and ratios of colours are differences: red and blue against green stay in any light
    levels = np.log(np.stack([one, other]) + _DARK)
    hues = np.diff(levels[..., ::2] - levels[..., 1:2], axis=0)[0]
    light = np.abs(np.diff(levels.mean(-1), axis=0)[0])
    apart = (hues**2).sum(-1) + (_LIGHT_COUNTS * np.maximum(light - _LIGHTER, 0.0)) ** 2
    # parts that one of them doesn't show are NaN
    alike = np.sort(apart[np.isfinite(apart)])[:-_SPOILED]
    return float(np.sqrt(alike.mean())) if len(alike) else float("inf")


def grouped(clothes: Sequence[FloatArray], shots: Sequence[int]) -> list[list[int]]:
    """Return who is the same person: the numbers of those who look alike and are in different shots.

    Args:
        clothes: of each.
        shots: the number of the shot that each is in.
    """
    groups = [[number] for number in range(len(clothes))]

    def apart(pair: tuple[list[int], list[int]]) -> float:
        one, other = pair
        # who is in one shot twice is two people
        if not set(map(shots.__getitem__, one)).isdisjoint(map(shots.__getitem__, other)):
            return float("inf")
        return max(unlike(clothes[number], clothes[another]) for number, another in itertools.product(one, other))

    # the two groups that are most alike are joined, until none are alike (complete linkage)
    while len(groups) > 1:
        one, other = min(itertools.combinations(groups, 2), key=apart)
        if apart((one, other)) > _ALIKE:
            break
        groups.remove(other)
        one += other
    return groups
