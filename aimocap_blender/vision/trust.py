"""How far the motion of each limb can be trusted, moment by moment: as likely as it is within 15° of the truth.

The likelihood is a logistic function of what is seen, fitted to clips whose truth is known: see `_WEIGHTS`.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import Enum
from itertools import chain, compress, product

import numpy as np

from ..motion.rotations import BoolArray, FloatArray, IntArray, norm, normalise
from ..motion.smoothing import softened
from ..motion.spans import runs
from .clip_solution.exchanges import Exchanges
from .clip_solution.seen import Seen
from .clip_solution.start import middle_of
from .joints import INDEX
from .told_depths import PAIRS


class Reason(Enum):
    """Why a limb's motion can't be trusted for a while."""

    NOT_SEEN = "not seen"
    OUT_OF_FRAME = "out of frame"
    HIDDEN = "hidden"
    EXCHANGED = "exchanged"
    UNCLEAR = "unclear"


_BONES = {
    "head": (("nose", "left_ear"), ("nose", "right_ear")),
    "torso": (
        ("left_shoulder", "right_shoulder"),
        ("left_hip", "right_hip"),
        ("left_shoulder", "left_hip"),
        ("right_shoulder", "right_hip"),
    ),
    "left_arm": (("left_shoulder", "left_elbow"), ("left_elbow", "left_wrist")),
    "right_arm": (("right_shoulder", "right_elbow"), ("right_elbow", "right_wrist")),
    "left_leg": (("left_hip", "left_knee"), ("left_knee", "left_ankle")),
    "right_leg": (("right_hip", "right_knee"), ("right_knee", "right_ankle")),
}
"""Each limb's bones, in the order of the figures."""
LIMBS = tuple(_BONES)
HANDS = ("left_hand", "right_hand")
"""Whose fingers have a trust of their own, where they are seen."""
BONES: IntArray = np.array([(INDEX[start], INDEX[end]) for start, end in chain.from_iterable(_BONES.values())])
"""(B, 2) the joints at both ends of all of them."""
_LIMB_OF: IntArray = np.repeat(np.arange(len(LIMBS)), list(map(len, _BONES.values())))
KINDS: IntArray = np.array([0, 0, 0, 0, 0, 0, 1, 2, 1, 2, 3, 4, 3, 4])
"""(B,) trunk, upper arm, forearm, thigh or shin."""
_PAIRS = [frozenset(pair) for pair in PAIRS.tolist()]
_TOLD: IntArray = np.array([_PAIRS.index(frozenset(bone)) for bone in BONES.tolist() if frozenset(bone) in _PAIRS])
"""The pair of each bone but the head's, whose depths our own network tells."""
LOW = 0.5
"""Below it, a limb's motion is not to be relied on."""
_SHORTEST_SEC = 0.2
"""A doubt that is over sooner isn't reported."""
_VISIBLE = 0.5
"""Weight from which a joint doesn't count as hidden."""
_EXCHANGED = 0.3
"""Trust in a part that was exchanged, of what it had else."""

_USUAL_SIGNS = {
    "gap": np.radians(30.0),
    "off": 0.03,
    "turns": np.radians(200.0),
    "mirror": np.radians(10.0),
    "jitter": 0.1,
    "unsure": 0.3,
    "untold": 0.3,
}
"""Units of the signs that have others: radians, shares of the person's size, radians a second, shares of a bone."""
_MOST = 3.0
"""Larger signs, in these units, count as so large."""
_SOON_SEC, _AROUND_SEC = 0.1, 0.3
"""Standard deviations, in time, of what is averaged."""
_LONGEST = 1.3
"""A bone counts as seen at most so many times as long as it is."""
_SWING, _FASTER, _NEAR_SEC = np.radians(100.0), 3.0, 0.5
"""A bone that turns faster than so many times the median of so many seconds before and after, by so many radians a
second, is less likely to be right; at three times the latter, its limb counts half. In rendered truth 35 % of bones are
right that turn by over 400° a second and four times the median, and 17 % of those over 700° and six times."""
_WEIGHTS: FloatArray = np.array(
    [-0.74, -0.35, -0.69, 0.92, -0.09, -0.44, 0.20, -0.06, -0.68, -0.20, 0.45, 1.83, 1.41, -0.50, -2.14]
)
_OF_KIND: FloatArray = np.array([0.59, -0.64, -0.42, -0.10, 0.30])
"""Of each sign, and for each kind of bone: fitted to 36 clips of rendered truth (those of tests/vision/rendered_truth)
by tests/vision/trust_calibration.py. The head's bones count as the trunk's: their truth is not known."""
BY_CHANCE = 0.05
"""Likelihood of bones that all signs speak against: without it, of those clips 22 % were right where 11 % should be."""


