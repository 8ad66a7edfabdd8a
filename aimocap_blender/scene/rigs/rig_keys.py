"""Keying a motion on a rig with constraints or drivers: switches are set, keys checked against Blender's evaluation.

What is off is corrected in rounds. Long measurements of such a rig may have been made by another Blender, see
`scene/ahead.py`: its answers are given one after the other, in the order in which they were recorded there.
"""

from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import compress
from typing import Any, TypeVar, cast

import bpy
import numpy as np

from ...motion.bones.humanoid import BoneMap, Switch
from ...motion.bones.ik_limbs import IkLimb
from ...motion.control_rig import Channels, ControlRig, without_scale
from ...motion.pose_motion import PosedBones, PoseMotion
from ...motion.rotations import (
    BoolArray,
    FloatArray,
    IntArray,
    conjugate,
    extent,
    from_matrix,
    multiply,
    norm,
    to_rotation_vector,
)
from ...motion.skeleton import Skeleton
from ...motion.time_mapping import TimeMapping
from ...while_enabled import lasting
from ..armatures import bone_property, flags_of, pose_of
from ..isolated_evaluation import IsolatedRig, isolated
from ..keyed_motion import channels_of
from ..keys.keyframes import (
    Channel,
    curves_of,
    home_of_curves,
    new_curve,
    restored_on_failure,
    set_keys,
    take_as_written,
    values_at,
)
from ..keys.pose_keys import EACH_SAMPLE, CurveKeys, KeyOptions, keyed_channels, write_pose_motion
from .control_rigs import control_rig, set_switch, switch_path, switch_problem, switches_now
from .ik_controls import IkControls, solver_settings, switches_for_ik

_EACH_FRAME = TimeMapping(0.0, 1.0)

TOLERANCE_DEGREES = 0.1
TOLERANCE_OF_SIZE = 5e-4  # of the skeleton's size: allowed position error of a travelling bone
_CHECKED = 12
_ROUNDS = 10
_BETTER = 0.7  # share of the previous deviation that counts as an improvement
_ALL_ROUND = 180.0  # deviation in degrees of a bone without rotation, since it is scaled to nothing
_NO_VOLUME = 1e-6
_CERTAIN = 0.2  # share of the tolerance: if a few corrected samples miss by less, all others were corrected exactly
_FEW = 48
_PATIENCE = 2  # rounds without improvement, for example while the bone above still changes

T = TypeVar("T")


