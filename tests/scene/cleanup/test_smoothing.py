"""Limbs smoothed: which keys change, how much jitter goes and pose stays, and feet that stand, on evaluated poses."""

from pathlib import Path

import bpy
import numpy as np
import pytest

from aimocap_blender.motion.own_motion_options import LoopOptions
from aimocap_blender.scene.cleanup.edits import mirror, smooth_limbs
from aimocap_blender.scene.cleanup.own_action import make_loop
from aimocap_blender.scene.keys.keyframes import curves_of
from aimocap_blender.texts.faults import Fault
from tests.blender_versions import in_newest, in_oldest_and_newest
from tests.ui.posing import heads

from .blend_judge import evaluated
from .recorded_takes import on_character, recordings
from .walks import CALVES, FPS, SOLES, keys_of, off_calves, off_legs, performer, shaken, standing, strut, walk

SWINGS = 0.002
"""Metres that a foot may be off where it was."""
REACHES = 0.004
"""Metres between a foot and the end of its lower leg."""
ARM = tuple(f"mixamorig:Left{part}" for part in ("Arm", "ForeArm"))


def changed(before: dict[tuple[str, int], np.ndarray], after: dict[tuple[str, int], np.ndarray]) -> set[str]:
    assert before.keys() == after.keys()
    return {path.split('"')[1] for path, index in before if (before[path, index] != after[path, index]).any()}


@in_oldest_and_newest
@pytest.mark.parametrize("mode", ["QUATERNION", "XYZ"])
def test_an_arm_is_calm_and_all_else_is_as_it_was(mode: str, mannequin: Path) -> None:
    armature = standing(mannequin)
    for bone in armature.pose.bones:
        bone.rotation_mode = mode
    walk(armature)
    frames = np.arange(1, 91)
    clean = heads(armature, ["mixamorig:LeftHand"], frames)["mixamorig:LeftHand"]
    shaken(armature, ARM, 2.0)
    keys = keys_of(armature)
    shaking = heads(armature, ["mixamorig:LeftHand"], frames)["mixamorig:LeftHand"]
    done = smooth_limbs(armature, bpy.context.scene, ["left_arm"], 0.05)
    assert (done.limbs, done.warnings) == (("left_arm",), ())
    assert done.after < 0.4 * done.before
    after = keys_of(armature)
    assert changed(keys, after) <= {f"mixamorig:Left{part}" for part in ("Shoulder", "Arm", "ForeArm", "Hand")}
    for channel, values in keys.items():
        assert np.allclose(after[channel][[0, -1]], values[[0, -1]], atol=1e-5), channel
        assert (after[channel][:, 0] == values[:, 0]).all()
    calm = heads(armature, ["mixamorig:LeftHand"], frames)["mixamorig:LeftHand"]
    off = np.linalg.norm(calm - clean, axis=1)
    assert off.mean() < 0.7 * np.linalg.norm(shaking - clean, axis=1).mean()  # nearer to what was there before
    accelerations = [np.linalg.norm(np.diff(path, 2, axis=0), axis=1).mean() for path in (shaking, calm)]
    assert accelerations[1] < 0.4 * accelerations[0]


@in_oldest_and_newest
def test_broad_swings_stay(mannequin: Path) -> None:
    """An arm that swings once in two seconds keeps its extent, which a plain Gaussian would take 5 % of."""
    armature = standing(mannequin)
    arm = armature.pose.bones["mixamorig:LeftArm"]
    arm.rotation_mode = "XYZ"
    for frame in range(1, 122):
        arm.rotation_euler.x = np.sin(np.pi * frame / FPS)
        arm.keyframe_insert("rotation_euler", index=0, frame=frame)
    smooth_limbs(armature, bpy.context.scene, ["left_arm", "head"], 0.1)
    ((_, values),) = ((channel, keys[:, 1]) for channel, keys in keys_of(armature).items())
    assert np.ptp(values[20:100]) > 2.0 * 0.995


