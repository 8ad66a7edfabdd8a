"""The motion of an Action that is an asset, read from its keys and the skeleton that is stored on it."""

import math
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import bpy
import numpy as np

from ..motion.forward_kinematics import posed
from ..motion.pose_motion import PoseMotion, RetargetReport
from ..motion.rotations import FloatArray, to_matrix
from ..motion.skeleton import Clip
from ..motion.time_mapping import TimeMapping
from ..texts.faults import Fault
from ..texts.text import Text
from .armature_motion import ArmatureMotion, in_world
from .armatures import OF_A_BONE
from .asset_skeleton import AssetSkeleton, kept_skeleton
from .keyed_motion import KeyedPoses
from .keys.keyframes import curves_in
from .keys.rotation_channels import rotation_property, rotations_of_values

_WIDTHS = {"location": 3, "scale": 3, "rotation_euler": 3, "rotation_quaternion": 4, "rotation_axis_angle": 4}
_MOST_FRAMES = 100_000


@contextmanager
def loaded_action(name: str, library: str) -> Generator[bpy.types.Action]:
    """Give an Action for the duration of the block.

    Args:
        name: of the Action.
        library: the .blend file that it is loaded from, and removed again after the block; '' for this file.

    Raises:
        Fault: there is no such Action, or the file can't be read.
    """
    if not library:
        if (found := bpy.data.actions.get((name, None))) is None:  # pyright: ignore[reportArgumentType] -- not a linked one
            raise _none(name, "this file")
        yield found
        return
    file, known = Path(library).name, set(bpy.data.libraries)
    try:
        with cast("Any", bpy.data.libraries).load(library, link=False) as (there, here):
            here.actions = [name] if name in there.actions else []
    except OSError as error:
        raise Fault(
            Text("“{file}” can't be read.", file=file), "Look whether the file of this asset is still there."
        ) from error
    if not here.actions:
        raise _none(name, file)
    action = cast("bpy.types.Action", here.actions[0])
    try:
        yield action
    finally:
        bpy.data.batch_remove([action, *(set(bpy.data.libraries) - known)])  # 5.3 keeps where it comes from


def _none(name: str, file: str) -> Fault:
    return Fault(Text("There is no Action “{name}” in {file}.", name=name, file=file), "Choose another asset.")


def asset_motion(action: bpy.types.Action, fps: float) -> ArmatureMotion:
    """Return the motion of an Action on whole frames.

    Args:
        action: with a stored skeleton.
        fps: frames per second of the timeline.

    Raises:
        Fault: it stores no skeleton, or its keys make no motion.
    """
    kept = kept_skeleton(action)
    if kept is None:
        raise Fault(
            Text("The Action “{name}” doesn't contain the skeleton that it was made for.", name=action.name),
            "Append its character, then use Retarget from Armature.",
        )
    first, last = (float(frame) for frame in action.frame_range)
    if not 0.0 < last - first < _MOST_FRAMES:
        raise _motionless(action)
    frames = np.arange(math.floor(first), math.ceil(last) + 1, dtype=np.float64)
    found = in_world(asset_poses(action, kept, frames))
    if found is None:
        raise _motionless(action)
    clip = Clip(
        skeleton=replace(kept.skeleton, world=found.world),
        times=(frames - frames[0]) / fps,
        fps=fps,
        positions=found.heads,
        rotations=found.rotations,
    )
    return ArmatureMotion(clip, TimeMapping(float(frames[0]), fps), kept.bone_map)


def _motionless(action: bpy.types.Action) -> Fault:
    return Fault(Text("The Action “{name}” contains no motion.", name=action.name), "Choose another asset.")


def asset_poses(action: bpy.types.Action, kept: AssetSkeleton, frames: FloatArray) -> KeyedPoses:
    """Return the poses that an Action gives its skeleton at timeline frames (F,); unkeyed channels are at rest."""
    bones: dict[str, dict[str, FloatArray]] = {}
    own: dict[str, FloatArray] = {}
    for curve in curves_in(action):
        found = OF_A_BONE.match(curve.data_path)
        name = found[2] if found is not None else curve.data_path
        if curve.array_index >= _WIDTHS.get(name, 0):
            continue  # of a switch, say
        of = bones.setdefault(bpy.utils.unescape_identifier(found[1]), {}) if found is not None else own
        columns = of.setdefault(name, _at_rest(name, len(frames)))
        columns[:, curve.array_index] = [curve.evaluate(frame) for frame in frames]
    skeleton = kept.skeleton
    turned = [
        rotations_of_values(mode, of[rotation_property(mode)])
        if rotation_property(mode) in (of := bones.get(name, {}))
        else np.tile((1.0, 0.0, 0.0, 0.0), (len(frames), 1))
        for name, mode in zip(skeleton.names, kept.modes, strict=True)
    ]
    motion = PoseMotion(
        times=frames,
        fps=0.0,
        bones=skeleton.names,
        rotations=np.stack(turned, axis=1),
        locations={name: of["location"] for name, of in bones.items() if "location" in of},
        unmoved=(),
        report=RetargetReport(1.0, 0.0),
    )
    return KeyedPoses(posed(skeleton, motion), _worlds(kept, own, len(frames)))


def _at_rest(name: str, count: int) -> FloatArray:
    values = np.zeros((count, _WIDTHS[name]))
    if name == "scale":
        values[:] = 1.0
    elif name == "rotation_quaternion":
        values[:, 0] = 1.0
    return values


def _worlds(kept: AssetSkeleton, own: dict[str, FloatArray], count: int) -> FloatArray:
    """Return (F, 4, 4) object-to-world matrices: where the object stood, or where its keys put it."""
    if not own:
        return np.broadcast_to(kept.skeleton.world, (count, 4, 4))
    basis = np.tile(np.linalg.inv(kept.above) @ kept.skeleton.world, (count, 1, 1))
    scales: FloatArray = np.linalg.norm(basis[:, :3, :3], axis=-2)
    turns = basis[:, :3, :3] / scales[:, None]
    if (values := own.get(rotation_property(kept.mode))) is not None:
        turns = to_matrix(rotations_of_values(kept.mode, values))
    basis[:, :3, :3] = turns * own.get("scale", scales)[:, None]
    basis[:, :3, 3] = own.get("location", basis[:, :3, 3])
    return kept.above @ basis
