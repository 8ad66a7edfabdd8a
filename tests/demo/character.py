"""The demo's character: a small mannequin with Mixamo's names, a T-pose, short legs, a big head and odd bone rolls."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import bmesh
import bpy
from mathutils import Matrix, Vector

PREFIX = "mixamorig:"


@dataclass(frozen=True)
class _Limb:
    bone: str
    parent: str
    head: tuple[float, float, float]
    tail: tuple[float, float, float]
    thickness: float
    roll: float


def _limbs() -> Iterator[_Limb]:
    yield _Limb("Hips", "", (0, 0, 0.66), (0, 0, 0.76), 0.135, 0.4)
    yield _Limb("Spine", "Hips", (0, 0, 0.76), (0, 0.01, 0.88), 0.12, -0.7)
    yield _Limb("Spine1", "Spine", (0, 0.01, 0.88), (0, 0.01, 1.0), 0.135, 1.1)
    yield _Limb("Spine2", "Spine1", (0, 0.01, 1.0), (0, 0, 1.14), 0.15, 0.2)
    yield _Limb("Neck", "Spine2", (0, 0, 1.14), (0, -0.01, 1.22), 0.05, 0.0)
    yield _Limb("Head", "Neck", (0, -0.01, 1.22), (0, -0.02, 1.56), 0.17, 0.9)
    for side, sign in (("Left", 1.0), ("Right", -1.0)):
        shoulder, elbow, wrist, knuckle = 0.17, 0.41, 0.63, 0.76
        yield _Limb(f"{side}Shoulder", "Spine2", (sign * 0.04, 0, 1.11), (sign * shoulder, 0, 1.1), 0.055, sign * 0.5)
        yield _Limb(
            f"{side}Arm", f"{side}Shoulder", (sign * shoulder, 0, 1.1), (sign * elbow, 0.01, 1.1), 0.06, sign * 1.3
        )
        yield _Limb(
            f"{side}ForeArm", f"{side}Arm", (sign * elbow, 0.01, 1.1), (sign * wrist, 0, 1.1), 0.05, sign * -0.8
        )
        yield _Limb(f"{side}Hand", f"{side}ForeArm", (sign * wrist, 0, 1.1), (sign * knuckle, 0, 1.1), 0.055, sign * 2)
        yield _Limb(f"{side}UpLeg", "Hips", (sign * 0.1, 0, 0.64), (sign * 0.1, -0.01, 0.37), 0.085, sign * 0.3)
        yield _Limb(
            f"{side}Leg", f"{side}UpLeg", (sign * 0.1, -0.01, 0.37), (sign * 0.1, 0.02, 0.09), 0.065, sign * -1.9
        )
        yield _Limb(f"{side}Foot", f"{side}Leg", (sign * 0.1, 0.02, 0.09), (sign * 0.1, -0.11, 0.03), 0.055, sign)
        yield _Limb(f"{side}ToeBase", f"{side}Foot", (sign * 0.1, -0.11, 0.03), (sign * 0.1, -0.19, 0.03), 0.04, 0.0)


def add_character(scene: bpy.types.Scene, name: str = "Mannequin") -> bpy.types.Object:
    """The armature, with a mesh of one rounded body a bone, on the scene's ground, facing -Y."""
    limbs = tuple(_limbs())
    bones = bpy.data.armatures.new(name)
    armature = bpy.data.objects.new(name, bones)
    scene.collection.objects.link(armature)
    bpy.context.view_layer.objects.active = armature
    bpy.ops.object.mode_set(mode="EDIT")
    for limb in limbs:
        bone = bones.edit_bones.new(PREFIX + limb.bone)
        bone.head, bone.tail, bone.roll = limb.head, limb.tail, limb.roll
        if limb.parent:
            bone.parent = bones.edit_bones[PREFIX + limb.parent]
    bpy.ops.object.mode_set(mode="OBJECT")
    _add_body(scene, armature, limbs)
    return armature


