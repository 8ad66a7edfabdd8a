"""What is keyed is what Blender then poses, in whatever rotation mode, and no more is keyed than the motion needs."""

from __future__ import annotations

import re
from itertools import pairwise

import bpy
import numpy as np
import numpy.typing as npt
import pytest
from mathutils import Euler, Matrix, Quaternion, Vector

from aimocap_blender.motion.pose_motion import PoseMotion, RetargetReport
from aimocap_blender.motion.time_mapping import TimeMapping
from aimocap_blender.scene.keyframes import curves_of
from aimocap_blender.scene.pose_keys import write_pose_motion

MODES = ("QUATERNION", "AXIS_ANGLE", "XYZ", "XZY", "YXZ", "YZX", "ZXY", "ZYX")
BONES = ("root", "hips", "spine", 'arm"L\\', "hand")
FRAME_BY_FRAME = TimeMapping(10.0, 30.0)


def rig() -> bpy.types.Object:
    data = bpy.data.armatures.new("Rig")
    obj = bpy.data.objects.new("Rig", data)
    bpy.context.scene.collection.objects.link(obj)
    bpy.context.view_layer.objects.active = obj
    bpy.ops.object.mode_set(mode="EDIT")
    parent = None
    for index, name in enumerate(BONES):
        bone = data.edit_bones.new(name)
        bone.head, bone.tail, bone.roll = (0, 0.1 * index, index), (0.2, 0.1 * index, index + 0.5), index
        bone.parent = parent
        parent = bone
    bpy.ops.object.mode_set(mode="OBJECT")
    return obj


def motion(count: int = 40, seed: int = 1) -> PoseMotion:
    """Bones that turn over and over, hips that travel."""
    random = np.random.default_rng(seed)
    turns: list[npt.NDArray[np.float64]] = []
    for _ in range(2):
        axis = Vector(random.normal(size=3)).normalized()
        wobble = Vector(random.normal(size=3)).normalized()
        turn = [Quaternion(axis, 0.35 * f) @ Quaternion(wobble, np.sin(0.3 * f)) for f in range(count)]
        for before, after in pairwise(turn):
            after.make_compatible(before)
        turns.append(np.array(turn))
    return PoseMotion(
        times=np.arange(count) / 30,
        fps=30.0,
        bones=("hips", BONES[3]),
        rotations=np.stack(turns, axis=1),
        locations={"hips": np.cumsum(random.normal(size=(count, 3)), axis=0) * 0.05},
        unmoved=(),
        report=RetargetReport(scale=1.0, yaw_degrees=0.0),
    )


def posed(obj: bpy.types.Object, frame: int) -> dict[str, Matrix]:
    bpy.context.scene.frame_set(frame)
    shown = obj.evaluated_get(bpy.context.evaluated_depsgraph_get())
    return {bone.name: bone.matrix_basis.copy() for bone in shown.pose.bones}


def keyed(obj: bpy.types.Object) -> set[tuple[str, str, int]]:
    """Bone, property and index of each curve."""
    found = set()
    for path, index in curves_of(obj):
        bone = obj.path_resolve(path.rpartition(".")[0])
        found.add((bone.name, path.rpartition(".")[2], index))
    return found


def turned(wanted: npt.NDArray[np.float64], shown: Matrix) -> float:
    between = Quaternion(wanted).rotation_difference(shown.to_quaternion())
    return 2 * float(np.arctan2(Vector(between[1:]).length, abs(between.w)))


@pytest.mark.parametrize("mode", MODES)
def test_every_rotation_mode_gives_the_same_pose(mode: str) -> None:
    obj, moves = rig(), motion()
    for bone in obj.pose.bones:
        bone.rotation_mode = mode
    write_pose_motion(obj, moves, FRAME_BY_FRAME, "Walk")
    for row in range(len(moves.times)):
        shown = posed(obj, 10 + row)
        for index, bone in enumerate(moves.bones):
            assert turned(moves.rotations[row, index], shown[bone]) < 2e-3
        assert np.array(shown["hips"].translation) == pytest.approx(moves.locations["hips"][row], abs=1e-5)


@pytest.mark.parametrize("mode", MODES)
def test_curves_have_no_jumps(mode: str) -> None:
    """Halfway between two keys the pose is halfway too."""
    obj, moves = rig(), motion()
    obj.pose.bones["hips"].rotation_mode = mode
    write_pose_motion(obj, moves, TimeMapping(0.0, 300.0), "Slow")
    for row in range(len(moves.times) - 1):
        between = Quaternion(moves.rotations[row, 0]).slerp(Quaternion(moves.rotations[row + 1, 0]), 0.5)
        assert turned(np.array(between), posed(obj, 10 * row + 5)["hips"]) < 0.2


