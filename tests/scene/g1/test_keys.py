"""A motion on the rig is MuJoCo's motion at every frame, and comes back as it was."""

from dataclasses import replace
from pathlib import Path

import bpy
import numpy as np
import pytest

from aimocap_blender.motion.g1.motion import G1Motion, checked_g1_motion, parse_g1_motion, read_g1_motion, to_json
from aimocap_blender.motion.g1.other_hands import OtherHands
from aimocap_blender.motion.time_mapping import TimeMapping
from aimocap_blender.scene.g1.keys import apply_g1_motion, g1_motion_of
from aimocap_blender.scene.g1.rig import add_g1_rig, body_poses
from aimocap_blender.scene.keys.keyframes import curves_of, keyed_values
from aimocap_blender.texts.faults import Fault
from tests.media.g1_mjcf import degrees_between, random_states

CLIPS = ("kimodo_walk", "kimodo_wave", "kimodo_dance", "asap_CR7_level2", "g1moves_B_BowKarate")


def random_motion(frames: int, fps: float = 30.0, seed: int = 5) -> G1Motion:
    return checked_g1_motion(fps, *random_states(frames, seed))


def hide_shapes() -> None:
    for obj in bpy.data.objects:
        obj.hide_viewport = obj.type == "MESH"


def test_every_body_at_every_frame_is_the_oracles(shared_data: Path) -> None:
    clip = "g1moves_B_BowKarate"
    oracle = dict(np.load(shared_data / "g1" / f"{clip}.oracle.npz"))  # read once, not at each frame
    rig = add_g1_rig(bpy.context)
    hide_shapes()
    motion = read_g1_motion(shared_data / "g1" / f"{clip}.json")
    action = apply_g1_motion(rig, motion, TimeMapping(1.0, motion.fps), clip)
    worst_metres = worst_degrees = 0.0
    for frame in range(len(oracle["xpos"])):
        bpy.context.scene.frame_set(frame + 1)
        pos, quat = body_poses(rig)
        worst_metres = max(worst_metres, np.abs(pos - oracle["xpos"][frame]).max())
        worst_degrees = max(worst_degrees, degrees_between(quat, oracle["xquat_wxyz"][frame]).max())
    assert worst_metres < 1e-5
    assert worst_degrees < 1e-3
    assert len(curves_of(rig)) == 36
    assert tuple(action.frame_range) == (1, len(oracle["xpos"]))


def test_joints_of_other_hands_are_keyed_on_the_rig_and_come_back() -> None:
    names = ("L_thumb_proximal_yaw_joint", "right_little_1_joint")
    motion = replace(random_motion(20), hands=OtherHands(names, np.linspace(0.0, 1.5, 40).reshape(20, 2)))
    rig = add_g1_rig(bpy.context)
    apply_g1_motion(rig, motion, TimeMapping(1.0, 30.0), "Hands")
    bpy.context.scene.frame_set(11)
    bpy.context.view_layer.update()
    assert [rig[name] for name in names] == pytest.approx(motion.hands.angles[10])
    back = g1_motion_of(rig).hands
    assert back is not None
    assert back.names == names
    assert (back.angles == motion.hands.angles.astype(np.float32)).all()
    apply_g1_motion(rig, random_motion(20), TimeMapping(1.0, 30.0), "None")
    assert g1_motion_of(rig).hands is None


def test_the_motion_is_seen_where_the_mapping_puts_it() -> None:
    motion = random_motion(3)
    rig = add_g1_rig(bpy.context)
    action = apply_g1_motion(rig, motion, TimeMapping(100.0, -60.0), "Backwards, twice the frames")
    frames, values = keyed_values(curves_of(rig)['pose.bones["waist_yaw_joint"].rotation_euler', 2])
    assert frames.tolist() == [96, 98, 100]
    assert values == pytest.approx(motion.dof_pos[::-1, 12], abs=1e-6)
    assert action["aimocap_fps"] == 30


@pytest.mark.slow_cases
@pytest.mark.parametrize(
    "mapping",
    [
        TimeMapping(1, 30),
        TimeMapping(-7.25, 29.97),
        TimeMapping(12345.6, 24),
        TimeMapping(900, -25),
        TimeMapping(3, 240),
    ],
)
@pytest.mark.parametrize("fps", [30.0, 50.0, 59.94])
def test_back_from_the_rig_without_loss(mapping: TimeMapping, fps: float) -> None:
    motion = random_motion(400, fps)
    rig = add_g1_rig(bpy.context)
    apply_g1_motion(rig, motion, mapping, "There and back")
    back = parse_g1_motion(to_json(g1_motion_of(rig)).encode())
    assert back.fps == fps
    assert back.root_pos == pytest.approx(motion.root_pos, abs=1e-6)
    assert np.minimum(abs(back.root_quat - motion.root_quat), abs(back.root_quat + motion.root_quat)).max() < 1e-6
    assert back.dof_pos == pytest.approx(motion.dof_pos, abs=1e-6)


