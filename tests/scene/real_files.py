"""Real motions and characters in the scene as plain arrays, read from evaluated poses by the tests' own code."""

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import bpy
import numpy as np
from mathutils import Matrix

from aimocap_blender.motion.pose_motion import PoseMotion
from aimocap_blender.motion.skeleton import BoneOptions, Clip, Skeleton


def load(path: Path, scratch: Path) -> bpy.types.Object:
    """Empty the scene and bring a file's armature into it; no animation is left on it."""
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
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


def without_meshes(obj: bpy.types.Object) -> bpy.types.Object:
    """The armature alone: deforming meshes is what takes most time."""
    for other in [other for other in bpy.data.objects if other.type == "MESH"]:
        bpy.data.objects.remove(other)
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


def shifted(clip: Clip, fps: float) -> Clip:
    """The same samples at another rate."""
    return Clip(clip.skeleton, clip.times * clip.fps / fps, fps, clip.positions, clip.rotations)


_motions: dict[tuple[Path, int, int], Motion] = {}


def motion(path: Path, scratch: Path, most: int = 120, first: int = 0) -> Motion:
    """A file's motion, so many of its frames, from its first or a later one on; kept for the next test."""
    wanted = (path, most, first)
    if wanted not in _motions:
        if path.suffix == ".bvh":
            part = bvh_part(path, scratch / path.name, slice(first, first + most))
            obj, first = load(part, scratch), 0
        else:
            obj = load(path, scratch)
        start, last = (round(edge) for edge in obj.animation_data.action.frame_range)
        _motions[wanted] = Motion(sample(obj, range(start + first, min(last, start + first + most - 1) + 1)))
    return _motions[wanted]


def bvh_part(path: Path, part: Path, frames: slice) -> Path:
    """Write some of a BVH file's frames, an even step apart, as another: Blender takes long to read thousands."""
    above, motion, below = path.read_text(encoding="utf-8").partition("MOTION")
    _, time, *lines = below.strip().splitlines()
    label, _, seconds = time.partition(":")
    chosen = [line for line in lines if line.strip()][frames]
    header = [above + motion, f"Frames: {len(chosen)}", f"{label}: {float(seconds) * (frames.step or 1):.9g}"]
    part.write_text("\n".join([*header, *chosen, ""]), encoding="utf-8")
    return part


def composed_heads(rest: Skeleton, result: PoseMotion) -> dict[str, np.ndarray]:
    """(F, 3) world heads of all bones."""
    world = composed(rest, result)
    return {name: world[number, :, :3, 3] for number, name in enumerate(rest.names)}


def composed_clip(rest: Skeleton, result: PoseMotion) -> Clip:
    """The pose of an armature with a result's channels as a motion to go on from."""
    world = np.moveaxis(composed(rest, result), 0, 1)
    turns = [[list(Matrix(bone.tolist()).to_quaternion()) for bone in frame] for frame in world]
    return Clip(rest, result.times, result.fps, world[..., :3, 3], np.array(turns))


def composed(rest: Skeleton, result: PoseMotion) -> np.ndarray:
    """(B, F, 4, 4) world matrices of all bones: multiplied as Blender documents it, all frames at once."""
    count = len(result.times)
    w, x, y, z = np.moveaxis(result.rotations, -1, 0)
    turns = np.array(
        [
            [1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)],
            [2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)],
            [2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)],
        ]
    )
    basis = {bone: np.moveaxis(turns[:, :, :, place], -1, 0) for place, bone in enumerate(result.bones)}
    posed = np.empty((len(rest.names), count, 4, 4))
    for number, name in enumerate(rest.names):
        parent, option = int(rest.parents[number]), rest.options[number]
        hangs = np.tile(rest.rest[number], (count, 1, 1))
        axes = hangs if option.local_location else np.tile(np.eye(4), (count, 1, 1))
        if parent >= 0:
            hangs = posed[parent] @ np.linalg.inv(rest.rest[parent]) @ rest.rest[number]
            axes = hangs if option.local_location else posed[parent]
        pose = hangs.copy()
        if not option.inherit_rotation:
            pose[:, :3, :3] = rest.rest[number, :3, :3]
        if name in basis:
            pose[:, :3, :3] = pose[:, :3, :3] @ basis[name]
        if name in result.locations and not (option.connected and parent >= 0):
            pose[:, :3, 3] += (axes[:, :3, :3] @ result.locations[name][:, :, None])[:, :, 0]
        posed[number] = pose
    return np.asarray(rest.world @ posed)


