"""The look of a G1 rig's bones: rings about the joints' axes, in the axes' colours, grouped by limb."""

import math
from typing import Literal, cast

import bpy

from ...motion.g1.model import G1Joint, G1Model

_AXES = {  # hinge → rotation of the ring's axis onto it, and Blender's theme colour of the axis
    0: ((0.0, math.pi / 2, 0.0), "THEME01"),
    1: ((math.pi / 2, 0.0, 0.0), "THEME03"),
    2: ((0.0, 0.0, 0.0), "THEME04"),
}
_ROOT_RADIUS = 0.3
_RING_POINTS = 32
_MARK_END = 1.2


def show_bones(rig: bpy.types.Object, root_bone: str, model: G1Model) -> None:
    """Give the bones of a G1 rig their shapes, colours and bone collections."""
    armature = cast("bpy.types.Armature", rig.data)
    armature.display_type = "WIRE"
    rig.show_in_front = True
    bones = cast("bpy.types.Pose", rig.pose).bones
    ring = _ring()
    _show(bones[root_bone], ring, _ROOT_RADIUS, (0.0, 0.0, 0.0), "THEME09")
    armature.collections.new("Root").assign(bones[root_bone])
    for limb, parts in model.robot.limbs:
        joints = [joint for joint in model.joints if joint.name.startswith(parts)]
        if not joints:
            continue
        collection = armature.collections.new(limb)
        for joint in joints:
            collection.assign(bones[joint.name])
            _show(bones[joint.name], ring, ring_radius(model, joint), *_AXES[joint.axis_index])


def ring_radius(model: G1Model, joint: G1Joint) -> float:
    """Return the radius of the ring handle of a robot's joint, metres."""
    return next(radius for part, radius in model.robot.rings if part in joint.name)


def _show(
    bone: bpy.types.PoseBone, ring: bpy.types.Object, radius: float, rotation: tuple[float, float, float], colour: str
) -> None:
    bone.custom_shape = ring
    bone.use_custom_shape_bone_size = False
    bone.custom_shape_rotation_euler = rotation
    bone.custom_shape_scale_xyz = (radius, radius, radius)
    cast("bpy.types.BoneColor", bone.color).palette = cast("Literal['THEME01']", colour)


def _ring() -> bpy.types.Object:
    """Return a circle of radius 1 about Z with a mark at X, linked to no scene: only bones use it."""
    mesh = bpy.data.meshes.new("Robot Joint Ring")
    angles = [2.0 * math.pi * point / _RING_POINTS for point in range(_RING_POINTS)]
    mesh.from_pydata(
        [*((math.cos(angle), math.sin(angle), 0.0) for angle in angles), (_MARK_END, 0.0, 0.0)],
        [*((point, (point + 1) % _RING_POINTS) for point in range(_RING_POINTS)), (0, _RING_POINTS)],
        [],
    )
    return bpy.data.objects.new("Robot Joint Ring", mesh)
