"""The Action of an armature object as something whose keys can be changed."""

import bpy

from ...texts.faults import Fault
from ...texts.text import Text
from ..armatures import action_of
from ..looping import frames_of


def frames_to_edit(obj: bpy.types.Object) -> tuple[int, int]:
    """Return the first and last whole frame of an armature object's Action, whose keys can be changed.

    Raises:
        Fault: it has none that moves bones, or its keys can't be changed now.
    """
    found = frames_of(obj)
    action = action_of(obj)
    if action is not None and not action.is_editable:
        raise Fault(
            Text("The Action “{action}” is linked from another file and can't be changed here.", action=action.name),
            "Make it local (Object > Relations > Make Local), then try again.",
        )
    return found
