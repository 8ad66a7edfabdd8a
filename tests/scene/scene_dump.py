"""Everything in the open file as a flat dict, so that two moments can be compared."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

import bpy

if TYPE_CHECKING:
    from collections.abc import Mapping

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
_LEFT_OUT = _NOT_OF_THE_FILE | _CRASHES | _COMPUTED
_DEEPEST = 8
_known: dict[tuple[str, int], dict[str, tuple[str, int]]] = {}


def dump() -> dict[str, object]:
    """Path of a property → its value, for all datablocks; custom properties included."""
    state: dict[str, object] = {}
    for collection in bpy.data.bl_rna.properties:
        if collection.type == "COLLECTION" and collection.identifier not in _OF_THE_WINDOW | _TWICE:
            for block in getattr(bpy.data, collection.identifier):
                path = f"{collection.identifier}[{block.name}]"
                state[path] = True
                _add_struct(state, path, block, 0)
    return state


def changes(before: dict[str, object], after: dict[str, object]) -> set[str]:
    """Paths that came, went or differ."""
    return {path for path in before.keys() | after.keys() if before.get(path) != after.get(path)}


def _add_struct(state: dict[str, object], path: str, owner: bpy.types.bpy_struct, depth: int) -> None:
    if depth > _DEEPEST:
        return
    declared = _declared(owner.bl_rna)
    _add_custom(state, path, owner, declared)
    for name, (kind, dimensions) in declared.items():
        if name in _LEFT_OUT:
            continue
        value, here = getattr(owner, name), f"{path}.{name}"
        if kind == "POINTER":
            _add_item(state, here, value, name, depth)
        elif kind == "COLLECTION":
            state[f"{here}.length"] = len(value)
            if name == "keyframe_points" and len(value):
                _add_keys(state, here, value)
            elif name not in (_MEMBERS if isinstance(owner, bpy.types.BoneCollection) else _BULK):
                for index, item in enumerate(value):
                    _add_item(state, f"{here}[{index}]", item, name, depth)
        elif dimensions:
            state[here] = repr([*value] if dimensions == 1 else [[*row] for row in value])
        else:
            state[here] = repr(value)


def _add_keys(state: dict[str, object], path: str, keys: bpy.types.FCurveKeyframePoints) -> None:
    """Note each property of all keys at once: there are thousands of them."""
    for prop in keys[0].bl_rna.properties:
        if prop.identifier not in _LEFT_OUT:
            values = [0] * (len(keys) * max(getattr(prop, "array_length", 0), 1))
            keys.foreach_get(prop.identifier, values)
            state[f"{path}.{prop.identifier}"] = values


def _declared(kind: bpy.types.Struct) -> dict[str, tuple[str, int]]:
    """Return types and numbers of dimensions of a type's properties by name: reading them costs more than values."""
    key = kind.identifier, len(kind.properties)  # a type that an add-on gave further ones is another
    if key not in _known:
        _known[key] = {prop.identifier: (prop.type, _dimensions(prop)) for prop in kind.properties}
    return _known[key]


def _dimensions(prop: bpy.types.Property) -> int:
    if not getattr(prop, "is_array", False):
        return 0
    return 1 if prop.array_dimensions[1] == 0 else 2


def _add_custom(
    state: dict[str, object], path: str, owner: bpy.types.bpy_struct, declared: Mapping[str, object]
) -> None:
    if not isinstance(owner, bpy.types.PropertyGroup):  # whose properties are found as Blender's own are
        with contextlib.suppress(TypeError, AttributeError):  # a type that can't have any
            for key in set(owner.keys()) - declared.keys():
                value = owner[key]
                state[f"{path}[{key!r}]"] = repr(value.to_dict() if hasattr(value, "to_dict") else value)


def _add_item(state: dict[str, object], path: str, value: bpy.types.bpy_struct | None, name: str, depth: int) -> None:
    if value is None or isinstance(value, bpy.types.ID):
        state[path] = value and value.name
    elif name not in _ELSEWHERE:
        _add_struct(state, path, value, depth + 1)
