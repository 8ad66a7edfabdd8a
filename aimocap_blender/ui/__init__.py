"""What people see and call: preferences, settings, operators and panels."""

from . import (
    apply_operator,
    binding,
    bone_map_files,
    bone_operators,
    both_sidebars,
    broken_pipes,
    capture_menu,
    capture_operators,
    captures_list,
    character_operator,
    command_line,
    decision_operators,
    following,
    g1,
    log_file,
    motion_operators,
    motion_presets,
    panels,
    preferences,
    recover_operator,
    report_operator,
    retarget_operator,
    service_check,
    settings,
    status_bar,
    strip_menus,
    translation,
    video_operators,
    watching,
)

_MODULES = (
    log_file,
    broken_pipes,
    translation,
    preferences,
    settings,
    binding,
    captures_list,
    watching,
    capture_operators,
    decision_operators,
    service_check,
    character_operator,
    recover_operator,
    apply_operator,
    report_operator,
    motion_operators,
    bone_operators,
    bone_map_files,
    retarget_operator,
    capture_menu,
    strip_menus,
    status_bar,
    motion_presets,
    video_operators,
    panels,
    both_sidebars,
    g1,
    command_line,
)


def register() -> None:
    """Make everything known to Blender."""
    for module in _MODULES:
        module.register()


def unregister() -> None:
    """Take everything away again, in the opposite order; captures go on when the add-on is enabled again."""
    following.stop()
    for module in reversed(_MODULES):
        module.unregister()
