"""Frames that leave the course of those around them: glitches, cuts and flips in any sampled curve.

The measure is how far the acceleration at a frame differs from that of the two frames beside it. Brisk motion has large
accelerations, but they come and go over frames; a single frame out of place has nothing to lead up to it.
"""

from dataclasses import dataclass, replace

import numpy as np

from ..rotations import FloatArray

_USUAL_PERCENTILE = 90.0
_NEXT_TO_AN_END = 0.9  # the measure has one neighbour there, and noise counts more
_GAIN = 3.0  # a frame displaced by d differs by 3 d from its neighbours in acceleration
_FEWEST = 5  # samples, below which nothing is usual


@dataclass(frozen=True)
class SpikeTolerance:
    """What is a spike: beyond `times` the usual of the curve itself, but never below `least` nor above `most`.

    Attributes:
        times: multiple of the 90th percentile of the curve's own deviations.
        least: deviation that is never a spike, in the curve's unit.
        most: deviation that always is one.
    """

    times: float
    least: float
    most: float

    def never_below(self, acceleration: float, fps: float) -> "SpikeTolerance":
        """The same, but for what differs from its neighbours in acceleration by less than that, per second squared."""
        least = max(self.least, acceleration / (_GAIN * fps * fps))
        return replace(self, least=least, most=max(self.most, least))


def off_course(steps: FloatArray) -> FloatArray:
    """How far each sample lies off the course of its neighbours: the displacement of it alone that would explain it.

    Args:
        steps: (F - 1, n) from each sample to the next, of n curves.

    Returns:
        (F, n) signed, in the unit of the steps; 0 at the first and the last sample, which have no course to leave.
    """
    result = np.zeros((len(steps) + 1, *steps.shape[1:]))
    if len(result) < _FEWEST:
        return result
    bends = np.diff(steps, axis=0)
    result[2:-2] = (bends[:-2] + bends[2:]) / 2.0 - bends[1:-1]
    result[1] = _NEXT_TO_AN_END * (bends[1] - bends[0])
    result[-2] = _NEXT_TO_AN_END * (bends[-2] - bends[-1])
    return result / _GAIN


def spike_limits(deviations: FloatArray, tolerance: SpikeTolerance) -> FloatArray:
    """(n,) the deviation beyond which each of n curves has a spike, of its deviations (F, n)."""
    usual = np.percentile(np.abs(deviations), _USUAL_PERCENTILE, axis=0)
    return np.asarray(np.clip(tolerance.times * usual, tolerance.least, tolerance.most), dtype=np.float64)
