"""Trimming the Action of an armature object to a range of frames, its poses at both ends as they were."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

import bpy
import numpy as np

from ...motion.rotations import BoolArray
from ...texts.faults import Fault
from ...texts.text import Text
from ..armatures import action_of
from ..keys.keyframes import LINEAR, curves_of
from .own_action import frames_to_edit

_ON_A_KEY = 1e-3  # frames
_SIMPLE = (0, LINEAR)  # of Keyframe.interpolation: a part of these is of the same kind; 0 is constant
_FREE, _VECTOR = 0, 2  # of Keyframe.handle_left_type
_PROPERTIES = (
    *((name, np.float32, 2) for name in ("co", "handle_left", "handle_right")),
    *((name, np.float32, 1) for name in ("amplitude", "back", "period")),
    *((name, np.int32, 1) for name in ("interpolation", "easing", "handle_left_type", "handle_right_type", "type")),
)
"""Of a key: name, kind of number, how many."""


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
    first, last = max(first, begins), min(last, ends)
    if first >= last:
        raise Fault(
            Text("The Action has no motion there: it has keys from frame {first} to {last}.", first=begins, last=ends),
            "Choose frames within these.",
        )
    if (first, last) == (begins, ends):
        raise Fault(
            Text("The Action has no keys outside frames {first} to {last}.", first=first, last=last),
            "Set a preview range over the part to keep (P in the Timeline), then try again.",
        )
    curves = curves_of(obj)
    if any(curve.sampled_points for curve in curves.values()):
        raise Fault(
            Text("The Action “{action}” has baked curves without keys.", action=action.name),
            "Choose Channel > Samples to Keys in the Graph Editor, then try again.",
        )
    shift = begins - first if keep_start else 0
    for curve in curves.values():
        if curve.keyframe_points:
            _trim_curve(curve, first, last, shift)
    if action.use_frame_range:
        action.frame_start, action.frame_end = float(first + shift), float(last + shift)
    action.update_tag()
    return Trimmed(first, last, shift)


def _trim_curve(curve: bpy.types.FCurve, first: int, last: int, shift: int) -> None:
    points = cast("Any", curve.keyframe_points)  # its stub has arrays of unknown type
    keys = _Keys.of(points)
    frames, kinds = keys.columns["co"][:, 0], keys.columns["interpolation"]
    inside = (frames > first - _ON_A_KEY) & (frames < last + _ON_A_KEY)
    within = frames[inside].tolist()
    added: dict[int, int] = {}  # frame to interpolation
    edges = np.flatnonzero(inside)[[0, -1]] if within else np.empty(0, np.intp)
    if frames[0] < first < frames[-1] and not (within and within[0] - first < _ON_A_KEY):
        kind = int(kinds[np.flatnonzero(frames < first)[-1]])
        stop = int(np.ceil(within[0] - _ON_A_KEY)) if within else last
        added |= dict.fromkeys([first], kind) if kind in _SIMPLE else dict.fromkeys(range(first, stop), LINEAR)
    if frames[0] < last < frames[-1] and not (within and last - within[-1] < _ON_A_KEY):
        kind = int(kinds[np.flatnonzero(frames < last)[-1]])
        start = int(np.floor(within[-1] + _ON_A_KEY)) if within else first
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
    keys.part(inside).joined(keys.new(values, added)).write(points, shift)
    curve.update()


@dataclass(frozen=True, eq=False)
class _Keys:
    """The keys of a curve: property to its values, one row a key. Writing them at once is faster than one by one."""

    columns: dict[str, Any]

    @classmethod
    def of(cls, points: Any) -> "_Keys":  # noqa: ANN401 -- Blender's own
        columns: dict[str, Any] = {}
        for name, kind, width in _PROPERTIES:
            values = np.empty(width * len(points), kind)
            points.foreach_get(name, values)
            columns[name] = values.reshape(-1, width) if width > 1 else values
        return cls(columns)

    def part(self, kept: BoolArray) -> "_Keys":
        return _Keys({name: values[kept] for name, values in self.columns.items()})

    def new(self, values: Mapping[int, float], kinds: Mapping[int, int]) -> "_Keys":
        """Return keys at frames, with these values and interpolation."""
        first = np.zeros(len(values), np.intp)  # amplitude and the like are that of any key
        found = {name: column[first].copy() for name, column in self.columns.items()}
        for name, by in (("co", 0.0), ("handle_left", -1.0 / 3.0), ("handle_right", 1.0 / 3.0)):
            found[name][:, 0] = np.array([*values]) + by
            found[name][:, 1] = [*values.values()]
        found["interpolation"][:] = [kinds[frame] for frame in values]
        found["handle_left_type"][:] = found["handle_right_type"][:] = _VECTOR
        return _Keys(found)

    def joined(self, others: "_Keys") -> "_Keys":
        """Return the keys of both in time order."""
        joint = {name: np.concatenate([values, others.columns[name]]) for name, values in self.columns.items()}
        order = np.argsort(joint["co"][:, 0], kind="stable")
        return _Keys({name: values[order] for name, values in joint.items()})

    def write(self, points: Any, shift: int) -> None:  # noqa: ANN401 -- Blender's own
        """Replace a curve's keys by these, moved by some frames."""
        points.clear()
        points.add(len(self.columns["co"]))
        for name, _, width in _PROPERTIES:
            values = self.columns[name] + np.array([shift, 0.0], np.float32) if width > 1 else self.columns[name]
            points.foreach_set(name, values.reshape(-1))
