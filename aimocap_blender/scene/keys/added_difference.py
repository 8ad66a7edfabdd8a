"""Changing curves by what differs between two motions, whatever became of their keys."""

from typing import Any, cast

import bpy
import numpy as np

from ...motion.frame_map import FrameMap
from ...motion.resampling import on_a_spline
from .curve_keys import CurveKeys
from .keyframes import LINEAR, KeyedChannels, curves_of

_NOTHING = 1e-6  # radians, metres or of a quaternion: less is rounding
_NEAR = 0.5  # frames from a key: nearer, none is inserted


def add_difference(obj: bpy.types.Object, before: KeyedChannels, after: KeyedChannels, since: FrameMap) -> None:
    """Add what differs between two sets of channels to the curves of an object's Action.

    All keys stay where they are, and nothing is changed outside of them. Where the motions differ and a curve has no
    key, one is inserted.

    Args:
        obj: the object.
        before: channels of the motion that its Action was made of.
        after: those of the motion that it should be made of, on the same frames.
        since: where these frames are now.
    """
    order = np.argsort(before.frames)
    frames, curves = before.frames[order], curves_of(obj)
    was = {(channel.data_path, channel.index): channel.values for channel in before.channels}
    for channel in after.channels:
        curve, old = curves.get((channel.data_path, channel.index)), was.get((channel.data_path, channel.index))
        if curve is None or old is None or not len(curve.keyframe_points):
            continue
        difference = (channel.values - old)[order]
        differs = np.abs(difference) > _NOTHING
        if len(frames) < 2 or not differs.any():  # noqa: PLR2004 -- a spline needs two
            continue
        # keys of the curve's own value where the motions differ, within its keys and not near to one
        keys = CurveKeys.of(cast("Any", curve.keyframe_points))
        keyed = keys.columns["co"][:, 0].astype(np.float64)
        inserted = since.moved(frames[differs])
        inserted = inserted[(inserted > keyed[0]) & (inserted < keyed[-1])]
        inserted = inserted[np.abs(inserted[:, None] - keyed).min(axis=1) > _NEAR].tolist()
        values = {frame: curve.evaluate(frame) for frame in inserted}
        keys = keys.joined(keys.new(values, dict.fromkeys(inserted, LINEAR)))
        # all keys by the difference at the frame where they were
        samples = np.interp(since.back(keys.columns["co"][:, 0]), frames, np.arange(len(frames)))
        by = on_a_spline(difference[:, None], samples)[:, 0]
        for name in ("co", "handle_left", "handle_right"):
            keys.columns[name][:, 1] += by
        keys.write(cast("Any", curve.keyframe_points))
        curve.update()
