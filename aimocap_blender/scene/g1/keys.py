"""Motions of the G1 as keyframes of its rig, and back."""

from dataclasses import replace
from typing import cast

import bpy
import numpy as np

from ...motion import rotations
from ...motion.g1.model import G1Model, g1_model
from ...motion.g1.motion import G1Motion, checked_g1_motion
from ...motion.g1.other_hands import OtherHands
from ...motion.rotations import FloatArray
from ...motion.time_mapping import TimeMapping
from ...texts.faults import Fault
from ...texts.text import Text
from ..armatures import action_of, drivers_of
from ..isolated_evaluation import isolated
from ..keys.keyframes import Channel, PreviousAction, curves_of, keyed_frames, keyed_values, write_action
from ..keys.pose_keys import FPS_PROPERTY, wrapped
from .rig import ROOT_BONE, model_of, variant_of

MAPPING_PROPERTY = "aimocap_time_mapping"
"""Custom property of an Action: the `TimeMapping` from the motion's seconds to timeline frames."""

HANDS_PROPERTY = "aimocap_hand_joints"
"""Custom property of an Action: the names of the joints of other hands that it has, with spaces between them."""

_SAME = 1e-5  # rad and metres: rounding of single-precision matrices
_SAME_FRAME = 0.01  # Blender merges keys that are closer


def apply_g1_motion(
    rig: bpy.types.Object,
    motion: G1Motion,
    mapping: TimeMapping,
    name: str,
    previous: PreviousAction = "PUSH_DOWN",
) -> bpy.types.Action:
    """Put a motion onto a G1 rig as a new Action: 7 channels of the root, and one for each joint.

    Only joints that both the rig and the motion have are keyed; the rig's others stay as they are. Those of other hands
    are custom properties of the rig.

    Args:
        rig: made by `add_g1_rig`.
        motion: what to key; its fps is stored on the Action as the custom property `aimocap_fps`.
        mapping: the motion's seconds to timeline frames.
        name: of the Action; Blender appends a number if it is taken.
        previous: what happens to the rig's previous Action, see `write_action`.

    Raises:
        Fault: not such a rig, one of another robot, or it can't be animated. Nothing has changed then.
    """
    robot, other = model_of(rig).robot, motion.model.robot
    if robot.id != other.id:
        raise Fault(
            Text(
                "The motion is for a {robot}, and “{rig}” is a {other}.",
                robot=other.name,
                rig=rig.name,
                other=robot.name,
            ),
            "Select a rig of the motion's robot, or none for a new one.",
        )
    # joints that the rig lacks are left out, as `joints_left_out` tells
    present = {ROOT_BONE, *model_of(rig).joint_names}
    values = np.concatenate([motion.root_pos, motion.root_quat, motion.dof_pos], axis=1)
    channels: list[Channel] = []
    for (path, index, group), column in zip(_channels(motion.model), values.T, strict=True):
        if group in present:
            channels.append(Channel(path, index, group, column))
    if motion.hands is not None:
        for joint, angles in zip(motion.hands.names, motion.hands.angles.T, strict=True):
            channels.append(Channel(_path(joint), 0, "Hands", angles))
    action = write_action(rig, name, mapping.frames(motion.times), channels, previous=previous)
    if motion.hands is not None:
        action[HANDS_PROPERTY] = " ".join(motion.hands.names)
        # a curve of a property that isn't there plays nothing, and the Graph Editor shows it in red
        for joint in set(motion.hands.names) - set(rig.keys()):
            rig[joint] = 0.0
    action[FPS_PROPERTY] = motion.fps
    action[MAPPING_PROPERTY] = mapping.to_json()
    return action


