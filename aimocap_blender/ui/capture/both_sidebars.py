"""Redraw of both sidebars when the selection changes in either editor.

Blender redraws a sidebar only when its own editor changes. The AIMoCap tab shows the active strip and the active
armature in both editors, so each redraw of one checks whether these changed since the last redraw.
"""

from collections.abc import Hashable
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, cast

import bpy

from ...scene.chosen_character import character_of
from ...scene.video.strips import handles_of, sequencer_scene
from ...scene.windows import redraw_sidebars
from ...while_enabled import lasting
from ..text.overlays import Overlay

_MOST_STRIPS = 50
"""Selected strips that are compared one by one; of the others only the number is."""


@dataclass
class _Drawn:
    """Facts that the sidebars were last drawn for, by window."""

    facts: dict[int, Hashable] = field(default_factory=dict[int, Hashable])


_drawn = lasting(_Drawn)


def _look(context: bpy.types.Context) -> None:
    """Redraw the sidebars if anything they show has changed."""
    # the window is being closed
    with suppress(AttributeError, ReferenceError):
        window, facts = cast("bpy.types.Window", context.window).as_pointer(), _facts(context)
        if _drawn.facts.get(window) != facts:
            _drawn.facts[window] = facts
            redraw_sidebars()


def _facts(context: bpy.types.Context) -> Hashable:
    """Return values that identify the selected strips and character; few, since each redraw asks for them."""
    armature, scene = character_of(context), sequencer_scene(context)
    active: Any = scene.sequence_editor.active_strip if scene.sequence_editor else None
    # 4.2 and 4.3 name them selected_sequences
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


_OVERLAYS = (
    Overlay(_look, "VIEW_3D"),
    Overlay(_look, "SEQUENCE_EDITOR"),
    Overlay(_look, "SEQUENCE_EDITOR", region="PREVIEW"),
)


def register() -> None:
    """Check for changes at each redraw."""
    for overlay in _OVERLAYS:
        overlay.show()
