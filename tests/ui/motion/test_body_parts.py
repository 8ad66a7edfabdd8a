"""A motion onto part of a body: that part moves as in the motion, all else as before, with its contacts."""

from itertools import pairwise
from pathlib import Path
from typing import Any

import bpy
import numpy as np
import pytest

from tests.blender_versions import in_newest
from tests.media.performance import Performance
from tests.scene.real_files import degrees_apart
from tests.ui.acts import capture_ids, module, refusal
from tests.ui.motion.conftest import our_clip
from tests.ui.posing import heads, world_matrices

UPPER = ("spine", "head", "left_arm", "right_arm", "left_hand", "right_hand")
LEGS = [f"mixamorig:{side}{part}" for side in ("Left", "Right") for part in ("UpLeg", "Leg", "Foot", "ToeBase")]
ARM = [f"mixamorig:Left{part}" for part in ("Arm", "ForeArm", "Hand")]
FRAMES = np.arange(1.0, 76.0)  # of the walk
FPS = 30.0
SAME = 1e-5  # metres
SMOOTH = 12.0  # degrees a frame: the arm waves by less


def put(obj: bpy.types.Object, start: float, end: float, frame: float, **options: Any) -> Any:
    """Put another stretch of the performance, of a quicker walker, onto parts of the character."""
    clip = our_clip(start, end, FPS, Performance(radius=1e4, step_sec=0.4))
    chosen = module("motion.retargeting.retarget_options").RetargetOptions(**options)
    mapping = module("motion.time_mapping").TimeMapping(frame, FPS)
    return module("scene.retargeting").put_clip_on(obj, clip, mapping, chosen, "Part")


def arm(obj: bpy.types.Object) -> np.ndarray:
    """(F, 2, 3) directions of upper and lower arm, seen from the chest."""
    found = world_matrices(obj, [*ARM, "mixamorig:Spine2"], FRAMES)
    lines = np.stack([found[b][:, :3, 3] - found[a][:, :3, 3] for a, b in pairwise(ARM)], axis=1)
    return np.einsum("fij,fki->fkj", found["mixamorig:Spine2"][:, :3, :3], lines)


def test_an_upper_body_over_a_walk_keeps_its_feet(walking: bpy.types.Object) -> None:
    own, contacts_on = walking.animation_data.action, module("scene.action_contacts").contacts_on
    before, feet, old = heads(walking, ["mixamorig:Hips", *LEGS], FRAMES), contacts_on(own).feet, arm(walking)
    outcome = put(walking, 4.3, 6.7, 2.0, parts=UPPER)
    after, made = heads(walking, ["mixamorig:Hips", *LEGS], FRAMES), walking.animation_data.action
    for bone, places in after.items():
        assert np.abs(places - before[bone]).max() < SAME, bone
    assert made != own
    assert contacts_on(made).feet == feet
    assert not set(outcome.bones) & {"mixamorig:Hips", *LEGS}
    assert set(outcome.poses.degrees) <= {
        "head",
        *(f"{side}_{slot}" for side in ("left", "right") for slot in ("upper_arm", "lower_arm", "hand")),
    }
    kept = arm(walking)
    walking.animation_data.action = None
    put(walking, 4.3, 6.7, 2.0)
    wanted = arm(walking)
    inside = slice(9, -10)
    assert degrees_apart(kept[inside], wanted[inside]).max() < 0.1
    assert degrees_apart(kept[inside], old[inside]).max() > 5.0


@in_newest
def test_one_arm_in_the_middle_comes_and_goes_smoothly(walking: bpy.types.Object) -> None:
    others = ["mixamorig:Hips", "mixamorig:Head", "mixamorig:RightHand", *LEGS]
    before, old = heads(walking, others, FRAMES), arm(walking)
    put(walking, 4.3, 5.3, 25.0, parts=("left_arm",))
    for bone, places in heads(walking, others, FRAMES).items():
        assert np.abs(places - before[bone]).max() < SAME, bone
    new = arm(walking)
    outside = (FRAMES < 25.0) | (FRAMES > 54.0)
    assert degrees_apart(new[outside], old[outside]).max() < 0.05
    assert degrees_apart(new[~outside], old[~outside]).max() > 5.0
    assert degrees_apart(new[1:], new[:-1]).max() < SMOOTH
    assert bpy.ops.aimocap.mirror_motion() == {"FINISHED"}  # further steps take it as any Action


@in_newest
def test_a_pose_of_one_frame_shows_there(walking: bpy.types.Object) -> None:
    old = arm(walking)
    put(walking, 4.6, 4.6, 30.0, parts=("left_arm",))
    new = degrees_apart(arm(walking), old).max(axis=1)
    assert new[FRAMES == 30.0].max() > 5.0
    assert new[FRAMES != 30.0].max() < 0.05


@in_newest
def test_legs_bring_their_own_contacts(walking: bpy.types.Object) -> None:
    contacts_on = module("scene.action_contacts").contacts_on
    old, feet = arm(walking), contacts_on(walking.animation_data.action).feet
    put(walking, 4.3, 6.7, 2.0, parts=("legs",))
    assert degrees_apart(arm(walking), old).max() < 0.05
    moved = heads(walking, ["mixamorig:LeftFoot"], FRAMES)
    assert contacts_on(walking.animation_data.action).feet != feet
    walking.animation_data.action = None
    put(walking, 4.3, 6.7, 2.0)
    whole = heads(walking, ["mixamorig:LeftFoot"], FRAMES)
    steps = [np.diff(found["mixamorig:LeftFoot"][9:-10], axis=0) for found in (moved, whole)]
    assert np.abs(steps[0] - steps[1]).max() < SAME


@pytest.mark.usefixtures("sampled_once")
def test_in_the_redo_panel_and_without_an_action(character: bpy.types.Object, motion_fbx: Path) -> None:
    assert bpy.ops.aimocap.import_motion_fbx(filepath=str(motion_fbx), parts={"left_arm", "left_hand"}) == {"FINISHED"}
    curves = module("scene.keys.keyframes").curves_of(character)
    bones = {path.split('"')[1] for path, _ in curves}
    assert bones
    assert all(bone.startswith("mixamorig:Left") for bone in bones)
    assert not bones & set(LEGS)
    action = character.animation_data.action
    assert "body parts" in refusal(bpy.ops.aimocap.import_motion_fbx, filepath=str(motion_fbx), parts=set())
    assert character.animation_data.action == action


@in_newest
@pytest.mark.usefixtures("sampled_once", "strip")
def test_an_added_capture_is_known_beside_the_actions_own(character: bpy.types.Object) -> None:
    """So that undoing it is noticed; the Action stays what it was made of."""
    assert bpy.ops.aimocap.capture_motion() == {"FINISHED"}
    (capture_id,), sources = capture_ids(), module("scene.action_source")
    character.animation_data.action = own = bpy.data.actions.new("Mine")
    character.pose.bones["mixamorig:Head"].keyframe_insert("rotation_quaternion", frame=20)
    character.pose.bones["mixamorig:Head"].keyframe_insert("rotation_quaternion", frame=40)
    bpy.data.actions.remove(next(action for action in bpy.data.actions if sources.source_of(action).capture))
    assert bpy.ops.aimocap.apply_capture(capture_id=capture_id, parts={"left_arm"}) == {"FINISHED"}
    made = character.animation_data.action
    assert made != own
    assert sources.source_of(made).capture == ""
    assert capture_id in module("takes.application")._takes_of_actions()
