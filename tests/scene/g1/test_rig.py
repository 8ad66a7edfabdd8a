"""The rig is the robot: every body where MuJoCo has it, one channel a joint, and nothing else touched by adding it."""

from pathlib import Path

import bpy
import numpy as np
import pytest

from aimocap_blender.scene.g1.rig import ROOT_BONE, add_g1_rig, is_g1_rig
from tests.media.g1_mjcf import degrees_between, g1_mujoco, mujoco_poses, random_states


def pose(rig: bpy.types.Object, pos: np.ndarray, quat: np.ndarray, angles: np.ndarray) -> None:
    """By name and axis, as a person with MuJoCo's table would."""
    oracle = g1_mujoco()
    root = rig.pose.bones["floating_base_joint"]
    root.location, root.rotation_quaternion = pos, quat
    for index, angle in enumerate(angles, start=1):
        joint = oracle.joint(index)
        rig.pose.bones[joint.name].rotation_euler["xyz".index("xyz"[int(np.argmax(joint.axis))])] = angle


def test_each_joint_has_one_channel() -> None:
    rig = add_g1_rig(bpy.context)
    oracle = g1_mujoco()
    assert sorted(bone.name for bone in rig.pose.bones) == sorted(oracle.joint(i).name or ROOT_BONE for i in range(30))
    for index in range(1, 30):
        joint = oracle.joint(index)
        bone = rig.pose.bones[joint.name]
        assert tuple(bone.lock_location) == tuple(bone.lock_scale) == (True, True, True)
        assert [not lock for lock in bone.lock_rotation] == [bool(part) for part in joint.axis]
        assert bone.rotation_mode == "XYZ"
        assert list(bone.bone["range_rad"]) == pytest.approx(joint.range.tolist())
        assert bone.bone["mujoco_body"] == oracle.body(joint.bodyid[0]).name
    root = rig.pose.bones[ROOT_BONE]
    assert root.rotation_mode == "QUATERNION"
    assert tuple(root.lock_location) == (False, False, False)
    assert tuple(root.lock_scale) == (True, True, True)


def test_shapes_sit_at_their_bodies() -> None:
    rig = add_g1_rig(bpy.context)
    state = [part[0] for part in random_states(1, seed=4)]
    pose(rig, *state)
    bpy.context.view_layer.update()
    names, positions, quaternions = mujoco_poses(*(part[None] for part in state))
    shapes = {child.parent_bone: child for child in rig.children}
    assert len(shapes) == len(rig.children) >= 20
    for bone, shape in shapes.items():
        body = names.index(rig.data.bones[bone].get("mujoco_body", "pelvis"))
        assert tuple(shape.matrix_world.translation) == pytest.approx(tuple(positions[0, body]), abs=1e-5)
        turn = np.array(shape.matrix_world.to_quaternion())
        assert degrees_between(turn, quaternions[0, body]) < 1e-2


def test_shapes_are_light() -> None:
    rig = add_g1_rig(bpy.context)
    for child in rig.children:
        child.data.calc_loop_triangles()
        assert 0 < len(child.data.loop_triangles) <= 3000
    assert sum(len(child.data.loop_triangles) for child in rig.children) <= 30_000


def snapshot() -> dict:
    context = bpy.context
    return {
        "mode": context.mode,
        "active": context.view_layer.objects.active,
        "selected": sorted(obj.name for obj in context.selected_objects),
        "modes": {obj.name: obj.mode for obj in context.view_layer.objects if obj.name.startswith("Mine")},
        "scenes": list(bpy.data.scenes),
        "frame": context.scene.frame_current,
        "undo": bpy.context.preferences.edit.use_global_undo,
    }


@pytest.mark.parametrize("mode", ["OBJECT", "EDIT", "POSE"])
def test_mode_selection_and_active_object_stay(mode: str) -> None:
    mine = bpy.data.objects.new("Mine", bpy.data.armatures.new("Mine"))
    other = bpy.data.objects.new("Mine too", bpy.data.armatures.new("Mine too"))
    for obj in (mine, other):
        bpy.context.scene.collection.objects.link(obj)
        obj.select_set(True)
    bpy.context.view_layer.objects.active = mine
    bpy.ops.object.mode_set(mode="EDIT")
    for obj in (mine, other):
        obj.data.edit_bones.new("Mine").tail = (0, 0, 1)
    bpy.ops.object.mode_set(mode=mode)
    before = snapshot()
    assert set(before["modes"].values()) == {mode}
    rig = add_g1_rig(bpy.context)
    assert snapshot() == before
    assert rig.mode == "OBJECT"
    if mode == "EDIT":
        assert [bone.name for bone in mine.data.edit_bones] == ["Mine"]


def test_with_nothing_in_the_scene_nothing_becomes_active() -> None:
    before = snapshot()
    add_g1_rig(bpy.context)
    assert snapshot() == before


def test_all_of_it_lies_in_its_own_collection() -> None:
    rig = add_g1_rig(bpy.context)
    (collection,) = bpy.context.scene.collection.children
    assert collection.objects[:] == [rig]
    assert set(collection.all_objects) == {rig, *rig.children}
    assert not bpy.context.scene.collection.objects
    assert len(rig.data.collections) == 6
    assert all(len(bone.bone.collections) == 1 for bone in rig.pose.bones)


def test_two_rigs_are_apart(tmp_path: Path) -> None:
    first, second = add_g1_rig(bpy.context), add_g1_rig(bpy.context)
    first.pose.bones["left_knee_joint"].rotation_euler.y = 1
    assert second.pose.bones["left_knee_joint"].rotation_euler.y == 0
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "two.blend"))
    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "two.blend"))
    rigs = [obj for obj in bpy.data.objects if is_g1_rig(obj)]
    assert len(rigs) == 2
    assert all(rig.pose.bones["waist_yaw_joint"].custom_shape for rig in rigs)


def test_only_a_g1_rig_is_recognized() -> None:
    rig = add_g1_rig(bpy.context)
    assert is_g1_rig(rig)
    assert not is_g1_rig(None)
    assert not is_g1_rig(rig.children[0])
    stranger = bpy.data.objects.new("Stranger", bpy.data.armatures.new("Stranger"))
    assert not is_g1_rig(stranger)
    stranger.data = rig.data.copy()
    assert is_g1_rig(stranger)
    stranger.data.bones["waist_yaw_joint"].name = "spine"
    assert not is_g1_rig(stranger)
