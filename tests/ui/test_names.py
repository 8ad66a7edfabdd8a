"""The scripting surface: the names that are documented and kept."""

from types import ModuleType

import bpy
import pytest

from tests.ui.conftest import MODULE

OPERATORS = (
    "capture_motion", "stop_following", "follow_capture", "apply_capture", "forget_capture", "check_service",
    "import_motion_fbx", "import_g1_motion", "add_g1_rig", "detect_bones",
    "choose_bone", "save_bone_map", "load_bone_map", "retarget_from",
    "copy_report", "open_video", "show_video", "open_capture_folder", "play_preview",
)  # fmt: skip
ON_A_CAPTURE = (
    "stop_following",
    "follow_capture",
    "apply_capture",
    "forget_capture",
    "show_video",
    "open_capture_folder",
    "play_preview",
)
FROM_A_FILE = (
    "capture_motion",
    "import_motion_fbx",
    "import_g1_motion",
    "save_bone_map",
    "load_bone_map",
    "copy_report",
    "open_video",
)
CHOICES = {
    "target": (["DEFAULT", "UNITREE_G1", "AVATAR"], "DEFAULT"),
    "export_fps": (["24", "30", "60", "120"], "30"),
    "capture_type": (["FULL_BODY", "UPPER_BODY"], "FULL_BODY"),
    "upload": (["AUTO", "WHOLE_FILE", "TRIMMED_CLIP"], "AUTO"),
    "root_motion": (["FULL", "IN_PLACE"], "FULL"),
    "timing": (["STRIP", "REAL_TIME"], "STRIP"),
}
OTHERS = {"avatar_id": ("STRING", ""), "title": ("STRING", ""), "lock_feet": ("BOOLEAN", True)}
PREFERENCES = {"api_key": "STRING", "service_url": "STRING", "poll_seconds": "FLOAT", "captures_folder": "STRING"}

NEVER_SHOWN = {"capture_id", "preview_id", "filepath", "bl_idname", "rna_type", "name"}

pytestmark = pytest.mark.usefixtures("addon")


@pytest.mark.parametrize("name", OPERATORS)
def test_operators(name: str) -> None:
    known = getattr(bpy.ops.aimocap, name).get_rna_type().properties.keys()
    assert ("capture_id" in known) == (name in ON_A_CAPTURE)
    assert ("filepath" in known) == (name in FROM_A_FILE)


@pytest.mark.skipif(bpy.app.version < (4, 5, 0), reason="all paths may begin with //")
def test_paths_of_scripts_may_begin_with_the_blend_files_folder() -> None:
    known = [getattr(bpy.ops.aimocap, name).get_rna_type().properties for name in dir(bpy.ops.aimocap)]
    paths = [option for options in known for option in options if option.subtype.endswith("_PATH")]
    assert len(paths) > len(FROM_A_FILE)
    assert all(option.is_path_supports_blend_relative for option in paths)


@pytest.mark.parametrize("name", CHOICES)
def test_choices_of_a_scene(name: str) -> None:
    values, default = CHOICES[name]
    settings = bpy.context.scene.aimocap
    assert settings.bl_rna.properties[name].enum_items.keys() == values
    assert getattr(settings, name) == default
    for value in values:
        setattr(settings, name, value)
        assert getattr(settings, name) == value


@pytest.mark.parametrize("name", OTHERS)
def test_other_settings_of_a_scene(name: str) -> None:
    settings = bpy.context.scene.aimocap
    assert (settings.bl_rna.properties[name].type, getattr(settings, name)) == OTHERS[name]


def test_the_redo_panel_offers_the_scenes_choices() -> None:
    known = bpy.ops.aimocap.apply_capture.get_rna_type().properties
    for name in ("root_motion", "timing"):
        assert known[name].enum_items.keys() == CHOICES[name][0]
    assert known["lock_feet"].type == "BOOLEAN"


def test_an_added_robot_is_not_remembered() -> None:
    """A menu of the variants gives the variant alone."""
    known = bpy.ops.aimocap.add_g1_rig.get_rna_type().properties
    assert [known[name].is_skip_save for name in ("robot", "variant")] == [True, False]


@pytest.mark.parametrize("name", PREFERENCES)
def test_preferences(name: str) -> None:
    known = bpy.context.preferences.addons[MODULE].preferences.bl_rna.properties
    assert known[name].type == PREFERENCES[name]


def test_defaults_of_the_preferences(addon: ModuleType) -> None:
    del addon
    preferences = bpy.context.preferences.addons[MODULE].preferences
    assert preferences.service_url == "https://aimocap.net"
    assert preferences.bl_rna.properties["api_key"].subtype == "PASSWORD"


def test_the_tab_in_both_sidebars() -> None:
    panels = [panel for panel in bpy.types.Panel.__subclasses__() if panel.__module__.startswith(MODULE)]
    tabs = {panel.bl_space_type for panel in panels if getattr(panel, "bl_category", "") == "AIMoCap"}
    assert tabs == {"VIEW_3D", "SEQUENCE_EDITOR"}


def test_everything_has_a_tooltip() -> None:
    operators = [getattr(bpy.ops.aimocap, name).get_rna_type() for name in dir(bpy.ops.aimocap)]
    settings = [bpy.context.scene.aimocap.bl_rna, bpy.context.preferences.addons[MODULE].preferences.bl_rna]
    without = [owner.identifier for owner in operators if not owner.description]
    for owner in [*operators, *settings]:
        shown = [prop for prop in owner.properties if not (prop.is_hidden or prop.identifier in NEVER_SHOWN)]
        without += [f"{owner.identifier}.{prop.identifier}" for prop in shown if not prop.description]
    # the lists show the tooltip of what is selected in them
    selected = [prop for prop in bpy.types.WindowManager.bl_rna.properties if prop.identifier.startswith("aimocap_")]
    named = [prop for prop in selected if prop.type not in {"COLLECTION", "POINTER"}]
    assert len(named) > 2
    without += [prop.identifier for prop in named if not prop.description or prop.name == prop.identifier]
    assert without == []


def test_tooltips_end_without_a_full_stop() -> None:
    """Blender adds one."""
    tooltips = {name: getattr(bpy.ops.aimocap, name).get_rna_type().description for name in dir(bpy.ops.aimocap)}
    for owner in ("AIMOCAP_MT_capture", "AIMOCAP_MT_recover"):
        tooltips[owner] = getattr(bpy.types, owner).__doc__
    for name in dir(bpy.ops.aimocap):
        properties = getattr(bpy.ops.aimocap, name).get_rna_type().properties
        tooltips |= {f"{name}.{prop.identifier}": prop.description for prop in properties}
    assert len(tooltips) > 100
    assert not [name for name, tooltip in tooltips.items() if tooltip.endswith(".")]
