"""Trimming the Action of an armature object to a range of frames, its poses at both ends as they were."""

from dataclasses import dataclass
from typing import Any, cast

import bpy
import numpy as np

from ...motion.frame_map import FrameMap
from ...texts.faults import Fault
from ...texts.text import Text
from ..armatures import action_of
from ..keys.curve_keys import CurveKeys
from ..keys.keyframes import LINEAR, ON_A_KEY, curves_of, require_keys
from ..moved_frames import move_frames
from .own_action import frames_to_edit, frames_within

_SIMPLE = (0, LINEAR)  # of Keyframe.interpolation: a part of these is of the same kind; 0 is constant
_FREE = 0  # of Keyframe.handle_left_type


@dataclass(frozen=True)
class Trimmed:
    """The result of trimming, in frames of the timeline.

    Attributes:
        first: frame of the first pose that was kept, before keys were moved.
        last: of the last one.
        shift: by which keys were moved.
    """

    first: int
    last: int
    shift: int


def trim(obj: bpy.types.Object, first: int, last: int, *, keep_start: bool) -> Trimmed:
    """Remove the keys outside a range; where its ends lie between keys, keys with the pose there are inserted.

    Between an inserted key and the next one, there is one on each frame unless the curve is straight there. A manual
    frame range of the Action becomes the range.

    Args:
        obj: the armature object, which has an Action with keyframes of bones.
        first: frame of the timeline at which the motion shall begin.
        last: at which it shall end.
        keep_start: move the keys so that the motion begins at the frame where it began.

    Raises:
        Fault: nothing would be removed, or all, or the Action can't be changed. Nothing has changed then.
    """
    begins, ends = frames_to_edit(obj)
    action = cast("bpy.types.Action", action_of(obj))
    first, last = frames_within(obj, first, last)
    if (first, last) == (begins, ends):
        raise Fault(
            Text("The Action has no keys outside frames {first} to {last}.", first=first, last=last),
            "Set a preview range over the part to keep (P in the Timeline), then try again.",
        )
    require_keys(obj)
    shift = begins - first if keep_start else 0
    for curve in curves_of(obj).values():
        if curve.keyframe_points:
            _trim_curve(curve, first, last, shift)
    move_frames(action, FrameMap((first,), (first + shift,)), (first, last))
    action.update_tag()
    return Trimmed(first, last, shift)


def _trim_curve(curve: bpy.types.FCurve, first: int, last: int, shift: int) -> None:
    points = cast("Any", curve.keyframe_points)  # its stub has arrays of unknown type
    keys = CurveKeys.of(points)
    frames, kinds = keys.columns["co"][:, 0], keys.columns["interpolation"]
    inside = (frames > first - ON_A_KEY) & (frames < last + ON_A_KEY)
    within = frames[inside].tolist()
    added: dict[int, int] = {}  # frame to interpolation
    edges = np.flatnonzero(inside)[[0, -1]] if within else np.empty(0, np.intp)
    # a key on each frame keeps the shape of a curve that is neither straight nor constant
    if frames[0] < first < frames[-1] and not (within and within[0] - first < ON_A_KEY):
        kind = int(kinds[np.flatnonzero(frames < first)[-1]])
        stop = int(np.ceil(within[0] - ON_A_KEY)) if within else last
        added |= dict.fromkeys([first], kind) if kind in _SIMPLE else dict.fromkeys(range(first, stop), LINEAR)
    if frames[0] < last < frames[-1] and not (within and last - within[-1] < ON_A_KEY):
        kind = int(kinds[np.flatnonzero(frames < last)[-1]])
        start = int(np.floor(within[-1] + ON_A_KEY)) if within else first
        if kind in _SIMPLE:
            added[last] = kind
        else:
            added |= dict.fromkeys(range(start + 1, last + 1), LINEAR)
            kinds[edges[-1:]] = LINEAR
    if not within and not added:  # a curve that rests there
        added[first] = LINEAR
    for name in ("handle_left_type", "handle_right_type"):  # as they are, whatever their new neighbours are
        keys.columns[name][edges] = _FREE
    values = {frame: curve.evaluate(frame) for frame in added}
    kept = keys.part(inside).joined(keys.new(values, added))
    kept.moved(lambda at: at + shift).write(points)
    curve.update()
