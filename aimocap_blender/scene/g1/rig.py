"""The Unitree G1 as an armature: a bone for every joint, its angle in one channel.

Each bone is named after MuJoCo's joint and lies in its body's frame: X forward, Y left, Z up at rest. A joint's angle
in radians is the only unlocked value of its bone's `rotation_euler`, that of the hinge's axis. The root bone
`floating_base_joint` (the menagerie's name of the pelvis's free joint) rests at the object's origin, so that its
`location` is the pelvis's position in metres and its `rotation_quaternion` the pelvis's rotation, both in the object's
space.
"""

import contextlib
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, cast

import bpy
import numpy as np
from mathutils import Matrix, Quaternion

from ...motion import rotations
from ...motion.figures.figure import figure_of
from ...motion.g1.capsules import g1_capsules
from ...motion.g1.model import G1Joint, G1Model
from ...motion.g1.motion import ROBOT, G1Motion
from ...motion.g1.variants import G1_VARIANTS, VARIANTS, Variant, carriers, g1_variant
from ...motion.rotations import IDENTITY, FloatArray, conjugate, norm, rotate
from ...motion.skeleton import Skeleton
from ...texts.faults import Fault
from ...texts.text import Text
from ..armatures import skeleton_of
from ..bone_maps import bone_map_of
from ..operator_calls import overridden
from .shapes import MESHES_FOLDER, add_capsules, add_meshes, add_shapes, attach, meshes_file, new_material, read_meshes

ROOT_BONE = "floating_base_joint"
BONE_LENGTH = 0.05
_MARK = "aimocap_g1"  # on the armature: number of joints when created
_VARIANT = "aimocap_g1_variant"  # also on the armature: which G1; absent in files of the first version (29 joints)

_RINGS = {  # hinge → rotation of the ring's axis onto it, and Blender's theme colour of the axis
    0: ((0.0, math.pi / 2, 0.0), "THEME01"),
    1: ((math.pi / 2, 0.0, 0.0), "THEME03"),
    2: ((0.0, 0.0, 0.0), "THEME04"),
}
_ROOT_RADIUS = 0.3
_RING_POINTS = 32
_MARK_END = 1.2

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


def add_g1_rig(
    context: bpy.types.Context, variant: Variant = "29dof", meshes: Path = MESHES_FOLDER
) -> bpy.types.Object:
    """Add a robot, standing at the world origin, in a collection of its own.

    Mode, selection and active object don't change.

    Args:
        context: whose scene it is added to.
        meshes: folder of the robots' meshes from the build; without those of a G1, simpler shapes are used, and
            without those of another robot its capsules.

    Returns:
        The armature object. Its bones hold the custom properties `mujoco_body`, `range_rad`, `effort_nm` and
        `velocity_rad_s` of their joints, and a muted constraint that holds the range (see `show_limits`).

    Raises:
        Fault: the file of meshes exists but can't be read. Nothing is added then.
    """
    model = g1_variant(variant)
    name, file = model.robot.name, meshes_file(model.robot, meshes)
    look = read_meshes(file) if file.is_file() else None
    armature = bpy.data.armatures.new(name)
    rig = bpy.data.objects.new(name, armature)
    collection = bpy.data.collections.new(name)
    collection.objects.link(rig)
    _add_bones(rig, armature, model)
    context.scene.collection.children.link(collection)
    # creates the object's pose
    context.view_layer.update()
    armature[_MARK] = len(model.joints)
    armature[_VARIANT] = variant
    bones = cast("bpy.types.Pose", rig.pose).bones
    _set_up_root(bones[ROOT_BONE], model)
    for joint in model.joints:
        _set_up_joint(bones[joint.name], joint)
    _show_bones(rig, model)
    bone_of = dict(zip(model.bodies, (ROOT_BONE, *model.joint_names), strict=True))
    carried = {body: (bone_of[carrier], frame) for body, (carrier, frame) in carriers(variant).items()}
    if look is not None:
        add_meshes(rig, collection, carried, look, variant)
    elif variant in G1_VARIANTS:
        add_shapes(rig, collection, carried)
    else:
        add_capsules(rig, collection, [ROOT_BONE, *model.joint_names], g1_capsules(variant))
    return rig


def is_g1_rig(obj: bpy.types.Object | None) -> bool:
    """Return whether this is a rig made by `add_g1_rig` that still has all its bones."""
    return obj is not None and variant_of(obj) is not None


def takes_captures(obj: bpy.types.Object | None) -> bool:
    """Return whether this is a rig of the robot that the service makes motion for."""
    return obj is not None and is_g1_rig(obj) and model_of(obj).robot.id == ROBOT


