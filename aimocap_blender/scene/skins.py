"""The skin of a character: points of the meshes that its armature moves, at rest."""

import bpy
import numpy as np

from ..motion.figures.figure import Skin
from ..motion.rotations import FloatArray, IntArray
from ..motion.skeleton import Skeleton

_MOST = 5_000  # points: more tell little of a body's thickness, and take long to ask for their bones
_BONES = 4  # that move a point: as many as game engines and glTF have


def skin_of(obj: bpy.types.Object, skeleton: Skeleton) -> Skin | None:
    """Return the skin of an armature object, None without any.

    Args:
        obj: the armature object.
        skeleton: its bones.
    """
    meshes = [(each, each.data) for each in bpy.data.objects if _is_moved(each, obj)]
    step = sum(len(data.vertices) for _, data in meshes if isinstance(data, bpy.types.Mesh)) // _MOST + 1
    parts = [_part(mesh, data, skeleton, step) for mesh, data in meshes if isinstance(data, bpy.types.Mesh)]
    if not parts:
        return None
    points, bones, weights = zip(*parts, strict=True)
    return Skin(np.concatenate(points), np.concatenate(bones), np.concatenate(weights))


def _is_moved(mesh: bpy.types.Object, obj: bpy.types.Object) -> bool:
    if mesh.parent == obj and mesh.parent_type == "BONE":
        return True
    return any(isinstance(each, bpy.types.ArmatureModifier) and each.object == obj for each in mesh.modifiers)


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
        told = [(one.weight, groups[one.group]) for one in data.vertices[row * step].groups]
        most = sorted((each for each in told if each[1] >= 0), reverse=True)[:_BONES]
        for column, (weight, bone) in enumerate(most):
            bones[row, column], weights[row, column] = bone, weight
    return points, bones, weights
