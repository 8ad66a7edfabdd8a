"""When films show the same moment: their sounds, correlated.

What begins to sound is heard by all microphones, however far away they are and whatever they do to it.
"""

from itertools import pairwise

import numpy as np

from ...motion.rotations import FloatArray
from .offsets import correlated

RATE = 8000
"""Samples a second of the sounds that are compared: what steps, claps and voices begin with is below half of it."""
_BANDS = (250.0, 700.0, 1400.0, 2300.0, 3800.0)
"""Hertz, limits of the parts of a sound that are compared one by one: below is wind, and each begins differently."""
_STEP = 8
"""Samples of a step, a millisecond."""
_LOUD, _BEFORE = 5, 50
"""Steps: loudness is a mean over the first; something begins where it is more than over the second. Echoes blur it."""
_QUIET = 1e-4
"""Of the mean power: what changes below it is noise."""
_LEAST = 1000
"""Steps that both sounds have, as motion needs them too."""
_ONE = 200
"""Steps: likely offsets that are nearer to each other are one."""
_CLEARER = 1.5
"""So many times less likely is any other offset, of most sounds of the same moment and of hardly any others. A beat
repeats itself, and is left to the motion."""


def offset_heard(first: FloatArray, second: FloatArray) -> float | None:
    """Return the second of a sound at another one's 0; None if that isn't clear.

    Args:
        first: (N,) of `RATE`.
        second: (M,) likewise.
    """
    if min(len(first), len(second)) < _LEAST * _STEP:
        return None
    ours, theirs = _beginnings(first), _beginnings(second)
    shifts = np.arange(_LEAST - len(ours), len(theirs) - _LEAST + 1)
    shared = np.minimum(len(ours), len(theirs) - shifts) - np.maximum(0, -shifts)
    # what agrees by chance grows with the root of the time
    likely = correlated(ours, theirs)[shifts + len(ours) - 1] / np.sqrt(shared)
    best = int(np.argmax(likely))
    others = likely[np.abs(shifts - shifts[best]) > _ONE]
    if likely[best] <= _CLEARER * max(float(others.max(initial=0.0)), 0.0):
        return None
    return float(shifts[best]) * _STEP / RATE


def _beginnings(sound: FloatArray) -> FloatArray:
    """Return how much louder (T, B) each band grows at each step, in its own usual amount."""
    steps = len(sound) // _STEP
    found = np.zeros((steps, len(_BANDS) - 1))
    parts, hertz = np.fft.rfft(sound), np.fft.rfftfreq(len(sound), 1.0 / RATE)
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
