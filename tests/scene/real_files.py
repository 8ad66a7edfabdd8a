"""Real motions and characters in the scene as plain arrays, read from evaluated poses by the tests' own code."""

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import bpy
import numpy as np

from aimocap_blender.motion.pose_motion import PoseMotion
from aimocap_blender.motion.skeleton import BoneOptions, Clip, Skeleton


def load(path: Path, scratch: Path) -> bpy.types.Object:
    """Empty the scene and bring a file's armature into it; no animation is left on it."""
    bpy.ops.wm.read_factory_settings(use_empty=True)
    if path.suffix == ".blend":
        with bpy.data.libraries.load(str(path)) as (theirs, ours):
            ours.objects = theirs.objects
        for obj in ours.objects:
            bpy.context.scene.collection.objects.link(obj)
    elif path.suffix in (".glb", ".vrm"):
        copy = scratch / f"{path.stem}.glb"
        shutil.copyfile(path, copy)
        bpy.ops.import_scene.gltf(filepath=str(copy))
    elif path.suffix == ".bvh":
        bpy.ops.import_anim.bvh(filepath=str(path))
    else:
        bpy.ops.import_scene.fbx(filepath=str(path))
    return next(obj for obj in bpy.data.objects if obj.type == "ARMATURE")


def at_rest(obj: bpy.types.Object) -> bpy.types.Object:
    """The armature without animation, constraints and pose."""
    for other in bpy.data.objects:
        other.animation_data_clear()
    for bone in obj.pose.bones:
        bone.matrix_basis.identity()
    bpy.context.view_layer.update()
    return obj


def skeleton(obj: bpy.types.Object) -> Skeleton:
    """The armature as the motion room wants it, children after parents, depth first."""
    order: list[bpy.types.Bone] = []

    def visit(bone: bpy.types.Bone) -> None:
        order.append(bone)
        for child in bone.children:
            visit(child)

    for bone in obj.data.bones:
        if bone.parent is None:
            visit(bone)
    place = {bone.name: number for number, bone in enumerate(order)}
    return Skeleton(
        names=tuple(place),
        parents=np.array([place[bone.parent.name] if bone.parent else -1 for bone in order]),
        rest=np.array([[list(row) for row in bone.matrix_local] for bone in order]),
        tails=np.array([list(bone.tail_local) for bone in order]),
        world=np.array([list(row) for row in obj.matrix_world]),
        options=tuple(
            BoneOptions(bone.use_inherit_rotation, bone.use_local_location, bone.use_connect, bone.use_deform)
            for bone in order
        ),
    )


def sample(obj: bpy.types.Object, frames: Sequence[int]) -> Clip:
    """The armature's motion at frames of the scene."""
    rest = skeleton(obj)
    scene = bpy.context.scene
    positions, rotations = [], []
    for frame in frames:
        scene.frame_set(frame)
        positions.append([list(obj.matrix_world @ obj.pose.bones[name].head) for name in rest.names])
        rotations.append(
            [list((obj.matrix_world @ obj.pose.bones[name].matrix).to_quaternion()) for name in rest.names]
        )
    fps = scene.render.fps / scene.render.fps_base
    times = (np.array(frames, dtype=float) - frames[0]) / fps
    return Clip(rest, times, fps, np.array(positions), np.array(rotations))


@dataclass(frozen=True)
class Motion:
    """A real motion, sampled."""

    clip: Clip

    def head(self, bone: str) -> np.ndarray:
        """(F, 3) of a bone."""
        return self.clip.positions[:, self.clip.skeleton.names.index(bone)]


@cache
def motion(path: Path, scratch: Path, most: int = 120) -> Motion:
    """A file's motion, its first frames."""
    obj = load(path, scratch)
    first, last = (round(edge) for edge in obj.animation_data.action.frame_range)
    return Motion(sample(obj, range(first, min(last, first + most - 1) + 1)))


def posed_heads(obj: bpy.types.Object, result: PoseMotion, frames: Sequence[int]) -> Mapping[str, np.ndarray]:
    """(len(frames), 3) world heads of all bones, as Blender poses the armature with a result's channels."""
    for bone in obj.pose.bones:
        bone.rotation_mode = "QUATERNION"
    heads: dict[str, list[list[float]]] = {bone.name: [] for bone in obj.pose.bones}
    for frame in frames:
        for place, name in enumerate(result.bones):
            obj.pose.bones[name].rotation_quaternion = result.rotations[frame, place]
        for name, channel in result.locations.items():
            obj.pose.bones[name].location = channel[frame]
        bpy.context.view_layer.update()
        for bone in obj.pose.bones:
            heads[bone.name].append(list(obj.matrix_world @ bone.head))
    return {name: np.array(track) for name, track in heads.items()}


def degrees_apart(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Angles between vectors (..., 3)."""
    return np.degrees(np.arctan2(np.linalg.norm(np.cross(a, b), axis=-1), (a * b).sum(axis=-1)))


def turned_to_match(ours: np.ndarray, theirs: np.ndarray) -> np.ndarray:
    """`ours` (N, 3) turned about the vertical by the one angle that brings all of it nearest to `theirs`."""
    sine = (ours[:, 0] * theirs[:, 1] - ours[:, 1] * theirs[:, 0]).sum()
    cosine = (ours[:, :2] * theirs[:, :2]).sum()
    angle = np.arctan2(sine, cosine)
    c, s = np.cos(angle), np.sin(angle)
    return ours @ np.array([[c, -s, 0.0], [s, c, 0.0], [0.0, 0.0, 1.0]]).T
