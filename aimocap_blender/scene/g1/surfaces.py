"""Materials, and objects parented to bones, for the G1's body in the viewport."""

from typing import Any, cast

import bpy
from mathutils import Matrix

Colour = tuple[float, float, float, float]


def attach(obj: bpy.types.Object, rig: bpy.types.Object, bone: str, frame: Matrix) -> None:
    """Parent an object to a bone.

    Args:
        obj: the child; it can't be selected, so that clicks reach the joints.
        rig: the armature object.
        bone: the bone's name.
        frame: the object's position and rotation in the frame of the bone's head.
    """
    obj.parent = rig
    obj.parent_type = "BONE"
    obj.parent_bone = bone
    length = cast("bpy.types.Armature", rig.data).bones[bone].length
    # Blender places a bone's children at its tail
    obj.matrix_parent_inverse = Matrix.Translation((0.0, -length, 0.0))
    obj.matrix_basis = frame
    obj.hide_select = True


def new_material(name: str, colour: Colour, metallic: float, roughness: float) -> bpy.types.Material:
    """Return a material of one colour (scene-linear), the same in Solid view and in renders."""
    material = bpy.data.materials.new(name)
    material.metallic, material.roughness = metallic, roughness
    # the stubs for colours accept no tuples
    cast("Any", material).diffuse_color = colour
    # until 4.5 new materials have none
    if material.node_tree is None:
        material.use_nodes = True
    nodes = cast("bpy.types.NodeTree", material.node_tree).nodes
    inputs = cast("Any", next(node for node in nodes if node.type == "BSDF_PRINCIPLED")).inputs
    inputs["Base Color"].default_value = colour
    inputs["Metallic"].default_value = metallic
    inputs["Roughness"].default_value = roughness
    return material