@in_oldest_and_newest
@pytest.mark.parametrize("limbs", [("left_leg", "right_leg"), ("hips", "spine")])
def test_feet_that_stand_stay_where_they_are(limbs: tuple[str, ...], mannequin: Path, shared_data: Path) -> None:
    armature = standing(mannequin)
    strut(armature, shared_data)
    frames = np.arange(*armature.animation_data.action.frame_range)
    before = heads(armature, SOLES, frames)
    for side in ("Left", "Right"):  # swinging legs jitter
        feet = [np.diff(before[bone], axis=0, append=0.0) for bone in SOLES if side in bone]
        still = np.min([np.linalg.norm(foot, axis=1) for foot in feet], axis=0) * FPS < 0.3
        shaken(armature, tuple(f"mixamorig:{side}{part}" for part in ("UpLeg", "Leg")), 2.0, still)
    shaken(armature, ("mixamorig:Spine", "mixamorig:Spine1"), 2.0)
    keys, before = keys_of(armature), heads(armature, SOLES, frames)
    done = smooth_limbs(armature, bpy.context.scene, limbs, 0.05)
    assert done.after < 0.8 * done.before
    assert done.warnings == ()
    after = heads(armature, SOLES, frames)
    seen = 0
    for bone in SOLES:
        stands = np.linalg.norm(np.diff(before[bone], axis=0), axis=1) * FPS < 0.005
        seen += int(stands.sum())
        assert (np.linalg.norm(np.diff(after[bone], axis=0), axis=1) * FPS)[stands].max() < 0.005, bone
        # a leg that wasn't chosen swings as it did, too
        assert "left_leg" in limbs or np.abs(after[bone] - before[bone]).max() < SWINGS, bone
    assert seen > 30
    legs = {f"mixamorig:{side}{part}" for side in ("Left", "Right") for part in ("UpLeg", "Leg", "Foot", "ToeBase")}
    trunk = {f"mixamorig:{bone}" for bone in ("Hips", "Spine", "Spine1", "Spine2")}
    allowed = legs if "left_leg" in limbs else legs | trunk
    assert changed(keys, keys_of(armature)) <= allowed


def test_legs_reach_feet_that_hang_on_none() -> None:
    armature = off_legs(performer())
    walk(armature)
    frames = np.arange(1, 91)
    smooth_limbs(armature, bpy.context.scene, ("hips", "left_leg"), 0.1)
    assert off_calves(armature, frames) < REACHES
    made = make_loop(armature, bpy.context.scene, LoopOptions(0.5, 10, "FULL", 1, 90))
    assert off_calves(armature, np.arange(made.first_frame, 2 * made.last_frame - made.first_frame)) < REACHES


@in_newest
@pytest.mark.parametrize("file", ["rocketbox_male17.fbx", "quaternius_knight.glb"])
def test_hips_do_not_come_down_for_feet_in_the_air(file: str, shared_data: Path, tmp_path: Path) -> None:
    """The knight's feet hang on no leg, and go with the legs then."""
    del shared_data
    clips = recordings(tmp_path, ["bouncing walk"])
    armature, bones, _, takes = on_character(file, clips, tmp_path)
    frames = range(1, len(clips["bouncing walk"].times) + 1)
    before = evaluated(armature, bones, frames, takes["bouncing walk"])
    smooth_limbs(armature, bpy.context.scene, ["hips"], 0.15)
    after = evaluated(armature, bones, frames, takes["bouncing walk"])
    hips = bones["hips"]
    assert after[hips][:, 2, 3].min() > before[hips][:, 2, 3].min()
    for side in ("left", "right"):
        foot, calf = bones[f"{side}_foot"], bones[f"{side}_lower_leg"]
        shins = [np.linalg.norm(pose[foot][:, :3, 3] - pose[calf][:, :3, 3], axis=1) for pose in (before, after)]
        assert np.abs(shins[1] - shins[0]).max() < REACHES


def test_legs_that_are_uneven_at_rest_reach_feet_that_hang_on_none_in_a_mirror() -> None:
    """Also in a pose: an Action with keys in one frame."""
    armature = off_legs(performer(), uneven=0.05)
    walk(armature)
    frames = np.arange(1, 91)
    before = heads(armature, CALVES, frames)
    mirror(armature)
    assert off_calves(armature, frames) < REACHES
    mirror(armature)
    again = heads(armature, CALVES, frames)
    assert max(np.abs(again[bone] - before[bone]).max() for bone in CALVES) < SWINGS
    mirror(armature)
    for curve in curves_of(armature).values():
        while len(curve.keyframe_points) > 1:
            curve.keyframe_points.remove(curve.keyframe_points[-1])
    mirror(armature)
    assert off_calves(armature, frames[:1]) < REACHES


def test_refusals_change_nothing(mannequin: Path) -> None:
    armature = standing(mannequin)
    with pytest.raises(Fault, match="has no Action with keyframes of bones"):
        smooth_limbs(armature, bpy.context.scene, ["spine"], 0.1)
    walk(armature, 1.0)
    keys = keys_of(armature)
    with pytest.raises(Fault, match=r"No limb is chosen\. Choose at least one limb\."):
        smooth_limbs(armature, bpy.context.scene, [], 0.1)
    for channel, curve in list(curves_of(armature).items()):
        if "Head" in channel[0] or "Neck" in channel[0]:
            while len(curve.keyframe_points):
                curve.keyframe_points.remove(curve.keyframe_points[0])
    with pytest.raises(Fault, match="The chosen limbs of “Mannequin” have no keyframes"):
        smooth_limbs(armature, bpy.context.scene, ["head"], 0.1)
    assert all((after == keys[channel]).all() for channel, after in keys_of(armature).items() if len(after))
