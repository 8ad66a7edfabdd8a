"""Motions of every kind on characters of every kind, judged on poses that Blender evaluates.

`python -m tests.bench.bench_matrix` prints the verdicts of all motions on all characters.
"""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import bpy
import numpy as np
import pytest
from mathutils import Euler, Matrix, Quaternion, Vector

from aimocap_blender.motion.bones.bone_detection import detect_bones
from aimocap_blender.motion.retargeting.retarget_options import RetargetOptions
from aimocap_blender.motion.skeleton import Clip
from aimocap_blender.motion.time_mapping import TimeMapping
from aimocap_blender.scene.retargeting import put_clip_on
from aimocap_blender.texts.faults import Fault
from tests.blender_versions import in_newest
from tests.media.one_axis_bvh import MANNERS, one_axis_bvh

from .characters import CHARACTERS
from .real_files import Motion, at_rest, degrees_apart, load, motion, skeleton, without_meshes
from .retarget_judge import (
    MAN,
    SIDES,
    joints_of_character,
    joints_of_motion,
    judge,
    judge_file,
    leg_length,
    standing,
    turned_by,
)
from .stairs import up_stairs

pytestmark = in_newest

MOTIONS = (
    ("rokoko_jesse_dance.bvh", 0),
    ("fair1_zombie.bvh", 290),
    ("xia_strut.bvh", 0),
    ("kenney_attack.fbx", 0),
    ("cmu1_jumping_jacks.bvh", 0),
    ("boxing_toes.bvh", 1500),
)
"""With the first frame: those of `fair1_zombie` bend the knees backwards."""

FRAMES = 120
ALL = (*CHARACTERS, "quaternius_stan.glb", "quaternius_casual.glb")
PAIRS = [(*MOTIONS[number % len(MOTIONS)], character) for number, character in enumerate(ALL)]
HARD = [
    ("fair1_zombie.bvh", 210, "kaykit_rig_medium.glb"),
    ("fair1_zombie.bvh", 340, "quaternius_humanoid.glb"),
    ("boxing_toes.bvh", 1500, "kaykit_rig_medium.glb"),
    ("boxing_toes.bvh", 2760, "kaykit_rig_medium.glb"),
    ("rokoko_jesse_dance.bvh", 900, "kaykit_rig_medium.glb"),
    ("rokoko_jesse_dance.bvh", 900, "quaternius_humanoid.glb"),
    ("boxing_toes.bvh", 2420, "quaternius_humanoid.glb"),
]
"""The body turns fast from foot to foot, on legs far apart or deeply bent; heels or toes are raised over feet twice as
long as the source's; it sways over hip joints two legs apart, or sits."""

TOLD = {("boxing_toes.bvh", 2760, "kaykit_rig_medium.glb"): {"step": 3.5}}
"""A short leg that follows a foot that creeps turns so much, degrees a frame."""


@pytest.fixture(scope="module")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("judged")


@pytest.mark.slow_cases
@pytest.mark.parametrize(("name", "first", "character"), PAIRS + HARD)
def test_a_motion_goes_over(shared_data: Path, scratch: Path, name: str, first: int, character: str) -> None:
    played = motion(shared_data / "motions" / name, scratch, FRAMES, first)
    beyond = judge_file(played, shared_data / "characters" / character, scratch).verdict.beyond()
    told = TOLD.get((name, first, character), {})
    assert all(beyond[each] < told.get(each, 0.0) for each in beyond), beyond


@pytest.mark.parametrize(("first", "part", "times"), [(640, "upper_leg", (3.5, 1.0, 1.0)), (2700, "foot", (1.6,) * 3)])
def test_wide_hips_and_long_shins_move_as_calmly(
    shared_data: Path, scratch: Path, first: int, part: str, times: Sequence[float]
) -> None:
    played = motion(shared_data / "motions" / "boxing_toes.bvh", scratch, FRAMES, first)
    obj = without_meshes(at_rest(load(shared_data / "characters" / "mh_mixamo.blend", scratch)))
    bones = detect_bones(skeleton(obj)).bones()
    bpy.context.view_layer.objects.active = obj
    bpy.ops.object.mode_set(mode="EDIT")
    for side in SIDES:
        bone = obj.data.edit_bones[bones[f"{side}_{part}"]]
        offset = bone.head - bone.parent.head
        shift = offset * Vector(times) - offset
        for moved in (bone, *bone.children_recursive):
            moved.use_connect = False
            moved.matrix = Matrix.Translation(shift) @ moved.matrix
    lowest = min(bone.head.z for bone in obj.data.edit_bones)
    bpy.ops.object.mode_set(mode="OBJECT")
    obj.data.transform(Matrix.Translation((0.0, 0.0, -lowest)))
    assert judge(played.clip, obj).verdict.beyond() == {}


