"""The mannequin, walking: by the tests' own performance, and by a real walk with locked feet."""

from dataclasses import replace
from pathlib import Path

import bpy
import numpy as np
from mathutils import Matrix

from aimocap_blender.motion.retargeting.retarget_options import RetargetOptions
from aimocap_blender.motion.time_mapping import TimeMapping
from aimocap_blender.scene.armature_motion import armature_motion
from aimocap_blender.scene.keys.keyframes import curves_of
from aimocap_blender.scene.keys.pose_keys import KeyOptions
from aimocap_blender.scene.retargeting import put_clip_on
from tests.media.performance import Performance
from tests.media.performance_clip import performance_clip
from tests.ui.posing import world_matrices

FPS = 30
SOLES = tuple(f"mixamorig:{side}{part}" for side in ("Left", "Right") for part in ("Foot", "ToeBase"))

FEET, CALVES = ("foot_l", "foot_r"), ("calf_l", "calf_r")
"""Of the performer."""


def standing(mannequin: Path) -> bpy.types.Object:
    bpy.context.scene.render.fps = FPS
    with bpy.data.libraries.load(str(mannequin)) as (held, wanted):
        wanted.objects = [name for name in held.objects if name == "Mannequin"]
    (armature,) = wanted.objects
    bpy.context.scene.collection.objects.link(armature)
    bpy.context.view_layer.update()
    return armature


def walk(armature: bpy.types.Object, seconds: float = 3.0, performance: Performance | None = None) -> bpy.types.Action:
    """Let it walk from frame 1 on, with locked feet."""
    clip = performance_clip(0.0, seconds, FPS, performance or Performance(radius=1e4))
    put_clip_on(armature, clip, TimeMapping(1.0, FPS), RetargetOptions(), "Walk")
    return armature.animation_data.action


def performer() -> bpy.types.Object:
    """The performance's own skeleton, with MetaHuman's names: its feet stand, and its hips move evenly."""
    bpy.context.scene.render.fps = FPS
    skeleton = performance_clip(0.0, 0.1, FPS).skeleton
    armature = bpy.data.objects.new("Performer", bpy.data.armatures.new("Performer"))
    bpy.context.scene.collection.objects.link(armature)
    bpy.context.view_layer.objects.active = armature
    bpy.ops.object.mode_set(mode="EDIT")
    for name, parent, rest in zip(skeleton.names, skeleton.parents, skeleton.rest, strict=True):
        bone = armature.data.edit_bones.new(name)
        bone.tail = (0.0, 0.05, 0.0)
        bone.matrix = Matrix(rest.tolist())
        bone.parent = armature.data.edit_bones[skeleton.names[parent]] if parent >= 0 else None
    bpy.ops.object.mode_set(mode="OBJECT")
    return armature


def off_legs(armature: bpy.types.Object, uneven: float = 0.0) -> bpy.types.Object:
    """The performer with feet that hang on no leg, as on an IK root; its left leg begins so many metres lower."""
    bpy.ops.object.mode_set(mode="EDIT")
    for name in ("thigh_l", "calf_l"):
        bone = armature.data.edit_bones[name]
        bone.matrix = Matrix.Translation((0.0, 0.0, -uneven)) @ bone.matrix
    for foot in FEET:
        armature.data.edit_bones[foot].parent = None
    bpy.ops.object.mode_set(mode="OBJECT")
    return armature


def off_neck(armature: bpy.types.Object) -> bpy.types.Object:
    """The performer with a neck that a constraint takes along with the chest, as on control rigs."""
    bpy.ops.object.mode_set(mode="EDIT")
    neck = armature.data.edit_bones["neck_01"]
    space = armature.data.edit_bones.new("neck_space")
    space.head, space.tail, chest = neck.head, neck.tail, neck.parent.name
    neck.parent = space
    bpy.ops.object.mode_set(mode="OBJECT")
    target = armature.pose.bones["neck_space"].constraints.new("ARMATURE").targets.new()
    target.target, target.subtarget = armature, chest
    return armature


def off_calves(armature: bpy.types.Object, frames: np.ndarray) -> float:
    """Metres that feet are at most off where the lower legs end."""
    found = world_matrices(armature, (*FEET, *CALVES), frames)
    off = []
    for foot, calf in zip(FEET, CALVES, strict=True):
        rest = armature.data.bones[calf].matrix_local.inverted() @ armature.data.bones[foot].head_local
        off.append(np.linalg.norm((found[calf] @ [*rest, 1.0])[:, :3] - found[foot][:, :3, 3], axis=1).max())
    return float(max(off))


def strut(armature: bpy.types.Object, data: Path) -> bpy.types.Action:
    """Let it walk as in a real capture, with locked feet, from frame 1 on."""
    return captured(armature, data / "motions/xia_strut.bvh", 120, 0.05644)


def captured(
    armature: bpy.types.Object, bvh: Path, fps: int, scale: float = 1.0, part: slice = slice(None)
) -> bpy.types.Action:
    """Let it move as in a real capture, or as in a part of its samples, with locked feet, from frame 1 on."""
    before = set(bpy.data.objects)
    bpy.ops.import_anim.bvh(filepath=str(bvh), global_scale=scale)
    (source,) = set(bpy.data.objects) - before
    bpy.context.scene.render.fps = fps
    motion = armature_motion(source, bpy.context.scene)
    bpy.context.scene.render.fps = FPS
    whole = motion.clip
    times = whole.times[part]
    clip = replace(whole, times=times - times[0], positions=whole.positions[part], rotations=whole.rotations[part])
    keys = KeyOptions(sampling="FRAMES")
    mapping = TimeMapping(1.0, FPS)
    put_clip_on(armature, clip, mapping, RetargetOptions(), bvh.stem, keys, motion.bone_map, source)
    bpy.data.objects.remove(source)
    return armature.animation_data.action


def keys_of(armature: bpy.types.Object) -> dict[tuple[str, int], np.ndarray]:
    """Data path and index to (K, 2) the keys of the curve."""
    found = {}
    for channel, curve in curves_of(armature).items():
        values = np.empty(2 * len(curve.keyframe_points), np.float32)
        curve.keyframe_points.foreach_get("co", values)
        found[channel] = values.reshape(-1, 2)
    return found


def shaken(armature: bpy.types.Object, bones: tuple[str, ...], degrees: float, still: np.ndarray | None = None) -> None:
    """Turn the keys of bones at random, but for the first and the last one, and those at still frames, True in (F,)."""
    noise = np.random.default_rng(7)
    for (path, _), curve in curves_of(armature).items():
        if any(f'["{bone}"].rotation' in path for bone in bones):
            for number, key in list(enumerate(curve.keyframe_points))[1:-1]:
                by = noise.normal(0.0, np.radians(degrees) / 2.0)
                key.co.y += 0.0 if still is not None and still[number] else by
            curve.update()
