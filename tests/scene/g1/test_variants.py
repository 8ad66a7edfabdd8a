"""Every G1 that is built is a rig of its own: MuJoCo's bodies, one channel a joint, and the keys of what it has."""

import bpy
import numpy as np
import pytest

from aimocap_blender.motion.g1.motion import checked_g1_motion
from aimocap_blender.motion.g1.variants import G1_VARIANTS, VARIANTS, g1_variant
from aimocap_blender.motion.time_mapping import TimeMapping
from aimocap_blender.scene.g1.keys import apply_g1_motion, g1_motion_of
from aimocap_blender.scene.g1.rig import ROOT_BONE, add_g1_rig, body_poses, is_g1_rig, model_of, variant_of
from aimocap_blender.scene.scene_values import robot_of
from aimocap_blender.texts.faults import Fault
from tests.media.g1_mjcf import degrees_between, g1_mujoco, joint_rows, mujoco_poses, random_states

COUNTS = {
    "29dof": 29,
    "29dof_before_rev_1_0": 29,
    "23dof": 23,
    "23dof_without_wrists": 23,
    "27dof_locked_waist": 27,
    "43dof_with_hands": 43,
    "booster_t1": 23,
    "booster_t1_29dof": 29,
    "unitree_h1": 19,
}


@pytest.mark.slow_cases
@pytest.mark.parametrize("variant", VARIANTS)
def test_random_poses_over_the_full_ranges_are_mujocos(variant: str) -> None:
    rig = add_g1_rig(bpy.context, variant)
    rows = joint_rows(variant)
    states = random_states(24, 7, variant)
    names, positions, quaternions = mujoco_poses(*states, variant)
    assert list(model_of(rig).bodies) == names
    bones = rig.pose.bones
    for frame, (root_pos, root_quat, angles) in enumerate(zip(*states, strict=True)):
        bones[ROOT_BONE].location, bones[ROOT_BONE].rotation_quaternion = root_pos, root_quat
        for row, angle in zip(rows, angles, strict=True):
            bones[row["joint"]].rotation_euler[row["axis"].index(1)] = angle
        pos, quat = body_poses(rig)
        assert np.abs(pos - positions[frame]).max() < 1e-5
        assert degrees_between(quat, quaternions[frame]).max() < 1e-3


@pytest.mark.slow_cases
@pytest.mark.parametrize("variant", VARIANTS)
def test_each_joint_is_a_bone_with_its_facts_on_a_rig_of_its_own(variant: str) -> None:
    rig = add_g1_rig(bpy.context, variant)
    oracle = g1_mujoco(variant)
    joints = [oracle.joint(index) for index in range(1, oracle.njnt)]
    assert len(joints) == COUNTS[variant]
    assert [bone.name for bone in rig.data.bones] == [ROOT_BONE, *(joint.name for joint in joints)]
    for joint, row in zip(joints, joint_rows(variant), strict=True):
        bone = rig.pose.bones[joint.name]
        assert [not lock for lock in bone.lock_rotation] == [bool(part) for part in joint.axis]
        assert list(bone.bone["range_rad"]) == pytest.approx(joint.range.tolist())
        assert bone.bone["effort_nm"] == row["effort_Nm"] > 0
        assert bone.bone["velocity_rad_s"] == row["vel_rad_s"] > 0
        assert bone.custom_shape is not None
    assert all(len(bone.collections) == 1 for bone in rig.data.bones)
    assert all(collection.bones for collection in rig.data.collections)
    assert ("Left Hand" in rig.data.collections) == (variant == "43dof_with_hands")
    assert is_g1_rig(rig)
    assert variant_of(rig) == variant
    assert model_of(rig) == g1_variant(variant)
    # captures go onto the robot that the service makes motion for, else onto a new rig
    assert robot_of(bpy.context, rig) == (rig if variant in G1_VARIANTS else None)
    next(bone for bone in rig.data.bones if bone.name.lower().startswith("left_elbow")).name = "elbow"
    assert not is_g1_rig(rig)
    with pytest.raises(Fault, match="is not a G1 rig"):
        model_of(rig)


def test_a_rig_of_the_first_version_is_the_one_with_29_joints() -> None:
    rig = add_g1_rig(bpy.context)
    del rig.data["aimocap_g1_variant"]
    assert variant_of(rig) == "29dof"