@pytest.mark.slow_cases
@pytest.mark.parametrize("manner", MANNERS)
@pytest.mark.parametrize("character", ["mh_mixamo.blend", "quaternius_stan.glb"])
def test_a_motion_with_all_bones_along_one_axis_at_rest_goes_over(
    shared_data: Path, scratch: Path, manner: str, character: str
) -> None:
    walk = motion(shared_data / "motions" / "cmu_91_48.fbx", scratch)
    file = scratch / f"{manner}.bvh"
    file.write_text(one_axis_bvh(walk.clip, detect_bones(walk.clip.skeleton).bones(), manner, 1.0), encoding="ascii")
    again = motion(file, scratch)
    before, after = joints_of_motion(walk.clip), joints_of_motion(again.clip)
    assert after.between("head", "left_foot") == pytest.approx(before.between("head", "left_foot"), abs=1e-3)
    assert judge_file(again, shared_data / "characters" / character, scratch).verdict.beyond() == {}


@pytest.mark.slow_cases
@pytest.mark.parametrize("on", ["nothing", "root", "hips"])
def test_legs_whose_bones_hang_from_nothing_or_all_from_one_bone_follow(
    shared_data: Path, scratch: Path, on: str
) -> None:
    played = motion(shared_data / "motions" / "fair1_zombie.bvh", scratch, FRAMES, 290)
    obj = without_meshes(at_rest(load(shared_data / "characters" / "mh_mixamo.blend", scratch)))
    bones = detect_bones(skeleton(obj)).bones()
    bpy.context.view_layer.objects.active = obj
    bpy.ops.object.mode_set(mode="EDIT")
    parent = obj.data.edit_bones[bones["hips"]] if on == "hips" else None
    if on == "root":
        parent = obj.data.edit_bones.new("jnt_org")
        parent.head, parent.tail = (0.0, 0.0, 0.0), (0.0, 0.0, 0.1 * obj.data.edit_bones[bones["hips"]].head.length)
        obj.data.edit_bones[bones["hips"]].parent = parent
    for slot in (f"{side}_{part}" for side in SIDES for part in ("upper_leg", "lower_leg", "foot", "toes")):
        obj.data.edit_bones[bones[slot]].parent = parent
    bpy.ops.object.mode_set(mode="OBJECT")
    named = {"nothing": None, "root": obj.data.bones.get("jnt_org"), "hips": obj.data.bones[bones["hips"]]}
    assert obj.data.bones[bones["left_lower_leg"]].parent == named[on]
    assert detect_bones(skeleton(obj)).bones() == bones
    assert judge(played.clip, obj).verdict.beyond() == {}


@pytest.mark.slow_cases
@pytest.mark.parametrize("step", [0.17, -0.17])
@pytest.mark.parametrize("character", ["mh_mixamo.blend", "kaykit_rig_medium.glb"])
def test_feet_stand_on_stairs(shared_data: Path, scratch: Path, step: float, character: str) -> None:
    walk = motion(shared_data / "motions" / "xia_strut.bvh", scratch, 300)
    clip, rises = up_stairs(walk.clip, step)
    verdict = judge_file(Motion(clip), shared_data / "characters" / character, scratch).verdict
    assert {name for name in verdict.beyond() if name != "sole"} == set()  # heels rise within a stance
    obj = bpy.data.objects[next(obj.name for obj in bpy.data.objects if obj.type == "ARMATURE")]
    at_rest_bones = skeleton(obj)
    bones = detect_bones(at_rest_bones).bones()
    heads = {slot: at_rest_bones.heads[at_rest_bones.index(bone)] for slot, bone in bones.items()}
    size, source = MAN / leg_length(heads), joints_of_motion(clip)
    shown = joints_of_character(obj, bones, clip.times)
    scale = scale_of(obj, clip) / source.size * size
    for side in SIDES:
        levels = np.unique(rises[side][~np.isnan(rises[side])])
        assert len(levels) >= 2
        for level in levels:
            stands = rises[side] == level
            for joint in ("foot", "toes"):
                height = np.median(shown.heads[f"{side}_{joint}"][stands, 2]) - heads[f"{side}_{joint}"][2] * size
                lowest = min(np.nanmin(rise) for rise in rises.values())
                assert abs(height - scale * (level - lowest)) < 0.02, (side, joint, level)


