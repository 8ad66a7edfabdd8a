"""Smoothing chosen limbs in the Action of an armature object: its keys get other values, and nothing else changes."""

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any, cast

import bpy
import numpy as np

from ...motion.bones.humanoid import (
    ARM_SLOTS,
    FINGER_SLOTS,
    LEG_SLOTS,
    BoneMap,
    filled,
    mapped_slots,
    nearest_slots,
    slots_of,
)
from ...motion.feet.kept_feet import with_feet_kept
from ...motion.figures.figure import figure_of
from ...motion.own_motion_options import Limb
from ...motion.rotations import FloatArray, conjugate, rotate
from ...motion.skeleton import Skeleton
from ...motion.smoothing import calm_rotations, calm_vectors, jitter
from ...texts.faults import Fault
from ...texts.text import Sentence, Text
from ..armature_motion import armature_motion
from ..armatures import action_of, pose_of, skeleton_of
from ..bone_maps import bone_map_of
from ..keyed_motion import channels_of
from ..keys.keyframes import all_keyed_values, change_keys, curves_of, values_at
from ..keys.rotation_channels import rotation_path, rotation_values_from, rotations_of_values
from ..scene_values import scene_fps
from .own_action import FEET_MAY_SLIDE, frames_to_edit, free_legs, solved_values

_ARM = (*ARM_SLOTS, *FINGER_SLOTS)
LIMBS: Mapping[Limb, tuple[str, ...]] = {
    "left_arm": slots_of("left", _ARM),
    "right_arm": slots_of("right", _ARM),
    "left_leg": slots_of("left", LEG_SLOTS),
    "right_leg": slots_of("right", LEG_SLOTS),
    "spine": ("spine", "chest", "upper_chest"),
    "head": ("neck", "head"),
    "hips": ("hips",),
}
"""The slots of each limb, those nearest to the body first."""

_ENDS: Mapping[str, tuple[str, ...]] = {
    "arm": ("hand", "lower_arm"),
    "leg": ("foot", "lower_leg"),
    "spine": ("upper_chest", "chest", "spine"),
    "head": ("head", "neck"),
    "hips": ("hips",),
}
"""Slots at the end of a limb; the first one that has a bone counts."""

_LEAST_SPACING = 0.05  # frames between the samples that are smoothed


@dataclass(frozen=True)
class SmoothedLimbs:
    """The result of smoothing.

    Attributes:
        limbs: those that were smoothed: chosen ones that have keys.
        before: mean acceleration of the limbs' ends, metres a second squared.
        after: the same now.
        warnings: what people should look at, one sentence each.
    """

    limbs: tuple[Limb, ...]
    before: float
    after: float
    warnings: tuple[Sentence, ...]


def smooth_limbs(
    obj: bpy.types.Object, scene: bpy.types.Scene, limbs: Collection[Limb], seconds: float
) -> SmoothedLimbs:
    """Smooth the rotations of chosen limbs, and where the hips travel if they are chosen.

    The first and the last key stay. If legs or hips are chosen, feet that stand stay where they are: legs bend.

    Args:
        obj: the armature object, which has an Action with keyframes of bones.
        scene: its frame rate gives the seconds.
        limbs: what to smooth.
        seconds: standard deviation of the Gaussian.

    Raises:
        Fault: no limb is chosen, none of them has keys, or the Action can't be changed. Nothing has changed then.
    """
    if not limbs:
        raise Fault("No limb is chosen.", "Choose at least one limb.")
    frames_to_edit(obj)
    skeleton, bone_map = skeleton_of(obj), bone_map_of(obj)
    bones: set[str] = set()
    moving: list[Limb] = []
    for limb in LIMBS:
        keyed = _keyed_bones(obj, skeleton, bone_map, limb) if limb in limbs else set[str]()
        bones |= keyed
        if keyed:
            moving.append(limb)
    if not bones:
        raise Fault(
            Text("The chosen limbs of “{name}” have no keyframes.", name=obj.name),
            "Choose other limbs, or the bones of these in the bone map.",
        )
    before = _jitter(obj, scene, moving)
    frames = _frames(obj)
    values = values_at(obj, frames)
    width = seconds * scene_fps(scene) / float(frames[1] - frames[0])
    changed = _smoothed(obj, values, bones, width, moves="hips" in moving)
    warnings: tuple[Sentence, ...] = ()
    # a calmer leg no longer reaches where its foot stood, and calmer hips carry both feet along
    if any(limb == "hips" or limb.endswith("_leg") for limb in moving):
        kept = _with_feet_kept(obj, scene, skeleton, bone_map, frames, values, changed)
        warnings = (FEET_MAY_SLIDE,) if kept is None else ()
        changed = changed if kept is None else kept
    for (path, index), curve in curves_of(obj).items():
        if path in changed:
            change_keys(curve, frames, changed[path][:, index])
    cast("bpy.types.Action", action_of(obj)).update_tag()
    return SmoothedLimbs(tuple(moving), before, _jitter(obj, scene, moving), warnings)


