"""Filters over time, along the first axis."""

import numpy as np

from ...motion.rotations import FloatArray


def middle_of(values: FloatArray, reach: int) -> FloatArray:
    """Return the median of each sample and `reach` samples before and after it."""
    padded = np.pad(values, ((reach, reach), *((0, 0),) * (values.ndim - 1)), mode="edge")
    windows = np.lib.stride_tricks.sliding_window_view(padded, 2 * reach + 1, axis=0)
    return np.asarray(np.median(windows, axis=-1), dtype=np.float64)


def parabola_of(values: FloatArray, reach: int) -> FloatArray:
    """Return the parabola through each sample and `reach` samples on both sides, at the sample (Savitzky–Golay)."""
    reach = min(reach, len(values) - 1)
    if reach < 1:
        return values
    offsets = np.arange(-reach, reach + 1)
    weights = np.linalg.pinv(np.vander(offsets, 3, increasing=True))[0]
    before = 2.0 * values[:1] - values[reach:0:-1]
    after = 2.0 * values[-1:] - values[-2 : -reach - 2 : -1]
    padded = np.concatenate([before, values, after])
    total = np.zeros_like(values)
    for offset, weight in enumerate(weights.tolist()):
        total += weight * padded[offset : offset + len(values)]
    return total