def scale_of(obj: bpy.types.Object, clip: Clip) -> float:
    """Metres that a character travels for one of the motion's, as reported."""
    return put_clip_on(obj, clip, TimeMapping(1.0, clip.fps), RetargetOptions(), "Scaled").report.scale


def test_a_tilted_capture_is_levelled(shared_data: Path, scratch: Path) -> None:
    walk = motion(shared_data / "motions" / "xia_strut.bvh", scratch, 300).clip
    turn = Euler((-0.05, -0.04, 0.0)).to_quaternion()
    tilted = replace(
        walk,
        positions=walk.positions @ np.array(turn.to_matrix()).T,
        rotations=np.array([[list(turn @ Quaternion(bone)) for bone in frame] for frame in walk.rotations.tolist()]),
    )
    obj = without_meshes(at_rest(load(shared_data / "characters" / "mh_mixamo.blend", scratch)))
    bones = detect_bones(skeleton(obj)).bones()
    spread = []
    for clip in (walk, tilted):
        put_clip_on(obj, clip, TimeMapping(1.0, clip.fps), RetargetOptions(), "Tilted")
        shown, source = joints_of_character(obj, bones, clip.times), joints_of_motion(walk)
        low = [shown.heads[f"{side}_foot"][1:, 2][standing(source, side, low=True)] for side in SIDES]
        spread.append(np.ptp(np.concatenate(low)))
    assert spread[0] < 0.02
    assert spread[1] < 0.02
    assert np.ptp(joints_of_motion(tilted).heads["left_foot"][:, 2]) > 0.2


def test_chosen_frames_correspond_to_each_other(shared_data: Path, scratch: Path) -> None:
    """The character is in its reference pose when the motion is in its own, apart from limbs, which follow."""
    walk = motion(shared_data / "motions" / "cmu_91_48.fbx", scratch)
    obj = without_meshes(at_rest(load(shared_data / "characters" / "mh_mixamo.blend", scratch)))
    bones = detect_bones(skeleton(obj)).bones()
    for slot, turn in (("hips", (0.1, 0.3, 0.0)), ("head", (0.2, 0.1, 0.3)), ("left_upper_arm", (0.3, 0.2, -0.9))):
        bone = obj.pose.bones[bones[slot]]
        bone.rotation_mode = "QUATERNION"
        bone.rotation_quaternion = Euler(turn).to_quaternion()
        bone.keyframe_insert("rotation_quaternion", frame=5)
    wanted = {slot: at(obj, bones[slot], 5) for slot in ("hips", "head", "left_shoulder")}
    frames = {"source_reference": "FRAME", "source_frame": 40, "target_reference": "FRAME", "target_frame": 5}
    mapping = TimeMapping(1.0, walk.clip.fps)
    put_clip_on(obj, walk.clip, mapping, RetargetOptions(contacts="OFF", **frames), "Chosen")
    for slot, pose in wanted.items():
        assert turned_by(at(obj, bones[slot], 40) @ pose.T) < 0.1, slot
    with pytest.raises(Fault, match="no frame 400"):
        put_clip_on(obj, walk.clip, mapping, RetargetOptions(source_reference="FRAME", source_frame=400), "None")


