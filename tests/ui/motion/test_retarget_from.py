"""From an armature in the scene onto the character: real BVH, FBX and glTF, limbs by Blender's evaluated poses."""

from pathlib import Path

import bpy
import numpy as np
import pytest

from tests.blender_versions import in_newest
from tests.demo.character import bring_character
from tests.scene.characters import CHARACTERS, facing, heads_at, heads_at_rest, limb_errors, true_names
from tests.scene.scene_dump import changes
from tests.ui.acts import module, refusal, whole_state
from tests.ui.motion.source_armatures import BOXING, RUN, bring, select

pytestmark = pytest.mark.usefixtures("nothing_is_sent")


@pytest.mark.slow_cases
@in_newest
@pytest.mark.parametrize("file", CHARACTERS)
def test_limbs_point_as_those_of_a_bvh(file: str, shared_data: Path, tmp_path: Path) -> None:
    source = bring(shared_data, BOXING, tmp_path, slice(None, None, 10))
    target = bring(shared_data, f"characters/{file}", tmp_path)
    theirs, ours = true_names(shared_data, BOXING), true_names(shared_data, f"characters/{file}")
    turn = facing(heads_at_rest(target, ours)) - facing(heads_at_rest(source, theirs))
    bpy.context.scene.frame_current = 3
    assert bpy.ops.aimocap.retarget_from(source=source.name, lock_feet=False) == {"FINISHED"}
    assert tuple(target.animation_data.action.frame_range) == tuple(source.animation_data.action.frame_range)
    assert bpy.context.scene.frame_current == 3
    frames = np.arange(1.0, 307.0, 6.0)
    apart = limb_errors(heads_at(source, theirs, frames), heads_at(target, ours, frames), turn)
    assert len(apart) == 8
    assert np.median(apart) <= 0.1
    assert apart.max() <= 0.5


def test_an_fbx_of_other_units_beside_the_character(
    character: bpy.types.Object, shared_data: Path, tmp_path: Path
) -> None:
    source = bring(shared_data, RUN, tmp_path)
    assert source.scale[0] < 0.1  # centimetres
    source.animation_data.action.name = "Sprint"
    select(source, character)
    assert bpy.ops.aimocap.retarget_from(lock_feet=False) == {"FINISHED"}
    action = character.animation_data.action
    assert action.name.startswith("Sprint")
    first, last = source.animation_data.action.frame_range
    assert np.allclose(action.frame_range, (first, last), atol=1.0)
    theirs = true_names(shared_data, RUN)
    ours = {slot: f"mixamorig:{name}" for slot, name in mannequin_names().items()}
    frames = np.arange(np.ceil(first), last)
    turn = facing(heads_at_rest(character, ours)) - facing(heads_at_rest(source, theirs))
    apart = limb_errors(heads_at(source, theirs, frames), heads_at(character, ours, frames), turn)
    assert np.median(apart) <= 0.1
    assert apart.max() <= 0.5


def mannequin_names() -> dict[str, str]:
    limbs = {"upper_arm": "Arm", "lower_arm": "ForeArm", "hand": "Hand", "upper_leg": "UpLeg", "lower_leg": "Leg"}
    limbs["foot"] = "Foot"
    return {f"{side}_{slot}": side.title() + name for side in ("left", "right") for slot, name in limbs.items()}


def test_from_one_character_to_the_next(
    character: bpy.types.Object, character_blend: Path, shared_data: Path, tmp_path: Path
) -> None:
    """A retargeted character is a source itself, with its NLA and on an object that was moved."""
    source = bring(shared_data, RUN, tmp_path)
    select(source, character)
    bpy.ops.aimocap.retarget_from(lock_feet=False)
    other = bring_character(character_blend)
    other.location.x = 2.0
    select(character, other)
    assert bpy.ops.aimocap.retarget_from(lock_feet=False) == {"FINISHED"}
    names = {bone.name: bone.name for bone in character.data.bones if bone.name != "mixamorig:Hips"}
    frames = np.arange(*np.round(other.animation_data.action.frame_range))
    shown = heads_at(character, names, frames)
    again = heads_at(other, names, frames)
    shift = again["mixamorig:Head"][0] - shown["mixamorig:Head"][0]
    assert max(np.abs(again[name] - shown[name] - shift).max() for name in names) < 2e-3


@in_newest
def test_choices_are_followed(character: bpy.types.Object, shared_data: Path, tmp_path: Path) -> None:
    source = bring(shared_data, RUN, tmp_path)
    select(character)
    old = bpy.data.actions.new("Old")
    character.animation_data_create().action = old
    bpy.ops.aimocap.retarget_from(source=source.name, root_motion="IN_PLACE", previous_action="LEAVE")
    assert not character.animation_data.nla_tracks
    assert old.use_fake_user or old.users
    first, last = character.animation_data.action.frame_range
    path = heads_at(character, {"hips": "mixamorig:Hips"}, np.array([first, last]))["hips"]
    assert np.linalg.norm((path[1] - path[0])[:2]) < 0.1


