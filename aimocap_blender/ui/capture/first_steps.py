"""First steps before a capture: what is missing, with a sentence and the buttons for it."""

import bpy

from ...scene.video.strips import all_strips, sequencer_scene
from ...takes.captures.planning import NO_KEY
from ...texts.faults import Fault
from ...texts.text import Text
from ..character.choosing import armatures_in
from ..setup import preferences
from ..setup.service_check import last_problem, was_checked
from ..text.option_properties import set_options
from ..text.wrapped_text import row_if_wide, say
from .videos import sample_film


def needs_setting_up() -> bool:
    """Return whether the service can't be reached yet: Blender is offline, or there is no key that it accepts."""
    return not bpy.app.online_access or not preferences.api_key() or bool(last_problem())


def draw_setting_up(layout: bpy.types.UILayout, width: float) -> bool:
    """Draw what the service needs, in a dialog of this width; return whether all of it is there."""
    box = layout.box().column()
    if not bpy.app.online_access:
        _draw_offline(box, width)
    _draw_key(box, width)
    return not needs_setting_up()


def draw_missing_video(layout: bpy.types.UILayout, fault: Fault) -> None:
    """Draw where a video comes from, or why the strips that are there can't be captured."""
    scene = sequencer_scene(bpy.context)
    if scene.sequence_editor is not None and any(True for _ in all_strips(scene)):
        say(layout, fault.text, "SEQUENCE")
    else:
        say(layout, "Drop a video here", "FILE_MOVIE")
    row = row_if_wide(layout)
    row.operator("aimocap.open_video", text="Open…", icon="FILE_FOLDER")
    if sample_film() is not None:
        row.operator("aimocap.open_sample", text="Try a Sample", icon="PLAY")


def draw_missing_character(layout: bpy.types.UILayout, context: bpy.types.Context) -> None:
    """Draw how to choose or import a character."""
    if armatures_in(context):
        say(layout, "Select the character that should receive the motion.", "BLANK1")
    else:
        say(layout, "This scene has no character yet. Import or append one.", "ARMATURE_DATA")
        layout.menu("TOPBAR_MT_file_import", text="Import", icon="IMPORT")
        layout.operator("wm.append", icon="APPEND_BLEND")


def _draw_offline(layout: bpy.types.UILayout, width: float) -> None:
    say(layout, "Online access is turned off in Blender. Captures need it.", "INTERNET_OFFLINE", width)
    if bpy.app.online_access_override:
        say(layout, "Restart Blender without --offline-mode.", "BLANK1", width)
    else:
        layout.operator("extensions.userpref_allow_online", text="Allow Online Access", icon="CHECKMARK")


def _draw_key(layout: bpy.types.UILayout, width: float) -> None:
    if problem := last_problem():
        say(layout, problem, "ERROR", width)
    elif not preferences.api_key():
        made = "Create one on the service's website and paste it here."
        say(layout, Text.joined((NO_KEY.what, made)), "KEYINGSET", width)
    if preferences.from_environment():
        say(layout, "The API key is set by an environment variable.", "BLANK1", width)
    else:
        layout.prop(preferences.preferences(), "api_key", text="", placeholder="sk-…")
        if doubt := preferences.doubt_of_key():
            say(layout, doubt, "INFO", width)
    row = layout.row(align=True)
    set_options(row.operator("wm.url_open", text="Get a Key", icon="URL"), url=preferences.KEY_PAGE)
    if preferences.api_key() and bpy.app.online_access:
        checked = "Check Again" if was_checked() else "Check Key"
        row.operator("aimocap.check_service", text=checked, icon="FILE_REFRESH")
