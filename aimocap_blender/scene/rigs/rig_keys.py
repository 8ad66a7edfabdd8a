"""Keying a motion on a rig with constraints or drivers: switches are set, keys checked against Blender's result."""

from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, cast

import bpy
import numpy as np

from ...motion.bones.humanoid import BoneMap, Switch
from ...motion.bones.ik_limbs import IkLimb
from ...motion.control_rig import ControlRig, without_scale
from ...motion.forward_kinematics import PosedBones
from ...motion.pose_motion import PoseMotion
from ...motion.rotations import FloatArray, from_matrix
from ...motion.skeleton import Skeleton
from ...motion.time_mapping import TimeMapping
from ..armatures import bone_property, pose_of
from ..isolated_evaluation import isolated
from ..keyed_motion import channels_of
from ..keys.failed_writing import restored_on_failure
from ..keys.keyframes import Channel, curves_of, home_of_curves, new_curve, values_at
from ..keys.pose_keys import EACH_SAMPLE, CurveKeys, KeyOptions, keyed_channels, write_pose_motion
from .control_rigs import control_rig, in_pose_position, set_switch, switch_path, switch_problem, switches_now
from .ik_controls import IkControls, solver_settings, switches_for_ik
from .rig_solving import SolvedMotion, given, recorded, solve

_EACH_FRAME = TimeMapping(0.0, 1.0)


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
    # switches are keyed at the first frame, whichever way a strip plays
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
        # settings of bones aren't animation, so what restores that leaves them
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


def key_ik_beside(
    obj: bpy.types.Object,
    skeleton: Skeleton,
    bone_map: BoneMap,
    limbs: Sequence[tuple[IkLimb, bool]],
    within: tuple[int, int],
) -> dict[str, float]:
    """Key the IK controls of limbs for the poses that its FK keys show, and switch the limbs to IK there.

    Args:
        obj: the armature object; FK is shown in the range.
        skeleton: all its bones at rest.
        bone_map: the character's.
        limbs: those with IK, and whether their pole counts.
        within: first and last frame.

    Returns:
        The targets of limbs that IK and FK pose differently, and by how many degrees at most.
    """
    names: list[str] = []
    for limb, _ in limbs:
        names += filter(None, (limb.upper, limb.lower, limb.end, limb.toes))
    rig: ControlRig = given() or recorded(control_rig(obj, skeleton, names, bone_map))
    frames: FloatArray = np.arange(within[0], within[1] + 1.0, dtype=np.float64)
    shown = given()
    if shown is None:
        shown = recorded(_shown(obj, rig.skeleton.names, frames))
    ik = IkControls(skeleton, rig, limbs, PosedBones(from_matrix(without_scale(shown)), shown[..., :3, 3]))
    motion = _as_keyed(obj, names, frames)
    ik.begin(motion)

    def write(solved: PoseMotion) -> None:
        # laid into the Action that plays, key by key: the rest of the body has its own there
        full = ik.added_to(solved)
        for channel in keyed_channels(obj, full, _EACH_FRAME, EACH_SAMPLE, full.bones).channels:
            name, prop = bone_property(channel.data_path) or ("", "")
            if name in full.bones and (prop != "location" or name in full.locations):
                _lay(obj, channel, frames)

    for bone, prop, value in solver_settings(obj, ik.limbs):
        _set_and_key(obj, bone, prop, value, within[0])
    write(motion)
    with in_pose_position(obj):
        solved = solve(obj, rig, motion, ik.wanted, frames, write, ik)
    for limb, _ in limbs:
        for switch in (limb.ik.switch, *limb.ik.also):
            if switch is not None and switch_problem(obj, switch) is None:
                _switch_within(obj, switch, within)
    return dict(solved.apart)


def _shown(obj: bpy.types.Object, names: Sequence[str], frames: FloatArray) -> FloatArray:
    """Return (F, B, 4, 4) matrices of bones at frames."""
    with in_pose_position(obj), isolated(obj) as evaluated:
        columns = evaluated.rows(names)
        return np.stack([evaluated.at(frame)[columns] for frame in frames.tolist()])


def _as_keyed(obj: bpy.types.Object, names: Sequence[str], frames: FloatArray) -> PoseMotion:
    """Return the rotations that bones' keys have at frames."""
    rotations: dict[str, FloatArray] = {}
    for path, columns in values_at(obj, frames).items():
        name, prop = bone_property(path) or ("", "")
        if name in names and prop.startswith("rotation"):
            rotations[path] = columns
    found = channels_of(obj, rotations, frames)
    assert found is not None  # noqa: S101 -- there are only rotations
    whole = found[0]
    columns = list(map(whole.bones.index, names))
    return PoseMotion(frames, 1.0, tuple(names), whole.rotations[:, columns], {}, (), whole.report)


def _lay(obj: bpy.types.Object, channel: Channel, frames: FloatArray) -> None:
    """Give a curve a channel's values at frames; its keys around them stay."""
    curve = curves_of(obj).get(channel.key)
    if curve is None:
        curve = new_curve(home_of_curves(obj), channel.data_path, channel.index, channel.group)
    points, first, last = cast("Any", curve.keyframe_points), float(frames[0]), float(frames[-1])
    # a key has more than its frame and value, all of which are copied from the first one
    if not points:
        points.insert(first, 0.0)
    keys = CurveKeys.of(points)
    keys.outside(first, last).freed().joined(keys.alike(frames, channel.values)).write(points)
    curve.update()


def _set_and_key(obj: bpy.types.Object, bone: bpy.types.PoseBone, prop: str, value: object, frame: float) -> None:
    """Set what the solver needs, and key it unless it is."""
    path = f"{bone.path_from_id()}.{prop}"
    setattr(bone, prop, value)
    if (path, 0) not in curves_of(obj):
        obj.keyframe_insert(data_path=path, frame=frame, group=bone.name)


def _switch_within(obj: bpy.types.Object, switch: Switch, within: tuple[int, int]) -> None:
    """Set a switch from the first frame to the last; around them it is as it was."""
    bone = pose_of(obj).bones[switch.bone]
    curve = curves_of(obj).get((switch_path(bone, switch), 0))
    set_switch(bone, switch)
    if curve is None:
        obj.keyframe_insert(data_path=switch_path(bone, switch), frame=within[0], group=bone.name)
        curve = curves_of(obj)[switch_path(bone, switch), 0]
    # a switch between two values shows neither set of controls
    for key in curve.keyframe_points:
        key.interpolation = "CONSTANT"
        if within[0] <= key.co.x <= within[1]:
            key.co.y = switch.value
    curve.update()
