"""Keys the performance on an armature and exports it as FBX: run by a Python that has bpy, or by Blender itself.

Its last argument is the JSON object that `avatar_fbx.py` makes.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import bpy
import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.media.matrices import about, turn, unit
from tests.media.metahuman_fbx import frame_times
from tests.media.performance import Performance
from tests.media.posing import Pose, pose

if TYPE_CHECKING:
    from tests.media.matrices import Array

# Humanoid slot: the performer's bone that leads it, and the one at whose joint it ends.
MIDDLE_LEADERS = {
    "hips": ("pelvis", None),
    "spine": ("spine_02", "spine_04"),
    "chest": ("spine_04", "spine_05"),
    "upper_chest": ("spine_05", "neck_01"),
    "neck": ("neck_01", "head"),
    "head": ("head", None),
}
SIDED_LEADERS = {
    "shoulder": ("clavicle", "upperarm"),
    "upper_arm": ("upperarm", "lowerarm"),
    "lower_arm": ("lowerarm", "hand"),
    "hand": ("hand", None),
    "upper_leg": ("thigh", "calf"),
    "lower_leg": ("calf", "foot"),
    "foot": ("foot", None),
    "toes": ("ball", None),
}
NEXT_SLOT = {"shoulder": "upper_arm", "upper_arm": "lower_arm", "lower_arm": "hand", "upper_leg": "lower_leg"}
NEXT_SLOT |= {"lower_leg": "foot"}
REST_FRAME = -1
SWING = np.radians(12.0)


def key_performance(armature: Any, request: dict[str, Any]) -> int:
    """Keys every frame of the range from frame 0 on, and returns how many there are."""
    times = frame_times(request["start"], request["end"], request["fps"])
    posed = pose(times, Performance(step_sec=request["step_sec"]))
    leaders = _leaders(request["bones"])
    world = np.array(armature.matrix_world)
    placed: dict[str, Array] = {}
    for bone in _parents_first(armature.data.bones):
        rest = np.array(bone.matrix_local)
        parent = placed[bone.parent.name] if bone.parent else np.broadcast_to(np.eye(4), (len(times), 4, 4))
        parent_rest = np.array(bone.parent.matrix_local) if bone.parent else np.eye(4)
        carried = parent @ np.linalg.inv(parent_rest) @ rest
        target = carried.copy()
        if bone.name in leaders:
            slot = leaders[bone.name]
            target[:, :3, :3] = _led(posed, slot, armature, request["bones"])
            if slot == "hips":
                target[:, :3, 3] = _hips_path(posed, armature, bone, world)
        elif not leaders:
            swing = SWING * np.sin(2 * np.pi * times)
            target[:, :3, :3] = carried[:, :3, :3] @ about((1.0, 0.0, 0.0), swing)
        placed[bone.name] = target
        _key(armature.pose.bones[bone.name], np.linalg.inv(carried) @ target)
    return len(times)


def _parents_first(bones: Any) -> list[Any]:
    return sorted(bones, key=lambda bone: len(bone.parent_recursive))


def _leaders(bones: dict[str, str]) -> dict[str, str]:
    """Bone name to slot, of the slots that the performance leads."""
    known = {*MIDDLE_LEADERS, *(f"{side}_{part}" for side in ("left", "right") for part in SIDED_LEADERS)}
    return {bone: slot for slot, bone in bones.items() if slot in known}


def _led(posed: Pose, slot: str, armature: Any, bones: dict[str, str]) -> Array:
    """The bone's rotation in armature space: its rest, laid along the performer's, turned as the performer's bone."""
    to_armature = np.array(armature.matrix_world.to_3x3().normalized()).T
    rest = np.array(armature.data.bones[bones[slot]].matrix_local.to_3x3())
    side, _, part = slot.partition("_")
    if slot in MIDDLE_LEADERS:
        leader, tip = MIDDLE_LEADERS[slot]
        following = None
    else:
        leader, tip = (name and f"{name}_{side[0]}" for name in SIDED_LEADERS[part])
        following = bones.get(f"{side}_{NEXT_SLOT.get(part)}")
    turns = posed.turns[leader]
    if tip and following:
        own_way = np.array(armature.data.bones[following].head_local - armature.data.bones[bones[slot]].head_local)
        performer_way = posed.body.at(tip) - posed.body.at(leader)
        turns = turns @ _arc(to_armature.T @ own_way, performer_way)
    return to_armature @ turns @ to_armature.T @ rest


def _arc(start: Array, end: Array) -> Array:
    """The shortest turn from one direction to another."""
    start, end = unit(start), unit(end)
    axis = np.cross(start, end)
    if np.linalg.norm(axis) < 1e-9:
        return np.eye(3)
    return about(axis, np.arctan2(np.linalg.norm(axis), start @ end))


def _hips_path(posed: Pose, armature: Any, bone: Any, world: Array) -> Array:
    """The hips' joint in armature space; the performer's way, as much smaller as the avatar is."""
    rest = world @ np.append(np.array(bone.head_local), 1.0)
    size = rest[2] / posed.body.at("pelvis")[2]
    offset = rest[:3] - size * posed.body.at("pelvis")
    path = size * posed.positions["pelvis"] + turn(posed.turns["root"], offset)
    inverse = np.array(armature.matrix_world.inverted())
    return turn(inverse[:3, :3], path) + inverse[:3, 3]


def _key(pose_bone: Any, basis: Array) -> None:
    pose_bone.rotation_mode = "QUATERNION"
    from mathutils import Matrix

    previous = None
    for frame, matrix in enumerate([np.eye(4), *basis], start=REST_FRAME):
        location, rotation, _ = Matrix(matrix.tolist()).decompose()
        if previous is not None:
            rotation.make_compatible(previous)
        previous = rotation
        pose_bone.location, pose_bone.rotation_quaternion = location, rotation
        pose_bone.keyframe_insert("location", frame=frame)
        pose_bone.keyframe_insert("rotation_quaternion", frame=frame)


def export(request: dict[str, Any]) -> None:
    import addon_utils

    bpy.ops.wm.open_mainfile(filepath=request["blend"], load_ui=False)
    addon_utils.enable("io_scene_fbx")
    objects = bpy.context.view_layer.objects
    armatures = [obj for obj in objects if obj.type == "ARMATURE" and request["armature"] in (None, obj.name)]
    if not armatures:
        raise RuntimeError("no such armature")
    armature = armatures[0]
    for obj in objects:
        obj.select_set(obj == armature)
    objects.active = armature
    armature.animation_data_clear()
    for bone in armature.pose.bones:
        for constraint in list(bone.constraints):
            bone.constraints.remove(constraint)
    scene = bpy.context.scene
    scene.render.fps, scene.render.fps_base = request["fps"], 1.0
    frames = key_performance(armature, request)
    scene.frame_start, scene.frame_end = 0, frames - 1
    scene.frame_set(REST_FRAME)  # without a mesh the exporter takes the present pose for the rest pose
    bpy.ops.export_scene.fbx(
        filepath=request["file"],
        use_selection=True,
        object_types={"ARMATURE"},
        add_leaf_bones=False,
        bake_anim_use_nla_strips=False,
        bake_anim_use_all_actions=False,
        bake_anim_force_startend_keying=True,
        bake_anim_simplify_factor=0.0,
    )


try:
    export(json.loads(sys.argv[-1]))
except Exception as error:  # noqa: BLE001 - told to the parent, whatever it is
    print(f"{type(error).__name__}: {error}", file=sys.stderr, flush=True)
    os._exit(1)
os._exit(0)  # some versions hang while the interpreter ends
