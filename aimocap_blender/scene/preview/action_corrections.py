"""The corrections of a preview, stored on its Action, so that an undo takes them back with the keyframes."""

import json
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import astuple

import bpy

from ...motion.rotations import FloatArray
from ...vision.corrections import Correction, correction_of
from .action_trust import frames_of

_CORRECTIONS = "aimocap_corrections"


def keep_corrections(action: bpy.types.Action, corrections: Sequence[Correction]) -> None:
    """Store corrections on an Action."""
    if corrections:
        action[_CORRECTIONS] = json.dumps([astuple(one) for one in corrections])
    elif _CORRECTIONS in action:
        del action[_CORRECTIONS]


def corrections_on(action: bpy.types.Action | None) -> tuple[Correction, ...]:
    """Return the corrections that are stored on an Action; none if they can't be read."""
    if action is None:
        return ()
    with suppress(ValueError, TypeError):
        return tuple(correction_of(values) for values in json.loads(str(action.get(_CORRECTIONS, "[]"))))
    return ()


def second_at(action: bpy.types.Action, frame: float, times: FloatArray) -> float:
    """Return the second of a preview's motion at a timeline frame.

    Args:
        action: of the preview, with its trust.
        frame: of the timeline.
        times: (F,) seconds of its motion.
    """
    first, last = frames_of(action)
    fraction = (frame - first) / (last - first) if last != first else 0.0
    return float(times[0] + fraction * (times[-1] - times[0]))


def frame_at(action: bpy.types.Action, second: float, times: FloatArray) -> float:
    """Return the timeline frame of a second, as `second_at` tells it."""
    first, last = frames_of(action)
    length = float(times[-1] - times[0])
    return first + (second - float(times[0])) / length * (last - first) if length else first
