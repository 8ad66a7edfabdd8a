"""Mirroring: left and right are exchanged in every frame, with their contacts; twice restores the motion."""

from pathlib import Path

import bpy
import numpy as np
import pytest

from tests.scene.real_files import degrees_apart
from tests.ui.acts import module, refusal
from tests.ui.posing import heads

SIDES = ("Left", "Right")
LIMBS = ("Shoulder", "Arm", "ForeArm", "Hand", "UpLeg", "Leg", "Foot", "ToeBase")
FRAMES = np.arange(1.0, 76.0, 3.0)


def posed(obj: bpy.types.Object) -> dict[str, np.ndarray]:
    """(F, 3) heads of hips and limbs."""
    names = ["Hips", "Head", *(f"{side}{limb}" for side in SIDES for limb in LIMBS)]
    found = heads(obj, [f"mixamorig:{name}" for name in names], FRAMES)
    return {name: found[f"mixamorig:{name}"] for name in names}


def other_side(name: str) -> str:
    one, other = SIDES if name.startswith("Left") else SIDES[::-1]
    return name.replace(one, other)


def turns(obj: bpy.types.Object) -> np.ndarray:
    """(F, B, 4) quaternions of all bones in the armature."""
    found = []
    for frame in FRAMES:
        bpy.context.scene.frame_set(int(frame))
        found.append([list(bone.matrix.to_quaternion()) for bone in obj.pose.bones])
    return np.array(found)


def test_left_and_right_are_exchanged_and_twice_restores_it(walking: bpy.types.Object) -> None:
    contacts_on, action = module("scene.action_contacts").contacts_on, walking.animation_data.action
    before, turned, planted = posed(walking), turns(walking), contacts_on(action).feet
    middle = before["Hips"][0, 0]
    assert bpy.ops.aimocap.mirror_motion() == {"FINISHED"}
    after = posed(walking)
    for name, places in after.items():
        rest = walking.data.bones[f"mixamorig:{name}"].head_local, walking.data.bones[f"mixamorig:{other_side(name)}"]
        uneven = abs(rest[0][0] + rest[1].head_local[0]) if name != other_side(name) else 0.0
        assert uneven < 1e-3
        assert np.abs(places - before[other_side(name)] * (-1, 1, 1)).max() < 2e-3 + 2 * abs(middle), name
    assert degrees_apart(after["LeftArm"] - after["LeftForeArm"], before["LeftArm"] - before["LeftForeArm"]).max() > 5
    feet = contacts_on(action).feet
    assert (feet["left"], feet["right"]) == (planted["right"], planted["left"])
    bpy.ops.aimocap.mirror_motion()
    again = turns(walking)
    again *= np.sign((again * turned).sum(axis=-1, keepdims=True))
    assert np.degrees(2 * np.linalg.norm(again - turned, axis=-1)).max() < 0.01
    assert max(np.abs(places - before[name]).max() for name, places in posed(walking).items()) < 1e-5
    assert contacts_on(action).feet == planted


@pytest.mark.usefixtures("sampled_once")
def test_mirrored_as_it_is_applied_is_the_same(character: bpy.types.Object, motion_fbx: Path) -> None:
    bpy.context.scene.frame_set(1)
    bpy.ops.aimocap.import_motion_fbx(filepath=str(motion_fbx), contacts="OFF")
    bpy.ops.aimocap.mirror_motion()
    after = posed(character)
    bpy.context.scene.frame_set(1)
    bpy.ops.aimocap.import_motion_fbx(filepath=str(motion_fbx), contacts="OFF", mirror=True)
    applied = posed(character)
    for side, limb in ((side, limb) for side in SIDES for limb in ("Arm", "ForeArm", "UpLeg", "Leg")):
        below = {"Arm": "ForeArm", "ForeArm": "Hand", "UpLeg": "Leg", "Leg": "Foot"}[limb]
        one, other = (found[f"{side}{below}"] - found[f"{side}{limb}"] for found in (after, applied))
        assert degrees_apart(one, other).max() < 1.0


def test_other_keys_are_exchanged_or_stay(walking: bpy.types.Object) -> None:
    """Switches of limbs go to the other side; what belongs to no side, as a property of the object, stays."""
    arms = [walking.pose.bones[f"mixamorig:{side}Arm"] for side in SIDES]
    for at, values in ((1, (0.0, 1.0)), (40, (0.5, 1.0))):
        for arm, value in zip(arms, values, strict=True):
            arm["IK_FK"] = value
            arm.keyframe_insert('["IK_FK"]', frame=at)
        walking["style"] = float(at)
        walking.keyframe_insert('["style"]', frame=at)

    def switches(frame: int) -> list[float]:
        bpy.context.scene.frame_set(frame)
        return [arms[0]["IK_FK"], arms[1]["IK_FK"], walking["style"]]

    before = posed(walking)
    assert bpy.ops.aimocap.mirror_motion() == {"FINISHED"}
    assert np.abs(posed(walking)["LeftHand"] - before["RightHand"] * (-1, 1, 1)).max() < 0.02
    assert switches(1) == pytest.approx([1.0, 0.0, 1.0])
    assert switches(40) == pytest.approx([1.0, 0.5, 40.0])
    walking.keyframe_insert("location", frame=1)
    assert "moves the armature object itself" in refusal(bpy.ops.aimocap.mirror_motion)


@pytest.mark.usefixtures("character")
def test_a_robot_is_left_to_its_own_steps() -> None:
    assert bpy.ops.aimocap.add_g1_rig() == {"FINISHED"}
    assert "Choose Adjust Motion instead." in refusal(bpy.ops.aimocap.mirror_motion)