def variant_of(obj: bpy.types.Object) -> Variant | None:
    """Return which G1 a rig is; None for other objects, and for a rig that lost bones."""
    if not isinstance(obj.data, bpy.types.Armature):
        return None
    variant = obj.data.get(_VARIANT, "29dof")
    if variant not in VARIANTS:
        return None
    joints, bones = g1_variant(variant).joints, obj.data.bones
    is_whole = ROOT_BONE in bones and all(joint.name in bones for joint in joints)
    return variant if is_whole and obj.data.get(_MARK) == len(joints) else None


def model_of(rig: bpy.types.Object) -> G1Model:
    """Return the robot that a G1 rig is.

    Raises:
        Fault: not a G1 rig.
    """
    variant = variant_of(rig)
    if variant is None:
        raise Fault(
            Text("“{rig}” is not a G1 rig.", rig=rig.name), "Select one, or add it: Add > Armature > Unitree G1."
        )
    return g1_variant(variant)


def body_poses(rig: bpy.types.Object) -> tuple[FloatArray, FloatArray]:
    """Return the poses of the rig's bodies at the current frame, including constraints and drivers.

    Returns:
        (B, 3) positions in metres and (B, 4) rotations wxyz, in the order of the rig's `model_of(rig).bodies`, in the
        object's own space (the world's, unless the rig has been moved).

    Raises:
        Fault: no G1 rig.
    """
    depsgraph = bpy.context.evaluated_depsgraph_get()
    bones = cast("bpy.types.Pose", rig.evaluated_get(depsgraph).pose).bones
    names = (ROOT_BONE, *model_of(rig).joint_names)
    matrices = np.array([bones[name].matrix for name in names], dtype=np.float64)
    return matrices[:, :3, 3], rotations.from_matrix(matrices[:, :3, :3])


def _add_bones(rig: bpy.types.Object, armature: bpy.types.Armature, model: G1Model) -> None:
    """Create the bones in Edit Mode, in a scene of its own so that the user's mode stays."""
    scene = bpy.data.scenes.new(model.robot.name)
    scene.collection.objects.link(rig)
    view_layer = scene.view_layers[0]
    view_layer.objects.active = rig
    try:
        with overridden(scene=scene, view_layer=view_layer, active_object=rig, object=rig):
            bpy.ops.object.mode_set(mode="EDIT")
            _add_edit_bones(armature.edit_bones, model)
            bpy.ops.object.mode_set(mode="OBJECT")
    finally:
        bpy.data.scenes.remove(scene)


def _add_edit_bones(edit_bones: bpy.types.ArmatureEditBones, model: G1Model) -> None:
    # a bone without a length has no direction, and goes when Edit Mode is left
    bone = edit_bones.new(ROOT_BONE)
    bone.tail = (0.0, BONE_LENGTH, 0.0)
    bones, rests = {model.root: bone}, {model.root: Matrix.Identity(4)}
    for joint in model.joints:
        offset = Matrix.LocRotScale(joint.pos, Quaternion(joint.quat).normalized(), None)
        rests[joint.body] = rests[joint.parent] @ offset
        bone = edit_bones.new(joint.name)
        bone.tail = (0.0, BONE_LENGTH, 0.0)
        bone.matrix = rests[joint.body]
        bone.parent = bones[joint.parent]
        bones[joint.body] = bone


def _set_up_root(bone: bpy.types.PoseBone, model: G1Model) -> None:
    bone.rotation_mode = "QUATERNION"
    bone.location = (0.0, 0.0, model.stand_height)
    # the stubs for locks accept no tuples
    cast("Any", bone).lock_scale = (True, True, True)


def _set_up_joint(bone: bpy.types.PoseBone, joint: G1Joint) -> None:
    bone.rotation_mode = "XYZ"
    locks = cast("Any", bone)
    locks.lock_location = locks.lock_scale = (True, True, True)
    locks.lock_rotation = (np.arange(3) != joint.axis_index).tolist()
    bone.bone["mujoco_body"] = joint.body
    bone.bone["range_rad"] = joint.range
    bone.bone["effort_nm"] = joint.effort
    bone.bone["velocity_rad_s"] = joint.velocity
    add_limit(bone, joint)


def _show_bones(rig: bpy.types.Object, model: G1Model) -> None:
    """Show the joints as rings about their axes, in the axes' colours, grouped by limb."""
    armature = cast("bpy.types.Armature", rig.data)
    armature.display_type = "WIRE"
    rig.show_in_front = True
    bones = cast("bpy.types.Pose", rig.pose).bones
    ring = _ring()
    _show(bones[ROOT_BONE], ring, _ROOT_RADIUS, (0.0, 0.0, 0.0), "THEME09")
    armature.collections.new("Root").assign(bones[ROOT_BONE])
    for limb, parts in model.robot.limbs:
        joints = [joint for joint in model.joints if joint.name.startswith(parts)]
        # a variant without fingers has no hands to show
        if not joints:
            continue
        collection = armature.collections.new(limb)
        for joint in joints:
            collection.assign(bones[joint.name])
            _show(bones[joint.name], ring, _ring_radius(model, joint), *_RINGS[joint.axis_index])


