"""Bone maps in files, and the user's own as profiles."""

import json
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import bpy
import pytest

from aimocap_blender.motion.bones.humanoid import BoneMap, Switch
from aimocap_blender.scene.bone_maps import (
    bone_map_folder,
    bone_map_of,
    detected_bone_map,
    keep_bone_map,
    kept_bone_map,
    load_bone_map,
    save_bone_map,
    unusable_bone_maps,
)
from aimocap_blender.texts.faults import Fault
from tests.special_files import special_file

BONES = (
    ("hips", "", (0.0, 0.0, 1.0)),
    ("spine", "hips", (0.0, 0.0, 1.2)),
    ("chest", "spine", (0.0, 0.0, 1.4)),
    ("neck", "chest", (0.0, 0.0, 1.5)),
    ("head", "neck", (0.0, 0.0, 1.6)),
    *(
        (name.replace("@", side), parent.replace("@", side), (x * sign, 0.0, z))
        for side, sign in (("L", 1.0), ("R", -1.0))
        for name, parent, x, z in (
            ("upper_arm.@", "chest", 0.2, 1.5),
            ("forearm.@", "upper_arm.@", 0.5, 1.5),
            ("hand.@", "forearm.@", 0.7, 1.5),
            ("thigh.@", "hips", 0.1, 1.0),
            ("shin.@", "thigh.@", 0.1, 0.5),
            ("foot.@", "shin.@", 0.1, 0.1),
        )
    ),
)


def character(named: str = "{}", extra: tuple[str, ...] = ()) -> bpy.types.Object:
    """A small character, its bones named by a pattern, in Object Mode."""
    obj = bpy.data.objects.new("Hero", bpy.data.armatures.new("Hero"))
    bpy.context.scene.collection.objects.link(obj)
    bpy.context.view_layer.objects.active = obj
    bpy.ops.object.mode_set(mode="EDIT")
    edit = obj.data.edit_bones
    for name, parent, head in (*BONES, *((name, "hips", (0.0, 0.3, 1.0)) for name in extra)):
        bone = edit.new(named.format(name))
        bone.head, bone.tail = head, (head[0], head[1], head[2] + 0.05)
        bone.parent = edit[named.format(parent)] if parent else None
    bpy.ops.object.mode_set(mode="OBJECT")
    return obj


@pytest.fixture(autouse=True)
def own_folder() -> Iterator[Path]:
    """The user's folder of bone maps, empty."""
    folder = bone_map_folder()
    assert not folder.exists(), f"these tests need Blender resources of their own, not {folder}"
    folder.mkdir(parents=True)
    yield folder
    for file in folder.iterdir():
        file.unlink()
    folder.rmdir()


def odd(obj: bpy.types.Object) -> BoneMap:
    """A map as only its user would make it: hips and spine exchanged."""
    found = detected_bone_map(obj)
    hips, spine = found.bone("hips"), found.bone("spine")
    return replace(found.with_bone("hips", spine).with_bone("spine", hips), switches=(Switch(str(hips), "on", 1.0),))


def test_a_saved_map_is_loaded_again(tmp_path: Path) -> None:
    obj = character()
    keep_bone_map(obj, odd(obj))
    save_bone_map(obj, tmp_path / "new folder" / "mine.json")
    del obj["aimocap_bone_map"]
    assert load_bone_map(obj, tmp_path / "new folder" / "mine.json") == ()
    assert kept_bone_map(obj) == odd(obj)


