"""How far the motion of each limb can be trusted, moment by moment."""

from dataclasses import dataclass
from enum import Enum

import numpy as np

from ..motion.rotations import BoolArray, FloatArray
from ..motion.smoothing import softened
from ..motion.spans import runs
from .clip_solution.exchanges import PARTS, Exchanges
from .clip_solution.seen import Seen
from .joints import DEPTH_PAIRS, INDEX


class Reason(Enum):
    """Why a limb's motion can't be trusted for a while."""

    NOT_SEEN = "not seen"
    OUT_OF_FRAME = "out of frame"
    HIDDEN = "hidden"
    EXCHANGED = "exchanged"
    UNCLEAR = "unclear"


LIMBS = {
    "head": ("nose", "left_ear", "right_ear"),
    "torso": ("left_shoulder", "right_shoulder", "left_hip", "right_hip"),
    **{f"{side}_arm": tuple(f"{side}_{part}" for part in ("elbow", "wrist")) for side in ("left", "right")},
    **{f"{side}_leg": tuple(f"{side}_{part}" for part in ("knee", "ankle")) for side in ("left", "right")},
}
"""Each limb's joints, in the order of the figures."""
_ROWS = [[INDEX[name] for name in joints] for joints in LIMBS.values()]
LOW = 0.5
"""Below it, a limb's motion is not to be relied on."""
_SHORTEST_SEC = 0.2
_SPREAD_SEC = 0.1
_OFF = 0.03
"""Of the person's size: a solved joint so far from where it was seen is trusted half."""
_DEEP = 0.15
"""Metres: a limb that differs so much from the guessed depth is trusted half."""
_VISIBLE = 0.5


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
    """

    limbs: tuple[str, ...]
    values: FloatArray
    doubts: tuple[Doubt, ...]


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
    factors = {
        Reason.NOT_SEEN: np.where(unseen, 0.0, 1.0)[:, None] * np.ones(len(_ROWS)),
        Reason.OUT_OF_FRAME: _inside(seen, frame) ** 2,  # a limb whose end is outside is hardly known
        Reason.HIDDEN: _of_limbs(np.minimum(seen.weight / _VISIBLE, 1.0)),
        Reason.EXCHANGED: _as_told(exchanged, seen.fps),
        Reason.UNCLEAR: _agreement(seen, joints),
    }
    whole = np.prod(list(factors.values()), axis=0)
    values = np.clip(softened(whole, _SPREAD_SEC * seen.fps), 0.0, 1.0) if len(whole) > 1 else whole
    values = np.minimum(values, factors[Reason.NOT_SEEN])
    return Trust(tuple(LIMBS), values, _doubts(values, factors, times))


def _of_limbs(joints: FloatArray) -> FloatArray:
    """Return the mean (F, L) of each limb's joints (F, N)."""
    return np.stack([joints[:, rows].mean(axis=1) for rows in _ROWS], axis=1)


def _inside(seen: Seen, frame: tuple[int, int]) -> FloatArray:
    inside = (np.abs(seen.pixels) <= np.array(frame) / 2.0).all(axis=-1)
    return _of_limbs(np.asarray(inside, dtype=np.float64))


def _as_told(exchanges: Exchanges, fps: float) -> FloatArray:
    """Return 0.3 where a limb's part was exchanged or soon will be, or may be exchanged all the time; else 1."""
    exchanged = exchanges.undone | exchanges.close
    reach = max(1, round(_SPREAD_SEC * fps))
    padded = np.pad(exchanged, ((reach, reach), (0, 0)), mode="edge")
    windows = np.lib.stride_tricks.sliding_window_view(padded, 2 * reach + 1, axis=0)
    near: BoolArray = np.asarray(windows.max(axis=-1), dtype=np.bool_)
    arms, legs, head = (np.where(near[:, column], 0.3, 1.0) for column in range(len(PARTS)))
    return np.stack([head, np.minimum(arms, legs), arms, arms, legs, legs], axis=1)


def _agreement(seen: Seen, joints: FloatArray) -> FloatArray:
    """Return 1 where the solution is where the joints were seen, as deep as guessed; less where it is not."""
    local = seen.in_camera(joints)
    off = np.linalg.norm(seen.focal * local[..., :2] / local[..., 2:] - seen.pixels, axis=-1) / seen.size[:, None]
    close = np.asarray(1.0 / (1.0 + (off / _OFF) ** 2), dtype=np.float64)
    ends, starts = DEPTH_PAIRS[:, 0], DEPTH_PAIRS[:, 1]
    between = joints[:, ends] - joints[:, starts] - (seen.guess[:, ends] - seen.guess[:, starts])
    deep = np.abs((between * seen.sight[:, None]).sum(axis=-1))
    worst = np.zeros(off.shape)
    for pair, end in enumerate(ends.tolist()):
        worst[:, end] = np.maximum(worst[:, end], deep[:, pair])
    return _of_limbs(close) * _of_limbs(np.asarray(1.0 / (1.0 + (worst / _DEEP) ** 2), dtype=np.float64))


def _doubts(values: FloatArray, factors: dict[Reason, FloatArray], times: FloatArray) -> tuple[Doubt, ...]:
    step = float(np.median(np.diff(times))) if len(times) > 1 else 0.0
    reasons = list(factors)
    found: list[Doubt] = []
    for column, limb in enumerate(LIMBS):
        for start, stop in runs(values[:, column] < LOW).tolist():
            if times[stop - 1] + step - times[start] < _SHORTEST_SEC and len(times) > 1:
                continue
            means = [float(factors[reason][start:stop, column].mean()) for reason in reasons]
            reason = reasons[int(np.argmin(means))]
            found.append(Doubt(limb, float(times[start]), float(times[stop - 1] + step), reason))
    return tuple(sorted(found, key=lambda doubt: (doubt.start, doubt.limb)))