def _ring_radius(model: G1Model, joint: G1Joint) -> float:
    """Return the radius of the ring handle of a robot's joint, metres."""
    return next(radius for part, radius in model.robot.rings if part in joint.name.lower())


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
    points: list[tuple[float, float, float]] = []
    edges: list[tuple[int, int]] = []
    for point in range(_RING_POINTS):
        angle = 2.0 * math.pi * point / _RING_POINTS
        points.append((math.cos(angle), math.sin(angle), 0.0))
        edges.append((point, (point + 1) % _RING_POINTS))
    # the mark, without which a ring would look the same at every angle
    points.append((_MARK_END, 0.0, 0.0))
    edges.append((0, _RING_POINTS))
    mesh.from_pydata(points, edges, [])
    return bpy.data.objects.new("Robot Joint Ring", mesh)


def add_limit(bone: bpy.types.PoseBone, joint: G1Joint) -> None:
    """Add the constraint that keeps a joint's angle in range, muted."""
    limit = cast("Any", bone.constraints.new("LIMIT_ROTATION"))
    axis = _AXES[joint.axis_index]
    # muted: a motion's angles are shown as they are, also those that the robot can't reach
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
    # or showing limits that are shown would add a second arc to each joint
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
    inner = np.arange(count - 1)
    band = np.stack([inner, inner + 1, count + inner + 1, count + inner], axis=1).tolist()
    mesh = bpy.data.meshes.new(f"{bone.name} range")
    mesh.from_pydata(points, [(2 * count, 2 * count + 1), (2 * count + 2, 2 * count + 3)], band)
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
    for arc in rig.children:
        if _ARC not in arc:
            continue
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


@dataclass(frozen=True, eq=False)
class RobotPlacement:
    """The position and facing direction of a robot in the world.

    Attributes:
        position: (3,) on the ground, metres.
        facing: (3,) direction in which the robot faces.
        distance: metres from the character.
        beside: name of the character.
    """

    position: FloatArray
    facing: FloatArray
    distance: float
    beside: str


def placement_next_to(character: bpy.types.Object) -> RobotPlacement:
    """Return the placement one arm span to a character's left, from its rest pose and current object transform.

    Raises:
        Fault: not an armature, or in Edit Mode.
    """
    skeleton = skeleton_of(character)
    left, facing = left_and_facing(character, skeleton)
    ends = np.concatenate([skeleton.heads, skeleton.world_tails])
    # with hanging arms the width is too small
    distance = max(float(np.ptp(ends @ left)), float(np.ptp(ends[:, 2])))
    middle = (ends.min(axis=0) + ends.max(axis=0)) / 2.0
    ground = np.array([middle[0], middle[1], skeleton.world[2, 3]])
    return RobotPlacement(ground + distance * left, facing, distance, character.name)


def left_and_facing(character: bpy.types.Object, skeleton: Skeleton) -> tuple[FloatArray, FloatArray]:
    """Return the horizontal directions (3,) to a character's left, and in which it faces in its rest pose."""
    # an unrecognised figure is taken to face -Y, Blender's front
    to_world = IDENTITY
    with contextlib.suppress(Fault):
        to_world = conjugate(figure_of(skeleton, bone_map_of(character), "object").to_body)
    left = horizontal(rotate(to_world, np.array([1.0, 0.0, 0.0])))
    facing = horizontal(rotate(to_world, np.array([0.0, -1.0, 0.0])))
    return left, facing


def place_robot(rig: bpy.types.Object, motion: G1Motion, placement: RobotPlacement) -> None:
    """Move and rotate a G1 rig's object so that its motion starts at a placement."""
    # the motion starts wherever its file says: its first pose goes to the placement, and faces as that does
    heading = horizontal(rotate(motion.root_quat[0], np.array([1.0, 0.0, 0.0])))
    angle = np.arctan2(placement.facing[1], placement.facing[0]) - np.arctan2(heading[1], heading[0])
    cos, sin = np.cos(angle), np.sin(angle)
    x, y, _ = motion.root_pos[0]
    start = np.array([cos * x - sin * y, sin * x + cos * y, 0.0])
    rig.location = tuple(placement.position - start)
    rig.rotation_euler = (0.0, 0.0, float(angle))


def horizontal(direction: FloatArray) -> FloatArray:
    """Return the horizontal part (3,) at length 1; X for a vertical direction."""
    flat = np.array([direction[0], direction[1], 0.0])
    length = float(norm(flat))
    return flat / length if length > 1e-6 else np.array([1.0, 0.0, 0.0])  # noqa: PLR2004 -- of a unit vector