def test_the_map_of_a_library_override_is_there_after_saving_and_opening(tmp_path: Path) -> None:
    library, file = tmp_path / "library.blend", tmp_path / "shots" / "shot.blend"
    file.parent.mkdir()
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    obj = character()
    keep_bone_map(obj, detected_bone_map(obj))
    bpy.ops.wm.save_as_mainfile(filepath=str(library))
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    with bpy.data.libraries.load(str(library), link=True) as (held, wanted):
        wanted.objects = held.objects
    (linked,) = wanted.objects
    bpy.context.scene.collection.objects.link(linked)
    mine = linked.override_create(remap_local_usages=True)
    other = linked.override_create()
    bpy.context.scene.collection.objects.link(other)
    names = mine.name, other.name
    as_linked = kept_bone_map(mine)
    assert as_linked == detected_bone_map(mine)
    keep_bone_map(mine, odd(mine))
    wanted_map = odd(mine)
    assert kept_bone_map(mine) == wanted_map
    bpy.ops.wm.save_as_mainfile(filepath=str(file))
    bpy.ops.wm.open_mainfile(filepath=str(file))
    mine, other = (bpy.data.objects[name, None] for name in names)
    assert kept_bone_map(mine) == wanted_map
    assert kept_bone_map(other) == as_linked
    assert bone_map_of(mine) == wanted_map
    bpy.context.scene["aimocap_bone_maps"] = "[1"  # by hand
    assert kept_bone_map(mine) == as_linked
    keep_bone_map(mine, wanted_map)
    assert kept_bone_map(mine) == wanted_map


def test_a_map_is_loaded_on_a_rig_with_another_prefix_and_missing_bones_are_reported(tmp_path: Path) -> None:
    saved = character("mixamorig:{}")
    keep_bone_map(saved, odd(saved))
    save_bone_map(saved, tmp_path / "mine.json")
    other = character("GIRL_{}.001")
    bpy.ops.object.mode_set(mode="EDIT")
    other.data.edit_bones.remove(other.data.edit_bones["GIRL_foot.L.001"])
    bpy.ops.object.mode_set(mode="OBJECT")
    assert load_bone_map(other, tmp_path / "mine.json") == ("mixamorig:foot.L",)
    kept = kept_bone_map(other)
    assert kept is not None
    assert (kept.bone("hips"), kept.bone("spine")) == ("GIRL_spine.001", "GIRL_hips.001")
    assert kept.switches == (Switch("GIRL_hips.001", "on", 1.0),)
    assert kept.spine_chain == odd(other).spine_chain
    assert "left_foot" in kept.missing()
    assert kept.bone("right_foot") == "GIRL_foot.R.001"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "can't be read"),
        (b"\xff\xfe\x00", "not text"),
        (b"hips: pelvis", "not JSON"),
        (b"[]", "not a JSON object"),
        (b'{"tail": "Tail"}', "no such slot"),
        (b'{"hips": 3}', "not a JSON object"),
        (b'{"hips": "hips", "head": "hips"}', "“hips” is both hips and head"),
        (b"[" * 5000, "nested|JSON"),
        (b'{"hips": "Nobody"}', "has none of the bones"),
        (b"{}", "has none of the bones"),
    ],
)
def test_wrong_map_is_refused_and_nothing_is_changed(tmp_path: Path, content: bytes | None, said: str) -> None:
    obj = character()
    keep_bone_map(obj, odd(obj))
    path = tmp_path / "bad.json"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(Fault, match=said) as caught:
        load_bone_map(obj, path)
    assert caught.value.next_step
    assert kept_bone_map(obj) == odd(obj)


@pytest.mark.fault(88)
@pytest.mark.parametrize("kind", ["pipe", "device"])
def test_a_map_that_is_a_pipe_or_a_device_is_refused(kind: str, tmp_path: Path, own_folder: Path) -> None:
    with pytest.raises(Fault, match="pipe or a device"):
        load_bone_map(character(), special_file(kind, tmp_path / "mine.json"))
    special_file(kind, own_folder / "mine.json")
    (said,) = unusable_bone_maps()
    assert "pipe or a device" in said


def test_a_kept_map_with_a_bone_in_two_slots_is_as_none() -> None:
    obj = character()
    obj["aimocap_bone_map"] = json.dumps(dict.fromkeys(("hips", "head", "left_foot"), "head"))
    assert kept_bone_map(obj) is None
    assert bone_map_of(obj) == detected_bone_map(obj)


def test_no_bone_answers_to_two_of_a_file_or_a_profile(tmp_path: Path, own_folder: Path) -> None:
    obj = character()
    bones = detected_bone_map(obj).bones() | {"left_toes": "FOOT_L"}
    (tmp_path / "mine.json").write_text(json.dumps(bones), encoding="utf-8")
    assert load_bone_map(obj, tmp_path / "mine.json") == ("FOOT_L",)
    kept = kept_bone_map(obj)
    assert kept is not None
    assert (kept.bone("left_foot"), kept.bone("left_toes")) == ("foot.L", None)
    profile = {"required": ["hips"], "middle": {"hips": "hips", "spine": ["gone", "hips"], "head": "head"}}
    (own_folder / "mine.json").write_text(json.dumps(profile), encoding="utf-8")
    assert detected_bone_map(obj).bones() == {"hips": "hips", "head": "head"}


