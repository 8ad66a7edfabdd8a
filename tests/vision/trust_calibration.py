"""How well trust tells errors: its constants fitted to rendered truth, and judged on clips that they aren't fitted to.

`make bench ONLY=preview_accuracy` prints both.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from aimocap_blender.vision.delivered_motion import SLOTS
from aimocap_blender.vision.motion_from_track import solved_track
from aimocap_blender.vision.person_track import PersonTrack
from aimocap_blender.vision.trust import BONES, BY_CHANCE, KINDS, signs_of

from .judge import Array, degrees
from .rendered_truth.truth import Truth

RIGHT = 15.0
"""Degrees: a bone that is nearer to the true one is right."""
FIFTHS = np.linspace(0.0, 1.0, 6)
COUNTS = 100.0
HELD = 10.0
"""A clip counts like so many observations of each bone; and how strongly weights are held near 0."""


@dataclass(frozen=True, eq=False)
class Told:
    """The facts that one clip gives of its bones.

    Attributes:
        rows: (M, K) signs, then one column for each kind of bone.
        right: (M,) whether the bone is right.
        depth: (M,) whether it is as far along the line of sight as the true one, within 15 degrees.
    """

    rows: Array
    right: np.ndarray
    depth: np.ndarray


def told_by(track: PersonTrack, truth: Truth) -> Told:
    found = solved_track(track)
    frames = slice(found.first, found.first + len(found.joints))
    bones = [bone for bone, (start, _) in enumerate(BONES) if _slot(start)]
    ours = found.joints[:, BONES[bones, 1]] - found.joints[:, BONES[bones, 0]]
    true = np.stack([truth.heads[_slot(e)] - truth.heads[_slot(s)] for s, e in BONES[bones]], axis=1)[frames]
    sight = np.broadcast_to(found.seen.sight[:, None], true.shape)
    rows = np.concatenate(
        [
            signs_of(found.seen, found.joints)[:, bones],
            np.broadcast_to(np.eye(KINDS.max() + 1)[KINDS[bones]], (*true.shape[:2], KINDS.max() + 1)),
        ],
        axis=-1,
    )
    depth = np.abs(degrees(ours, sight) - degrees(true, sight)) < RIGHT
    return Told(rows.reshape(-1, rows.shape[-1]), (degrees(ours, true) < RIGHT).ravel(), depth.ravel())


def _slot(joint: int) -> str:
    """The slot of a joint, or "" of the head's."""
    return SLOTS[joint] if joint < len(SLOTS) else ""


def fitted(clips: Sequence[Told]) -> Array:
    """(K,) the weights of a logistic function, by Newton's method."""
    rows, right = np.concatenate([clip.rows for clip in clips]), np.concatenate([clip.right for clip in clips])
    counts = np.concatenate(
        [np.full(len(clip.right), COUNTS / len(clip.right) * (BONES.shape[0] - 2)) for clip in clips]
    )
    weights: Array = np.zeros(rows.shape[1])
    for _ in range(30):
        likely = likelihood(rows, weights)
        slope = rows.T @ (counts * (likely - right)) + HELD * weights
        bend = (rows * (counts * likely * (1.0 - likely))[:, None]).T @ rows + HELD * np.eye(len(weights))
        weights = weights - np.linalg.solve(bend, slope)
    return weights


def likelihood(rows: Array, weights: Array) -> Array:
    return 1.0 / (1.0 + np.exp(-rows @ weights))


def cross_validated(clips: Sequence[Told]) -> Array:
    """(M,) the likelihoods of all clips, each by weights fitted to the others."""
    likely = [likelihood(clip.rows, fitted([other for other in clips if other is not clip])) for clip in clips]
    return BY_CHANCE + (1.0 - BY_CHANCE) * np.concatenate(likely)


def area_under_curve(likely: Array, right: np.ndarray) -> float:
    """How often a right one is more likely than a wrong one (area under the ROC curve)."""
    ranks = np.empty(len(likely))
    ranks[np.argsort(likely)] = np.arange(len(likely))
    count = int(right.sum())
    return float((ranks[right].sum() - count * (count - 1) / 2.0) / (count * (len(right) - count)))


def diagram(likely: Array, right: np.ndarray) -> Iterator[str]:
    """A line for each fifth of trust: the mean of it, and the share that is right."""
    for low, high in pairwise(FIFTHS):
        chosen = (likely >= low) & ((likely < high) | (high == FIFTHS[-1]))
        if chosen.any():
            trust, share = float(likely[chosen].mean()), float(right[chosen].mean())
            bar = "".join(
                "|" if place == round(40 * trust) else "#" if place < 40 * share else "." for place in range(41)
            )
            yield f"{low:.1f} to {high:.1f}: {bar} trust {trust:.2f}, right {share:.2f}, {100.0 * chosen.mean():.0f} %"