@dataclass(frozen=True)
class Doubt:
    """A span in which a limb's motion is not to be relied on.

    Attributes:
        limb: a key of LIMBS.
        start: seconds.
        end: seconds.
        reason: the one that counts most.
    """

    limb: str
    start: float
    end: float
    reason: Reason


@dataclass(frozen=True, eq=False)
class Trust:
    """How far a motion can be trusted.

    Attributes:
        limbs: the limbs' names.
        values: (F, L) 0 to 1.
        doubts: the spans of low trust, in order of time.
        films: number of the film, from 0, that shows each of the first limbs best; empty if there is only one.
    """

    limbs: tuple[str, ...]
    values: FloatArray
    doubts: tuple[Doubt, ...]
    films: tuple[int, ...] = ()

    def with_hands(self, values: FloatArray) -> "Trust":
        """Return it with the hands (F, 2) whose fingers are seen."""
        seen = values.max(axis=0) >= LOW
        limbs = tuple(compress(HANDS, seen))
        return replace(self, limbs=self.limbs + limbs, values=np.concatenate([self.values, values[:, seen]], axis=1))

    def of(self, limbs: Sequence[str]) -> FloatArray:
        """Return its values (F, number of limbs) for these limbs: zero for one that it doesn't tell of."""
        told = dict(zip(self.limbs, self.values.T, strict=True))
        return np.stack([told.get(limb, np.zeros(len(self.values))) for limb in limbs], axis=1)


def trust_of(
    seen: Seen, joints: FloatArray, times: FloatArray, exchanged: Exchanges, unseen: BoolArray, frame: tuple[int, int]
) -> Trust:
    """Return the trust in solved joints.

    Args:
        seen: what was solved from.
        joints: (F, N, 3) in the solution's axes.
        times: (F,) seconds.
        exchanged: where sides were exchanged.
        unseen: (F,) frames without landmarks of their own.
        frame: width and height of the frames, pixels.
    """
    likely = likely_right(seen, joints)
    visible = np.minimum(seen.weight / _VISIBLE, 1.0)
    steady = _steady(seen.fps, joints)
    factors = {
        Reason.NOT_SEEN: np.where(unseen, 0.0, 1.0)[:, None] * np.ones(len(LIMBS)),
        Reason.OUT_OF_FRAME: _inside(seen, frame) ** 2,  # a limb whose end is outside is hardly known
        Reason.HIDDEN: _of_limbs(visible[:, BONES[:, 1]]),
        Reason.EXCHANGED: _as_told(exchanged, seen.fps),
        Reason.UNCLEAR: np.minimum(_of_limbs(likely), steady),
    }
    # the likelihood counts how hidden a bone is already: here it is only a reason to name
    counting = [factor for reason, factor in factors.items() if reason is not Reason.HIDDEN]
    whole = np.prod(counting, axis=0)
    values = np.clip(softened(whole, _SOON_SEC * seen.fps), 0.0, 1.0)
    # softening must not carry trust into frames in which nobody is seen, or a limb jerks
    values = np.minimum(values, np.minimum(factors[Reason.NOT_SEEN], steady))
    return Trust(LIMBS, values, _doubts(values, factors, times))


def likely_right(seen: Seen, joints: FloatArray) -> FloatArray:
    """Return how likely (F, B) each of `BONES` is within 15° of the truth, for solved joints (F, N, 3)."""
    likely = 1.0 / (1.0 + np.exp(-(signs_of(seen, joints) @ _WEIGHTS + _OF_KIND[KINDS])))
    return np.asarray(BY_CHANCE + (1.0 - BY_CHANCE) * likely)