def _keyed_bones(obj: bpy.types.Object, skeleton: Skeleton, bone_map: BoneMap, limb: Limb) -> set[str]:
    """Return the bones of a limb whose rotation has keys; fingers and what else hangs on an arm or leg included."""
    mapped, nearest = mapped_slots(bone_map), nearest_slots(skeleton, bone_map)
    paths = {path for (path, _), curve in curves_of(obj).items() if curve.keyframe_points}
    found: set[str] = set()
    for bone in pose_of(obj).bones:
        if rotation_path(bone) not in paths:
            continue
        of_limb = nearest[bone.name] in LIMBS[limb]
        if of_limb and (bone.name in mapped or limb.endswith(("_arm", "_leg"))):
            found.add(bone.name)
    return found


def _frames(obj: bpy.types.Object) -> FloatArray:
    """Return evenly spaced frames (F,) from the first to the last key: those of the keys if they are even and dense."""
    keys = np.unique(np.concatenate([frames for frames, _ in all_keyed_values(obj).values()]))
    spacing = np.diff(keys)
    spacing = spacing[spacing > _LEAST_SPACING]
    if not len(spacing):
        raise Fault(
            Text("The Action of “{name}” has keys at a single frame only.", name=obj.name), "Apply a motion to it."
        )
    # curves bend between sparse keys, so these are sampled at each frame
    step = min(1.0, float(np.median(spacing)))
    count = 1 + max(1, round(float(keys[-1] - keys[0]) / step))
    return np.linspace(float(keys[0]), float(keys[-1]), count, dtype=np.float64)


def _smoothed(
    obj: bpy.types.Object, values: Mapping[str, FloatArray], bones: Collection[str], width: float, *, moves: bool
) -> dict[str, FloatArray]:
    """Return data path to smoothed values (F, C) of the bones' rotations, and of locations if the hips are chosen."""
    counts = Counter(path for path, _ in curves_of(obj))
    found: dict[str, FloatArray] = {}
    for name in bones:
        bone = pose_of(obj).bones[name]
        path, location, mode = rotation_path(bone), bone.path_from_id("location"), bone.rotation_mode
        columns = values[path]
        # a rotation with channels that aren't keyed is no whole one, and only its numbers can be smoothed
        if counts[path] == columns.shape[1]:
            calm = calm_rotations(rotations_of_values(mode, columns), width)
            found[path] = rotation_values_from(mode, calm, columns[0])
        else:
            found[path] = calm_vectors(columns, width)
        if moves and location in values:
            found[location] = calm_vectors(values[location], width)
    return found


def _with_feet_kept(
    obj: bpy.types.Object,
    scene: bpy.types.Scene,
    skeleton: Skeleton,
    bone_map: BoneMap,
    frames: FloatArray,
    values: Mapping[str, FloatArray],
    changed: Mapping[str, FloatArray],
) -> dict[str, FloatArray] | None:
    """Return the changed values with standing feet where they were; None if they can't be held."""
    legs = free_legs(obj, bone_map)
    before, after = channels_of(obj, values, frames), channels_of(obj, {**values, **changed}, frames)
    if legs is None or before is None or after is None:
        return None
    times = (frames - frames[0]) / scene_fps(scene)
    figure = figure_of(replace(skeleton, world=before[1][0]), bone_map, "object")
    kept = with_feet_kept(figure, before[0], after[0], before[1], times)
    return {**changed, **solved_values(obj, [*legs, bone_map.bones()["hips"]], kept, after[0], values)}


def _jitter(obj: bpy.types.Object, scene: bpy.types.Scene, limbs: Collection[Limb]) -> float:
    """Return the mean acceleration of the limbs' ends, as Blender evaluates them, metres a second squared."""
    motion = armature_motion(obj, scene)
    clip, skeleton = motion.clip, motion.clip.skeleton
    slots = motion.bone_map.indices_in(skeleton.indices)
    ends: list[FloatArray] = []
    for limb in limbs:
        side, _, part = limb.rpartition("_")
        names = [f"{side}_{slot}" if side else slot for slot in _ENDS[part]]
        bones = filled(slots, names)
        if bones:
            bone = bones[0]
            rest = skeleton.rest_rotations[bone]
            arm = cast("Any", skeleton.world[:3, :3]) @ (skeleton.tails[bone] - skeleton.rest[bone, :3, 3])
            arm = rotate(conjugate(rest), arm) * (limb != "hips")
            ends.append(clip.positions[:, bone] + rotate(clip.rotations[:, bone], arm))
    return jitter(np.stack(ends, axis=1), clip.fps) if ends else 0.0