def keep_character(file: Path) -> Path:
    """Save it alone; the open file is a new one then. Return the file."""
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    add_character(bpy.context.scene)
    bpy.ops.wm.save_as_mainfile(filepath=str(file), copy=True)
    return file


def bring_character(file: Path) -> bpy.types.Object:
    """Put a kept one with its body into the open file; its armature becomes the selected and active object."""
    with cast("Any", bpy.data.libraries).load(str(file)) as (held, wanted):
        wanted.objects = held.objects
    objects: list[bpy.types.Object] = wanted.objects
    for loaded in objects:
        bpy.context.scene.collection.objects.link(loaded)
    (armature,) = [loaded for loaded in objects if loaded.type == "ARMATURE"]
    bpy.context.view_layer.objects.active = armature
    armature.select_set(state=True)
    bpy.context.view_layer.update()
    return armature


def _add_body(scene: bpy.types.Scene, armature: bpy.types.Object, limbs: tuple[_Limb, ...]) -> None:
    mesh = bpy.data.meshes.new(f"{armature.name} Body")
    for name, colour in (("Shell", (1.0, 0.6, 0.22, 1.0)), ("Joint", (0.03, 0.04, 0.07, 1.0))):
        material = bpy.data.materials.new(name)
        material.diffuse_color = cast("Any", colour)
        mesh.materials.append(material)
    body = bpy.data.objects.new(mesh.name, mesh)
    scene.collection.objects.link(body)
    build = bmesh.new()
    ball, eyeball = _ball(20, 12), _ball(12, 8)
    for limb in limbs:
        group = body.vertex_groups.new(name=PREFIX + limb.bone).index
        head, tail = Vector(limb.head), Vector(limb.tail)
        along = tail - head
        turn = along.to_track_quat("Z", "Y").to_matrix().to_4x4()
        size = Matrix.Diagonal((limb.thickness, limb.thickness, along.length * 0.5 + limb.thickness * 0.45, 1.0))
        shell = Matrix.Translation([*((head + tail) * 0.5).to_tuple()]) @ turn @ size
        joint = Matrix.Translation([*head.to_tuple()]) @ Matrix.Scale(limb.thickness * 0.72, 4)
        for matrix, material in ((shell, 0), (joint, 1)):
            _add_ball(build, ball, matrix, group, material)
    for sign in (1.0, -1.0):  # eyes, so that one sees which way it faces
        eye = Matrix.Translation((sign * 0.065, -0.165, 1.42)) @ Matrix.Rotation(math.pi / 2, 4, "X")
        eye @= Matrix.Diagonal((0.028, 0.04, 0.02, 1.0))
        _add_ball(build, eyeball, eye, body.vertex_groups[PREFIX + "Head"].index, 1)
    build.to_mesh(mesh)
    build.free()
    for each in (ball, eyeball):
        bpy.data.meshes.remove(each)
    cast("bpy.types.ArmatureModifier", body.modifiers.new("Armature", "ARMATURE")).object = armature
    body.parent = armature


def _ball(segments: int, rings: int) -> bpy.types.Mesh:
    """Make one to be copied: Blender's operator takes the longer the more there is beside."""
    alone, ball = bmesh.new(), bpy.data.meshes.new("Ball")
    bmesh.ops.create_uvsphere(alone, u_segments=segments, v_segments=rings, radius=1.0)
    alone.to_mesh(ball)
    alone.free()
    return ball


def _add_ball(build: bmesh.types.BMesh, ball: bpy.types.Mesh, matrix: Matrix, group: int, material: int) -> None:
    """Add a copy, which follows the bone of a vertex group."""
    layer = build.verts.layers.deform.verify()
    before = len(build.verts), len(build.faces)
    build.from_mesh(ball)
    build.verts.ensure_lookup_table()
    build.faces.ensure_lookup_table()
    for vertex in build.verts[before[0] :]:
        vertex.co = matrix @ vertex.co
        vertex[layer][group] = 1.0
    for face in build.faces[before[1] :]:
        face.material_index, face.smooth = material, True
