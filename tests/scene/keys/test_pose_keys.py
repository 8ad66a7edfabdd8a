"""Blender shows the keyed poses, in any rotation mode, and no more is keyed than the motion needs."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING

import bpy
import numpy as np
import numpy.typing as npt
import pytest
from mathutils import Euler, Matrix, Quaternion, Vector

from aimocap_blender.motion.pose_motion import PoseMotion, RetargetReport
from aimocap_blender.motion.time_mapping import TimeMapping
from aimocap_blender.scene.keys.keyframes import curves_of, keyed_values
from aimocap_blender.scene.keys.pose_keys import KeyOptions, write_pose_motion
from aimocap_blender.texts.faults import Fault

from ..scene_dump import changes, dump

if TYPE_CHECKING:
    from aimocap_blender.motion.retargeting.retarget_options import PreviousAction

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


@pytest.mark.parametrize("tolerance", [0.0, 1.0])
def test_with_all_channels_locked_nothing_changes(tolerance: float) -> None:
    obj = rig()
    for bone in obj.pose.bones:
        bone.lock_location = bone.lock_rotation = (True, True, True)
    bpy.context.view_layer.update()
    before = dump()
    with pytest.raises(Fault, match="locked"):
        write_pose_motion(obj, motion(), FRAME_BY_FRAME, "Walk", KeyOptions(tolerance_degrees=tolerance))
    assert changes(before, dump()) == set()


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


# the object


def travelling(count: int = 30) -> PoseMotion:
    way = np.cumsum(np.random.default_rng(5).normal(size=(count, 3)) * 0.2, axis=0)
    return replace(motion(count), travel=way)


def places(obj: bpy.types.Object, frames: range) -> npt.NDArray[np.float64]:
    found = []
    for frame in frames:
        bpy.context.scene.frame_set(frame)
        shown = obj.evaluated_get(bpy.context.evaluated_depsgraph_get())
        found.append(shown.matrix_world.translation.copy())
    return np.array(found)


@pytest.mark.parametrize("parented", ["", "OBJECT", "BONE"])
def test_the_object_travels_from_its_place_along_the_worlds_axes(parented: str) -> None:
    obj, moves = rig(), travelling()
    obj.location, obj.rotation_euler, obj.scale = (3, -2, 1), (0.3, 0.2, 1.1), (0.5, 0.5, 0.5)
    obj.delta_location = (10, 0, 0)
    if parented:
        carrier = rig()
        carrier.location, carrier.rotation_euler, carrier.scale = (1, 2, 3), (0.4, -0.7, 2.0), (2, 3, 1)
        bpy.context.view_layer.update()
        obj.parent = carrier
        obj.parent_type = parented
        if parented == "BONE":
            obj.parent_bone = "spine"
        obj.matrix_parent_inverse = carrier.matrix_world.inverted() @ Matrix.Rotation(0.3, 4, "X")
    bpy.context.view_layer.update()
    before = np.array(obj.matrix_world)
    write_pose_motion(obj, moves, FRAME_BY_FRAME, "Walk")
    shown = places(obj, range(10, 40))
    assert shown == pytest.approx(before[:3, 3] + moves.travel, abs=1e-4)
    assert np.array(obj.matrix_world)[:3, :3] == pytest.approx(before[:3, :3], abs=1e-6)
    assert {(path, index) for path, index in curves_of(obj) if not path.startswith("pose")} == {
        ("location", index) for index in range(3)
    }


@pytest.mark.parametrize("previous", ["PUSH_DOWN", "IN_TURN"])
def test_an_action_that_goes_on_playing_does_not_carry_the_object_away(previous: PreviousAction) -> None:
    obj = rig()
    for frame, place in ((10, (0.0, 0.0, 0.0)), (20, (5.0, 0.0, 0.0))):
        obj.location, obj.rotation_euler[2], obj.scale[0] = place, place[0], 1.0 + place[0]
        for path in ("location", "rotation_euler", "scale"):
            obj.keyframe_insert(path, frame=frame)
    if previous == "PUSH_DOWN":
        data = obj.animation_data
        data.nla_tracks.new().strips.new("Earlier", 10, data.action)
        data.action = None
    bpy.context.scene.frame_set(12)
    stands = np.array(obj.matrix_world)
    write_pose_motion(obj, motion(), FRAME_BY_FRAME, "Still", KeyOptions(previous_action=previous))
    for frame in (10, 15, 20):
        bpy.context.scene.frame_set(frame)
        assert np.array(obj.matrix_world) == pytest.approx(stands, abs=1e-6)


def test_locked_channels_of_the_object_are_left_alone() -> None:
    obj, moves = rig(), travelling()
    obj.lock_location = (False, False, True)
    write_pose_motion(obj, moves, FRAME_BY_FRAME, "Walk")
    assert sorted(index for path, index in curves_of(obj) if path == "location") == [0, 1]
    assert places(obj, range(10, 40))[:, 2] == pytest.approx(0.0)


# whole frames


def test_at_whole_frames_the_pose_lies_between_the_samples() -> None:
    obj, moves = rig(), travelling(61)
    mapping = TimeMapping(5.3, 24.0)
    write_pose_motion(obj, moves, mapping, "Walk", KeyOptions(sampling="FRAMES"))
    for curve in curves_of(obj).values():
        frames, _ = keyed_values(curve)
        assert frames.tolist() == list(range(6, 54))
    sampled = mapping.frames(moves.times)
    for frame in range(6, 54):
        after = int(np.searchsorted(sampled, frame))
        fraction = (frame - sampled[after - 1]) / (sampled[after] - sampled[after - 1])
        turn = Quaternion(moves.rotations[after - 1, 0]).slerp(Quaternion(moves.rotations[after, 0]), fraction)
        way = moves.locations["hips"]
        shown = posed(obj, frame)["hips"]
        assert turned(np.array(turn), shown) < 1e-3
        assert np.array(shown.translation) == pytest.approx(
            way[after - 1] + (way[after] - way[after - 1]) * fraction, abs=1e-5
        )


# fewer keys


def calm(count: int = 120) -> PoseMotion:
    """As calm as a motion is that lets keys be left out, with a jerk in it."""
    time = np.arange(count) / 30
    turns = []
    for phase in (0.0, 1.3):
        swing = np.array([0.7 * np.sin(2 * time + phase), 0.4 * np.cos(time), 0.3 * np.sin(0.7 * time)]).T
        swing[60:64] += 0.2
        turns.append([Quaternion(Vector(v).normalized(), Vector(v).length) for v in swing])
    for row in turns:
        for before, after in pairwise(row):
            after.make_compatible(before)
    way = np.array([np.sin(time), 0.2 * time, 0.05 * np.sin(5 * time)]).T
    return PoseMotion(
        time, 30.0, ("hips", BONES[3]), np.array(turns).swapaxes(0, 1), {"hips": way}, (), RetargetReport(1.0, 0.0), way
    )


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("degrees", [0.2, 2.0])
def test_fewer_keys_stay_within_the_angle_at_every_sample(mode: str, degrees: float) -> None:
    obj, moves = rig(), calm()
    for bone in obj.pose.bones:
        bone.rotation_mode = mode
    write_pose_motion(obj, moves, TimeMapping(10.0, 30.0), "Walk", KeyOptions(tolerance_degrees=degrees))
    longest = np.ptp(
        [bone.head_local for bone in obj.data.bones] + [b.tail_local for b in obj.data.bones], axis=0
    ).max()
    bound = degrees * 0.001 / 1.7 * longest
    for row in range(len(moves.times)):
        shown = posed(obj, 10 + row)
        for index, bone in enumerate(moves.bones):
            assert np.degrees(turned(moves.rotations[row, index], shown[bone])) <= degrees
        assert np.linalg.norm(np.array(shown["hips"].translation) - moves.locations["hips"][row]) <= bound
    assert np.linalg.norm(places(obj, range(10, 130)) - moves.travel, axis=-1).max() <= bound
    keys = [len(curve.keyframe_points) for (path, _), curve in curves_of(obj).items() if "rotation" in path]
    assert max(keys) < len(moves.times) * (0.6 if degrees < 1 else 0.3)
    of_hips = {len(curve.keyframe_points) for (path, _), curve in curves_of(obj).items() if "hips" in path}
    assert len(of_hips) > 1  # turn and place have their own keys


def test_fewer_keys_count_in_what_locked_channels_hold() -> None:
    moves, shown = calm(), []
    for keys in (KeyOptions(), KeyOptions(tolerance_degrees=1.0)):
        obj = rig()
        arm = obj.pose.bones[BONES[3]]
        arm.rotation_mode, arm.rotation_euler = "XYZ", (0.0, 0.9, 0.0)
        arm.lock_rotation = (False, True, False)
        write_pose_motion(obj, moves, FRAME_BY_FRAME, "Walk", keys)
        shown.append([np.array(posed(obj, 10 + row)[BONES[3]].to_quaternion()) for row in range(120)])
    for want, got in zip(*shown, strict=True):
        assert np.degrees(turned(want, Quaternion(got).to_matrix().to_4x4())) <= 1.0


def test_a_reversed_strip_can_have_fewer_keys_on_whole_frames() -> None:
    obj, moves = rig(), calm()
    write_pose_motion(
        obj, moves, TimeMapping(200.0, -24.0), "Back", KeyOptions(sampling="FRAMES", tolerance_degrees=1.0)
    )
    for frame in range(106, 201):
        second = (200 - frame) / 24
        row = min(int(second * 30), 118)
        turn = Quaternion(moves.rotations[row, 0]).slerp(Quaternion(moves.rotations[row + 1, 0]), second * 30 - row)
        assert np.degrees(turned(np.array(turn), posed(obj, frame)["hips"])) < 1.01
