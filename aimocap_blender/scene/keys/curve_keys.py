"""The keys of a curve, with all that a key has, as arrays; and changing them by what differs between two motions."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, cast

import bpy
import numpy as np

from ...motion.resampling import on_a_spline
from ...motion.rotations import BoolArray, FloatArray
from ...motion.time_mapping import FrameMap
from .keyframes import LINEAR, ON_A_KEY, KeyedChannels, curves_of

_FREE, _VECTOR = 0, 2  # of Keyframe.handle_left_type
_PROPERTIES = (
    *((name, np.float32, 2) for name in ("co", "handle_left", "handle_right")),
    *((name, np.float32, 1) for name in ("amplitude", "back", "period")),
    *((name, np.int32, 1) for name in ("interpolation", "easing", "handle_left_type", "handle_right_type", "type")),
)
"""Of a key: name, kind of number, how many."""
_NOTHING = 1e-6  # radians, metres or of a quaternion: less is rounding
_NEAR = 0.5  # frames from a key: nearer, none is inserted


@dataclass(frozen=True, eq=False)
class CurveKeys:
    """The keys of a curve: property to its values, one row a key. Writing them at once is faster than one by one."""

    columns: dict[str, Any]

    @classmethod
    def of(cls, points: Any) -> "CurveKeys":  # noqa: ANN401 -- Blender's own
        """Return the keys of a curve's points."""
        columns: dict[str, Any] = {}
        for name, kind, width in _PROPERTIES:
            values = np.empty(width * len(points), kind)
            points.foreach_get(name, values)
            columns[name] = values.reshape(-1, width) if width > 1 else values
        return cls(columns)

    def part(self, kept: BoolArray) -> "CurveKeys":
        """Return the keys at which `kept` (K,) is true."""
        return CurveKeys({name: values[kept] for name, values in self.columns.items()})

    def outside(self, first: float, last: float) -> "CurveKeys":
        """Return the keys before and after these frames."""
        frames = self.columns["co"][:, 0]
        return self.part((frames < first - ON_A_KEY) | (frames > last + ON_A_KEY))

    def freed(self) -> "CurveKeys":
        """Return the keys with handles that stay as they are, whatever their neighbours are."""
        kinds = {name: np.full_like(self.columns[name], _FREE) for name in ("handle_left_type", "handle_right_type")}
        return CurveKeys({**self.columns, **kinds})

    def new(self, values: Mapping[Any, float], kinds: Mapping[Any, int]) -> "CurveKeys":
        """Return keys at frames, with these values and interpolation."""
        # copies of the first key: amplitude and the like are that of any
        first = np.zeros(len(values), np.intp)
        found = {name: column[first].copy() for name, column in self.columns.items()}
        # level handles of a third of a frame; Blender sets those of vectors again
        for name, by in (("co", 0.0), ("handle_left", -1.0 / 3.0), ("handle_right", 1.0 / 3.0)):
            found[name][:, 0] = np.array([*values]) + by
            found[name][:, 1] = [*values.values()]
        found["interpolation"][:] = [kinds[frame] for frame in values]
        found["handle_left_type"][:] = found["handle_right_type"][:] = _VECTOR
        return CurveKeys(found)

    def joined(self, others: "CurveKeys") -> "CurveKeys":
        """Return the keys of both in time order."""
        joint = {name: np.concatenate([values, others.columns[name]]) for name, values in self.columns.items()}
        order = np.argsort(joint["co"][:, 0], kind="stable")
        return CurveKeys({name: values[order] for name, values in joint.items()})

    def moved(self, to: Callable[[FloatArray], FloatArray]) -> "CurveKeys":
        """Return the keys with their handles at other frames, by their frames (K,)."""
        found = dict(self.columns)
        for name in ("co", "handle_left", "handle_right"):
            frames = to(found[name][:, 0].astype(np.float64)).astype(np.float32)
            found[name] = np.stack([frames, found[name][:, 1]], axis=1)
        return CurveKeys(found)

    def write(self, points: Any) -> None:  # noqa: ANN401 -- Blender's own
        """Replace a curve's keys by these."""
        points.clear()
        points.add(len(self.columns["co"]))
        for name, _, _ in _PROPERTIES:
            points.foreach_set(name, self.columns[name].reshape(-1))


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
