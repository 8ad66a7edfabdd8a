"""The ranges of a G1 rig's joints: constraints that limit the angles, and arcs that show the ranges."""

import math
from typing import Any, Literal, cast

import bpy
import numpy as np

from ...motion.g1.model import G1Joint
from ...texts.faults import Fault
from ...texts.text import Text
from .shapes import attach, new_material

LIMIT = "Joint Limit"
"""Name of the constraint on each joint's bone."""

_ARC = "aimocap_g1_range"  # custom property of the arcs
_AXES = "xyz"
_ORDERS: tuple[Literal["XYZ", "YXZ", "ZXY"], ...] = ("XYZ", "YXZ", "ZXY")  # only the middle angle stops at 90°
_TURNING = (  # hinge → direction of the ring's mark at angles 0 and 90°
    ((0.0, 0.0, -1.0), (0.0, 1.0, 0.0)),
    ((1.0, 0.0, 0.0), (0.0, 0.0, -1.0)),
    ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0)),
)
_STEP = math.radians(6.0)
_WIDTH, _TICK = 0.1, 0.2  # the band's width and half a tick's length, of the radius
_COLOUR = (0.9, 0.45, 0.05, 1.0)


def add_limit(bone: bpy.types.PoseBone, joint: G1Joint) -> None:
    """Add the constraint that keeps a joint's angle in range, muted."""
    limit = cast("Any", bone.constraints.new("LIMIT_ROTATION"))
    axis = _AXES[joint.axis_index]
    limit.name, limit.mute, limit.show_expanded = LIMIT, True, False
    limit.owner_space, limit.euler_order = "LOCAL", _ORDERS[joint.axis_index]
    setattr(limit, f"use_limit_{axis}", True)
    setattr(limit, f"min_{axis}", joint.range[0])
    setattr(limit, f"max_{axis}", joint.range[1])


def limits_shown(rig: bpy.types.Object) -> bool:
    """Return whether the limit of any of a rig's joints is on."""
    return any(not limit.mute for _, limit in _limits(rig))


def show_limits(rig: bpy.types.Object, is_on: bool) -> None:
    """Turn the limits of all joints of a G1 rig on or off.

    When on, angles beyond a range are shown at its end, the transform tools stop there, and an arc about each joint
    shows the range, with the mark on the joint's ring moving along it. Keys don't change. When off, only the muted
    constraints remain.

    Raises:
        Fault: the object has no joints with limits.
    """
    limits = _limits(rig)
    if not limits:
        raise Fault(
            Text("“{rig}” has no joint limits.", rig=rig.name), "Add a G1 rig with Add > Armature > Unitree G1."
        )
    _remove_arcs(rig)
    for _, limit in limits:
        limit.mute, limit.use_transform_limit = not is_on, is_on
    if is_on:
        arcs = bpy.data.collections.new(f"{rig.name} Ranges")
        for collection in rig.users_collection[:1]:
            collection.children.link(arcs)
        material = new_material("G1 Range", _COLOUR, 0.0, 1.0)
        for bone, limit in limits:
            arcs.objects.link(_arc(rig, bone, limit, material))


def _limits(rig: bpy.types.Object) -> list[tuple[bpy.types.PoseBone, Any]]:
    """Return each joint's bone and its constraint."""
    bones = rig.pose.bones if rig.pose else ()
    return [(bone, cast("Any", bone.constraints[LIMIT])) for bone in bones if LIMIT in bone.constraints]


def _arc(
    rig: bpy.types.Object,
    bone: bpy.types.PoseBone,
    limit: Any,  # noqa: ANN401 -- the stubs don't know the constraint's kind
    material: bpy.types.Material,
) -> bpy.types.Object:
    """Return a joint's range as a band in the frame that the joint rotates in, with a tick at either end."""
    axis = [getattr(limit, f"use_limit_{name}") for name in _AXES].index(True)
    radius = bone.custom_shape_scale_xyz[0]
    low, high = float(getattr(limit, f"min_{_AXES[axis]}")), float(getattr(limit, f"max_{_AXES[axis]}"))
    angles = np.linspace(low, high, max(2, math.ceil((high - low) / _STEP)))
    rim = radius * np.stack([np.cos(angles), np.sin(angles)], axis=1) @ np.array(_TURNING[axis])
    # a line across the rim where the range begins, and one where it ends
    ticks = np.array([[1.0 - _TICK], [1.0 + _TICK]] * 2) * rim[[0, 0, -1, -1]]
    points: list[tuple[float, float, float]] = np.concatenate([rim, (1.0 + _WIDTH) * rim, ticks]).tolist()
    count = len(rim)
    band = [(point, point + 1, count + point + 1, count + point) for point in range(count - 1)]
    mesh = bpy.data.meshes.new(f"{bone.name} range")
    mesh.from_pydata(points, [(2 * count + end, 2 * count + end + 1) for end in (0, 2)], band)
    mesh.materials.append(material)
    arc = bpy.data.objects.new(mesh.name, mesh)
    arc[_ARC] = True
    arc.show_in_front = arc.hide_render = True
    # for viewports that colour by object
    cast("Any", arc).color = _COLOUR
    parent = cast("bpy.types.PoseBone", bone.parent)
    attach(arc, rig, parent.name, parent.bone.matrix_local.inverted() @ bone.bone.matrix_local)
    return arc


def _remove_arcs(rig: bpy.types.Object) -> None:
    collections: set[bpy.types.Collection] = set()
    materials: set[bpy.types.Material] = set()
    for arc in [child for child in rig.children if _ARC in child]:
        mesh = cast("bpy.types.Mesh", arc.data)
        collections.update(arc.users_collection)
        materials.update(filter(None, mesh.materials))
        # removes its object too
        bpy.data.meshes.remove(mesh)
    for material in materials:
        if not material.users:
            bpy.data.materials.remove(material)
    for collection in collections:
        if not collection.all_objects:
            bpy.data.collections.remove(collection)
