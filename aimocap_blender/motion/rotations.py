"""Rotations as arrays: quaternions in w x y z order, float64, over any leading shape."""

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