def g1_motion_of(rig: bpy.types.Object) -> G1Motion:
    """Return the motion in a G1 rig's Action, including edits: the inverse of `apply_g1_motion`.

    Samples lie at the motion's own fps from the first key to the last, in the motion's order (a reversed strip is
    reversed back). Between keys the curves are evaluated as Blender does, and a channel without a curve has the rig's
    current value. The joints are the rig's.

    Raises:
        Fault: not a G1 rig, or no Action with a G1 motion.
        Fault: the curves contain invalid values, such as a quaternion of length 0.
    """
    model = model_of(rig)
    fps = float(cast("float", motion_action(rig)[FPS_PROPERTY]))
    curves = _keyed_curves(rig)
    # read once a curve: hands and joints ask for the same ones
    keys = {key: keyed_values(curve) for key, curve in curves.items()}
    frames = sample_frames(rig)
    channels = _channels(model)
    columns = np.empty((len(frames), len(channels)))
    for column, (path, index, _) in enumerate(channels):
        if (path, index) in keys:
            columns[:, column] = _sampled(curves[path, index], *keys[path, index], frames)
        else:
            columns[:, column] = _present_value(rig, path, index)
    quat = columns[:, 3:7]
    length = np.linalg.norm(quat, axis=1, keepdims=True)
    # edited curves may not be unit
    unit = np.divide(quat, length, out=quat.copy(), where=length > 0.0)
    motion = checked_g1_motion(fps, columns[:, :3], unit, columns[:, 7:], variant_of(rig) or "29dof")
    hands: dict[str, FloatArray] = {}
    for name in str(motion_action(rig).get(HANDS_PROPERTY, "")).split():
        # a finger whose keys someone deleted is not of the motion any more
        key = (_path(name), 0)
        if key in keys:
            hands[name] = _sampled(curves[key], *keys[key], frames)
    return replace(motion, hands=OtherHands(tuple(hands), np.stack([*hands.values()], axis=1)) if hands else None)


def evaluated_g1_motion(rig: bpy.types.Object) -> G1Motion:
    """Return the motion as seen: the Action's, exactly, except where constraints or drivers change it.

    Raises:
        Fault: as of `g1_motion_of`.
    """
    motion = g1_motion_of(rig)
    return _evaluated(rig, motion) if _is_constrained(rig) else motion


def _is_constrained(rig: bpy.types.Object) -> bool:
    """Return whether an active constraint or a driver moves a rig's bones, besides the Action."""
    if drivers_of(rig):
        return True
    for bone in cast("bpy.types.Pose", rig.pose).bones:
        acting = [constraint for constraint in bone.constraints if not constraint.mute]
        if acting:
            return True
    return False


def joints_left_out(rig: bpy.types.Object, motion: G1Motion) -> tuple[str, ...]:
    """Return the joints that a motion moves and a G1 rig lacks."""
    present = set(model_of(rig).joint_names)
    moves = (motion.dof_pos != 0.0).any(axis=0).tolist()
    joints = zip(motion.model.joint_names, moves, strict=True)
    return tuple(joint for joint, is_moved in joints if is_moved and joint not in present)


def hands_in_use(rig: bpy.types.Object) -> bool:
    """Return whether any hand joint of a G1 rig is keyed or not at 0."""
    only = set(model_of(rig).joint_names) - set(g1_model().joint_names)
    keyed = _keyed_curves(rig)
    for path, index, group in _channels(model_of(rig)):
        if group in only and ((path, index) in keyed or _present_value(rig, path, index) != 0.0):
            return True
    return False


def motion_action(rig: bpy.types.Object) -> bpy.types.Action:
    """Return the rig's Action that holds a G1 motion.

    Raises:
        Fault: there is none.
    """
    action = action_of(rig)
    if action is None or not _keyed_curves(rig) or FPS_PROPERTY not in action or MAPPING_PROPERTY not in action:
        raise Fault(
            Text("“{rig}” has no Action with a G1 motion.", rig=rig.name),
            "Capture or import a motion, or choose its Action in the Action Editor.",
        )
    return action