def best_trust(films: Sequence[Trust]) -> Trust:
    """Return the trust in a motion that several films show: the highest; a limb is doubtful if it is in all of them."""
    first, *others = films
    doubts = first.doubts
    for other in others:
        doubts = _doubted_in_both(doubts, other.doubts)
    values = np.array([film.values for film in films])
    best = np.argmax(values.mean(axis=1), axis=0)
    return Trust(LIMBS, np.asarray(values.max(axis=0)), doubts, tuple(map(int, best)))


def _doubted_in_both(some: Sequence[Doubt], others: Sequence[Doubt]) -> tuple[Doubt, ...]:
    """Return the doubts of one film for as long as another one has them too."""
    found: list[Doubt] = []
    for one, other in product(some, others):
        start, end = max(one.start, other.start), min(one.end, other.end)
        if one.limb == other.limb and end - start >= _SHORTEST_SEC:
            found.append(replace(one, start=start, end=end))
    return tuple(found)


def signs_of(seen: Seen, joints: FloatArray) -> FloatArray:
    """Return what tells (F, B, 15) how right each of `BONES` is.

    In this order: how hidden it is; the angle from the guessed direction; how far its ends are from where they are
    seen; how much of it is along the line of sight; how fast it turns; how much the guesses of a frame and of the next
    one's mirror image differ; how much of the guess is along the line of sight; how much the difference in depth
    varies; how unsure our own network is of that in depth, of the bone's length; how far the solution is from what that
    network tells, of the same; how much deeper its end is than its start, of the same; how long it is seen, of the
    same; and the means, over all bones, of that, of mirror images and of the angles.
    """
    starts, ends = BONES.T
    bone = joints[:, ends] - joints[:, starts]
    guess = seen.guess[:, ends] - seen.guess[:, starts]
    length = norm(bone)
    soon, around = _SOON_SEC * seen.fps, _AROUND_SEC * seen.fps
    # in the frame: how far ends are from their landmarks, and how long the bone is seen across the line of sight
    in_camera = seen.in_camera(joints)
    off = norm(seen.focal * in_camera[..., :2] / in_camera[..., 2:] - seen.pixels) / seen.size[:, None]
    across = seen.pixels / seen.focal * in_camera[..., 2:]
    long = np.minimum(norm(across[:, ends] - across[:, starts]) / length, _LONGEST)
    # in depth: towards the line of sight, cosines; and how the guess differs from the solution, of the bone's length
    along = (normalise(bone) * seen.sight[:, None]).sum(axis=-1)
    guessed = (normalise(guess) * seen.sight[:, None]).sum(axis=-1)
    deeper = ((bone - guess) * seen.sight[:, None]).sum(axis=-1) / length
    # in time
    turns, mirror = np.zeros(along.shape), np.zeros(along.shape)
    if len(bone) > 2:  # noqa: PLR2004 -- a frame between two others
        turns[1:-1] = _angle(bone[2:], bone[:-2]) * seen.fps / 2.0
        # the network looks at every other frame mirrored: a frame's neighbours are guessed from the other image
        mirror[1:-1] = _angle(guess[1:-1], guess[:-2] + guess[2:])
    # our own network tells nothing of the head's bones, which are the first ones
    told, usual = seen.told_metres(joints)
    unsure, untold = np.zeros(along.shape), np.zeros(along.shape)
    unsure[:, -len(_TOLD) :] = usual[:, _TOLD]
    untold[:, -len(_TOLD) :] = np.abs((along * length)[:, -len(_TOLD) :] - told[:, _TOLD])
    signs = {
        "gap": softened(_angle(bone, guess), soon),
        "off": (off[:, starts] + off[:, ends]) / 2.0,
        "turns": softened(turns, soon),
        "mirror": softened(mirror, around),
        "jitter": softened(np.abs(deeper - softened(deeper, around)), around),
        "unsure": softened(unsure / length, soon),
        "untold": softened(untold / length, soon),
    }
    for name, sign in signs.items():
        signs[name] = np.minimum(sign / _USUAL_SIGNS[name], _MOST)
    gap, off, turns, mirror, jitter, unsure, untold = signs.values()
    hidden = 1.0 - np.minimum(seen.weight[:, starts], seen.weight[:, ends])
    # in the order of `_WEIGHTS`; the last three are means over all bones
    along_sight, guess_along = np.abs(along), np.abs(guessed)
    found = [hidden, gap, off, along_sight, turns, mirror, guess_along, jitter, unsure, untold, along, long]
    found += [np.broadcast_to(sign.mean(axis=1, keepdims=True), sign.shape) for sign in (long, mirror, gap)]
    return np.stack(found, axis=-1)


