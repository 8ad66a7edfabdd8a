"""Keying a motion on a rig with constraints or drivers: switches are set, keys checked against Blender's result."""

from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import cast

import bpy

from ...motion.bones.humanoid import Switch
from ...motion.control_rig import ControlRig
from ...motion.pose_motion import PoseMotion
from ...motion.time_mapping import TimeMapping
from ..armatures import pose_of
from ..keys.failed_writing import restored_on_failure
from ..keys.keyframes import curves_of
from ..keys.pose_keys import EACH_SAMPLE, KeyOptions, write_pose_motion
from .rig_solving import SolvedMotion, solve
from .rig_state import in_pose_position, set_switch, switch_path, switch_problem


def write_rig_motion(
    obj: bpy.types.Object,
    rig: ControlRig,
    motion: PoseMotion,
    mapping: TimeMapping,
    name: str,
    keys: KeyOptions,
    switches: Sequence[Switch],
) -> tuple[bpy.types.Action, SolvedMotion]:
    """Put a motion onto a new Action of an armature object whose constraints or drivers also move its bones.

    Args:
        obj: the armature object.
        rig: the measured rig.
        motion: a motion of the rig's body.
        mapping: the motion's seconds to timeline frames.
        name: of the Action; Blender appends a number if it is taken.
        keys: the user's choices for keyframes.
        switches: properties that must be set for the motion's bones to move the rig; those that can be set are keyed.

    Raises:
        Fault: the object can't be animated. Nothing has changed then, or after any other error.
    """
    wanted = rig.wanted(motion)
    channels = rig.channels(motion, wanted)
    frames = mapping.frames(motion.times)
    writing = _Writing(obj, mapping, name, tuple(switches), float(frames.min()))
    with restored_on_failure(obj), _switches_restored_on_failure(obj, switches):
        writing.write(channels, replace(EACH_SAMPLE, previous_action=keys.previous_action))
        with in_pose_position(obj):
            solved = solve(obj, rig, channels, wanted, frames, writing.rewrite)
        if keys != replace(EACH_SAMPLE, previous_action=keys.previous_action):
            writing.rewrite(solved.motion, keys)
    return writing.action, solved


@contextmanager
def _switches_restored_on_failure(obj: bpy.types.Object, switches: Sequence[Switch]) -> Generator[None]:
    bones = pose_of(obj).bones
    before = [
        (each, cast("float", bones[each.bone][each.prop])) for each in switches if switch_problem(obj, each) is None
    ]
    try:
        yield
    except BaseException:
        for switch, value in before:
            bones[switch.bone][switch.prop] = value
        raise


class _Writing:
    """The object's new Action, rewritten as often as needed."""

    action: bpy.types.Action

    def __init__(
        self, obj: bpy.types.Object, mapping: TimeMapping, name: str, switches: tuple[Switch, ...], first: float
    ) -> None:
        self._obj, self._mapping, self._name, self._switches, self._first = obj, mapping, name, switches, first

    def write(self, motion: PoseMotion, keys: KeyOptions) -> None:
        # locks guard a rig's controls from the mouse: all that the motion needs is keyed
        self.action = write_pose_motion(self._obj, motion, self._mapping, self._name, keys, motion.bones)
        for switch in self._switches:
            _key_switch(self._obj, switch, self._first)

    def rewrite(self, motion: PoseMotion, keys: KeyOptions = EACH_SAMPLE) -> None:
        """Replace the keys that were written."""
        bpy.data.actions.remove(self.action)  # first, so that its name is free and it moves nothing
        self.write(motion, replace(keys, previous_action="LEAVE"))


def _key_switch(obj: bpy.types.Object, switch: Switch, frame: float) -> None:
    if switch_problem(obj, switch) is not None:
        return
    bone = pose_of(obj).bones[switch.bone]
    set_switch(bone, switch)
    path = switch_path(bone, switch)
    obj.keyframe_insert(data_path=path, frame=frame, group=bone.name)
    (key,) = curves_of(obj)[path, 0].keyframe_points
    key.interpolation = "CONSTANT"
