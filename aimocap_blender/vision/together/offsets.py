"""When films show the same moment: their persons' motion, or their sounds, correlated.

Two cameras see a body move in the same way but for a rotation, which is the one that makes both agree most. What begins
to sound is heard by all microphones, however far away they are and whatever they do to it.
"""

from itertools import pairwise
from typing import NamedTuple

import numpy as np

from ...motion.resampling import straight_between
from ...motion.rotations import FloatArray
from ...motion.smoothing import smooth_vectors
from ..joints import BODY, HIPS
from .films import Film

_RATE = 60.0
"""Samples a second at which motions are compared."""
_SMOOTH_SEC = 0.05
"""Standard deviation of the smoothing of motions: landmarks tremble."""
_LEAST_SEC = 0.6
"""Of both films: shorter overlaps tell nothing."""
_BY_CHANCE = 0.15
"""Agreement of a second of overlap by chance, a little: less for longer ones, by the root of their length."""
_PEAKS = 3
"""Offsets that are tried with sides as they are, and as many with exchanged ones: the likeliest by itself may be a step
too early, or exchange left and right."""
_APART_SEC = 0.2
"""Peaks that are nearer to each other are one."""
HEARD_RATE = 8000
"""Samples a second of the sounds that are compared: what steps, claps and voices begin with is below half of it."""
_BANDS = (250.0, 700.0, 1400.0, 2300.0, 3800.0)
"""Hertz, limits of the parts of a sound that are compared one by one: below is wind, and each begins differently."""
_STEP = 8
"""Samples of a step, a millisecond."""
_LOUD, _BEFORE = 5, 50
"""Steps: loudness is a mean over the first; something begins where it is more than over the second. Echoes blur it."""
_QUIET = 1e-4
"""Of the mean power: what changes below it is noise."""
_LEAST_STEPS = 1000
"""Steps that both sounds have, as motion needs them too."""
_ONE_STEPS = 200
"""Steps: likely offsets that are nearer to each other are one."""
_CLEARER = 1.5
"""So many times less likely is any other offset, of most sounds of the same moment and of hardly any others. A beat
repeats itself, and is left to the motion."""


class Offset(NamedTuple):
    """A possible offset.

    Attributes:
        seconds: the second film's time at the first film's 0.
        score: how well the films agree, -1 to 1.
        exchanged: whether left and right are exchanged all through one of them.
    """

    seconds: float
    score: float
    exchanged: bool


def likely_offsets(first: Film, second: Film) -> list[Offset]:
    """Return the likeliest offsets of a film from another, the best first; none if they share hardly any time."""
    peaks: list[Offset] = []
    for exchanged in (False, True):
        seconds, scores = _scores(first, second, exchanged=exchanged)
        peaks += [Offset(*peak, exchanged) for peak in _peaks(seconds, scores)]
    return sorted(peaks, key=lambda peak: -peak.score)


def at_offset(seconds: float) -> list[Offset]:
    """Return an offset that is known, with left and right either way."""
    return [Offset(seconds, 1.0, exchanged=False), Offset(seconds, 1.0, exchanged=True)]


def _scores(first: Film, second: Film, *, exchanged: bool) -> tuple[FloatArray, FloatArray]:
    """Return offsets (S,) in seconds, and how well the films agree at each."""
    a, a_weight = _speeds(first)
    b, b_weight = _speeds(second)
    if exchanged:
        # left and right are next to each other
        other_side = np.arange(BODY) ^ 1
        b, b_weight = b[:, other_side], b_weight[:, other_side]
    least = round(_LEAST_SEC * _RATE)
    shifts = np.arange(least - len(a), len(b) - least + 1)
    if len(shifts) == 0:
        return np.zeros(0), np.zeros(0)
    at = shifts + len(a) - 1
    # at each shift how each axis of one agrees with each of the other, of what counts in both
    both = np.zeros((len(shifts), 3, 3))
    for row in range(3):
        for column in range(3):
            both[:, row, column] = correlated(a_weight * a[..., row], b_weight * b[..., column])[at]
    # after the best rotation that is the sum of the singular values, without a reflection
    most = np.linalg.svd(both, compute_uv=False)
    most[:, 2] *= np.sign(np.linalg.det(both))
    powers = correlated(a_weight * (a**2).sum(axis=-1), b_weight) * correlated(a_weight, b_weight * (b**2).sum(axis=-1))
    # less what as long an overlap agrees by chance
    overlap = np.minimum(len(a), len(b) - shifts) - np.maximum(0, -shifts)
    scores = most.sum(axis=1) / (np.sqrt(np.maximum(powers[at], 0.0)) + 1e-9) - _BY_CHANCE * np.sqrt(_RATE / overlap)
    return second.times[0] - first.times[0] + shifts / _RATE, scores


