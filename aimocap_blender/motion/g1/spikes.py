"""Detection of frames that deviate from those around them: glitches, cuts and flips in any sampled curve.

The measure is the difference of the acceleration at a frame from that of the two adjacent frames. Brisk motion has
large accelerations, but they build up over frames; a single displaced frame comes without warning.
"""

from dataclasses import dataclass, replace

import numpy as np

from ..rotations import FloatArray

_USUAL_PERCENTILE = 90.0
_NEXT_TO_AN_END = 0.9  # the measure has only one neighbour there, and noise weighs more
_GAIN = 3.0  # a frame displaced by d differs by 3 d from its neighbours in acceleration
_STILL = 0.01  # of the usual deviation: while a robot stands, or is led slowly to where its motion begins
_MOVING = 0.25  # fraction of a curve that tells what is usual in it; a spike alone doesn't
_FEWEST = 5  # samples needed to know what is usual


@dataclass(frozen=True)
class SpikeTolerance:
    """The tolerance for spikes: `times` the curve's own usual deviation, but at least `least` and at most `most`.

    Attributes:
        times: multiple of the 90th percentile of the curve's own deviations while it moves.
        least: deviation up to which nothing is a spike, in the curve's unit.
        most: deviation above which everything is.
    """

    times: float
    least: float
    most: float

    def never_below(self, acceleration: float, fps: float) -> "SpikeTolerance":
        """Return a tolerance that also allows differences in acceleration below this, per second squared."""
        least = max(self.least, acceleration / (_GAIN * fps * fps))
        return replace(self, least=least, most=max(self.most, least))


def off_course(steps: FloatArray) -> FloatArray:
    """Return how far each sample is off its neighbours' course: its displacement, if it alone is displaced.

    Args:
        steps: (F - 1, n) from each sample to the next, of n curves.

    Returns:
        (F, n) signed, in the unit of the steps; 0 at the first and the last sample, which have no course.
    """
    result = np.zeros((len(steps) + 1, *steps.shape[1:]))
    if len(result) < _FEWEST:
        return result
    # how a sample's acceleration differs from the mean of its neighbours'
    bends = np.diff(steps, axis=0)
    result[2:-2] = (bends[:-2] + bends[2:]) / 2.0 - bends[1:-1]
    result[1] = _NEXT_TO_AN_END * (bends[1] - bends[0])
    result[-2] = _NEXT_TO_AN_END * (bends[-2] - bends[-1])
    return result / _GAIN


def spike_limits(deviations: FloatArray, tolerance: SpikeTolerance) -> FloatArray:
    """Return (n,) the deviation beyond which each of n curves has a spike, from its deviations (F, n)."""
    usual = np.array(list(map(_usual, np.abs(deviations).T)))
    return np.asarray(np.clip(tolerance.times * usual, tolerance.least, tolerance.most), dtype=np.float64)


def _usual(deviations: FloatArray) -> float:
    """Return the usual deviation of a curve (F,): still frames before and after a motion don't lessen it."""
    # not the largest, which the spikes are
    usual = float(np.percentile(deviations, _USUAL_PERCENTILE))
    moving = deviations[deviations > _STILL * usual]
    if len(moving) < _MOVING * len(deviations):
        return usual
    return float(np.percentile(moving, _USUAL_PERCENTILE))
