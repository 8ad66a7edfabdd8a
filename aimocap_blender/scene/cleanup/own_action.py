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


def frames_within(obj: bpy.types.Object, first: int, last: int) -> tuple[int, int]:
    """Return a range of frames cut to those of an armature object's Action.

    Raises:
        Fault: as of `frames_to_edit`, or nothing of the Action is in the range.
    """
    begins, ends = frames_to_edit(obj)
    first, last = max(first, begins), min(last, ends)
    if first >= last:
        raise Fault(
            Text("The Action has no motion there: it has keys from frame {first} to {last}.", first=begins, last=ends),
            "Choose frames within these.",
        )
    return first, last
