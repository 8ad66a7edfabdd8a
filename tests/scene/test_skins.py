"""The skin that is read of meshes with many points has all that sticks out."""

import bpy
import numpy as np

from aimocap_blender.scene.skins import skin_of

from .real_files import skeleton

ROWS = 90


def test_of_many_points_those_that_stick_out_count() -> None:
    """A body may rest on a single point; once each second was left out, whatever it was."""
    armature = bpy.data.objects.new("Body", bpy.data.armatures.new("Body"))
    bpy.context.scene.collection.objects.link(armature)
    bpy.context.view_layer.objects.active = armature
    bpy.ops.object.mode_set(mode="EDIT")
    for name in ("a", "b"):
        armature.data.edit_bones.new(name).tail = (0.0, 0.0, 0.1)
    bpy.ops.object.mode_set(mode="OBJECT")
    sides = np.linspace(0.0, 1.7, ROWS)
    points = np.stack([*np.meshgrid(sides, sides), np.zeros((ROWS, ROWS))], axis=-1).reshape(-1, 3)
    tips = {4047: (0.0, 0.0, -0.03), 1201: (0.0, 0.0, 0.02), 2: (0.0, -0.01, 0.0)}
    for row, by in tips.items():
        points[row] += by
    for name, there in (("a", points[: ROWS * 50]), ("b", points[ROWS * 50 :])):
        mesh = bpy.data.meshes.new(name)
        mesh.from_pydata(there.tolist(), [], [])
        obj = bpy.data.objects.new(name, mesh)
        bpy.context.scene.collection.objects.link(obj)
        obj.modifiers.new("", "ARMATURE").object = armature
        obj.vertex_groups.new(name=name).add(range(len(there)), 1.0, "REPLACE")
    bones = skeleton(armature)
    skin = skin_of(armature, bones)
    assert skin is not None
    assert len(skin.points) < 0.8 * len(points)
    for row in tips:
        (found,) = np.flatnonzero(np.linalg.norm(skin.points - points[row], axis=1) < 1e-6)
        assert bones.names[skin.bones[found, 0]] == "a"
    assert {bones.names[bone] for bone in skin.bones[:, 0]} == {"a", "b"}
    assert np.allclose(skin.points[skin.bones[:, 0] == bones.index("b"), 1].max(), 1.7)


def test_a_mesh_that_hangs_on_a_bone_is_where_it_is_at_rest() -> None:
    """A second motion for a character that stood as the first one left it was up to 3 m under the ground."""
    armature = bpy.data.objects.new("Body", bpy.data.armatures.new("Body"))
    bpy.context.scene.collection.objects.link(armature)
    bpy.context.view_layer.objects.active = armature
    bpy.ops.object.mode_set(mode="EDIT")
    armature.data.edit_bones.new("head").tail = (0.1, 0.0, 0.3)
    bpy.ops.object.mode_set(mode="OBJECT")
    armature.location, armature.scale = (1.0, 2.0, 0.0), (2.0, 2.0, 2.0)
    mesh = bpy.data.meshes.new("hat")
    mesh.from_pydata([(0.0, 0.0, 0.1), (0.2, 0.0, 0.0), (0.0, 0.3, 0.0)], [], [])
    hat = bpy.data.objects.new("hat", mesh)
    bpy.context.scene.collection.objects.link(hat)
    hat.parent, hat.parent_type, hat.parent_bone = armature, "BONE", "head"
    hat.location = (0.0, 0.1, 0.0)
    found = []
    for turned in (0.0, 1.2):
        bone = armature.pose.bones["head"]
        bone.rotation_mode, bone.rotation_euler, bone.location = "XYZ", (turned, 0.0, turned), (0.0, turned, 0.0)
        bpy.context.view_layer.update()
        skin = skin_of(armature, skeleton(armature))
        assert skin is not None
        found.append(skin.points)
    assert np.ptp(found[0], axis=0).max() > 0.3
    assert np.allclose(found[0], found[1], atol=1e-5)
    armature.pose.bones["head"].scale = (0.0, 0.0, 0.0)  # as weapons are hidden
    bpy.context.view_layer.update()
    assert skin_of(armature, skeleton(armature)) is not None
