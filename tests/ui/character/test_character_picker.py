"""A character that the scene keeps is shown whatever is selected; scripts use the selection.

That buttons use it is seen in a window, see `tests/window/test_look.py`.
"""

from pathlib import Path
from typing import Any

import bpy
import pytest

from tests.ui.acts import module, refusal, whole_state

Character = bpy.types.Object


def settings() -> Any:
    return bpy.context.scene.aimocap


def shown() -> Character | None:
    """The character of the panel."""
    return module("scene.scene_values").character_of(bpy.context)


def select(thing: bpy.types.Object | None) -> None:
    for other in bpy.context.view_layer.objects:
        other.select_set(other == thing)
    bpy.context.view_layer.objects.active = thing


def double_of(character: Character, name: str) -> Character:
    double = bpy.data.objects.new(name, character.data)
    bpy.context.scene.collection.objects.link(double)
    double.location.x = 1.5
    bpy.context.view_layer.update()  # makes its pose
    return double


@pytest.fixture
def dancer(character: Character) -> Character:
    """Another armature, which raises an arm; selected."""
    dancer = double_of(character, "Dancer")
    arm = dancer.pose.bones["mixamorig:LeftArm"]
    arm.rotation_mode = "XYZ"
    for frame, angle in ((1, 0.0), (20, 1.0)):
        arm.rotation_euler.x = angle
        arm.keyframe_insert("rotation_euler", frame=frame)
    select(dancer)
    return dancer


def is_moved(thing: Character) -> bool:
    return thing.animation_data is not None and thing.animation_data.action is not None


def test_scripts_use_the_selection_unless_they_name_another(character: Character, dancer: Character) -> None:
    third = double_of(character, "Third")
    settings().character = character
    select(third)
    assert bpy.ops.aimocap.retarget_from(source=dancer.name) == {"FINISHED"}
    assert (is_moved(third), is_moved(character)) == (True, False)
    select(dancer)
    assert bpy.ops.aimocap.retarget_from(onto=character.name) == {"FINISHED"}
    assert is_moved(character)
    before = whole_state()
    assert "no “Nobody”" in refusal(bpy.ops.aimocap.retarget_from, source=dancer.name, onto="Nobody")
    assert whole_state() == before


def test_an_imported_character_below_an_active_empty_is_the_selected_one(
    character: Character, dancer: Character
) -> None:
    empty = bpy.data.objects.new("RootNode", None)
    bpy.context.scene.collection.objects.link(empty)
    dancer.parent = empty
    select(empty)
    assert shown() is None
    dancer.select_set(True)
    assert shown() == dancer
    character.select_set(True)
    assert shown() is None


@pytest.mark.usefixtures("strip", "dancer")
def test_a_capture_belongs_to_the_kept_character(character: Character) -> None:
    settings().character = character
    (plan,) = module("takes.captures.planning").plan_captures(bpy.context, settings().wishes(), kept=shown())
    assert plan.request.binding["armature"] == character.name
    (plan,) = module("takes.captures.planning").plan_captures(bpy.context, settings().wishes())
    assert plan.request.binding["armature"] == "Dancer"


def test_a_robots_motion_goes_to_the_selected_robot_if_the_kept_character_is_none(
    character: Character, dancer: Character
) -> None:
    bpy.ops.aimocap.add_g1_rig()
    robot = bpy.context.view_layer.objects.active
    planned_for, robots = module("takes.captures.planning").receiver_for, module("service.contract").ROBOT_TARGET
    for kept, selected, expected in ((character, robot, robot), (robot, dancer, robot), (character, dancer, None)):
        select(selected)
        assert planned_for(bpy.context, robots, kept) == expected


def test_its_bones_are_chosen(character: Character, dancer: Character) -> None:
    settings().character = character
    assert bpy.ops.aimocap.detect_bones(onto=character.name) == {"FINISHED"}
    assert ("aimocap_bone_map" in character, "aimocap_bone_map" in dancer) == (True, False)


def test_the_pin_keeps_the_selected_character_until_it_is_pressed_again(
    character: Character, dancer: Character
) -> None:
    select(character)
    assert bpy.ops.aimocap.keep_character() == {"FINISHED"}
    select(dancer)
    assert shown() == character
    assert bpy.ops.aimocap.keep_character() == {"FINISHED"}
    assert shown() == dancer
    select(None)
    assert shown() is None
    assert "No armature is selected" in refusal(bpy.ops.aimocap.keep_character)


def test_a_deleted_character_gives_way_and_does_not_stay_in_the_file(
    character: Character, dancer: Character, tmp_path: Path
) -> None:
    settings().character, name = character, character.name
    select(character)
    bpy.ops.object.delete()
    select(dancer)
    assert shown() == dancer
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "film.blend"))
    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "film.blend"))
    assert name not in bpy.data.objects
    assert settings().character is None


def test_it_is_kept_by_undo_and_in_the_file(character: Character, dancer: Character, tmp_path: Path) -> None:
    name, other = character.name, dancer.name
    bpy.ops.ed.undo_push(message="before")
    settings().character = character
    bpy.ops.ed.undo_push(message="chosen")
    select(dancer)
    bpy.ops.object.delete()
    bpy.ops.ed.undo_push(message="the other one is deleted")
    bpy.ops.ed.undo()
    assert (settings().character.name, other in bpy.context.scene.objects) == (name, True)
    bpy.ops.ed.undo()
    assert settings().character is None
    bpy.ops.ed.redo()
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "film.blend"))
    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "film.blend"))
    assert shown().name == name


def test_a_linked_character_is_refused_and_its_override_is_not(
    character: Character, character_blend: Path, dancer: Character
) -> None:
    bpy.data.objects.remove(character)
    with bpy.data.libraries.load(str(character_blend), link=True) as (held, wanted):
        wanted.objects = held.objects
    linked = next(thing for thing in wanted.objects if thing.type == "ARMATURE")
    bpy.context.scene.collection.objects.link(linked)
    settings().character = linked
    assert shown() == linked
    assert "is linked" in refusal(bpy.ops.aimocap.retarget_from, source=dancer.name, onto=linked.name)
    override = linked.override_create(remap_local_usages=True)
    settings().character = override
    assert bpy.ops.aimocap.retarget_from(source=dancer.name, onto=override.name) == {"FINISHED"}
    assert is_moved(override)


def test_only_armatures_of_the_scene_are_offered(character: Character) -> None:
    other = bpy.data.scenes.new("Other")
    offered = module("ui.settings")._is_character
    body = next(thing for thing in bpy.context.scene.objects if thing.type == "MESH")
    assert [offered(settings(), thing) for thing in (character, body)] == [True, False]
    assert not offered(other.aimocap, character)
    settings().character = body  # a script can
    assert shown() == character