def _steady(fps: float, joints: FloatArray) -> FloatArray:
    """Return factors (F, L), less than 1 where a limb turns much faster than around that time."""
    turns = np.zeros((len(joints), len(BONES)))
    if len(joints) > 1:
        bone = joints[:, BONES[:, 1]] - joints[:, BONES[:, 0]]
        turns[1:] = _angle(bone[1:], bone[:-1]) * fps
        # either of the two frames may be the wrong one
        turns[:-1] = np.maximum(turns[:-1], turns[1:])
    faster = np.maximum(turns - _FASTER * middle_of(turns, round(_NEAR_SEC * fps)) - _SWING, 0.0)
    # a limb's bones are next to each other
    fastest = np.maximum.reduceat(faster, np.unique(_LIMB_OF, return_index=True)[1], axis=1)
    return np.asarray(1.0 / (1.0 + (fastest / (2.0 * _SWING)) ** 2), dtype=np.float64)


def _angle(one: FloatArray, other: FloatArray) -> FloatArray:
    return np.arccos(np.clip((normalise(one) * normalise(other)).sum(axis=-1), -1.0, 1.0))


def _of_limbs(bones: FloatArray) -> FloatArray:
    """Return the mean (F, L) of each limb's bones (F, B)."""
    means = np.empty((len(bones), len(LIMBS)))
    for limb in range(len(LIMBS)):
        means[:, limb] = bones[:, limb == _LIMB_OF].mean(axis=1)
    return means


def _inside(seen: Seen, frame: tuple[int, int]) -> FloatArray:
    inside = np.asarray((np.abs(seen.pixels) <= np.array(frame) / 2.0).all(axis=-1), dtype=np.float64)
    return _of_limbs(inside[:, BONES[:, 1]])


def _as_told(exchanges: Exchanges, fps: float) -> FloatArray:
    """Return `_EXCHANGED` where a limb's part was exchanged, soon will be, or may be all the time; else 1."""
    exchanged = exchanges.undone | exchanges.close
    # whether any frame nearby is
    reach = max(1, round(_SOON_SEC * fps))
    padded = np.pad(exchanged, ((reach, reach), (0, 0)), mode="edge")
    windows = np.lib.stride_tricks.sliding_window_view(padded, 2 * reach + 1, axis=0)
    near: BoolArray = np.asarray(windows.max(axis=-1), dtype=np.bool_)
    # from `PARTS` to `LIMBS`: shoulders are of the arms, hips of the legs, and the torso is of both
    arms, legs, head = np.where(near, _EXCHANGED, 1.0).T
    return np.stack([head, np.minimum(arms, legs), arms, arms, legs, legs], axis=1)


def _doubts(values: FloatArray, factors: dict[Reason, FloatArray], times: FloatArray) -> tuple[Doubt, ...]:
    # the last frame of a span lasts until the next one
    step = float(np.median(np.diff(times))) if len(times) > 1 else 0.0
    found: list[Doubt] = []
    for column, limb in enumerate(LIMBS):
        for start, stop in runs(values[:, column] < LOW).tolist():
            if times[stop - 1] + step - times[start] < _SHORTEST_SEC and len(times) > 1:
                continue
            # the smallest factor took the most of its trust
            reason = min(factors, key=lambda reason: factors[reason][start:stop, column].mean())
            found.append(Doubt(limb, float(times[start]), float(times[stop - 1] + step), reason))
    return tuple(sorted(found, key=lambda doubt: (doubt.start, doubt.limb)))
