"""First steps before a capture: one missing thing at a time, with a sentence and the buttons for it."""

import bpy

from ...takes.captures.planning import NO_KEY
from ...texts.faults import Fault
from ...texts.text import Text
from ..character.choosing import armatures_in
from ..setup import key_file, preferences
from ..setup.service_check import last_problem, was_checked
from ..text.wrapped_text import say


def draw_way_to_service(layout: bpy.types.UILayout) -> bool:
    """Draw the first obstacle to reaching the service; return whether there is one."""
    if not bpy.app.online_access:
        _draw_offline(layout)
        return True
    if not preferences.api_key() or last_problem():
        _draw_key(layout)
        return True
    if not was_checked() and not preferences.has_consent():
        layout.operator("aimocap.check_service", text="Check Key", icon="KEYINGSET")
    return False


def draw_missing_video(layout: bpy.types.UILayout, fault: Fault) -> None:
    """Draw why no strip can be captured, and a button that opens a video."""
    say(layout, fault.what, "SEQUENCE")
    say(layout, fault.next_step, "BLANK1")
    layout.operator("aimocap.open_video", icon="FILE_MOVIE")


def draw_missing_character(layout: bpy.types.UILayout, context: bpy.types.Context) -> None:
    """Draw how to choose or import a character."""
    if armatures_in(context):
        say(layout, "Select the character that should receive the motion.", "BLANK1")
    else:
        say(layout, "This scene has no character yet. Import or append one.", "ARMATURE_DATA")
        layout.menu("TOPBAR_MT_file_import", text="Import", icon="IMPORT")
        layout.operator("wm.append", icon="APPEND_BLEND")


def _draw_offline(layout: bpy.types.UILayout) -> None:
    say(layout, "Online access is turned off in Blender. Captures need it.", "INTERNET_OFFLINE")
    if bpy.app.online_access_override:
        say(layout, "Restart Blender without --offline-mode.", "BLANK1")
    else:
        layout.operator("extensions.userpref_allow_online", text="Allow Online Access", icon="CHECKMARK")


def _draw_key(layout: bpy.types.UILayout) -> None:
    if problem := last_problem():
        say(layout, problem, "ERROR")
    else:
        say(layout, Text.joined((NO_KEY.what, "Create one on the service's website and paste it here.")), "KEYINGSET")
    if key_file.from_environment():
        say(layout, "The API key is set by an environment variable.", "BLANK1")
    else:
        layout.prop(preferences.preferences(), "api_key", text="", placeholder="sk-…")
        if doubt := preferences.doubt_of_key():
            say(layout, doubt, "INFO")
    row = layout.row(align=True)
    link = row.operator("wm.url_open", text="Get a Key", icon="URL")
    setattr(link, "url", preferences.KEY_PAGE)  # noqa: B010 -- unknown to the stubs
    if preferences.api_key():
        row.operator("aimocap.check_service", text="Check Again", icon="FILE_REFRESH")