def test_map_that_can_t_be_saved_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(Fault, match="can't be written"):
        save_bone_map(character(), tmp_path / "file" / "mine.json")
    bare = character("Bone{}")
    bpy.ops.object.mode_set(mode="EDIT")
    for number, bone in enumerate(bare.data.edit_bones):
        bone.parent = None
        bone.name = f"x{number}"
    bpy.ops.object.mode_set(mode="OBJECT")
    with pytest.raises(Fault, match="is empty"):
        save_bone_map(bare, tmp_path / "mine.json")
    assert not (tmp_path / "mine.json").exists()


@pytest.mark.skipif(sys.platform == "win32", reason="the system sets no limit to files")
def test_a_saved_map_survives_a_failed_save(tmp_path: Path) -> None:
    import resource

    save_bone_map(character(), tmp_path / "mine.json")
    saved = (tmp_path / "mine.json").read_bytes()
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (len(saved) // 2, limits[1]))
    try:
        with pytest.raises(Fault, match="can't be written"):
            save_bone_map(character(), tmp_path / "mine.json")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert (tmp_path / "mine.json").read_bytes() == saved
    assert [file.name for file in tmp_path.iterdir()] == ["mine.json"]


def test_the_users_own_map_is_tried_first_on_any_rig_that_has_its_bones(own_folder: Path) -> None:
    saved = character("mixamorig:{}")
    keep_bone_map(saved, odd(saved))
    save_bone_map(saved, own_folder / "mine.json")
    found = bone_map_of(character("Boy:{}", extra=("tail",)))
    assert found.profile == "mine"
    mine = kept_bone_map(saved)
    assert mine is not None
    assert found.bones() == {slot: bone.replace("mixamorig:", "Boy:") for slot, bone in mine.bones().items()}
    assert found.matches["hips"].why == "in the profile of mine"
    assert found.switches == (Switch("Boy:hips", "on", 1.0),)
    (own_folder / "mine.json").unlink()
    assert bone_map_of(character("Boy:{}")).profile == ""


def test_the_map_with_more_bones_goes_first_and_a_whole_profile_is_one_too(own_folder: Path) -> None:
    obj = character()
    keep_bone_map(obj, odd(obj))
    save_bone_map(obj, own_folder / "b.json")
    bones = json.loads((own_folder / "b.json").read_text(encoding="utf-8"))
    bones["slots"] = {slot: bones["slots"][slot] for slot in list(bones["slots"])[:9]}
    (own_folder / "a.json").write_text(json.dumps(bones), encoding="utf-8")
    assert detected_bone_map(obj).profile == "b"
    profile = {"name": "My rig", "sides": {"left": "L", "right": "R"}, "required": ["wheel", "hand.@"]}
    (own_folder / "c.json").write_text(json.dumps(profile | {"limbs": {"hand": "hand.@"}}), encoding="utf-8")
    assert detected_bone_map(obj).profile == "b"
    (own_folder / "b.json").unlink()
    (own_folder / "a.json").unlink()
    found = detected_bone_map(character(extra=("wheel",)))
    assert (found.profile, found.bones()) == ("My rig", {"left_hand": "hand.L", "right_hand": "hand.R"})


def test_a_file_that_is_no_map_is_passed_over_and_reported(own_folder: Path) -> None:
    (own_folder / "broken.json").write_text("{", encoding="utf-8")
    (own_folder / "few.json").write_text('{"hips": "hips"}', encoding="utf-8")
    (own_folder / "folder.json").mkdir()
    found = detected_bone_map(character())
    assert (found.profile, found.bone("hips")) == ("", "hips")
    reported = unusable_bone_maps()
    assert [name for name in ("broken.json", "few.json", "folder.json") if any(name in line for line in reported)] == [
        "broken.json",
        "few.json",
        "folder.json",
    ]
    (own_folder / "folder.json").rmdir()
