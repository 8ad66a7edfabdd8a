"""The skin of a character: points of the meshes that its armature moves, at rest."""

import bpy
import numpy as np

from ..motion.figures.figure import Skin
from ..motion.rotations import FloatArray, IntArray
from ..motion.skeleton import Skeleton
from .armatures import armatures_deforming

_MOST = 5_000  # points: more tell little of a body's thickness, and take long to ask for their bones
_BONES = 4  # that move a point: as many as game engines and glTF have


def skin_of(obj: bpy.types.Object, skeleton: Skeleton) -> Skin | None:
    """Return the skin of an armature object with these bones, None without any."""
    moved = [other for other in bpy.data.objects if _is_moved(other, obj)]
    meshes = [(other, other.data) for other in moved if isinstance(other.data, bpy.types.Mesh)]
    # each so many points one, so that all meshes together have few enough
    step = sum(len(data.vertices) for _, data in meshes) // _MOST + 1
    parts = [_part(mesh, data, skeleton, step) for mesh, data in meshes]
    if not parts:
        return None
    points, bones, weights = zip(*parts, strict=True)
    return Skin(np.concatenate(points), np.concatenate(bones), np.concatenate(weights))


def _is_moved(mesh: bpy.types.Object, obj: bpy.types.Object) -> bool:
    """Return whether an armature moves an object, by one of its bones or by a modifier."""
    return (mesh.parent == obj and mesh.parent_type == "BONE") or obj in armatures_deforming(mesh)


def _part(
    mesh: bpy.types.Object, data: bpy.types.Mesh, skeleton: Skeleton, step: int
) -> tuple[FloatArray, IntArray, FloatArray]:
    """Return each `step`th point (V, 3) of a mesh, world, metres, with bones and weights (V, K) as `Skin` has them."""
    flat = np.empty(len(data.vertices) * 3)
    data.vertices.foreach_get("co", flat)  # pyright: ignore[reportUnknownMemberType] -- as the stubs have it
    matrix = np.array(mesh.matrix_world)
    points = flat.reshape(-1, 3)[::step] @ matrix[:3, :3].T + matrix[:3, 3]
    bones, weights = np.full((len(points), _BONES), -1), np.zeros((len(points), _BONES))
    if mesh.parent_type == "BONE":
        bones[:, 0], weights[:, 0] = skeleton.indices.get(mesh.parent_bone, -1), 1.0
        return points, bones, weights
    groups = [skeleton.indices.get(group.name, -1) for group in mesh.vertex_groups]
    for row in range(len(points)):
        of_groups = [(one.weight, groups[one.group]) for one in data.vertices[row * step].groups]
        of_bones = [(weight, bone) for weight, bone in of_groups if bone >= 0]
        for column, (weight, bone) in enumerate(sorted(of_bones, reverse=True)[:_BONES]):
            bones[row, column], weights[row, column] = bone, weight
    return points, bones, weights
