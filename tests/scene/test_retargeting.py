"""A real motion on real characters: right in Blender's own evaluation, and nothing else in the file has changed."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import bpy
import numpy as np
import pytest

from aimocap_blender.motion.bones.humanoid import BoneMap
from aimocap_blender.motion.retargeting.retarget_options import RetargetOptions
from aimocap_blender.motion.skeleton import Clip
from aimocap_blender.motion.time_mapping import TimeMapping
from aimocap_blender.scene.armatures import skeleton_of
from aimocap_blender.scene.bone_maps import PROPERTY, bone_map_of, keep_bone_map, kept_bone_map
from aimocap_blender.scene.fbx.fbx_sampling import FbxSampling
from aimocap_blender.scene.keys.keyframes import curves_of
from aimocap_blender.scene.retargeting import put_clip_on
from aimocap_blender.texts.faults import Fault

from .characters import facing, heads_at, heads_at_rest, import_fbx, limb_errors, open_character, true_names
from .scene_dump import changes, dump

if TYPE_CHECKING:
    from pathlib import Path

    from .characters import Heads

RUN = "motions/ue4_run.fbx"
MAPPING = TimeMapping(20.0, 24.0)
UNLOCKED = RetargetOptions(contacts="OFF")
CHARACTERS = ("mh_mixamo.blend", "kaykit_rig_medium.glb")


@pytest.fixture(scope="module")
def run(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Clip:
    sampling = FbxSampling(shared_data / RUN, tmp_path_factory.mktemp("run")).begin()
    sampling.wait()
    return sampling.clip()


@pytest.fixture(scope="module")
def run_shown(shared_data: Path, run: Clip) -> tuple[Heads, float]:
    """The run's heads as an import here shows them, and its facing."""
    names = true_names(shared_data, RUN)
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    import_fbx(shared_data / RUN, use_anim=False)
    (rest,) = [obj for obj in bpy.data.objects if obj.type == "ARMATURE"]
    faces = facing(heads_at_rest(rest, names))
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    fps = import_fbx(shared_data / RUN)
    (obj,) = [obj for obj in bpy.data.objects if obj.type == "ARMATURE"]
    return heads_at(obj, names, 1 + run.times * fps), faces


@pytest.fixture
def mixamo(shared_data: Path, tmp_path: Path) -> bpy.types.Object:
    return open_character(shared_data, "characters/mh_mixamo.blend", tmp_path)


@pytest.mark.parametrize("character", CHARACTERS)
def test_limbs_point_as_the_sources_do(
    shared_data: Path, tmp_path: Path, run: Clip, run_shown: tuple[Heads, float], character: str
) -> None:
    source, source_faces = run_shown
    names = true_names(shared_data, f"characters/{character}")
    obj = open_character(shared_data, f"characters/{character}", tmp_path)
    target_faces = facing(heads_at_rest(obj, names))
    outcome = put_clip_on(obj, run, MAPPING, UNLOCKED, "Run")
    shown = heads_at(obj, names, MAPPING.frames(run.times))
    errors = limb_errors(source, shown, target_faces - source_faces)
    assert len(errors) == 8
    assert np.median(errors) < 0.1
    assert errors.max() < 0.5
    assert not outcome.as_it_is
    assert (outcome.frames, outcome.seconds) == (18, pytest.approx(0.6))
    assert set(outcome.bones) <= {bone.name for bone in obj.data.bones}


def test_a_pose_and_an_action_from_before_make_no_difference(
    shared_data: Path, mixamo: bpy.types.Object, run: Clip, run_shown: tuple[Heads, float]
) -> None:
    names = true_names(shared_data, "characters/mh_mixamo.blend")
    mixamo.pose.bones[names["hips"]].scale = (1.2, 1.2, 1.2)
    mixamo.pose.bones[names["left_upper_arm"]].location = (5, 0, 0)
    mixamo.pose.bones[names["spine"]].rotation_quaternion = (0.7, 0.7, 0, 0)
    mixamo.pose.bones[names["spine"]].keyframe_insert("rotation_quaternion", frame=1)
    mixamo.keyframe_insert("location", frame=1)
    put_clip_on(mixamo, run, MAPPING, UNLOCKED, "Run")
    shown = heads_at(mixamo, names, MAPPING.frames(run.times))
    turn = facing(heads_at_rest(mixamo, names)) - run_shown[1]
    assert limb_errors(run_shown[0], shown, turn).max() < 0.5


