"""The character's bones in the user's hands: chosen, mirrored, detected again, kept in files."""

import json
from pathlib import Path
from typing import Any

import bpy
import pytest

from tests.demo.character import bring_character
from tests.scene.scene_dump import changes
from tests.ui.acts import module, refusal, whole_state

PREFIX = "mixamorig:"


pytestmark = pytest.mark.usefixtures("nothing_is_sent")


def bones(character: bpy.types.Object) -> dict[str, str]:
    """Slot to bone, as it is kept on the character, without the mannequin's prefix."""
    kept = json.loads(character["aimocap_bone_map"])["slots"]
    return {slot: entry["bone"].removeprefix(PREFIX) for slot, entry in kept.items()}


def choose(slot: str, bone: str, **options: Any) -> None:
    assert bpy.ops.aimocap.choose_bone(slot=slot, bone=bone and PREFIX + bone, **options) == {"FINISHED"}


def test_a_choice_counts_for_both_sides(character: bpy.types.Object) -> None:
    bpy.ops.aimocap.detect_bones()
    before = bones(character)
    choose("left_hand", "LeftForeArm")
    after = bones(character)
    assert (after["left_hand"], after["right_hand"]) == ("LeftForeArm", "RightForeArm")
    # a bone is one part of the body: it fills its old slot no longer
    assert set(before) - set(after) == {"left_lower_arm", "right_lower_arm"}
    assert {slot for slot in after if after[slot] != before[slot]} == {"left_hand", "right_hand"}


def test_a_bone_that_can_not_be_the_part_it_is_chosen_for_is_marked(character: bpy.types.Object) -> None:
    doubts = module("motion.bones.map_check").doubts_in_words
    recognised = module("ui.character.bones").recognised
    assert recognised(character).doubts == {}
    choose("left_lower_arm", "LeftHandThumb1" if f"{PREFIX}LeftHandThumb1" in character.data.bones else "LeftShoulder")
    assert {"left_lower_arm", "right_lower_arm"} <= set(recognised(character).doubts)
    skeleton = module("scene.armatures").skeleton_of(character)
    reported = doubts(skeleton, module("scene.bone_maps").bone_map_of(character))
    assert any(sentence.startswith("Left lower arm: its bone is ") for sentence in reported)


def test_one_side_alone(character: bpy.types.Object) -> None:
    choose("left_hand", "LeftForeArm", mirror=False)
    assert bones(character)["right_hand"] == "RightHand"


def test_nothing_fills_a_slot(character: bpy.types.Object) -> None:
    choose("right_toes", "")
    assert {"left_toes", "right_toes"}.isdisjoint(bones(character))
    choose("neck", "")
    assert "neck" not in bones(character)
    assert "head" in bones(character)


@pytest.mark.parametrize(("left", "right"), [("paw.L", "paw.R"), ("l_paw", "r_paw"), ("Left paw", "Right paw")])
def test_counterparts_as_blender_names_them(character: bpy.types.Object, left: str, right: str) -> None:
    character.data.bones[f"{PREFIX}LeftToeBase"].name = left
    character.data.bones[f"{PREFIX}RightToeBase"].name = right
    bpy.ops.aimocap.choose_bone(slot="right_hand", bone=right)
    assert (bones(character)["left_hand"], bones(character)["right_hand"]) == (left, right)


def test_a_bone_without_counterpart_leaves_the_other_side(character: bpy.types.Object) -> None:
    choose("left_hand", "Spine2")
    assert (bones(character)["left_hand"], bones(character)["right_hand"]) == ("Spine2", "RightHand")


@pytest.mark.usefixtures("sampled_once")
def test_bones_without_a_slot_are_not_keyed(character: bpy.types.Object, motion_fbx: Path) -> None:
    choose("left_upper_arm", "")
    choose("left_lower_arm", "")
    choose("left_hand", "")
    bpy.ops.aimocap.import_motion_fbx(filepath=str(motion_fbx))
    keyed = {path.split('"')[1].removeprefix(PREFIX) for path, _ in module("scene.keys.keyframes").curves_of(character)}
    arms = {f"{side}{bone}" for side in ("Left", "Right") for bone in ("Arm", "ForeArm", "Hand")}
    assert arms.isdisjoint(keyed)
    assert {"LeftFoot", "RightShoulder", "Head"} <= keyed