def write_rig_motion(
    obj: bpy.types.Object,
    rig: ControlRig,
    motion: PoseMotion,
    mapping: TimeMapping,
    name: str,
    keys: KeyOptions,
    switches: Sequence[Switch],
    ik: IkControls | None = None,
) -> "tuple[bpy.types.Action, SolvedMotion]":
    """Put a motion onto a new Action of an armature object whose constraints or drivers also move its bones.

    Args:
        obj: the armature object.
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
        solved = solve(obj, rig, channels, wanted, frames, writing.rewrite, ik)
        # solved at each sample, and only then thinned out: the solver needs to see every one
        if keys != replace(EACH_SAMPLE, previous_action=keys.previous_action):
            writing.rewrite(solved.motion, keys)
        writing.show_ik()
    # keys of switches came after those that were counted
    take_as_written(writing.action, getattr(obj.animation_data, "action_slot", None))
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


def _key_once(obj: bpy.types.Object, bone: bpy.types.PoseBone, path: str, frame: float) -> bpy.types.FCurve:
    # not inserted: Blender does that to no system override, which a script's library override is
    curve = curves_of(obj).get((path, 0)) or new_curve(home_of_curves(obj), path, 0, bone.name)
    set_keys(curve, np.array([frame, obj.path_resolve(path)], np.float32))
    # a switch that is keyed once must not go over into another key of the user's
    curve.keyframe_points[0].interpolation = "CONSTANT"
    return curve


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
    solved = solve(obj, rig, motion, ik.wanted, frames, write, ik)
    for limb, _ in limbs:
        for switch in (limb.ik.switch, *limb.ik.also):
            if switch is not None and switch_problem(obj, switch) is None:
                _switch_within(obj, switch, within)
    return dict(solved.apart)


def _shown(obj: bpy.types.Object, names: Sequence[str], frames: FloatArray) -> FloatArray:
    """Return (F, B, 4, 4) matrices of bones at frames."""
    with isolated(obj) as evaluated:
        return evaluated.along(frames, evaluated.rows(names))


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
        _key_once(obj, bone, path, frame)


def _switch_within(obj: bpy.types.Object, switch: Switch, within: tuple[int, int]) -> None:
    """Set a switch from the first frame to the last; around them it is as it was."""
    bone = pose_of(obj).bones[switch.bone]
    curve = curves_of(obj).get((switch_path(bone, switch), 0))
    set_switch(bone, switch)
    if curve is None:
        curve = _key_once(obj, bone, switch_path(bone, switch), within[0])
    # a switch between two values shows neither set of controls
    for key in curve.keyframe_points:
        key.interpolation = "CONSTANT"
        if within[0] <= key.co.x <= within[1]:
            key.co.y = switch.value
    curve.update()


@dataclass(frozen=True, eq=False)
class SolvedMotion:
    """A motion whose keys give the wanted poses on a rig, as far as possible.

    Attributes:
        motion: the channels; the object's Action contains them.
        deviation_degrees: worst angle between a bone's rotation and the wanted one.
        frames: number of samples that were solved one by one; 0 if the check found nothing to correct.
        held_back: bones that miss their rotation, and by how many degrees at most.
        held_in_place: bones that miss their position.
        off: (F,) worst deviation of each sample, degrees; 0 where none was measured.
        apart: IK targets of limbs that IK and FK pose differently, and by how many degrees at most.
    """

    motion: PoseMotion
    deviation_degrees: float
    frames: int
    held_back: dict[str, float]
    held_in_place: tuple[str, ...]
    off: FloatArray
    apart: Mapping[str, float]


@dataclass
class _Answers:
    """Those still to be given, or recorded so far; None outside of such a block."""

    left: list[Any] | None = None
    recorded: list[object] | None = None


_answers = lasting(_Answers)


def given() -> Any:  # noqa: ANN401 -- whatever was recorded at the same place
    """Return the next answer that is given; None if it is to be computed here."""
    return _answers.left.pop(0) if _answers.left else None


def recorded(answer: T) -> T:
    """Record an answer that was computed, if they are recorded, and return it."""
    if _answers.recorded is not None:
        _answers.recorded.append(answer)
    return answer


def compute_the_rest() -> None:
    """Take nothing more over: the rig moves otherwise here."""
    _answers.left = None


@contextmanager
def answers_given(answers: Iterable[object]) -> Generator[None]:
    """Give these in the block."""
    _answers.left = list(answers)
    try:
        yield
    finally:
        _answers.left = None


@contextmanager
def answers_recorded() -> Generator[list[object]]:
    """Record in the block what is computed."""
    _answers.recorded = answers = list[object]()
    try:
        yield answers
    finally:
        _answers.recorded = None


def solve(
    obj: bpy.types.Object,
    rig: ControlRig,
    motion: PoseMotion,
    wanted: PosedBones,
    frames: FloatArray,
    write: Callable[[PoseMotion], None],
    ik: IkControls | None = None,
) -> SolvedMotion:
    """Check keys on a few frames in Blender's evaluation; if they miss, correct all samples in a few rounds.

    Args:
        obj: the armature object; its Action contains the motion's keys.
        motion: the channels.
        wanted: the wanted poses of the rig's bones, F samples.
        frames: (F,) timeline frames of the samples.
        write: replaces the channels of the object's Action.
        ik: the IK controls, whose channels `write` adds.
    """

    def solved_here() -> SolvedMotion:
        with isolated(obj) as evaluated:
            solving = _Solving(obj, rig, motion, wanted, frames, evaluated, ik)
            # IK controls hang from bones that are known only once they are evaluated
            if ik is None:
                solving.measure(_a_few(frames))
            if ik is not None or solving.misses().any():
                solving.measure(np.arange(len(frames), dtype=np.int64))
                solving.correct(write)
            return solving.result()

    taken_over: tuple[SolvedMotion, IkControls | None] | None = given()
    if taken_over is None:
        return recorded((solved_here(), ik))[0]
    solved, known = taken_over
    # the caller holds these controls, so they take over the state of the solved ones in place
    fresh = dict(vars(ik)) if ik is not None else {}
    if ik is not None:
        vars(ik).update(vars(known))
    # the rig was solved in another process: a few frames tell whether it moves the same here
    write(solved.motion)
    if _gives_the_same(obj, rig, solved, wanted, frames):
        return solved
    compute_the_rest()
    if ik is not None:
        vars(ik).update(fresh)
    write(motion)
    return solved_here()


def _gives_the_same(
    obj: bpy.types.Object, rig: ControlRig, solved: SolvedMotion, wanted: PosedBones, frames: FloatArray
) -> bool:
    """Return whether a few frames are as near to what is wanted as where the motion was solved."""
    some = _a_few(frames)
    with isolated(obj) as evaluated:
        solving = _Solving(obj, rig, solved.motion, wanted, frames, evaluated, None)
        solving.measure(some)
        off = solving.result().off
    return bool((off[some] <= solved.off[some] + TOLERANCE_DEGREES).all())


def _a_few(frames: FloatArray) -> IntArray:
    return np.unique(np.linspace(0, len(frames) - 1, _CHECKED).round().astype(np.int64))


class _Part:
    """The rotations or positions of all bones while solving, and the best found so far."""

    def __init__(self, channels: FloatArray, free: BoolArray, tolerance: float) -> None:
        self.channels, self.free, self.tolerance = channels, free, tolerance
        self.deviation: FloatArray = np.zeros(free.shape)
        self._best = channels
        self._least: FloatArray = np.full(free.shape, np.inf)
        self._failures: IntArray = np.zeros(free.shape, dtype=np.int64)

    def misses(self) -> BoolArray:
        """Return (F,) whether a sample has a free channel that misses."""
        return np.asarray(self.missing().any(axis=1))

    def missing(self) -> BoolArray:
        """Return (F, B) the free channels that miss."""
        return self.free & (self.deviation > self.tolerance)

    def judge(self, carried: BoolArray) -> BoolArray:
        """Return (F,) samples whose channels were put back because correcting them did not help.

        Args:
            carried: (F, B) bones whose error may come from the bone that they rotate with.
        """
        better = self.deviation < _BETTER * self._least
        self._best = np.where(better[..., None], self.channels, self._best)
        self._least = np.where(better, self.deviation, self._least)
        # what its carrier still misses isn't this bone's failure: it is given time until that is right
        self._failures += self.missing() & ~better & ~carried
        given_up = self.free & (self._failures >= _PATIENCE)
        self.free = self.free & ~given_up
        self.channels = np.where(given_up[..., None], self._best, self.channels)
        return np.asarray(given_up.any(axis=1))


class _Solving:
    """A motion's channels while they are solved."""

    def __init__(
        self,
        obj: bpy.types.Object,
        rig: ControlRig,
        motion: PoseMotion,
        wanted: PosedBones,
        frames: FloatArray,
        evaluated: IsolatedRig,
        ik: IkControls | None,
    ) -> None:
        self._rig, self._motion, self._wanted, self._frames, self._evaluated = rig, motion, wanted, frames, evaluated
        self._ik = ik
        self._of_ik = [] if ik is None else evaluated.rows(ik.evaluated)
        names = rig.skeleton.names
        self._indices = evaluated.rows(names)
        self._shown = PosedBones(wanted.rotations.copy(), wanted.heads.copy())
        bones = pose_of(obj).bones
        rotated, moved = np.zeros(len(names), dtype=np.bool_), np.zeros(len(names), dtype=np.bool_)
        for column, name in enumerate(names):
            rotated[column] = name in motion.bones
            # locked location channels aren't keyed: such a bone is where it is, and nothing is to be corrected
            moved[column] = name in motion.locations and not any(flags_of(bones[name].lock_location))
        self._keyed = Channels(rotated, moved)
        size = float(extent(rig.skeleton.rest[:, :3, 3]))
        channels = rig.as_arrays(motion)
        count = len(frames)
        # bones that constraints or drivers hold are keyed as if free, but nothing corrects them
        can_rotate = np.tile(self._keyed.rotations & (rig.gain > 0.0), (count, 1))
        can_move = np.tile(self._keyed.locations, (count, 1))
        self._rotations = _Part(channels.rotations, can_rotate, TOLERANCE_DEGREES)
        self._heads = _Part(channels.locations, can_move, size * TOLERANCE_OF_SIZE)
        self._solved = 0

    def measure(self, samples: IntArray) -> None:
        """Read the bones' poses at samples."""
        # in one go: setting the frame and evaluating the rig takes nearly all of the time
        matrices = self._evaluated.along(self._frames[samples], [*self._indices, *self._of_ik])
        own = len(self._indices)
        if self._ik is not None:
            self._ik.measure(samples, matrices[:, own:])
        # a bone that is scaled to nothing has no rotation: it counts as turned away as far as can be
        axes = without_scale(matrices[:, :own])
        nowhere = ~(np.abs(np.linalg.det(axes)) > _NO_VOLUME)
        self._shown.rotations[samples] = from_matrix(np.where(nowhere[..., None, None], np.eye(3), axes))
        self._shown.heads[samples] = matrices[:, :own, :3, 3]
        off = to_rotation_vector(multiply(conjugate(self._wanted.rotations[samples]), self._shown.rotations[samples]))
        degrees = np.where(nowhere, _ALL_ROUND, np.degrees(norm(off)))
        self._rotations.deviation[samples] = degrees * self._keyed.rotations
        away = norm(self._wanted.heads[samples] - self._shown.heads[samples])
        self._heads.deviation[samples] = away * self._keyed.locations
        if self._ik is not None:
            self._ik.judge(samples)

    def misses(self) -> BoolArray:
        """Return (F,) whether a sample has a miss that can be corrected."""
        missing = self._rotations.misses() | self._heads.misses()
        return missing if self._ik is None else missing | self._ik.misses()

    def correct(self, write: Callable[[PoseMotion], None]) -> None:
        """Correct what misses, round by round, and keep the best of what was tried."""
        self._judge()
        for _ in range(_ROUNDS):
            samples = np.flatnonzero(self.misses())
            if not len(samples):
                break
            self._solved = max(self._solved, len(samples))
            corrected = self._rig.corrected(
                Channels(self._rotations.channels[samples], self._heads.channels[samples]),
                self._wanted.at(samples),
                self._shown.at(samples),
                Channels(self._rotations.free[samples], self._heads.free[samples]),
            )
            # in copies: the best channels so far may be these arrays
            rotations, locations = self._rotations.channels.copy(), self._heads.channels.copy()
            rotations[samples], locations[samples] = corrected
            self._rotations.channels, self._heads.channels = rotations, locations
            if self._ik is not None:
                self._ik.correct(samples)
            self._write(write, samples)
            put_back = self._judge()
            if put_back.any():
                self._write(write, np.flatnonzero(put_back))

    def _judge(self) -> BoolArray:
        """Return (F,) samples whose channels were put back."""
        on = self._rig.rotates_with
        carried = self._rotations.missing()[:, on] & (on >= 0)
        return self._rotations.judge(carried) | self._heads.judge(carried)

    def _write(self, write: Callable[[PoseMotion], None], samples: IntArray) -> None:
        """Write the channels, and measure what changed at samples: all of them only if a few of them miss."""
        channels = Channels(self._rotations.channels, self._heads.channels)
        self._motion = self._rig.with_arrays(self._motion, channels)
        write(self._motion)
        few = self._representative(samples)
        self.measure(few)
        if len(few) == len(samples):
            return
        # a rig whose bones do what the rig's model says is right at once, and an hour of it isn't evaluated again
        others = np.setdiff1d(samples, few)
        if self._worst(few) > _CERTAIN:
            self.measure(others)
            return
        for part in (self._rotations, self._heads):
            part.deviation[others] = part.deviation[few].max(axis=0)
        if self._ik is not None:
            self._ik.assume(others, few)

    def _representative(self, samples: IntArray) -> IntArray:
        """Return a few of the samples, evenly spread, and those that were furthest off."""
        rotations, heads = self._rotations, self._heads
        off = np.maximum(
            rotations.deviation[samples].max(axis=1) / rotations.tolerance,
            heads.deviation[samples].max(axis=1) / heads.tolerance,
        )
        even = np.linspace(0, len(samples) - 1, _FEW).round().astype(np.int64)
        # a limit holds a few samples only, which even ones may all miss
        worst = np.argsort(off)[-_FEW // 2 :]
        return np.unique(samples[np.concatenate([even, worst])])

    def _worst(self, samples: IntArray) -> float:
        """Return the worst deviation at samples, as a share of its tolerance."""
        # of IK, whose share is of its own tolerance, half of that is certain
        worst = 0.0 if self._ik is None else float(self._ik.deviation[samples].max()) * _CERTAIN / 0.5
        for part in (self._rotations, self._heads):
            deviation = part.free * part.deviation
            worst = max(worst, float(deviation[samples].max()) / part.tolerance)
        return worst

    def result(self) -> SolvedMotion:
        """Return the solved motion."""
        names = self._rig.skeleton.names
        worst = self._rotations.deviation.max(axis=0)
        away = self._heads.deviation.max(axis=0) > self._heads.tolerance
        held = worst > TOLERANCE_DEGREES
        return SolvedMotion(
            motion=self._motion,
            deviation_degrees=float(worst.max()),
            frames=self._solved,
            held_back=dict(zip(compress(names, held), worst[held].tolist(), strict=True)),
            held_in_place=tuple(compress(names, away)),
            off=self._rotations.deviation.max(axis=1),
            apart={} if self._ik is None else self._ik.apart(),
        )
