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
        keys = CurveKeys.of(cast("Any", curve.keyframe_points))
        at = keys.columns["co"][:, 0].astype(np.float64)
        there = since.moved(frames[differs])
        there = there[(there > at[0]) & (there < at[-1])]
        there = there[np.abs(there[:, None] - at).min(axis=1) > _NEAR].tolist()
        keys = keys.joined(keys.new({frame: curve.evaluate(frame) for frame in there}, dict.fromkeys(there, LINEAR)))
        places = np.interp(since.back(keys.columns["co"][:, 0]), frames, np.arange(len(frames)))
        by = on_a_spline(difference[:, None], places)[:, 0]
        for name in ("co", "handle_left", "handle_right"):
            keys.columns[name][:, 1] += by
        keys.write(cast("Any", curve.keyframe_points))
        curve.update()