@pytest.mark.parametrize(
    "frames",
    [
        {"source_reference": "FRAME", "source_frame": 61},
        {"target_reference": "FRAME", "target_frame": 5},
        {"source_reference": "FRAME", "source_frame": 61, "target_reference": "FRAME", "target_frame": 5},
    ],
)
def test_feet_stand_level_whatever_frames_are_chosen(
    shared_data: Path, scratch: Path, frames: dict[str, object]
) -> None:
    """A foot is raised in both frames: the source's as it walks, the character's as it is posed."""
    walk = motion(shared_data / "motions" / "xia_strut.bvh", scratch, FRAMES)
    obj = without_meshes(at_rest(load(shared_data / "characters" / "mh_mixamo.blend", scratch)))
    bones = detect_bones(skeleton(obj)).bones()
    upright = up_in(obj)
    for slot, turn in (("left_upper_leg", 0.6), ("left_lower_leg", -0.5), ("left_foot", 0.7), ("right_foot", 0.4)):
        bone = obj.pose.bones[bones[slot]]
        bone.rotation_mode = "QUATERNION"
        bone.rotation_quaternion = Euler((turn, 0.0, 0.1)).to_quaternion()
        bone.keyframe_insert("rotation_quaternion", frame=5)
    put_clip_on(obj, walk.clip, TimeMapping(1.0, walk.clip.fps), RetargetOptions(**frames), "Level")
    tilt, height = soles(obj, upright, walk.clip)
    assert tilt < 3.0
    assert height < 2.0


@pytest.mark.slow_cases
@pytest.mark.parametrize(("in_place", "most"), [(False, 3.0), (True, 4.0)])
@pytest.mark.parametrize("frame", [None, 0, 60])
def test_feet_stand_level_whatever_a_walks_rest_pose(
    shared_data: Path, scratch: Path, frame: int | None, in_place: bool, most: float
) -> None:
    """Its own, with feet that are tilted by 16 degrees, or one of its poses."""
    walk = posed = motion(shared_data / "motions" / "xia_strut.bvh", scratch, FRAMES).clip
    if frame is not None:
        posed = replace(walk, skeleton=walk.skeleton.posed(walk.positions[frame], walk.rotations[frame]))
    if in_place:
        travel = walk.positions[:, [walk.skeleton.index(detect_bones(walk.skeleton).bones()["hips"])]]
        posed = replace(posed, positions=posed.positions - (travel - travel[:1]) * [1.0, 1.0, 0.0])
    obj = without_meshes(at_rest(load(shared_data / "characters" / "mh_mixamo.blend", scratch)))
    upright = up_in(obj)
    put_clip_on(obj, posed, TimeMapping(1.0, walk.fps), RetargetOptions(), "Level")
    tilt, height = soles(obj, upright, walk)
    assert tilt < most
    assert height < 2.0


def up_in(obj: bpy.types.Object) -> dict[str, np.ndarray]:
    """The upward direction (3,) in the feet's own axes, as they are posed now."""
    bones = detect_bones(skeleton(obj)).bones()
    slots = [f"{side}_foot" for side in SIDES]
    return {
        slot: np.array((obj.matrix_world @ obj.pose.bones[bones[slot]].matrix).normalized())[2, :3] for slot in slots
    }


def soles(obj: bpy.types.Object, upright: dict[str, np.ndarray], clip: Clip) -> tuple[float, float]:
    """By how many degrees at most feet are tilted that stand in a motion, and by how many cm off their height at rest.

    Args:
        obj: the character, animated.
        upright: what is up (3,) in the feet's own axes at rest.
        clip: the motion.
    """
    rest = skeleton(obj)
    bones = detect_bones(rest).bones()
    shown, source = joints_of_character(obj, bones, clip.times), joints_of_motion(clip)
    tilts, heights = [], []
    for side in SIDES:
        slot = f"{side}_foot"
        stands = np.flatnonzero(standing(source, side, low=True))
        tilts.append(degrees_apart(shown.turns[slot][stands] @ upright[slot], np.array([0.0, 0.0, 1.0])))
        heights.append(shown.heads[slot][stands, 2] - rest.heads[rest.index(bones[slot]), 2] * shown.size)
    return float(np.concatenate(tilts).max()), float(np.abs(np.concatenate(heights)).max()) * 100.0


def at(obj: bpy.types.Object, bone: str, frame: int) -> np.ndarray:
    """(3, 3) turn of a bone in the world at a frame."""
    bpy.context.scene.frame_set(frame)
    return np.array((obj.matrix_world @ obj.pose.bones[bone].matrix).to_3x3().normalized())
