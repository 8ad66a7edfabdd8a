"""The values of an object's Action between its keys, and changes of its keys' values that leave all else."""

from typing import Any, cast

import bpy
import numpy as np

from ...motion.rotations import FloatArray
from .keyframes import curves_of

_ON_A_KEY = 1e-3  # frames


def values_at(obj: bpy.types.Object, frames: FloatArray) -> dict[str, FloatArray]:
    """Return data path to (N, C) values of what the Action keys, those of unkeyed channels as they are."""
    found: dict[str, FloatArray] = {}
    for (path, index), curve in curves_of(obj).items():
        if path not in found:
            try:
                now = np.atleast_1d(np.array(obj.path_resolve(path), dtype=np.float64))
            except (ValueError, TypeError):  # of a bone that is gone, or not numbers
                continue
            found[path] = np.tile(now, (len(frames), 1))
        found[path][:, index] = [curve.evaluate(float(frame)) for frame in frames]
    return found


def change_keys(curve: bpy.types.FCurve, frames: FloatArray, values: FloatArray) -> None:
    """Give the keys of a curve other values, their handles shifted along; between the frames (F,), values are linear.

    Interpolation, handle types and keys at frames outside stay as they are.
    """
    points = cast("Any", curve.keyframe_points)  # its stub has an array of unknown type
    keys = np.empty(2 * len(points), np.float32)
    points.foreach_get("co", keys)
    inside = (keys[0::2] > frames[0] - _ON_A_KEY) & (keys[0::2] < frames[-1] + _ON_A_KEY)
    by = np.where(inside, np.interp(keys[0::2], frames, values) - keys[1::2], 0.0).astype(np.float32)
    for name in ("co", "handle_left", "handle_right"):
        points.foreach_get(name, keys)
        keys[1::2] += by
        points.foreach_set(name, keys)
    curve.update()
