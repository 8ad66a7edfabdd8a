"""Joint limits: nothing while they are off; on, each joint stops where MuJoCo's range ends, and an arc shows it."""

from pathlib import Path

import bpy
import numpy as np
import pytest

from aimocap_blender.motion.g1.variants import VARIANTS
from aimocap_blender.scene.g1.rig import add_g1_rig, body_poses, limits_shown, show_limits
from aimocap_blender.texts.faults import Fault
from tests.media.g1_mjcf import degrees_between, g1_mujoco, joint_rows, mujoco_poses, random_states

BEYOND = 0.2


def set_angles(rig: bpy.types.Object, angles: np.ndarray, variant: str = "29dof") -> None:
    for row, angle in zip(joint_rows(variant), angles, strict=True):
        rig.pose.bones[row["joint"]].rotation_euler[row["axis"].index(1)] = angle


def root(count: int, height: float = 0.79) -> tuple[np.ndarray, np.ndarray]:
    return np.tile([0.0, 0.0, height], (count, 1)), np.tile([1.0, 0.0, 0.0, 0.0], (count, 1))


def counts() -> dict[str, int]:
    return {name: len(getattr(bpy.data, name)) for name in ("objects", "meshes", "collections", "materials")}


@pytest.mark.slow_cases
@pytest.mark.parametrize("variant", VARIANTS)
def test_angles_beyond_a_range_are_drawn_at_its_end(variant: str) -> None:
    rig = add_g1_rig(bpy.context, variant)
    show_limits(rig, True)
    ranges = g1_mujoco(variant).jnt_range[1:]
    ends = np.stack([*ranges.T, random_states(1, 9, variant)[2][0]])
    beyond = ends + np.array([[-BEYOND], [BEYOND], [0.0]])
    height = rig.pose.bones["floating_base_joint"].location.z
    _, positions, quaternions = mujoco_poses(*root(3, height), ends, variant)
    for frame, angles in enumerate(beyond):
        set_angles(rig, angles, variant)
        pos, quat = body_poses(rig)
        assert np.abs(pos - positions[frame]).max() < 1e-5
        assert degrees_between(quat, quaternions[frame]).max() < 1e-3
        for row, angle in zip(joint_rows(variant), angles, strict=True):  # what is keyed stays
            assert rig.pose.bones[row["joint"]].rotation_euler[row["axis"].index(1)] == pytest.approx(angle)


def test_off_it_is_as_if_there_were_none() -> None:
    rig = add_g1_rig(bpy.context)
    before = counts()
    assert not limits_shown(rig)
    show_limits(rig, True)
    assert limits_shown(rig)
    show_limits(rig, False)
    assert not limits_shown(rig)
    assert counts() == before
    angles = g1_mujoco().jnt_range[1:, 1] + BEYOND
    set_angles(rig, angles)
    _, positions, quaternions = mujoco_poses(*root(1), angles[None])
    pos, quat = body_poses(rig)
    assert np.abs(pos - positions[0]).max() < 1e-5
    assert degrees_between(quat, quaternions[0]).max() < 1e-3


@pytest.mark.parametrize("end", [0, 1])
def test_an_arc_ends_where_the_rings_mark_is_at_the_limit(end: int) -> None:
    rig = add_g1_rig(bpy.context)
    shapes = set(rig.children)
    show_limits(rig, True)
    set_angles(rig, g1_mujoco().jnt_range[1:, end])
    bpy.context.view_layer.update()
    arcs = {child.name.removesuffix(" range"): child for child in rig.children if child not in shapes}
    assert sorted(arcs) == sorted(row["joint"] for row in joint_rows())
    for row in joint_rows():
        arc = arcs[row["joint"]]
        bone = rig.pose.bones[row["joint"]]
        assert arc.parent_bone == bone.parent.name
        mark = max((vertex.co for vertex in bone.custom_shape.data.vertices), key=lambda point: point.length)
        turn = bone.custom_shape_rotation_euler.to_matrix()
        pointed = bone.matrix @ (turn @ (mark.normalized() * bone.custom_shape_scale_xyz[0]))
        edges = {vertex for edge in arc.data.edges for vertex in edge.vertices}
        assert edges == set(range(len(arc.data.vertices)))
        rim = [arc.matrix_world @ vertex.co for vertex in arc.data.vertices][: len(arc.data.polygons) + 1]
        assert (rim[-end] - pointed).length < 1e-5
        assert arc.show_in_front
        assert arc.hide_render
        assert arc.hide_select


def test_showing_twice_and_two_rigs_stay_apart(tmp_path: Path) -> None:
    first, second = add_g1_rig(bpy.context), add_g1_rig(bpy.context)
    show_limits(first, True)
    once = counts()
    show_limits(first, True)
    assert counts() == once
    assert not limits_shown(second)
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "limits.blend"))
    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "limits.blend"))
    first = bpy.data.objects["Unitree G1"]
    assert limits_shown(first)
    show_limits(first, False)
    assert len(bpy.data.objects["Unitree G1"].children) == len(bpy.data.objects["Unitree G1.001"].children)


def test_a_renamed_rig_in_another_scene_can_be_switched() -> None:
    rig = add_g1_rig(bpy.context)
    rig.name = "Robot"
    bpy.context.window.scene = bpy.data.scenes.new("Other")
    show_limits(rig, True)
    assert limits_shown(rig)
    assert bpy.data.collections["Robot Ranges"] in rig.users_collection[0].children_recursive


def test_armature_without_limits_is_refused() -> None:
    stranger = bpy.data.objects.new("Stranger", bpy.data.armatures.new("Stranger"))
    before = counts()
    with pytest.raises(Fault, match="“Stranger” has no joint limits"):
        show_limits(stranger, True)
    assert counts() == before
    assert not limits_shown(stranger)
