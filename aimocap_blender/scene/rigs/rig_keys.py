"""Keying a motion on a rig with constraints or drivers: switches are set, keys checked against Blender's result."""

from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import replace

import bpy

from ...motion.bones.humanoid import Switch
from ...motion.control_rig import ControlRig
from ...motion.pose_motion import PoseMotion
from ...motion.time_mapping import TimeMapping
from ..armatures import pose_of
from ..keys.failed_writing import restored_on_failure
from ..keys.keyframes import curves_of
from ..keys.pose_keys import EACH_SAMPLE, KeyOptions, write_pose_motion
from .ik_controls import IkControls, solver_settings, switches_for_ik
from .rig_solving import SolvedMotion, solve
from .rig_state import in_pose_position, set_switch, switch_path, switch_problem, switches_now


def write_rig_motion(
    obj: bpy.types.Object,
    rig: ControlRig,
    motion: PoseMotion,
    mapping: TimeMapping,
    name: str,
    keys: KeyOptions,
    switches: Sequence[Switch],
    ik: IkControls | None = None,
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
        ik: the IK controls to key as well; None for none.

    Raises:
        Fault: the object can't be animated. Nothing has changed then, or after any other error.
    """
    wanted = rig.wanted(motion) if ik is None else ik.wanted
    channels = rig.channels(motion, wanted)
    if ik is not None:
        ik.begin(channels)
    frames = mapping.frames(motion.times)
    writing = _Writing(obj, mapping, name, tuple(switches), float(frames.min()), ik)
    with restored_on_failure(obj), _switches_restored_on_failure(obj, writing.all_switches), writing.solver_restored():
        writing.write(channels, replace(EACH_SAMPLE, previous_action=keys.previous_action))
        with in_pose_position(obj):
            solved = solve(obj, rig, channels, wanted, frames, writing.rewrite, ik)
        # solved at each sample, and only then thinned out: the solver needs to see every one
        if keys != replace(EACH_SAMPLE, previous_action=keys.previous_action):
            writing.rewrite(solved.motion, keys)
        writing.show_ik()
    return writing.action, solved


@contextmanager
def _switches_restored_on_failure(obj: bpy.types.Object, switches: Sequence[Switch]) -> Generator[None]:
    before = switches_now(obj, switches)
    try:
        yield
    except BaseException:
        for switch in before:
            set_switch(pose_of(obj).bones[switch.bone], switch)
        raise


class _Writing:
    """The object's new Action, rewritten as often as needed."""

    action: bpy.types.Action

    def __init__(
        self,
        obj: bpy.types.Object,
        mapping: TimeMapping,
        name: str,
        switches: tuple[Switch, ...],
        first: float,
        ik: IkControls | None,
    ) -> None:
        self._obj, self._mapping, self._name, self._switches, self._first = obj, mapping, name, switches, first
        self._ik, self._limbs = ik, () if ik is None else ik.limbs

    @property
    def all_switches(self) -> tuple[Switch, ...]:
        """The switches that are set."""
        return switches_for_ik(self._switches, self._limbs)

    def write(self, motion: PoseMotion, keys: KeyOptions) -> None:
        if self._ik is not None:
            motion = self._ik.added_to(motion)
        # locks guard a rig's controls from the mouse: all that the motion needs is keyed
        self.action = write_pose_motion(self._obj, motion, self._mapping, self._name, keys, motion.bones)
        # a key for the whole Action, as another Action may set the rig's switches otherwise
        for switch in self._switches:
            _key_switch(self._obj, switch, self._first)
        for bone, name, value in solver_settings(self._obj, self._limbs):
            setattr(bone, name, value)
            _key_once(self._obj, bone, f"{bone.path_from_id()}.{name}", self._first)

    @contextmanager
    def solver_restored(self) -> Generator[None]:
        """Restore after a failure what the solver was set to."""
        before = [(bone, name, getattr(bone, name)) for bone, name, _ in solver_settings(self._obj, self._limbs)]
        try:
            yield
        except BaseException:
            for bone, name, value in before:
                setattr(bone, name, value)
            raise

    def show_ik(self) -> None:
        """Switch the limbs to their IK controls: solved while FK was shown, they are evaluated either way."""
        if self._ik is not None:
            for switch in self.all_switches:
                _key_switch(self._obj, switch, self._first)

    def rewrite(self, motion: PoseMotion, keys: KeyOptions = EACH_SAMPLE) -> None:
        """Replace the keys that were written."""
        # first, so that its name is free and it moves nothing
        bpy.data.actions.remove(self.action)
        self.write(motion, replace(keys, previous_action="LEAVE"))


def _key_switch(obj: bpy.types.Object, switch: Switch, frame: float) -> None:
    if switch_problem(obj, switch) is not None:
        return
    bone = pose_of(obj).bones[switch.bone]
    set_switch(bone, switch)
    _key_once(obj, bone, switch_path(bone, switch), frame)


def _key_once(obj: bpy.types.Object, bone: bpy.types.PoseBone, path: str, frame: float) -> None:
    obj.keyframe_insert(data_path=path, frame=frame, group=bone.name)
    (key,) = curves_of(obj)[path, 0].keyframe_points
    # a switch that is keyed once must not go over into another key of the user's
    key.interpolation = "CONSTANT"
