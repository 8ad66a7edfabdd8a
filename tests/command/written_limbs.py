"""Limbs of a written file's armature over its frames, as Blender shows them when the file is opened or imported."""

from pathlib import Path
from typing import Any, cast

import bpy
import numpy as np

from tests.blender_parts import action_of, pose_of, the_armature

Limbs = dict[str, np.ndarray]
"""Bone to its direction from head to the head of its only child, (F, 3) unit vectors of the world."""


def limbs_in(file: Path) -> Limbs:
    """Of the armature in a .blend, FBX, BVH or glTF file, at each frame of its Action."""
    if file.suffix == ".blend":
        bpy.ops.wm.open_mainfile(filepath=str(file), load_ui=False)
    else:
        fps, base = bpy.context.scene.render.fps, bpy.context.scene.render.fps_base
        bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
        bpy.context.scene.render.fps, bpy.context.scene.render.fps_base = fps, base
        _import(file)
    armature = the_armature()
    bones = pose_of(armature).bones
    first, last = (round(frame) for frame in action_of(armature).frame_range)
    heads: dict[str, list[Any]] = {bone.name: [] for bone in bones}
    for frame in range(first, last + 1):
        bpy.context.scene.frame_set(frame)
        for bone in bones:
            heads[bone.name].append(armature.matrix_world @ bone.head)
    at = {name: np.array(rows) for name, rows in heads.items()}
    only = {bone.name: bone.children[0].name for bone in bones if len(bone.children) == 1}
    spans = {name: at[child] - at[name] for name, child in only.items()}
    lengths = {name: np.linalg.norm(span, axis=1, keepdims=True) for name, span in spans.items()}
    return {name: span / lengths[name] for name, span in spans.items() if lengths[name].min() > 0.01}


def limbs_apart(one: Limbs, other: Limbs) -> float:
    """Degrees by which the limbs are apart at most, at any frame."""
    common = sorted(set(one) & set(other))
    assert len(common) >= 8, (sorted(one), sorted(other))
    frames = {len(limbs[name]) for limbs in (one, other) for name in common}
    assert len(frames) == 1, frames
    cosines = np.array([np.einsum("fi,fi->f", one[name], other[name]) for name in common])
    sines = np.array([np.linalg.norm(np.cross(one[name], other[name]), axis=1) for name in common])
    return float(np.degrees(np.arctan2(sines, cosines)).max())


def _import(file: Path) -> None:
    ops = cast("Any", bpy.ops)
    if file.suffix == ".fbx":
        ops.import_scene.fbx(filepath=str(file))
    elif file.suffix == ".bvh":
        ops.import_anim.bvh(filepath=str(file), update_scene_fps=True)
    else:
        ops.import_scene.gltf(filepath=str(file))