def test_another_count_of_joints_than_the_variants_is_no_g1_rig() -> None:
    rig = add_g1_rig(bpy.context)
    rig.data["aimocap_g1_variant"] = "23dof"
    assert not is_g1_rig(rig)
    rig.data["aimocap_g1_variant"] = "7dof"
    assert not is_g1_rig(rig)


@pytest.mark.parametrize("variant", G1_VARIANTS)
def test_a_motion_keys_the_joints_that_there_are(variant: str) -> None:
    rig = add_g1_rig(bpy.context, variant)
    motion = checked_g1_motion(30.0, *random_states(20, 8))
    action = apply_g1_motion(rig, motion, TimeMapping(1.0, 30.0), "Motion")
    full = [row["joint"] for row in joint_rows()]
    angles = np.zeros((20, COUNTS[variant]))  # the fingers stay where they were
    for column, row in enumerate(joint_rows(variant)):
        if row["joint"] in full:
            angles[:, column] = motion.dof_pos[:, full.index(row["joint"])]
    back = g1_motion_of(rig)
    assert back.variant == variant
    assert np.abs(back.root_pos - motion.root_pos).max() < 1e-6
    assert np.abs(back.dof_pos - angles).max() < 1e-6
    _, positions, quaternions = mujoco_poses(motion.root_pos, motion.root_quat, angles, variant)
    for frame in range(20):
        bpy.context.scene.frame_set(1 + frame)
        pos, quat = body_poses(rig)
        assert np.abs(pos - positions[frame]).max() < 1e-5
        assert degrees_between(quat, quaternions[frame]).max() < 1e-3
    assert action.name == "Motion"


@pytest.mark.parametrize("variant", G1_VARIANTS)
def test_shapes_stand_in_for_the_meshes(variant: str) -> None:
    rig = add_g1_rig(bpy.context, variant)
    bpy.context.view_layer.update()
    points = np.array([child.matrix_world @ vertex.co for child in rig.children for vertex in child.data.vertices])
    assert points[:, 2].min() == pytest.approx(0, abs=0.01)
    assert points[:, 2].max() == pytest.approx(1.32, abs=0.02)
    assert np.abs(points[:, 1].min() + points[:, 1].max()) < 0.01
    reach = 0.42 if variant == "43dof_with_hands" else 0.33
    assert points[:, 0].max() == pytest.approx(reach, abs=0.06)  # the hands, forearms pointing forward


@pytest.mark.parametrize(
    ("robot", "name", "tall"),
    [("unitree_h1", "Unitree H1", 1.8), ("booster_t1", "Booster T1", 1.17)],  # 1805 and 1180 mm in their data sheets
)
def test_another_robot_is_shown_as_its_capsules_and_takes_its_own_motion_only(
    robot: str, name: str, tall: float
) -> None:
    rig = add_g1_rig(bpy.context, robot)
    bpy.context.view_layer.update()
    assert rig.name.startswith(name)
    points = np.array([child.matrix_world @ vertex.co for child in rig.children for vertex in child.data.vertices])
    assert points[:, 2].min() == pytest.approx(0, abs=0.01)
    assert points[:, 2].max() == pytest.approx(tall, abs=0.05)
    motion = checked_g1_motion(30.0, *random_states(20, 8, robot), robot)
    apply_g1_motion(rig, motion, TimeMapping(1.0, 30.0), "Motion")
    back = g1_motion_of(rig)
    assert back.variant == robot
    assert np.abs(back.dof_pos - motion.dof_pos).max() < 1e-6
    names, positions, quaternions = mujoco_poses(motion.root_pos, motion.root_quat, motion.dof_pos, robot)
    assert list(model_of(rig).bodies) == names
    for frame in range(0, 20, 5):
        bpy.context.scene.frame_set(1 + frame)
        pos, quat = body_poses(rig)
        assert np.abs(pos - positions[frame]).max() < 1e-5
        assert degrees_between(quat, quaternions[frame]).max() < 1e-3
    action = rig.animation_data.action
    with pytest.raises(Fault, match="is for a Unitree G1"):
        apply_g1_motion(rig, checked_g1_motion(30.0, *random_states(20, 8)), TimeMapping(1.0, 30.0), "Other")
    assert rig.animation_data.action == action