@pytest.mark.usefixtures("sampled_once")
def test_a_bone_of_the_spine_that_was_cleared_and_chosen_again_moves(
    character: bpy.types.Object, motion_fbx: Path
) -> None:
    choose("spine", "")
    choose("spine", "Spine")
    bpy.ops.aimocap.import_motion_fbx(filepath=str(motion_fbx))
    keyed = {path.split('"')[1] for path, _ in module("scene.keys.keyframes").curves_of(character)}
    assert {f"{PREFIX}Spine", f"{PREFIX}Spine1", f"{PREFIX}Spine2"} <= keyed


def test_detecting_brings_the_old_ones_back(character: bpy.types.Object) -> None:
    bpy.ops.aimocap.detect_bones()
    before = bones(character)
    choose("head", "Spine2")
    bpy.ops.aimocap.detect_bones()
    assert bones(character) == before


def test_the_panel_sees_each_change(character: bpy.types.Object) -> None:
    recognised = module("ui.character.bones").recognised
    assert recognised(character).bone_map.bone("head") == f"{PREFIX}Head"
    choose("head", "")
    assert recognised(character).bone_map.bone("head") is None
    character.data.bones[f"{PREFIX}Hips"].name = "Pelvis"
    assert recognised(character).bone_map.bone("hips") != f"{PREFIX}Hips"


def test_the_panel_forgets_a_fault_that_has_gone(character: bpy.types.Object) -> None:
    recognised = module("ui.character.bones").recognised
    sharer = character.copy()
    bpy.context.scene.collection.objects.link(sharer)
    bpy.ops.object.mode_set(mode="EDIT")
    assert "Edit Mode" in recognised(sharer).fault
    bpy.ops.object.mode_set(mode="OBJECT")
    assert not recognised(sharer).fault
    sharer.constraints.new("COPY_LOCATION").target = character
    sharer.hide_viewport = True
    bpy.context.view_layer.update()
    module("ui.character.bones").discard_recognition()
    assert "hidden" in recognised(sharer).fault
    sharer.hide_viewport = False
    bpy.context.view_layer.update()
    assert not recognised(sharer).fault
    assert recognised(sharer).bones == recognised(character).bones


def test_the_panel_sees_an_edit_of_a_character_that_shares_its_bones(character: bpy.types.Object) -> None:
    recognised = module("ui.character.bones").recognised
    sharer = character.copy()
    bpy.context.scene.collection.objects.link(sharer)
    assert not recognised(sharer).fault
    bpy.ops.object.mode_set(mode="EDIT")
    assert "Edit Mode" in recognised(sharer).fault
    bpy.ops.object.mode_set(mode="OBJECT")


def test_a_map_goes_through_a_file(character: bpy.types.Object, character_blend: Path, tmp_path: Path) -> None:
    choose("left_hand", "LeftForeArm")
    file = tmp_path / "new" / "mine.json"
    assert bpy.ops.aimocap.save_bone_map(filepath=str(file)) == {"FINISHED"}
    wanted = bones(character)
    other = bring_character(character_blend)
    assert bpy.ops.aimocap.load_bone_map(filepath=str(file)) == {"FINISHED"}
    assert bones(other) == wanted


def test_a_map_in_the_users_folder_is_tried_on_every_character(
    character: bpy.types.Object, character_blend: Path
) -> None:
    choose("left_hand", "LeftForeArm")
    recognised = module("ui.character.bones").recognised
    other = bring_character(character_blend)
    assert recognised(other).bone_map.bone("left_hand") == f"{PREFIX}LeftHand"
    bpy.context.view_layer.objects.active = character
    file = module("scene.bone_maps").bone_map_folder() / "mine.json"
    try:
        bpy.ops.aimocap.save_bone_map(filepath=str(file))
        assert recognised(other).bone_map.bone("left_hand") == f"{PREFIX}LeftForeArm"
    finally:
        file.unlink()
        file.parent.rmdir()