def posed_heads(obj: bpy.types.Object, result: PoseMotion, frames: Sequence[int]) -> Mapping[str, np.ndarray]:
    """(len(frames), 3) world heads of all bones, as Blender poses the armature with a result's channels."""
    for bone in obj.pose.bones:
        bone.rotation_mode = "QUATERNION"
        bone.matrix_basis.identity()
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


def turn_to_match(ours: np.ndarray, theirs: np.ndarray) -> np.ndarray:
    """(3, 3) the one turn about the vertical that brings all of `ours` (..., 3) nearest to `theirs`."""
    sine = (ours[..., 0] * theirs[..., 1] - ours[..., 1] * theirs[..., 0]).sum()
    cosine = (ours[..., :2] * theirs[..., :2]).sum()
    angle = np.arctan2(sine, cosine)
    c, s = np.cos(angle), np.sin(angle)
    return np.array([[c, -s, 0.0], [s, c, 0.0], [0.0, 0.0, 1.0]])


def torso(heads: Mapping[str, np.ndarray], bones: Mapping[str, str]) -> np.ndarray:
    """(F, 3) from the hips to the neck; from between the legs where the hips' bone is far from them, on the floor.

    Args:
        heads: bone to (F, 3).
        bones: slot to bone.
    """
    hip, knee, ankle = (heads[bones[f"left_{joint}"]] for joint in ("upper_leg", "lower_leg", "foot"))
    between = (hip + heads[bones["right_upper_leg"]]) / 2.0
    off = np.linalg.norm(between - heads[bones["hips"]], axis=-1).mean()
    leg = (np.linalg.norm(knee - hip, axis=-1) + np.linalg.norm(ankle - knee, axis=-1)).mean()
    return np.asarray(heads[bones["neck"]] - (between if off > leg / 2.0 else heads[bones["hips"]]))


def turns_apart(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Degrees between the rotations of matrices (F, 4, 4)."""
    axes = [matrices[:, :3, :3] / np.linalg.norm(matrices[:, :3, :3], axis=1, keepdims=True) for matrices in (a, b)]
    return np.degrees(2.0 * np.arcsin(np.minimum(np.linalg.norm(axes[0] - axes[1], axis=(1, 2)) / np.sqrt(8.0), 1.0)))


def cm_apart(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return np.linalg.norm(a[:, :3, 3] - b[:, :3, 3], axis=1) * 100.0


def planted_steps(
    heads: Mapping[str, np.ndarray], bones: Mapping[str, str], side: str, times: np.ndarray
) -> np.ndarray:
    """(F - 1,) whether foot and toes of the source, sized as a man, stand: slow, low, for a tenth of a second."""
    hip, ankle = (heads[bones[f"{side}_{joint}"]] for joint in ("upper_leg", "foot"))
    size = 0.85 / np.linalg.norm(ankle - hip, axis=-1).max()
    planted = np.ones(len(times) - 1, dtype=bool)
    for joint in ("foot", "toes"):
        if f"{side}_{joint}" in bones:
            path = heads[bones[f"{side}_{joint}"]] * size
            low = path[:, 2] < path[:, 2].min() + 0.03
            planted &= np.linalg.norm(np.diff(path, axis=0), axis=-1) / np.diff(times) < 0.02
            planted &= low[1:] & low[:-1]
    edges = np.flatnonzero(np.diff(np.concatenate([[0], planted, [0]])))
    for start, stop in edges.reshape(-1, 2):
        planted[start:stop] &= times[stop] - times[start] >= 0.1 - 1e-6
    return planted


def thinned(clip: Clip) -> Clip:
    """Less than 200 of its samples, a frame apart: a motion of 100 or 120 samples a second runs nearly in real time."""
    step = 1 + len(clip.times) // 200
    positions, rotations = clip.positions[::step], clip.rotations[::step]
    return replace(clip, times=clip.times[: len(positions)], positions=positions, rotations=rotations)
