"""The two sidebars show the same: what is chosen in one editor is drawn in the other one's sidebar too.

Blender draws a sidebar when its own editor changes. The tab shows things of both, the active strip and the active
armature, so each drawing of either editor looks whether these have changed since the last one.
"""

from collections.abc import Hashable
from contextlib import suppress
from itertools import islice
from typing import Any, cast

import bpy

from ...scene.armatures import selected_armature
from ...scene.video.strips import handles_of, sequencer_scene
from ...scene.windows import redraw_sidebars

_REGIONS = (("SpaceView3D", "WINDOW"), ("SpaceSequenceEditor", "WINDOW"), ("SpaceSequenceEditor", "PREVIEW"))
_MOST_STRIPS = 50
"""Of those selected that are looked at; of all others only the number counts."""


class _Drawn:
    """By window what the sidebars were last drawn for, and the drawing functions that Blender calls."""

    facts: "dict[int, Hashable]" = {}
    handles: "list[tuple[str, str, object]]" = []


def _look() -> None:
    """Have the sidebars drawn if something has changed that they show."""
    with suppress(AttributeError, ReferenceError):  # of a window that is being closed
        context = bpy.context
        window, facts = cast("bpy.types.Window", context.window).as_pointer(), _facts(context)
        if _Drawn.facts.get(window) != facts:
            _Drawn.facts[window] = facts
            redraw_sidebars()


def _facts(context: bpy.types.Context) -> Hashable:
    """Return what tells strips and a character from others: little, since it is asked at each drawing."""
    armature, scene = selected_armature(context), sequencer_scene(context)
    active: Any = scene.sequence_editor.active_strip if scene.sequence_editor else None
    selected: Any = getattr(context, "selected_strips", None) or getattr(context, "selected_sequences", None) or ()
    return (
        armature.session_uid if armature is not None else 0,
        scene.session_uid,
        _facts_of(active) if active is not None else (),
        len(selected),
        tuple(_facts_of(strip) for strip in islice(cast("list[object]", selected), _MOST_STRIPS)),
    )


def _facts_of(strip: Any) -> Hashable:  # noqa: ANN401 -- its class was renamed in 4.4
    return strip.as_pointer(), strip.name, *handles_of(strip)


def register() -> None:
    """Look at each drawing."""
    for space, region in _REGIONS:
        handle = getattr(bpy.types, space).draw_handler_add(_look, (), region, "POST_PIXEL")
        _Drawn.handles.append((space, region, handle))


def unregister() -> None:
    """Look no longer."""
    for space, region, handle in _Drawn.handles:
        getattr(bpy.types, space).draw_handler_remove(handle, region)
    _Drawn.handles.clear()
    _Drawn.facts.clear()