@in_newest
def test_keys_at_whole_frames_and_fewer_of_them(character: bpy.types.Object, shared_data: Path, tmp_path: Path) -> None:
    source = bring(shared_data, RUN, tmp_path)
    for curve in curves_of(source).values():
        for number, key in enumerate(curve.keyframe_points):
            key.co.x = number + 0.5
    select(source, character)

    def keyed(**options: object) -> dict[tuple[str, int], list[float]]:
        assert bpy.ops.aimocap.retarget_from(source=source.name, **options) == {"FINISHED"}
        return {path: [key.co.x for key in curve.keyframe_points] for path, curve in curves_of(character).items()}

    each, whole, few = keyed(sampling="SAMPLES"), keyed(), keyed(sampling="SAMPLES", key_tolerance=2.0)
    assert all(frame % 1 == pytest.approx(0.5, abs=1e-3) for frames in each.values() for frame in frames)
    assert all(frame % 1 == 0.0 for frames in whole.values() for frame in frames)
    assert sum(map(len, few.values())) < 0.65 * sum(map(len, each.values()))
    assert each.keys() == whole.keys() == few.keys()


def curves_of(armature: bpy.types.Object) -> dict[tuple[str, int], bpy.types.FCurve]:
    return module("scene.keys.keyframes").curves_of(armature)


def test_source_that_is_no_moving_human_is_refused(character: bpy.types.Object) -> None:
    retarget_from = bpy.ops.aimocap.retarget_from
    still = bpy.data.objects.new("Still", character.data.copy())
    bpy.context.scene.collection.objects.link(still)
    box = bpy.data.objects.new("Box", None)
    bpy.context.scene.collection.objects.link(box)
    snake = bpy.data.objects.new("Snake", bpy.data.armatures.new("Snake"))
    bpy.context.scene.collection.objects.link(snake)
    select(snake)
    bpy.ops.object.mode_set(mode="EDIT")
    snake.data.edit_bones.new("bone").tail.y = 1.0
    bpy.ops.object.mode_set(mode="OBJECT")
    for frame in (1, 9):
        snake.location.x = frame
        snake.keyframe_insert("location", frame=frame)
    select(character)
    before = whole_state()
    reported = {
        "itself": refusal(retarget_from, source=character.name),
        "still": refusal(retarget_from, source="Still"),
        "no armature": refusal(retarget_from, source="Box"),
        "no human": refusal(retarget_from, source="Snake"),
        "nobody": refusal(retarget_from, source="Nobody"),
        "unclear": refusal(retarget_from),
    }
    assert "own source" in reported["itself"]
    assert "no animation" in reported["still"]
    assert "not an armature" in reported["no armature"]
    assert "main bones" in reported["no human"]
    assert "no “Nobody”" in reported["nobody"]
    assert "No source armature" in reported["unclear"]
    assert changes(before, whole_state()) == set()


def test_bones_that_are_edited_are_refused(character: bpy.types.Object, shared_data: Path, tmp_path: Path) -> None:
    source = bring(shared_data, RUN, tmp_path)
    bpy.ops.object.mode_set(mode="EDIT")
    bpy.context.view_layer.objects.active = character
    assert "Edit Mode" in refusal(bpy.ops.aimocap.retarget_from, source=source.name)
    assert character.animation_data is None


def test_nobody_is_selected(shared_data: Path, tmp_path: Path) -> None:
    bring(shared_data, RUN, tmp_path)
    bpy.context.view_layer.objects.active = None
    assert "No character is selected" in refusal(bpy.ops.aimocap.retarget_from, source="Box")


@pytest.mark.slow
def test_feet_stand_on_the_scenes_mesh_until_it_is_undone(
    character: bpy.types.Object, shared_data: Path, tmp_path: Path
) -> None:
    source = bring(shared_data, BOXING, tmp_path, slice(200))
    floor(0.05)
    floor(0.1).parent = source  # what belongs to the source is no ground
    select(source, character)
    name, ankles = character.name, {side: f"mixamorig:{side}Foot" for side in ("Left", "Right")}
    rest = heads_at_rest(character, ankles)
    bpy.ops.ed.undo_push(message="before")
    assert bpy.ops.aimocap.retarget_from("EXEC_DEFAULT", True, source=source.name, ground="SCENE") == {"FINISHED"}
    shown = heads_at(character, ankles, np.array([50.0, 100.0, 150.0]))  # both feet stand
    for side, head in rest.items():
        assert shown[side][:, 2] == pytest.approx(head[2] + 0.05, abs=0.02)
    bpy.ops.ed.undo()
    assert bpy.data.objects[name].animation_data is None
    assert len(bpy.data.scenes) == 1


def floor(height: float) -> bpy.types.Object:
    """A level mesh, wide enough for a fight."""
    mesh = bpy.data.meshes.new("Floor")
    mesh.from_pydata([(x, y, height) for x, y in ((-9, -9), (9, -9), (9, 9), (-9, 9))], [], [(0, 1, 2, 3)])
    obj = bpy.data.objects.new("Floor", mesh)
    bpy.context.scene.collection.objects.link(obj)
    return obj
