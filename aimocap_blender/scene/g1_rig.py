"""The Unitree G1 as an armature: a bone for every joint, its angle in one channel.

Each bone is named after MuJoCo's joint and lies in its body's frame: X forward, Y left, Z up at rest. A joint's angle
in radians is the one unlocked value of its bone's `rotation_euler`, the one of the hinge's axis. The root bone
`floating_base_joint` (the menagerie's name of the pelvis's free joint) rests at the object's origin, so that its
`location` is the pelvis's place in metres and its `rotation_quaternion` the pelvis's turn, both in the object's space.
"""

from typing import Any, cast

import bpy
import numpy as np
from mathutils import Matrix, Quaternion

from ..motion import rotations
from ..motion.g1_model import G1Joint, g1_model
from ..motion.rotations import FloatArray
from .g1_bone_display import show_bones
from .g1_shapes import add_shapes

ROOT_BONE = "floating_base_joint"
BONE_LENGTH = 0.05
NAME = "Unitree G1"
_MARK = "aimocap_g1"
_JOINTS = 29


def add_g1_rig(context: bpy.types.Context) -> bpy.types.Object:
    """Add a G1, standing at the world's origin, in a collection of its own.

    Mode, selection and active object stay as they are.

    Returns:
        The armature object. Its bones hold the custom properties `mujoco_body`, `range_rad`, `effort_nm` and
        `velocity_rad_s` of their joints.
    """
    armature = bpy.data.armatures.new(NAME)
    rig = bpy.data.objects.new(NAME, armature)
    collection = bpy.data.collections.new(NAME)
    collection.objects.link(rig)
    _add_bones(rig, armature)
    cast("bpy.types.Scene", context.scene).collection.children.link(collection)
    cast("bpy.types.ViewLayer", context.view_layer).update()  # gives the object its pose
    armature[_MARK] = _JOINTS
    bones = cast("bpy.types.Pose", rig.pose).bones
    _set_up_root(bones[ROOT_BONE])
    for joint in g1_model().joints:
        _set_up_joint(bones[joint.name], joint)
    show_bones(rig, ROOT_BONE)
    add_shapes(rig, collection, {g1_model().root: ROOT_BONE} | {joint.body: joint.name for joint in g1_model().joints})
    return rig


def is_g1_rig(obj: bpy.types.Object | None) -> bool:
    """Is this a rig that `add_g1_rig` made, with all its bones still there?"""
    if obj is None or not isinstance(obj.data, bpy.types.Armature) or obj.data.get(_MARK) != _JOINTS:
        return False
    bones = obj.data.bones
    return ROOT_BONE in bones and all(joint.name in bones for joint in g1_model().joints)


def body_poses(rig: bpy.types.Object) -> tuple[FloatArray, FloatArray]:
    """Where the rig's bodies are at the current frame, constraints and drivers included.

    Returns:
        (30, 3) positions in metres and (30, 4) rotations wxyz, in the order of `g1_model().bodies`, in the object's
        own space (the world's, as long as the rig has not been moved).
    """
    depsgraph = bpy.context.evaluated_depsgraph_get()
    bones = cast("bpy.types.Pose", rig.evaluated_get(depsgraph).pose).bones
    names = (ROOT_BONE, *(joint.name for joint in g1_model().joints))
    matrices = np.array([bones[name].matrix for name in names], dtype=np.float64)
    return matrices[:, :3, 3], rotations.from_matrix(matrices[:, :3, :3])


def _add_bones(rig: bpy.types.Object, armature: bpy.types.Armature) -> None:
    """Bones can be made in edit mode only: it is entered in a scene of its own, so the user's mode is never left."""
    scene = bpy.data.scenes.new(NAME)
    scene.collection.objects.link(rig)
    view_layer = scene.view_layers[0]
    view_layer.objects.active = rig
    try:
        override = cast("Any", bpy.context).temp_override  # its stub has keywords of unknown type
        with override(scene=scene, view_layer=view_layer, active_object=rig, object=rig):
            bpy.ops.object.mode_set(mode="EDIT")
            _add_edit_bones(armature.edit_bones)
            bpy.ops.object.mode_set(mode="OBJECT")
    finally:
        bpy.data.scenes.remove(scene)


def _add_edit_bones(edit_bones: bpy.types.ArmatureEditBones) -> None:
    model = g1_model()
    bone = edit_bones.new(ROOT_BONE)
    bone.tail = (0.0, BONE_LENGTH, 0.0)
    bones, rests = {model.root: bone}, {model.root: Matrix.Identity(4)}
    for joint in model.joints:
        place = Matrix.LocRotScale(joint.pos, Quaternion(joint.quat).normalized(), None)
        rests[joint.body] = rests[joint.parent] @ place
        bone = edit_bones.new(joint.name)
        bone.tail = (0.0, BONE_LENGTH, 0.0)
        bone.matrix = rests[joint.body]
        bone.parent = bones[joint.parent]
        bones[joint.body] = bone


def _set_up_root(bone: bpy.types.PoseBone) -> None:
    bone.rotation_mode = "QUATERNION"
    bone.location = (0.0, 0.0, g1_model().stand_height)
    cast("Any", bone).lock_scale = (True, True, True)  # the stubs of locks take no tuples


def _set_up_joint(bone: bpy.types.PoseBone, joint: G1Joint) -> None:
    bone.rotation_mode = "XYZ"
    locks = cast("Any", bone)
    locks.lock_location = locks.lock_scale = (True, True, True)
    locks.lock_rotation = [axis != joint.axis_index for axis in range(3)]
    bone.bone["mujoco_body"] = joint.body
    bone.bone["range_rad"] = joint.range
    bone.bone["effort_nm"] = joint.effort
    bone.bone["velocity_rad_s"] = joint.velocity
