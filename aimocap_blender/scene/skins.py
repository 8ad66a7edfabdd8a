"""The surfaces that a character meets: its own skin at rest, and the ground that it stands on."""

from collections.abc import Collection, Generator, Iterator
from contextlib import contextmanager
from typing import cast

import bpy
import numpy as np

from ..motion.feet.ground import RayCast
from ..motion.figures.figure import Skin
from ..motion.rotations import FloatArray, IntArray, norm
from ..motion.skeleton import Skeleton
from ..motion.time_mapping import TimeMapping
from .armatures import armatures_deforming, parents_of, pose_of
from .isolated_evaluation import isolated_scene

_MOST = 5_000  # points: more take long to ask for their bones, so of them only each so many one is, and what sticks out
_CUBES = 24  # side by side along a body: each as wide as a palm
_WAYS = 14  # out of each cube
_BONES = 4  # that move a point: as many as game engines and glTF have
_GOLDEN = np.pi * (1.0 + np.sqrt(5.0))  # radians from one direction of a spiral to the next
_NO_LENGTH = 1e-9


def skin_of(obj: bpy.types.Object, skeleton: Skeleton) -> Skin | None:
    """Return the skin of an armature object with these bones, None without any."""
    meshes = list(_meshes_of(obj))
    if not meshes:
        return None
    # of all meshes together, or a hat of many points would leave few for the body
    chosen = _telling(np.concatenate([points for _, _, points in meshes]))
    parts: list[tuple[FloatArray, IntArray, FloatArray]] = []
    first = 0
    for mesh, data, every in meshes:
        mine = chosen[(chosen >= first) & (chosen < first + len(every))] - first
        parts.append((every[mine], *_moved_by(mesh, data, skeleton, mine)))
        first += len(every)
    found, bones, weights = zip(*parts, strict=True)
    return Skin(np.concatenate(found), np.concatenate(bones), np.concatenate(weights))


def _meshes_of(obj: bpy.types.Object) -> Iterator[tuple[bpy.types.Object, bpy.types.Mesh, FloatArray]]:
    """Yield the objects and meshes that an armature object moves, with their points, see `_points`."""
    for other in bpy.data.objects:
        if isinstance(other.data, bpy.types.Mesh) and _is_moved(other, obj):
            yield other, other.data, _points(other, other.data, obj)


def _is_moved(mesh: bpy.types.Object, obj: bpy.types.Object) -> bool:
    """Return whether an armature moves an object, by one of its bones or by a modifier."""
    return (mesh.parent == obj and mesh.parent_type == "BONE") or obj in armatures_deforming(mesh)


def _points(mesh: bpy.types.Object, data: bpy.types.Mesh, obj: bpy.types.Object) -> FloatArray:
    """Return the points (V, 3) of a mesh where they are while its armature object is at rest, world, metres."""
    flat = np.empty(len(data.vertices) * 3)
    data.vertices.foreach_get("co", flat)
    matrix = np.array(mesh.matrix_world)
    bone = pose_of(obj).bones.get(mesh.parent_bone) if mesh.parent == obj and mesh.parent_type == "BONE" else None
    # a bone without size hides what hangs on it, in a single place
    if bone is not None and bone.matrix.determinant() != 0.0:
        # the bone has taken it along to wherever the character is posed now
        world, posed, rest = map(np.array, (obj.matrix_world, bone.matrix, bone.bone.matrix_local))
        matrix = world @ rest @ np.linalg.inv(world @ posed) @ matrix
    return flat.reshape(-1, 3) @ matrix[:3, :3].T + matrix[:3, 3]


