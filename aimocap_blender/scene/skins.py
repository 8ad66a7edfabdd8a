"""The skin of a character: points of the meshes that its armature deforms, at rest."""

import bpy
import numpy as np

from ..motion.rotations import FloatArray

_MOST = 50_000  # points: finer meshes tell no more of a body's thickness


def skin_of(obj: bpy.types.Object) -> FloatArray | None:
    """Return (V, 3) points of the meshes that an armature object deforms, at rest, world, metres; None without any."""
    points: list[FloatArray] = []
    for mesh in bpy.data.objects:
        if not isinstance(mesh.data, bpy.types.Mesh) or not any(_deforms(obj, each) for each in mesh.modifiers):
            continue
        flat = np.empty(len(mesh.data.vertices) * 3)
        mesh.data.vertices.foreach_get("co", flat)  # pyright: ignore[reportUnknownMemberType] -- as the stubs have it
        matrix = np.array(mesh.matrix_world)
        points.append(flat.reshape(-1, 3) @ matrix[:3, :3].T + matrix[:3, 3])
    every = np.concatenate(points) if points else np.empty((0, 3))
    return every[:: len(every) // _MOST + 1] if len(every) else None


def _deforms(obj: bpy.types.Object, modifier: bpy.types.Modifier) -> bool:
    return isinstance(modifier, bpy.types.ArmatureModifier) and modifier.object == obj
