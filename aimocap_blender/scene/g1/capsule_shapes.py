"""A robot's body as the capsules that are checked for self-collision: for robots whose meshes are not here."""

from collections.abc import Sequence

import bmesh
import bpy
import numpy as np
from mathutils import Matrix, Quaternion, Vector

from ...motion.g1.capsules import G1Capsules
from .surfaces import attach, new_material

_COLOUR, _METALLIC, _ROUGHNESS = (0.35, 0.37, 0.4, 1.0), 0.2, 0.5
_AROUND, _ALONG = 20, 12
_Z = Vector((0.0, 0.0, 1.0))


def add_capsules(
    rig: bpy.types.Object, collection: bpy.types.Collection, bones: Sequence[str], capsules: G1Capsules
) -> None:
    """Give a rig one object for each of its robot's bodies that has capsules, in a collection below the rig's.

    Args:
        rig: the armature object.
        collection: the rig's own.
        bones: of the robot's bodies, in their order.
        capsules: of the robot.
    """
    shapes = bpy.data.collections.new(f"{rig.name} Capsules")
    collection.children.link(shapes)
    material = new_material("Capsule", _COLOUR, _METALLIC, _ROUGHNESS)
    for body in map(int, np.unique(capsules.bodies)):
        mesh = bpy.data.meshes.new(f"{rig.name} {capsules.model.bodies[body]}")
        mesh.materials.append(material)
        built = bmesh.new()
        for row in np.flatnonzero(capsules.bodies == body).tolist():
            _add(built, Vector(capsules.starts[row]), Vector(capsules.ends[row]), float(capsules.radii[row]))
        built.to_mesh(mesh)
        built.free()
        mesh.shade_smooth()
        obj = bpy.data.objects.new(mesh.name, mesh)
        shapes.objects.link(obj)
        attach(obj, rig, bones[body], Matrix.Identity(4))


def _add(built: bmesh.types.BMesh, start: Vector, end: Vector, radius: float) -> None:
    """Add a sphere whose halves are at the ends of a segment."""
    way = end - start
    turn: Quaternion = _Z.rotation_difference(way) if way.length > 0.0 else Quaternion()
    ball = bmesh.ops.create_uvsphere(built, u_segments=_AROUND, v_segments=_ALONG, radius=radius)
    for vertex in ball["verts"]:
        centre = end if vertex.co.z > 0.0 else start
        vertex.co = centre + turn @ vertex.co