def sample_frames(rig: bpy.types.Object) -> FloatArray:
    """Return (F,) timeline frames of the samples of `g1_motion_of`, in their order.

    Raises:
        Fault: no Action with a G1 motion.
    """
    action = motion_action(rig)
    mapping = TimeMapping.from_json(dict(cast("dict[str, float]", action[MAPPING_PROPERTY])))
    keyed = keyed_frames(_keyed_curves(rig).values())
    first, last = keyed.min(), keyed.max()
    # whoever moved keys changed the motion's length and not its rate
    step = abs(mapping.frames_per_second) / float(cast("float", action[FPS_PROPERTY]))
    frames = first + step * np.arange(round((last - first) / step) + 1, dtype=np.float64)
    # a reversed strip plays the motion from its end
    return frames[::-1] if mapping.frames_per_second < 0.0 else frames


def _keyed_curves(rig: bpy.types.Object) -> dict[tuple[str, int], bpy.types.FCurve]:
    return {key: curve for key, curve in curves_of(rig).items() if len(curve.keyframe_points)}


def _channels(model: G1Model) -> list[tuple[str, int, str]]:
    """Return data path, index and group (the bone) of a motion's channels, ordered as MuJoCo's qpos."""
    root = f'pose.bones["{ROOT_BONE}"].'
    found: list[tuple[str, int, str]] = []
    for name, count in (("location", 3), ("rotation_quaternion", 4)):
        found += [(f"{root}{name}", index, ROOT_BONE) for index in range(count)]
    for joint in model.joints:
        found.append((f'pose.bones["{joint.name}"].rotation_euler', joint.axis_index, joint.name))
    return found


def _path(name: str) -> str:
    """Return the data path of a custom property."""
    return f'["{name}"]'


def _sampled(curve: bpy.types.FCurve, keyed: FloatArray, values: FloatArray, frames: FloatArray) -> FloatArray:
    """Return a curve's values at frames: exact key values where there are keys, interpolated elsewhere."""
    nearest = np.searchsorted((keyed[1:] + keyed[:-1]) / 2.0, frames)
    result = values[nearest]
    for index in np.flatnonzero(np.abs(keyed[nearest] - frames) > _SAME_FRAME):
        result[index] = curve.evaluate(float(frames[index]))
    return result


def _present_value(rig: bpy.types.Object, path: str, index: int) -> float:
    return cast("float", rig.path_resolve(f"{path}[{index}]"))


def _evaluated(rig: bpy.types.Object, motion: G1Motion) -> G1Motion:
    """Take what differs from the Action's motion from Blender's evaluation; keep the rest bit for bit."""
    model = motion.model
    names = (ROOT_BONE, *model.joint_names)
    with isolated(rig) as alone:
        matrices = alone.along(sample_frames(rig), alone.rows(names))
    pos, quat = motion.root_pos.copy(), motion.root_quat.copy()
    # Blender's matrices are in single precision: where they only differ by that, the Action's own numbers stay
    shown = rotations.normalise(rotations.from_matrix(matrices[:, 0, :3, :3]))
    moved = np.abs(matrices[:, 0, :3, 3] - pos).max(axis=1) > _SAME
    rotated = 1.0 - np.abs(rotations.dot(shown, quat)) > _SAME**2
    pos[moved], quat[rotated] = matrices[moved, 0, :3, 3], shown[rotated]
    dof = motion.dof_pos.copy()
    for index, joint in enumerate(model.joints):
        parent = matrices[:, model.parents[index + 1], :3, :3]
        # a joint's angle is how far its body is turned in the parent's, beyond the rest pose
        local = rotations.from_matrix(np.swapaxes(parent, 1, 2) @ matrices[:, index + 1, :3, :3])
        rest = rotations.normalise(np.array(joint.quat))
        hinge = rotations.multiply(rotations.conjugate(rest), local)
        angle = 2.0 * np.arctan2(hinge[:, 1 + joint.axis_index], hinge[:, 0])
        off = wrapped(angle - dof[:, index])
        dof[:, index] += np.where(np.abs(off) > _SAME, off, 0.0)
    return replace(motion, root_pos=pos, root_quat=rotations.continuous(quat), dof_pos=dof)
