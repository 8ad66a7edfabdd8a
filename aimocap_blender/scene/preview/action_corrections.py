"""The corrections of a preview, stored on its Action, so that an undo takes them back with the keyframes."""

import json
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import astuple

import bpy

from ...vision.corrections import Correction, correction_of

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