def test_only_the_motions_bones_are_keyed_and_the_action_knows_its_rate() -> None:
    obj = rig()
    action = write_pose_motion(obj, motion(), FRAME_BY_FRAME, "Walk")
    assert action["aimocap_fps"] == 30.0
    assert action.name == "Walk"
    assert {(bone, name) for bone, name, _index in keyed(obj)} == {
        ("hips", "rotation_quaternion"),
        ("hips", "location"),
        (BONES[3], "rotation_quaternion"),
    }
    assert {curve.group.name for curve in curves_of(obj).values()} == {"hips", BONES[3]}


def test_a_reversed_strip_plays_the_motion_backwards() -> None:
    obj, moves = rig(), motion(12)
    write_pose_motion(obj, moves, TimeMapping(100.0, -30.0), "Back")
    for row in range(12):
        assert turned(moves.rotations[row, 0], posed(obj, 100 - row)["hips"]) < 1e-3


def test_locked_channels_are_left_alone() -> None:
    obj = rig()
    hips, arm = obj.pose.bones["hips"], obj.pose.bones[BONES[3]]
    hips.lock_location = (False, True, False)
    hips.lock_rotation = (True, True, True)
    arm.rotation_mode = "XYZ"
    arm.lock_rotation = (False, False, True)
    write_pose_motion(obj, motion(), FRAME_BY_FRAME, "Walk")
    assert keyed(obj) == {
        ("hips", "location", 0),
        ("hips", "location", 2),
        (BONES[3], "rotation_euler", 0),
        (BONES[3], "rotation_euler", 1),
    }


def test_locks_of_four_numbers() -> None:
    obj = rig()
    hips = obj.pose.bones["hips"]
    hips.lock_rotations_4d, hips.lock_rotation_w, hips.lock_rotation = True, True, (True, False, False)
    write_pose_motion(obj, motion(), FRAME_BY_FRAME, "Walk")
    assert {index for bone, name, index in keyed(obj) if (bone, name) == ("hips", "rotation_quaternion")} == {2, 3}


@pytest.mark.parametrize("mode", ["QUATERNION", "AXIS_ANGLE"])
def test_a_locked_euler_axis_of_a_quaternion_bone_keeps_its_angle(mode: str) -> None:
    obj, moves = rig(), motion()
    hips = obj.pose.bones["hips"]
    hips.rotation_mode = mode
    hips.matrix_basis = Euler((0.0, 0.4, 0.0)).to_matrix().to_4x4()
    hips.lock_rotations_4d, hips.lock_rotation = False, (False, True, False)
    write_pose_motion(obj, moves, FRAME_BY_FRAME, "Walk")
    for row in range(len(moves.times)):
        angles = posed(obj, 10 + row)["hips"].to_euler("XYZ")
        other = (np.pi - angles.y + np.pi) % (2 * np.pi) - np.pi  # the other triple of angles of the same turn
        assert min(abs(angles.y - 0.4), abs(other - 0.4)) < 2e-3


def test_a_pose_left_behind_does_not_bend_the_motion() -> None:
    obj, moves = rig(), motion()
    obj.pose.bones["root"].rotation_quaternion = Quaternion((1, 0, 0), 0.5)
    obj.pose.bones["root"].location = (1, 2, 3)
    obj.pose.bones["spine"].scale = (2, 2, 2)
    obj.pose.bones[BONES[3]].location = (0.5, 0, 0)
    obj.pose.bones["hand"].rotation_quaternion = Quaternion((0, 1, 0), 0.7)
    write_pose_motion(obj, moves, FRAME_BY_FRAME, "Walk")
    shown = posed(obj, 20)
    assert shown["root"] == Matrix.Identity(4)
    assert np.array(shown["spine"]) == pytest.approx(np.eye(4))
    assert tuple(shown[BONES[3]].translation) == (0, 0, 0)
    assert shown["hand"].to_quaternion().angle == pytest.approx(0.7)  # below all that moves: its own affair
    assert not any(bone == "hand" for bone, _name, _index in keyed(obj))


def test_names_are_escaped_in_paths() -> None:
    obj = rig()
    write_pose_motion(obj, motion(), FRAME_BY_FRAME, "Walk")
    paths = {path for path, _index in curves_of(obj)}
    assert any(re.search(r'arm\\"L\\\\', path) for path in paths)