def _telling(points: FloatArray) -> IntArray:
    """Return the rows of points (V, 3) that tell the body's shape: of many each so many one, and what sticks out.

    A single point may be what lies on the ground; one that other parts of the body surround at rest sticks out of none.
    """
    some = np.arange(0, len(points), len(points) // _MOST + 1)
    return some if len(some) == len(points) else np.union1d(some, _outermost(points))


def _outermost(points: FloatArray) -> IntArray:
    """Return the rows of points (V, 3) that are the outermost in each of many cubes of space."""
    places = (points - points.min(axis=0)) * (_CUBES / max(float(np.ptp(points, axis=0).max()), _NO_LENGTH))
    cubes = places.astype(np.int64) @ np.array([1, 2 * _CUBES, 4 * _CUBES**2])
    order = np.argsort(cubes)
    # the number of each point's cube, and where that begins
    begins = np.diff(cubes[order], prepend=-1) > 0
    numbers, firsts = np.cumsum(begins) - 1, np.flatnonzero(begins)
    # how far each sticks out along directions spread evenly, in a spiral: none is along an axis, as flat skin may be
    turns = np.arange(_WAYS) + 0.5
    ups, angles = 1.0 - 2.0 * turns / _WAYS, _GOLDEN * turns
    ways = np.stack([np.sqrt(1.0 - ups**2) * np.cos(angles), np.sqrt(1.0 - ups**2) * np.sin(angles), ups])
    along = points[order] @ ways
    rows, columns = np.nonzero(along == np.maximum.reduceat(along, firsts)[numbers])
    # one of those at the same place: meshes are split along seams
    _, single = np.unique(numbers[rows] * _WAYS + columns, return_index=True)
    return np.unique(order[rows[single]])


def _moved_by(
    mesh: bpy.types.Object, data: bpy.types.Mesh, skeleton: Skeleton, rows: IntArray
) -> tuple[IntArray, FloatArray]:
    """Return bones and weights (V, K), as `Skin` has them, of some points of a mesh."""
    bones, weights = np.full((len(rows), _BONES), -1), np.zeros((len(rows), _BONES))
    if mesh.parent_type == "BONE":
        bones[:, 0], weights[:, 0] = skeleton.indices.get(mesh.parent_bone, -1), 1.0
        return bones, weights
    groups = [skeleton.indices.get(group.name, -1) for group in mesh.vertex_groups]
    for place, row in enumerate(rows):
        # groups that are no bones select vertices for modifiers
        of_bones: list[tuple[float, int]] = []
        for one in data.vertices[int(row)].groups:
            bone = groups[one.group]
            if bone >= 0:
                of_bones.append((one.weight, bone))
        for column, (weight, bone) in enumerate(sorted(of_bones, reverse=True)[:_BONES]):
            bones[place, column], weights[place, column] = bone, weight
    return bones, weights


@contextmanager
def ground_below(characters: Collection[bpy.types.Object | None], mapping: TimeMapping) -> Generator[RayCast]:
    """Look for surfaces among the visible objects, except characters and what belongs to them.

    They are evaluated with their modifiers at the frame of each look, in a scene of their own.

    Args:
        characters: armature objects.
        mapping: the motion's seconds to timeline frames.
    """
    with isolated_scene(list(_ground_among(characters))) as scene:
        graph = cast("bpy.types.Depsgraph", scene.view_layers[0].depsgraph)

        def distances(seconds: float, origins: FloatArray, direction: FloatArray, furthest: float) -> FloatArray:
            frame = float(mapping.frames(np.array([seconds]))[0])
            whole = int(np.floor(frame))
            scene.frame_set(whole, subframe=frame - whole)
            found = np.full(len(origins), np.nan)
            for row, origin in enumerate(origins):
                hit, point, *_ = scene.ray_cast(graph, origin.tolist(), direction.tolist(), distance=furthest)
                if hit:
                    found[row] = float(norm(np.array(point) - origin))
            return found

        yield distances


def _ground_among(characters: Collection[bpy.types.Object | None]) -> Iterator[bpy.types.Object]:
    """Yield the visible objects that a character may stand on."""
    for other in bpy.context.view_layer.objects if bpy.context.view_layer is not None else ():
        # a character doesn't stand on its own shoes, nor on the source's
        if other.visible_get() and not _belongs(other, characters):
            yield other


def _belongs(other: bpy.types.Object, characters: Collection[bpy.types.Object | None]) -> bool:
    """Return whether an object is a character, hangs on one, or is deformed by one."""
    carriers = {other, *parents_of(other), *armatures_deforming(other)}
    return not carriers.isdisjoint(characters)
