"""Everything in the open file as a flat dict, so that two moments can be compared."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

import bpy

if TYPE_CHECKING:
    from collections.abc import Iterator

_NOT_OF_THE_FILE = {"rna_type", "original", "bl_rna", "depsgraph", "is_runtime_data", "users"}
_OF_THE_WINDOW = {"screens", "workspaces", "window_managers"}
"""Reading all of a screen crashes Blender 4.5."""

_TWICE = {"all_ids"}  # since 5.1
_CRASHES = {"uv_sculpt"}  # Blender 4.2
_COMPUTED = {"range_start", "range_end"}
"""Of `scene.aimocap`: the ends of a strip that is dumped at its own place, once its movie has been opened."""
_MEMBERS = {"bones", "bones_recursive"}
"""Of a bone collection: each bone tells the collections that it is in."""

_ELSEWHERE = {"parent", "child", "children", "next", "prev", "bone", "group", "parent_recursive", "children_recursive"}
"""Ways up and sideways, whose ends are dumped at their own place."""

_BULK = {"vertices", "edges", "loops", "polygons", "attributes", "channels"} | {
    "loop_triangles",
    "loop_triangle_polygons",
    "corner_normals",
    "polygon_normals",
    "vertex_normals",
}
_DEEPEST = 8


def dump() -> dict[str, object]:
    """Path of a property → its value, for all datablocks; custom properties included."""
    return dict(_all())


def changes(before: dict[str, object], after: dict[str, object]) -> set[str]:
    """Paths that came, went or differ."""
    return {path for path in before.keys() | after.keys() if before.get(path) != after.get(path)}


def _all() -> Iterator[tuple[str, object]]:
    for collection in bpy.data.bl_rna.properties:
        if collection.type == "COLLECTION" and collection.identifier not in _OF_THE_WINDOW | _TWICE:
            for block in getattr(bpy.data, collection.identifier):
                path = f"{collection.identifier}[{block.name}]"
                yield path, True
                yield from _struct(path, block, 0)


def _struct(path: str, owner: bpy.types.bpy_struct, depth: int) -> Iterator[tuple[str, object]]:
    if depth > _DEEPEST:
        return
    yield from _custom(path, owner)
    for prop in owner.bl_rna.properties:
        if prop.identifier not in _NOT_OF_THE_FILE | _CRASHES | _COMPUTED:
            yield from _property(f"{path}.{prop.identifier}", owner, prop, depth)


def _custom(path: str, owner: bpy.types.bpy_struct) -> Iterator[tuple[str, object]]:
    if not isinstance(owner, bpy.types.PropertyGroup):  # whose properties are found as Blender's own are
        with contextlib.suppress(TypeError, AttributeError):  # a type that can't have any
            for key in set(owner.keys()) - set(owner.bl_rna.properties.keys()):
                value = owner[key]
                yield f"{path}[{key!r}]", repr(value.to_dict() if hasattr(value, "to_dict") else value)


def _property(
    path: str, owner: bpy.types.bpy_struct, prop: bpy.types.Property, depth: int
) -> Iterator[tuple[str, object]]:
    value = getattr(owner, prop.identifier)
    if prop.type == "POINTER":
        yield from _item(path, value, prop.identifier, depth)
    elif prop.type == "COLLECTION":
        yield f"{path}.length", len(value)
        if prop.identifier not in (_MEMBERS if isinstance(owner, bpy.types.BoneCollection) else _BULK):
            for index, item in enumerate(value):
                yield from _item(f"{path}[{index}]", item, prop.identifier, depth)
    elif getattr(prop, "is_array", False):
        yield path, repr([*value] if prop.array_dimensions[1] == 0 else [[*row] for row in value])
    else:
        yield path, repr(value)


def _item(path: str, value: bpy.types.bpy_struct | None, name: str, depth: int) -> Iterator[tuple[str, object]]:
    if value is None or isinstance(value, bpy.types.ID):
        yield path, value and value.name
    elif name not in _ELSEWHERE:
        yield from _struct(path, value, depth + 1)