def test_real_clips_come_back(shared_data: Path) -> None:
    for clip in CLIPS:
        motion = read_g1_motion(shared_data / "g1" / f"{clip}.json")
        rig = add_g1_rig(bpy.context)
        apply_g1_motion(rig, motion, TimeMapping(17.3, 23.976), clip)
        back = g1_motion_of(rig)
        assert back.dof_pos == pytest.approx(motion.dof_pos, abs=1e-6)
        assert back.root_pos == pytest.approx(motion.root_pos, abs=1e-6)


def test_an_edit_of_one_joint_comes_back_and_nothing_else_changes() -> None:
    motion = random_motion(20)
    rig = add_g1_rig(bpy.context)
    apply_g1_motion(rig, motion, TimeMapping(1.0, 30.0), "Edited")
    curve = curves_of(rig)['pose.bones["left_knee_joint"].rotation_euler', 1]
    for point in curve.keyframe_points[5:9]:
        point.co.y += 0.25
    curve.keyframe_points.remove(curve.keyframe_points[15])
    curve.update()
    expected = motion.dof_pos.copy()
    expected[5:9, 3] += 0.25
    expected[15, 3] = (motion.dof_pos[14, 3] + motion.dof_pos[16, 3]) / 2
    assert g1_motion_of(rig).dof_pos == pytest.approx(expected, abs=1e-6)


def test_keys_that_were_moved_in_time_come_back_the_same() -> None:
    motion = random_motion(20)
    rig = add_g1_rig(bpy.context)
    apply_g1_motion(rig, motion, TimeMapping(1.0, 30.0), "Moved")
    for curve in curves_of(rig).values():
        for point in curve.keyframe_points:
            point.co.x += 17.5
    assert g1_motion_of(rig).dof_pos == pytest.approx(motion.dof_pos, abs=1e-6)


def test_a_joint_without_its_curve_keeps_the_rigs_angle() -> None:
    motion = random_motion(5)
    rig = add_g1_rig(bpy.context)
    action = apply_g1_motion(rig, motion, TimeMapping(1.0, 30.0), "Without")
    curve = curves_of(rig)['pose.bones["waist_yaw_joint"].rotation_euler', 2]
    home = action if hasattr(action, "fcurves") else action.layers[0].strips[0].channelbag(action.slots[0])
    home.fcurves.remove(curve)
    rig.pose.bones["waist_yaw_joint"].rotation_euler.z = 0.75
    assert g1_motion_of(rig).dof_pos[:, 12] == pytest.approx(0.75)


def test_another_motion_keeps_the_one_before() -> None:
    rig = add_g1_rig(bpy.context)
    first = apply_g1_motion(rig, random_motion(5), TimeMapping(1.0, 30.0), "First")
    apply_g1_motion(rig, random_motion(9, seed=6), TimeMapping(1.0, 30.0), "Second")
    assert [strip.action for track in rig.animation_data.nla_tracks for strip in track.strips] == [first]
    assert len(g1_motion_of(rig).dof_pos) == 9


def test_only_the_rig_and_its_action_change() -> None:
    rig = add_g1_rig(bpy.context)
    bystander = bpy.data.objects.new("Bystander", None)
    bpy.context.scene.collection.objects.link(bystander)
    bpy.context.scene.frame_set(42)
    scene = bpy.context.scene
    before = (scene.frame_current, scene.frame_start, scene.frame_end, scene.render.fps, len(bpy.data.objects))
    apply_g1_motion(rig, random_motion(300), TimeMapping(1.0, 30.0), "Alone")
    assert before == (scene.frame_current, scene.frame_start, scene.frame_end, scene.render.fps, len(bpy.data.objects))
    assert len(bpy.data.actions) == 1
    assert bystander.animation_data is None


def test_other_objects_are_refused() -> None:
    stranger = bpy.data.objects.new("Stranger", bpy.data.armatures.new("Stranger"))
    with pytest.raises(Fault, match="not a G1 rig"):
        apply_g1_motion(stranger, random_motion(2), TimeMapping(1.0, 30.0), "No")
    with pytest.raises(Fault, match="not a G1 rig"):
        g1_motion_of(stranger)
    assert not bpy.data.actions


def test_a_rig_without_a_g1_motion_is_refused() -> None:
    rig = add_g1_rig(bpy.context)
    with pytest.raises(Fault, match="no Action"):
        g1_motion_of(rig)
    rig.animation_data_create().action = bpy.data.actions.new("By hand")
    with pytest.raises(Fault, match="no Action"):
        g1_motion_of(rig)
