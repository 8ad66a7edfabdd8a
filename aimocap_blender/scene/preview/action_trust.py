"""How far to trust each limb of a preview, and where its seconds are, stored on its Action."""

from dataclasses import dataclass
from typing import Any, cast

import bpy
import numpy as np

from ...motion.rotations import FloatArray, IntArray
from ...motion.time_mapping import TimeMapping
from ...vision.trust import Trust
from ..moved_frames import moved_frames, moved_mapping

_FIGURES, _FRAMES, _FILMS = "aimocap_trust", "aimocap_trust_frames", "aimocap_trust_films"
_PER_SEC = 10.0


@dataclass(frozen=True, eq=False)
class ActionTrust:
    """The trust in a preview's motion along the timeline.

    Attributes:
        limbs: their names, see `vision.trust.LIMBS`.
        frames: (N,) ascending timeline frames.
        values: (N, L) 0 to 1.
        films: number of the film, from 0, that shows each of the first limbs best; empty if there is only one.
    """

    limbs: tuple[str, ...]
    frames: FloatArray
    values: FloatArray
    films: tuple[int, ...] = ()


def keep_trust(action: bpy.types.Action, trust: Trust, times: FloatArray, mapping: TimeMapping) -> None:
    """Store the trust on an Action, ten figures a second for each limb.

    Args:
        action: of the preview.
        trust: of its motion.
        times: (F,) seconds of the motion.
        mapping: its seconds to timeline frames.
    """
    count = max(2, round(float(times[-1] - times[0]) * _PER_SEC) + 1)
    seconds: FloatArray = np.linspace(float(times[0]), float(times[-1]), count)
    figures: dict[str, list[float]] = {}
    for column, limb in enumerate(trust.limbs):
        values = np.interp(seconds, times, trust.values[:, column])
        figures[limb] = [round(value, 3) for value in values.tolist()]
    action[_FIGURES] = figures
    action[_FILMS] = list(trust.films)
    keep_mapping(action, times, mapping)


def keep_mapping(action: bpy.types.Action, times: FloatArray, mapping: TimeMapping) -> None:
    """Store on an Action where the first and the last sample of its motion were put, for `mapping_on`."""
    action[_FRAMES] = [float(frame) for frame in mapping.frames(times[[0, -1]])]


def can_be_mapped(action: bpy.types.Action) -> bool:
    """Return whether `mapping_on` knows where the seconds of an Action's motion are."""
    return _FRAMES in action


def trust_on(action: bpy.types.Action | None) -> ActionTrust | None:
    """Return the trust that is stored on an Action; None if there is none."""
    if action is None or _FIGURES not in action or _FRAMES not in action:
        return None
    kept: dict[str, list[float]] = {limb: list(figures) for limb, figures in cast("Any", action)[_FIGURES].items()}
    values: FloatArray = np.array(list(kept.values()), dtype=np.float64).T
    frames: FloatArray = np.linspace(*_frames_of(action), len(values))
    if (since := moved_frames(action)) is not None:
        frames = since.moved(frames)
    order: IntArray = np.argsort(frames)
    films = tuple(map(int, cast("Any", action).get(_FILMS, ())))
    return ActionTrust(tuple(kept), frames[order], values[order], films)


def mapping_on(action: bpy.types.Action, times: FloatArray) -> TimeMapping:
    """Return the mapping of a motion's seconds to timeline frames, given its motion's times (F,) and its Action."""
    first, last = _frames_of(action)
    length = float(times[-1] - times[0])
    per_second = (last - first) / length if length and last != first else 1.0
    return moved_mapping(action, TimeMapping(first - float(times[0]) * per_second, per_second))


def _frames_of(action: bpy.types.Action) -> tuple[float, float]:
    """Return the timeline frames at which the first and the last sample were put."""
    first, last = cast("Any", action)[_FRAMES]
    return float(first), float(last)