@pytest.mark.usefixtures("character")
def test_refusals_change_nothing(tmp_path: Path) -> None:
    noise = tmp_path / "noise.json"
    noise.write_text("[1, 2")
    before = whole_state()
    assert "no bone “Tail”" in refusal(bpy.ops.aimocap.choose_bone, slot="head", bone="Tail")
    assert "not a bone map" in refusal(bpy.ops.aimocap.load_bone_map, filepath=str(noise))
    assert "can't be read" in refusal(bpy.ops.aimocap.load_bone_map, filepath=str(tmp_path / "gone.json"))
    assert "No file" in refusal(bpy.ops.aimocap.load_bone_map)
    assert "No file" in refusal(bpy.ops.aimocap.save_bone_map)
    assert "can't be written" in refusal(bpy.ops.aimocap.save_bone_map, filepath=str(noise / "below.json"))
    bpy.context.view_layer.objects.active = None
    for operator in ("choose_bone", "load_bone_map", "save_bone_map", "detect_bones"):
        assert "No armature is selected" in refusal(getattr(bpy.ops.aimocap, operator))
    bpy.context.view_layer.objects.active = bpy.data.objects["Mannequin"]
    assert changes(before, whole_state()) == set()


@pytest.mark.usefixtures("service")
def test_a_linked_character_keeps_no_map_and_says_so(character_blend: Path, tmp_path: Path) -> None:
    with bpy.data.libraries.load(str(character_blend), link=True) as (held, wanted):
        wanted.objects = held.objects
    for loaded in wanted.objects:
        bpy.context.scene.collection.objects.link(loaded)
    linked = bpy.data.objects["Mannequin"]
    bpy.context.view_layer.objects.active = linked
    file = tmp_path / "mine.json"
    assert bpy.ops.aimocap.save_bone_map(filepath=str(file)) == {"FINISHED"}
    assert file.exists()
    reported = "linked from another file"
    assert reported in refusal(bpy.ops.aimocap.detect_bones)
    assert reported in refusal(bpy.ops.aimocap.choose_bone, slot="head", bone="")
    assert reported in refusal(bpy.ops.aimocap.load_bone_map, filepath=str(file))
    assert "aimocap_bone_map" not in linked


@pytest.mark.usefixtures("character")
def test_paths_of_maps(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    save, load = bpy.ops.aimocap.save_bone_map, bpy.ops.aimocap.load_bone_map
    assert save(filepath=str(tmp_path / "Rig v1.2")) == {"FINISHED"}
    assert save(filepath=str(tmp_path / "b.JSON")) == {"FINISHED"}
    for operator in (save, load):
        for path in ("/", ".", "..", str(tmp_path), f"{tmp_path}/", f"{tmp_path}/new/"):
            assert "No file is selected" in refusal(operator, filepath=path)
        for path in ("//", "//maps/x.json"):
            assert "not saved yet" in refusal(operator, filepath=path)
    assert "can't be written" in refusal(save, filepath=str(tmp_path / ("a" * 300)))
    assert sorted(path.name for path in tmp_path.iterdir() if path.is_file()) == ["Rig v1.2.json", "b.JSON"]
    (tmp_path / "file").mkdir()
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "file" / "scene.blend"))
    assert "No file is selected" in refusal(save, filepath="//")
    assert save(filepath="//maps/x") == {"FINISHED"}
    assert load(filepath="//maps/x.json") == {"FINISHED"}
    assert (tmp_path / "file" / "maps" / "x.json").exists()


@pytest.mark.parametrize(
    ("slots", "words"),
    [
        ((), ""),
        (("left_toes", "right_toes", "neck"), "neck, toes"),
        (("left_toes",), "left toes"),
        (("right_shoulder", "left_upper_arm", "right_upper_arm"), "upper arm, right shoulder"),
        (("left_thumb_distal", "right_thumb_distal"), "thumb distal"),
    ],
)
@pytest.mark.usefixtures("addon")
def test_slots_in_words(slots: tuple[str, ...], words: str) -> None:
    assert module("motion.bones.humanoid").listed(slots) == words


@pytest.mark.usefixtures("addon")
def test_fingers_in_words() -> None:
    humanoid = module("motion.bones.humanoid")
    left = [f"left_{finger}" for finger in humanoid.FINGER_SLOTS]
    right = [f"right_{finger}" for finger in humanoid.FINGER_SLOTS]
    assert humanoid.listed(["head", *left, *right]) == "head, fingers"
    assert humanoid.listed([*right, "left_thumb_distal"]) == "left thumb distal, right fingers"
