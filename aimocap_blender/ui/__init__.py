"""User interface: preferences, settings, operators and panels."""

from types import ModuleType

import bpy

from ..takes import binding
from ..takes.session import close_session
from . import panels, settings
from .capture import (
    applying,
    both_sidebars,
    correct_mode,
    correcting,
    decisions,
    details,
    menus,
    moving_corrections,
    operators,
    paid_strips,
    previewing,
    range_editing,
    shelf,
    status_bar,
    videos,
    watching,
)
from .capture import list as captures_list
from .character import bones, bones_panel, choosing
from .g1 import checking, files, folder, heat, panel, reports, rig_operators
from .g1 import retargeting as g1_retargeting
from .motion import assets, comparing, contact_bars, contacts, motion_files, outcome_words, own_motion, retargeting
from .preview import correction_bars, thumbnail_strip, trust_strip
from .setup import broken_pipes, log_file, manual, preferences, report_operator, service_check
from .text import overlays, renamed_operators, translation, waits
from .text.modal_operators import clear_windows, end_modal_operators

_MODULES: tuple[ModuleType, ...] = (
    log_file,
    broken_pipes,
    translation,
    overlays,
    preferences,
    settings,
    binding,
    waits,
    shelf,
    captures_list,
    details,
    watching,
    operators,
    previewing,
    correcting,
    correct_mode,
    moving_corrections,
    decisions,
    service_check,
    choosing,
    applying,
    report_operator,
    motion_files,
    bones,
    bones_panel,
    retargeting,
    own_motion,
    assets,
    comparing,
    contacts,
    outcome_words,
    menus,
    status_bar,
    videos,
    range_editing,
    panels,
    both_sidebars,
    rig_operators,
    files,
    g1_retargeting,
    reports,
    heat,
    trust_strip,
    contact_bars,
    correction_bars,
    paid_strips,
    thumbnail_strip,
    checking,
    panel,
    folder,
    renamed_operators,
    manual,
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
    end_modal_operators()
    close_session()
    for module in reversed(_MODULES):
        if hasattr(module, "unregister"):
            module.unregister()
        for cls in reversed(getattr(module, "CLASSES", ())):
            bpy.utils.unregister_class(cls)
    # handlers of the operators stay in their windows until an event comes there
    clear_windows()
