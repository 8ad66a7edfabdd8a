"""How blurred a person is."""

import numpy as np

from .crops import Frame, Region, cropped
from .network_graph import Picture

_SIDE = 160  # of the compared part, pixels
_LENGTH = 9  # of the mean that blurs it once more
_PLAIN = 1e-3  # levels of 255 from pixel to pixel: nothing to be told


def blur_of(frame: Frame, region: Region) -> float:
    """Return how blurred the middle of a region is, from 0 (sharp) to 1.

    What is sharp changes much when it is blurred once more, what is blurred already doesn't (Crete and others 2007).
    """
    grey = cropped(frame, Region(region.x, region.y, min(region.size, _SIDE)), _SIDE).mean(-1)
    return max(_blur_along(grey), _blur_along(grey.T))


def _blur_along(grey: Picture) -> float:
    sums = np.cumsum(grey, axis=1, dtype=np.float64)
    again = (sums[:, _LENGTH:] - sums[:, :-_LENGTH]) / _LENGTH
    margin = _LENGTH // 2 + 1
    steps = np.abs(np.diff(grey[:, margin : margin + again.shape[1]], axis=1))
    lost = np.maximum(steps - np.abs(np.diff(again, axis=1)), 0)
    total = float(steps.sum())
    return 1 - float(lost.sum()) / total if total > _PLAIN * steps.size else 0.0