def test_a_motion_of_the_characters_own_skeleton_goes_over_as_it_is(
    shared_data: Path, run: Clip, run_shown: tuple[Heads, float]
) -> None:
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    import_fbx(shared_data / RUN, use_anim=False)
    (obj,) = [obj for obj in bpy.data.objects if obj.type == "ARMATURE"]
    outcome = put_clip_on(obj, run, MAPPING, RetargetOptions(), "Run")
    assert outcome.as_it_is
    assert not outcome.not_found
    assert PROPERTY not in obj.keys()  # noqa: SIM118 -- objects in Blender are no mappings
    shown = heads_at(obj, true_names(shared_data, RUN), MAPPING.frames(run.times))
    for slot, heads in run_shown[0].items():
        assert shown[slot] == pytest.approx(heads, abs=1e-4)


# the file


def own(obj: bpy.types.Object) -> tuple[str, ...]:
    """Where changes are allowed."""
    return (
        "actions[Run]",
        f"objects[{obj.name}].animation_data",
        f"objects[{obj.name}]['{PROPERTY}']",
    )


def test_nothing_else_in_the_file_changes(mixamo: bpy.types.Object, run: Clip) -> None:
    other = bpy.data.objects.new("Other", bpy.data.cameras.new("Other"))
    bpy.context.scene.collection.objects.link(other)
    other.keyframe_insert("location", frame=3)
    mixamo.pose.bones[0].keyframe_insert("location", frame=1)
    bpy.context.scene.frame_set(7)
    bpy.context.view_layer.update()
    before = dump()
    put_clip_on(mixamo, run, MAPPING, RetargetOptions(), "Run")
    changed = changes(before, dump())
    assert {path for path in changed if not path.startswith(own(mixamo))} == set()
    assert any(path.startswith("actions[Run]") for path in changed)


def refused(obj: bpy.types.Object, clip: Clip) -> str:
    """Refusal in words, with the file as it was."""
    bpy.context.view_layer.update()
    before = dump()
    with pytest.raises(Fault) as raised:
        put_clip_on(obj, clip, MAPPING, RetargetOptions(), "Run")
    assert changes(before, dump()) == set()
    assert raised.value.next_step
    return raised.value.what


def test_armature_that_can_t_take_a_motion_is_refused_before_anything_changes(
    mixamo: bpy.types.Object, run: Clip
) -> None:
    empty = bpy.data.objects.new("Empty", None)
    assert "not an armature" in refused(empty, run)
    mixamo.scale = (1, 1, 2)
    assert "scaled" in refused(mixamo, run)
    mixamo.scale = (1, 1, 1)
    keep_bone_map(mixamo, BoneMap.from_json({"hips": mixamo.data.bones[0].name}))
    assert "1 of 15" in refused(mixamo, run)
    bpy.context.view_layer.objects.active = mixamo
    bpy.ops.object.mode_set(mode="EDIT")
    assert "Edit Mode" in refused(mixamo, run)


def test_a_motion_of_no_human_is_refused(mixamo: bpy.types.Object, run: Clip) -> None:
    few = [run.skeleton.index(name) for name in ("pelvis", "spine_01", "spine_02")]
    skeleton = run.skeleton
    crane = type(skeleton)(
        names=("base", "boom", "hook"),
        parents=np.array([-1, 0, 1]),
        rest=skeleton.rest[few],
        tails=skeleton.tails[few],
        world=skeleton.world,
    )
    clip = Clip(crane, run.times, run.fps, run.positions[:, few], run.rotations[:, few])
    assert "main bones of the motion" in refused(mixamo, clip)


def test_a_linked_character_is_refused_and_its_override_is_not(shared_data: Path, tmp_path: Path, run: Clip) -> None:
    library = tmp_path / "library.blend"
    open_character(shared_data, "characters/mh_mixamo.blend", tmp_path)
    bpy.ops.wm.save_as_mainfile(filepath=str(library))
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    with bpy.data.libraries.load(str(library), link=True) as (inside, wanted):
        wanted.objects = [name for name in inside.objects if name == "mh_mixamo"]
    (linked,) = wanted.objects
    bpy.context.scene.collection.objects.link(linked)
    assert "linked" in refused(linked, run)
    override = linked.override_create(remap_local_usages=True)
    put_clip_on(override, run, MAPPING, UNLOCKED, "Run")
    assert curves_of(override)
    assert kept_bone_map(override) is not None


