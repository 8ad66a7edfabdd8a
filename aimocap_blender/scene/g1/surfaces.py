"""What the G1's body in the viewport is made of: materials, and objects that ride on a rig's bones."""

from typing import Any, cast

import bpy
from mathutils import Matrix

Colour = tuple[float, float, float, float]


def attach(obj: bpy.types.Object, rig: bpy.types.Object, bone: str, frame: Matrix) -> None:
    """Hang an object on a bone.

    Args:
        obj: what is hung; a click goes through it to the joints.
        rig: the armature object.
        bone: the bone's name.
        frame: the object's place and turn in the frame of the bone's head.
    """
    obj.parent = rig
    obj.parent_type = "BONE"
    obj.parent_bone = bone
    length = cast("bpy.types.Armature", rig.data).bones[bone].length
    obj.matrix_parent_inverse = Matrix.Translation((0.0, -length, 0.0))  # a bone's children hang at its tail
    obj.matrix_basis = frame
    obj.hide_select = True


def new_material(name: str, colour: Colour, metallic: float, roughness: float) -> bpy.types.Material:
    """A material of one colour (scene-linear), the same in solid view as in renders."""
    material = bpy.data.materials.new(name)
    material.metallic, material.roughness = metallic, roughness
    cast("Any", material).diffuse_color = colour  # the stubs of colours take no tuples
    if material.node_tree is None:  # until 4.5 a new one has none
        material.use_nodes = True
    nodes = cast("bpy.types.NodeTree", material.node_tree).nodes
    inputs = cast("Any", next(node for node in nodes if node.type == "BSDF_PRINCIPLED")).inputs
    inputs["Base Color"].default_value = colour
    inputs["Metallic"].default_value = metallic
    inputs["Roughness"].default_value = roughness
    return material
