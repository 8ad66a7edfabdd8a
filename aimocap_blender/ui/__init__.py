"""User interface: preferences, settings, operators and panels."""

from types import ModuleType

import bpy

from ..takes import binding
from ..takes.session import close_session
from . import panels, settings, shortcuts
from .capture import (
    applying,
    correct_mode,
    correcting,
    correction_bars,
    decisions,
    details,
    menus,
    operators,
    paid_strips,
    previewing,
    videos,
    watching,
)
from .capture import list as captures_list
from .character import bones, choosing
from .g1 import checking, files, folder, heat, panel, rig_operators
from .g1 import retargeting as g1_retargeting
from .motion import comparing, contacts, motion_files, outcome_words, own_motion, retargeting
from .preview import drawing, thumbnail_strip
from .setup import log_file, preferences, support
from .text import modal_work, overlays, translation

_MODULES: tuple[ModuleType, ...] = (
    log_file,
    translation,
    overlays,
    preferences,
    settings,
    binding,
    modal_work,
    captures_list,
    details,
    watching,
    operators,
    previewing,
    correcting,
    correct_mode,
    correction_bars,
    decisions,
    support,
    choosing,
    applying,
    motion_files,
    bones,
    retargeting,
    own_motion,
    comparing,
    contacts,
    outcome_words,
    menus,
    videos,
    panels,
    rig_operators,
    files,
    g1_retargeting,
    heat,
    paid_strips,
    thumbnail_strip,
    drawing,
    checking,
    panel,
    folder,
    shortcuts,
)
"""Modules with CLASSES to register, with functions `register` and `unregister`, or with both."""


def register() -> None:
    """Register all classes, properties, menus and handlers."""
    # properties and operators refer to classes of earlier modules, so the order counts
    for module in _MODULES:
        for cls in getattr(module, "CLASSES", ()):
            bpy.utils.register_class(cls)
        if hasattr(module, "register"):
            module.register()


def unregister() -> None:
    """Unregister everything in reverse order; captures continue when the add-on is enabled again."""
    # Blender 4.2 crashes and 4.5 hangs at exit with a modal operator that is left running
    modal_work.end_modal_operators()
    close_session()
    for module in reversed(_MODULES):
        if hasattr(module, "unregister"):
            module.unregister()
        classes: tuple[type, ...] = getattr(module, "CLASSES", ())
        for cls in reversed(classes):
            bpy.utils.unregister_class(cls)
    # handlers of the operators stay in their windows until an event comes there
    modal_work.clear_windows()