def test_joints_at_one_place_are_the_characters_fault_and_not_the_motions(mixamo: bpy.types.Object, run: Clip) -> None:
    keep_bone_map(mixamo, bone_map_of(mixamo))
    bpy.context.view_layer.objects.active = mixamo
    bpy.ops.object.mode_set(mode="EDIT")
    edit = mixamo.data.edit_bones
    for side in ("Left", "Right"):
        foot, leg = edit[f"mixamorig:{side}Foot"], edit[f"mixamorig:{side}Leg"]
        foot.use_connect = False
        foot.head = leg.head
    bpy.ops.object.mode_set(mode="OBJECT")
    still = replace(
        run, positions=np.tile(run.positions[:1], (9, 1, 1)), rotations=np.tile(run.rotations[:1], (9, 1, 1))
    )
    still = replace(still, times=run.times[:9])  # the feet are planted
    assert "bone map of “mh_mixamo”" in refused(mixamo, still)
    still.positions[3] = np.nan
    assert "bone map" not in refused(mixamo, still)


@pytest.mark.parametrize("how", ["hidden", "pose mode", "another scene"])
def test_hidden_and_posed_characters_take_a_motion(mixamo: bpy.types.Object, run: Clip, how: str) -> None:
    if how == "hidden":
        mixamo.hide_viewport = True
    elif how == "pose mode":
        bpy.context.view_layer.objects.active = mixamo
        bpy.ops.object.mode_set(mode="POSE")
    else:
        bpy.context.window.scene = bpy.data.scenes.new("Another")
    outcome = put_clip_on(mixamo, run, MAPPING, UNLOCKED, "Run")
    assert outcome.action == mixamo.animation_data.action.name
    assert mixamo.mode == ("POSE" if how == "pose mode" else "OBJECT")


# the bone map


def test_the_map_is_detected_once_and_kept(mixamo: bpy.types.Object, run: Clip) -> None:
    assert kept_bone_map(mixamo) is None
    detected = bone_map_of(mixamo)
    assert kept_bone_map(mixamo) is None
    put_clip_on(mixamo, run, MAPPING, UNLOCKED, "Run")
    assert kept_bone_map(mixamo) == detected


def test_a_map_kept_on_the_armature_is_followed(shared_data: Path, mixamo: bpy.types.Object, run: Clip) -> None:
    names = true_names(shared_data, "characters/mh_mixamo.blend")
    keep_bone_map(mixamo, bone_map_of(mixamo).with_bone("left_lower_arm", None).with_bone("left_hand", None))
    outcome = put_clip_on(mixamo, run, MAPPING, UNLOCKED, "Run")
    assert names["left_lower_arm"] not in outcome.bones
    assert names["right_lower_arm"] in outcome.bones


def test_bones_that_are_gone_are_dropped_from_a_kept_map(shared_data: Path, mixamo: bpy.types.Object) -> None:
    names = true_names(shared_data, "characters/mh_mixamo.blend")
    whole = bone_map_of(mixamo)
    keep_bone_map(mixamo, whole)
    mixamo.data.bones[names["left_hand"]].name = "renamed"
    kept = kept_bone_map(mixamo)
    assert kept is not None
    assert set(whole.matches) - set(kept.matches) == {"left_hand"}
    mixamo[PROPERTY] = "{broken"
    assert kept_bone_map(mixamo) is None
    assert "left_hand" in skeleton_of(mixamo).names or bone_map_of(mixamo).matches


# what the outcome says


def test_the_outcome_tells_what_moved(mixamo: bpy.types.Object, run: Clip) -> None:
    outcome = put_clip_on(mixamo, run, MAPPING, UNLOCKED, "Run")
    assert (outcome.frames, round(outcome.seconds, 1)) == (18, 0.6)
    assert not outcome.warnings
    keyed = {obj_path.split('"')[1] for obj_path, _index in curves_of(mixamo)}
    assert keyed == set(outcome.bones)


def test_constraints_that_do_nothing_and_the_rest_position(
    shared_data: Path, mixamo: bpy.types.Object, run: Clip
) -> None:
    names = true_names(shared_data, "characters/mh_mixamo.blend")
    mixamo.pose.bones[names["left_lower_leg"]].constraints.new("IK").chain_count = 2  # that has no target
    mixamo.pose.bones[names["head"]].constraints.new("COPY_ROTATION").mute = True
    mixamo.data.pose_position = "REST"
    outcome = put_clip_on(mixamo, run, MAPPING, UNLOCKED, "Run")
    (rest,) = outcome.warnings
    assert "Rest Position" in rest
    assert outcome.deviation_degrees < 0.1
    assert outcome.solved_frames == 0