def _speeds(film: Film) -> tuple[FloatArray, FloatArray]:
    """Return how fast the body's joints move beside the hips (T, 12, 3) at `_RATE`, and how much each counts."""
    joints = film.joints[:, :BODY] - film.joints[:, HIPS].mean(axis=1, keepdims=True)
    fine = np.arange(film.times[0], film.times[-1], 1.0 / _RATE)
    joints = smooth_vectors(straight_between(joints, film.times, fine), _SMOOTH_SEC * _RATE)
    return np.gradient(joints, 1.0 / _RATE, axis=0), straight_between(film.seen.weight[:, :BODY], film.times, fine)


def correlated(a: FloatArray, b: FloatArray) -> FloatArray:
    """Return the sums (A + B - 1,) of products of `a` (A, S) and `b` (B, S), from b's end before a's start on."""
    size = 1 << int(np.ceil(np.log2(len(a) + len(b))))
    product = np.fft.rfft(b, size, axis=0) * np.fft.rfft(a[::-1], size, axis=0)
    return np.fft.irfft(product.sum(axis=1), size)[: len(a) + len(b) - 1]


def _peaks(seconds: FloatArray, scores: FloatArray) -> list[tuple[float, float]]:
    """Return the peaks of scores, to a fraction of a sample."""
    found: list[tuple[float, float]] = []
    left = scores.copy()
    while len(left) and len(found) < _PEAKS and left.max() > 0.0:
        best = int(np.argmax(left))
        part = 0.0
        if 0 < best < len(scores) - 1:
            before, here, after = scores[best - 1 : best + 2]
            part = 0.5 * (before - after) / min(before - 2.0 * here + after, -1e-12)
        found.append((float(seconds[best]) + float(np.clip(part, -0.5, 0.5)) / _RATE, float(scores[best])))
        left[np.abs(seconds - seconds[best]) < _APART_SEC] = -1.0
    return found


def offset_heard(first: FloatArray, second: FloatArray) -> float | None:
    """Return the second of a sound at another one's 0; None if that isn't clear.

    Args:
        first: (N,) of `HEARD_RATE`.
        second: (M,) likewise.
    """
    if min(len(first), len(second)) < _LEAST_STEPS * _STEP:
        return None
    ours, theirs = _beginnings(first), _beginnings(second)
    shifts = np.arange(_LEAST_STEPS - len(ours), len(theirs) - _LEAST_STEPS + 1)
    shared = np.minimum(len(ours), len(theirs) - shifts) - np.maximum(0, -shifts)
    # what agrees by chance grows with the root of the time
    likely = correlated(ours, theirs)[shifts + len(ours) - 1] / np.sqrt(shared)
    best = int(np.argmax(likely))
    others = likely[np.abs(shifts - shifts[best]) > _ONE_STEPS]
    if likely[best] <= _CLEARER * max(float(others.max(initial=0.0)), 0.0):
        return None
    return float(shifts[best]) * _STEP / HEARD_RATE


def _beginnings(sound: FloatArray) -> FloatArray:
    """Return how much louder (T, B) each band grows at each step, in its own usual amount."""
    steps = len(sound) // _STEP
    found = np.zeros((steps, len(_BANDS) - 1))
    parts, hertz = np.fft.rfft(sound), np.fft.rfftfreq(len(sound), 1.0 / HEARD_RATE)
    for band, (low, high) in enumerate(pairwise(_BANDS)):
        part = np.fft.irfft(np.where((hertz >= low) & (hertz < high), parts, 0.0), len(sound))
        power = (part[: steps * _STEP].reshape(steps, _STEP) ** 2).mean(axis=1)
        if not power.any():
            continue
        loud = np.log(_trailing(power, _LOUD) + _QUIET * power.mean())
        louder = np.maximum(loud - _trailing(loud, _BEFORE), 0.0)
        found[:, band] = (louder - louder.mean()) / (louder.std() + 1e-9)
    return found


def _trailing(values: FloatArray, width: int) -> FloatArray:
    """Return the mean (T,) of each value and of those before it, so many in all."""
    total = np.cumsum(np.concatenate([np.full(width, values[0]), values]))
    return np.asarray((total[width:] - total[:-width]) / width)
