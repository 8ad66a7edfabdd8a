"""The add-on where Blender's Python has no numpy, as some systems' Blenders: its tab and its command say so."""

import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from textwrap import wrap
from typing import Any, cast

import bpy

from ..while_enabled import lasting

_WHAT = "Blender's Python has no 'numpy' package, so AIMoCap can't run."
_NEXT_STEP = "Install Debian's python3-numpy, or use Blender from blender.org. Then restart Blender."
_TRANSLATIONS = Path(__file__).parents[1] / "ui" / "translations.json"


class _Panel:
    bl_label = "AIMoCap"
    bl_category = "AIMoCap"

    def draw(self, context: bpy.types.Context) -> None:
        """Draw both sentences in lines that fit."""
        column = cast("Any", self).layout.column(align=True)
        scale = context.preferences.system.ui_scale
        width = context.region.width / (7 * scale) if context.region else 40.0
        for sentence in (_WHAT, _NEXT_STEP):
            for line in wrap(bpy.app.translations.pgettext_iface(sentence), max(20, int(width) - 3)):
                column.label(text=line, translate=False)


class ViewportPanel(_Panel, bpy.types.Panel):
    """Sidebar of the 3D Viewport."""

    bl_idname = "AIMOCAP_PT_without_numpy"
    bl_space_type = "VIEW_3D"
    bl_region_type = "UI"


class SequencerPanel(_Panel, bpy.types.Panel):
    """Sidebar of the Video Sequencer."""

    bl_idname = "AIMOCAP_PT_without_numpy_sequencer"
    bl_space_type = "SEQUENCE_EDITOR"
    bl_region_type = "UI"


_CLASSES = (ViewportPanel, SequencerPanel)


@dataclass
class _Registered:
    """Whether this stands in for the add-on, and Blender's handle of its command."""

    here: bool = False
    command: object = None


_registered = lasting(_Registered)


def _run(arguments: Sequence[str]) -> int:
    """Refuse a command."""
    del arguments
    sys.stderr.write(f"{_WHAT} {_NEXT_STEP}\n")
    return 1


def register() -> None:
    """Stand in for the add-on."""
    said = json.loads(_TRANSLATIONS.read_text(encoding="utf-8"))
    what, next_step = said[_WHAT], said[_NEXT_STEP]
    known: dict[str, dict[tuple[str, str], str]] = {}
    for language in what:
        texts = {("*", _WHAT): what[language], ("*", _NEXT_STEP): next_step[language]}
        known[language] = texts
    bpy.app.translations.register(__name__, cast("Any", known))
    for cls in _CLASSES:
        bpy.utils.register_class(cls)
    _registered.command = bpy.utils.register_cli_command("aimocap", _run)
    _registered.here = True


def unregister() -> bool:
    """Unregister what was registered; return whether that was anything."""
    if not _registered.here:
        return False
    bpy.utils.unregister_cli_command(_registered.command)
    for cls in reversed(_CLASSES):
        bpy.utils.unregister_class(cls)
    bpy.app.translations.unregister(__name__)
    return True
