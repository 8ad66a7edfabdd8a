"""The axes of the trunk."""

import numpy as np

from ...motion.rotations import FloatArray, cross, normalise
from ..joints import INDEX


def trunk_axes(positions: FloatArray, part: str) -> FloatArray:
    """Return axes (F, 3, 3) of the trunk of joints (F, N, 3), as rows: to its left, along the spine, ahead.

    Its left is that of the shoulders or the hips, whichever the part is.
    """
    left, right, low, low_right = (
        positions[:, INDEX[name]] for name in ("left_shoulder", "right_shoulder", "left_hip", "right_hip")
    )
    across = normalise(positions[:, INDEX[f"left_{part}"]] - positions[:, INDEX[f"right_{part}"]])
    ahead = normalise(cross(across, left + right - low - low_right))
    return np.stack([across, cross(ahead, across), ahead], axis=1)
