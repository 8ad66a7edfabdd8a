"""The Action of an armature object: which frames can be edited, what carries the figure over the ground, a loop of it.

Who edits it solves its legs again, so that feet that stand stay.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, cast

import bpy
import numpy as np

from ...motion.bones.humanoid import PARTS, BoneMap, filled
from ...motion.contacts import contact_of
from ...motion.feet.kept_feet import HeldLeg, held_legs, in_world, soles_of, with_feet_looped
from ...motion.figures.figure import figure_of
from ...motion.loops import GroundMotion, best_loop, closed_rotations, closed_values, straightened
from ...motion.own_motion_options import LoopOptions
from ...motion.pose_motion import PoseMotion, posed
from ...motion.resampling import straight_between
from ...motion.rotations import (
    BoolArray,
    FloatArray,
    IntArray,
    conjugate,
    from_matrix,
    multiply,
    normalise,
    rotate,
    to_matrix,
)
from ...motion.take_transition import carrying, floor_of
from ...texts.counts import frames_in_words
from ...texts.faults import Fault
from ...texts.text import Text
from ..armature_motion import armature_motion
from ..armatures import TRANSFORMS, action_of, bone_property, pose_of, skeleton_of, strips_played, value_now, world_of
from ..bone_maps import bone_map_of
from ..isolated_evaluation import isolated
from ..keyed_motion import channels_of
from ..keys.keyframes import (
    ON_A_KEY,
    columns_at,
    curves_of,
    property_channels,
    range_of,
    require_editable,
    values_at,
    write_action,
)
from ..keys.pose_keys import (
    rotation_modes,
    rotation_path,
    rotation_property,
    rotation_values,
    rotation_values_from,
    rotations_of_values,
)
from ..rigs.control_rigs import constrained, driven, has_influences
from ..scene_values import scene_fps

_FEET = ("left_foot", "left_toes", "right_foot", "right_toes")

_LED = 1e-3  # of the armature's unit, or of a unit axis: what goes that far without keys of its own is led

_VARIES = 1e-4  # of a channel's own unit: one that changes less stays

_BAKE = "To edit what its NLA strips play, bake them into an Action (NLA > Edit > Bake Action)."

FEET_MAY_SLIDE = "Constraints or drivers move the legs, so feet that stand may slide now."


@dataclass(frozen=True, eq=False)
class Carrier:
    """The topmost moving part of a figure, or one of several: how its channels become a place in the world.

    Attributes:
        prefix: of its data paths.
        mode: rotation mode.
        turned: (4,) rotation of the space of its rotation.
        axes: (3, 3) from its location to metres in the world.
        origin: (3,) where it is without location.
        located: it has a location.
        turns: it also turns; what only travels stays as it is turned, and its first children that turn are carriers.
        inside: it is one of those: its place counts from what carries it.
    """

    prefix: str
    mode: str
    turned: FloatArray
    axes: FloatArray
    origin: FloatArray
    located: bool
    turns: bool
    inside: bool

    @property
    def rotation(self) -> str:
        """Data path of its rotation."""
        return f"{self.prefix}{rotation_property(self.mode)}"


def carriers_of(obj: bpy.types.Object, values: Mapping[str, FloatArray], led: Collection[str] = ()) -> list[Carrier]:
    """Return the object if it moves, else the topmost bones that do; below those that only travel, further ones.

    Bones that are led, see `_led`, go along without being carriers, and so does what hangs on them.
    """

    def varies(path: str) -> bool:
        return path in values and float(np.ptp(values[path], axis=0).max()) > _VARIES

    def moves(bone: bpy.types.PoseBone) -> bool:
        prefix = f"{bone.path_from_id()}."
        return varies(f"{prefix}{rotation_property(bone.rotation_mode)}") or varies(f"{prefix}location")

    def below(
        bones: Iterable[bpy.types.PoseBone], place: FloatArray | None, *, keyed: bool = False
    ) -> Iterator[Carrier]:
        for bone in bones:
            if not keyed and bone.name in led:
                continue
            prefix = f"{bone.path_from_id()}."
            turns = varies(f"{prefix}{rotation_property(bone.rotation_mode)}")
            travels = varies(f"{prefix}location")
            stays = f"{prefix}location" in values and not (turns or travels)
            if stays and not any(map(moves, bone.children_recursive)):
                # such as a foot on an IK root that stands all along: it goes where the figure goes
                turns = travels = True
            inner = place
            if turns or travels:
                carrier, head = _bone_carrier(obj, bone.name, place, turns=turns)
                yield carrier
                inner = head
            if not turns:
                yield from below(bone.children, inner, keyed=keyed or travels)

    turns, travels = varies(rotation_property(obj.rotation_mode)), varies("location")
    roots = [bone for bone in pose_of(obj).bones if bone.parent is None]
    if turns or travels:
        carrier = _object_carrier(obj, turns=turns)
        return [carrier] if turns else [carrier, *below(roots, world_of(obj)[:3, 3])]
    return list(below(roots, None))


def _led(obj: bpy.types.Object, values: Mapping[str, FloatArray], frames: FloatArray) -> set[str]:
    """Return bones that constraints or drivers take along, such as an FK neck on a chest, and all below moving ones.

    Args:
        obj: the armature object.
        values: data path to (F, C) values of its Action.
        frames: (F,) of the timeline.
    """
    moved = constrained(obj) | driven(obj)
    if not moved:
        return set()
    bones = list(pose_of(obj).bones)
    samples = [0, len(frames) // 2, len(frames) - 1]
    with isolated(obj) as alone:
        shown = alone.along(frames[samples], alone.rows([bone.name for bone in bones]))
    of_bone = {bone.name: shown[:, row] for row, bone in enumerate(bones)}
    found: set[str] = set()
    for bone in bones:
        if bone.name in moved and (bone.parent is None or bone.bone.use_local_location):
            # as it is shown, without its own channels
            own = np.tile(np.eye(4), (len(samples), 1, 1))
            rotation = columns_at(obj, values, rotation_path(bone))[samples]
            own[:, :3, :3] = to_matrix(rotations_of_values(bone.rotation_mode, rotation))
            own[:, :3, 3] = columns_at(obj, values, bone.path_from_id("location"))[samples]
            space = of_bone[bone.name] @ np.linalg.inv(own)
        elif bone.parent is not None:
            space = of_bone[bone.parent.name]
        else:
            continue
        if float(np.ptp(space, axis=0).max()) > _LED:
            found.add(bone.name)
    return found


def _object_carrier(obj: bpy.types.Object, *, turns: bool) -> Carrier:
    parent = np.eye(4)
    if obj.parent is not None:
        parent = world_of(obj.parent) @ np.array(cast("Any", obj.matrix_parent_inverse))
    axes, mode = parent[:3, :3], obj.rotation_mode
    return Carrier("", mode, _turn(axes), axes, parent[:3, 3], True, turns, inside=False)


def _bone_carrier(
    obj: bpy.types.Object, name: str, place: FloatArray | None, *, turns: bool
) -> tuple[Carrier, FloatArray]:
    """Return a bone as carrier, and its head (3,) now.

    Args:
        obj: the armature object.
        name: of the bone.
        place: (3,) where the carrier above it is now; None without one.
        turns: it turns, too.
    """
    shown = obj.evaluated_get(bpy.context.evaluated_depsgraph_get())
    bone = pose_of(shown if shown.is_evaluated else obj).bones[name]
    world = world_of(obj)
    posed = np.array(cast("Any", bone.matrix), dtype=np.float64)
    basis = np.array(cast("Any", bone.matrix_basis), dtype=np.float64)
    # the bone as it is shown, without its own channels
    turned = multiply(_turn(world[:3, :3] @ posed[:3, :3]), conjugate(_turn(basis[:3, :3])))
    armature_from_parent, armature_from_parent_rest = np.eye(3), np.eye(3)
    if bone.parent is not None:
        armature_from_parent = to_matrix(_turn(np.array(cast("Any", bone.parent.matrix), dtype=np.float64)[:3, :3]))
        armature_from_parent_rest = np.array(cast("Any", bone.parent.bone.matrix_local), dtype=np.float64)[:3, :3]
    # location channels run along the bone's own rest axes, or along its parent's
    armature_from_rest = np.array(cast("Any", bone.bone.matrix_local), dtype=np.float64)[:3, :3]
    along = armature_from_parent_rest.T @ armature_from_rest if bone.bone.use_local_location else np.eye(3)
    axes = world[:3, :3] @ armature_from_parent @ along
    head = world[:3, :3] @ posed[:3, 3] + world[:3, 3]
    located = not (bone.parent is not None and bone.bone.use_connect)
    origin = head - axes @ basis[:3, 3] if located else head
    if place is not None:
        origin = origin - place
    prefix, mode = f"{bone.path_from_id()}.", bone.rotation_mode
    return Carrier(prefix, mode, turned, axes, origin, located, turns, inside=place is not None), head


def _turn(axes: FloatArray) -> FloatArray:
    """Return the rotation (4,) of axes (3, 3) of any length."""
    return from_matrix(normalise(axes.T).T)


@dataclass(frozen=True)
class MadeLoop:
    """A loop on the timeline.

    Attributes:
        first_frame: of the timeline.
        last_frame: has the pose of the first one.
        degrees: see `Loop`.
        turn_degrees: by which the figure turned, taken out.
    """

    first_frame: int
    last_frame: int
    degrees: float
    turn_degrees: float


def frames_of(obj: bpy.types.Object) -> tuple[int, int]:
    """Return the first and last whole frame of an armature object's Action.

    Raises:
        Fault: it has none that moves bones, or it can't be read or keyed now.
    """
    require_editable(obj)
    data = obj.animation_data
    curves = {of: curve for of, curve in curves_of(obj).items() if curve.keyframe_points or curve.sampled_points}
    # an Action that only moves the object is a prop's: there is no body to edit
    if data is None or not any(bone_property(path) for path, _ in curves):
        raise Fault(
            Text("“{name}” has no Action with keyframes of bones.", name=obj.name),
            _BAKE if strips_played(obj) else "Apply a motion to it, then try again.",
        )
    if data.use_tweak_mode:
        raise Fault(
            Text("An NLA strip of “{rig}” is being tweaked.", rig=obj.name), "Leave Tweak Mode (Tab), then try again."
        )
    first, last = range_of(curves.values())
    return int(np.ceil(first - ON_A_KEY)), int(np.floor(last + ON_A_KEY))


def require_no_layer(obj: bpy.types.Object) -> None:
    """Raise unless an armature object's Action is all of its motion: one that is added to NLA strips is no take."""
    data = obj.animation_data
    if data is None or data.action is None or not strips_played(obj):
        return
    if data.action_blend_type != "REPLACE" or data.action_influence < 1.0:
        raise Fault(Text("The Action of “{name}” is a layer over its NLA strips.", name=obj.name), _BAKE)


def make_loop(obj: bpy.types.Object, scene: bpy.types.Scene, options: LoopOptions) -> MadeLoop:
    """Put the best loop within the Action of an armature object onto a new, cyclic Action, keyed on whole frames.

    The previous Action is pushed down to a muted NLA track. Curves repeat outside the loop's frames.

    Raises:
        Fault: there is nothing to loop, too little of it, or no match. Nothing has changed then.
    """
    first, last = frames_of(obj)
    require_no_layer(obj)
    first, last = max(first, options.first_frame), min(last, options.last_frame)
    fps = scene_fps(scene)
    # rounding must not ask for a frame more
    shortest = max(2, int(np.ceil(options.shortest_sec * fps - 1e-6)))
    if last - first < shortest:
        raise Fault(
            Text(
                "The Action has {frames} to search, and the shortest loop would have {shortest}.",
                frames=frames_in_words(max(0, last - first + 1)),
                shortest=shortest + 1,
            ),
            "Search more frames, or set a shorter length.",
        )
    frames = np.arange(first, last + 1.0)
    joints, parents, feet = _joints(obj, scene, frames)
    loop = best_loop(joints, parents, fps, shortest)
    if loop is None:
        raise Fault(
            Text(
                "No two poses at least {seconds:.2f} s apart match well enough for a loop.",
                seconds=options.shortest_sec,
            ),
            "Search a part in which the motion repeats, and set a length of one repetition at most.",
        )
    rests = _resting(joints, feet, fps)
    # whoever stands in one place only turns the body
    if rests[loop.first : loop.last + 1].all(axis=0).any():
        loop = replace(loop, turn=0.0)
    # a frame more at each end, where there is one, for the speed at which the ends are to meet
    around = slice(max(loop.first - 1, 0), loop.last + 2)
    start = loop.first - around.start
    way = straightened(joints[around], loop, start)
    ends = start, start + loop.last - loop.first
    ahead = _ahead(joints[around][:, feet], rests[around], way, ends)
    values = values_at(obj, frames)
    part = {path: columns[around] for path, columns in values.items()}
    carriers = carriers_of(obj, part, _led(obj, part, frames[around]))
    closed = dict(_Closing(obj, part, way, ends, ahead, options).channels(carriers))
    in_loop = slice(loop.first, loop.last + 1)
    on_way = GroundMotion(*(each[start : ends[1] + 1] for each in (way.centres, way.straight, way.turns)))
    if options.root_motion == "IN_PLACE":
        share = np.linspace(0.0, 1.0, ends[1] + 1 - start)[:, None]
        on_way, ahead = replace(on_way, straight=on_way.straight - share * ahead), np.zeros(3)
    closed = _with_feet(obj, frames, values, closed, in_loop, on_way, ahead, fps)
    channels = [channel for path, columns in closed.items() for channel in property_channels(path, columns)]
    name = cast("bpy.types.Action", cast("bpy.types.AnimData", obj.animation_data).action).name
    action = write_action(obj, f"{name} Loop", frames[loop.first : loop.last + 1], channels)
    # Blender takes an Action for cyclic within a manual frame range only
    action.use_frame_range = True
    action.frame_start, action.frame_end = float(frames[loop.first]), float(frames[loop.last])
    action.use_cyclic = True
    travelling = {f"{carrier.prefix}location" for carrier in carriers}
    for (path, _), curve in curves_of(obj).items():
        cycles = cast("bpy.types.FModifierCycles", curve.modifiers.new("CYCLES"))
        # each cycle begins where the one before led to; all else repeats in its place
        cycles.mode_before = cycles.mode_after = "REPEAT_OFFSET" if path in travelling else "REPEAT"
    return MadeLoop(int(frames[loop.first]), int(frames[loop.last]), loop.degrees, float(np.degrees(abs(loop.turn))))


def _with_feet(
    obj: bpy.types.Object,
    frames: FloatArray,
    values: Mapping[str, FloatArray],
    closed: dict[str, FloatArray],
    in_loop: slice,
    way: GroundMotion,
    ahead: FloatArray,
    fps: float,
) -> dict[str, FloatArray]:
    """Return a loop's values (N + 1, C) with feet that stand as in the values (F, C) at all frames (F,)."""
    skeleton, bone_map = skeleton_of(obj), bone_map_of(obj)
    legs = free_legs(obj, bone_map)
    before = channels_of(obj, transforms_in(values), frames)
    after = channels_of(obj, transforms_in(closed), frames[in_loop])
    if legs is None or before is None or after is None:
        return closed
    figure = figure_of(replace(skeleton, world=before[1][0]), bone_map, "object")
    was = in_world(posed(skeleton, before[0]), before[1])
    legs_held = held_legs(figure, was, (frames - frames[0]) / fps)
    soles = soles_of(figure, legs_held, was)
    rolls = carrying(soles, floor_of(soles, fps), fps)
    held: list[HeldLeg] = []
    for leg, carries in zip(legs_held, rolls.T, strict=True):
        held.append(leg.standing((leg.stances.known | carries)[in_loop]))
    solved = with_feet_looped(figure, was.at(in_loop), held, way, ahead, *after, fps)
    return {**closed, **solved_values(obj, [*legs, bone_map.bones()["hips"]], solved, after[0], closed)}


def transforms_in(values: Mapping[str, FloatArray]) -> dict[str, FloatArray]:
    """Return the values that move bones or the object: a switch is none."""
    return {path: columns for path, columns in values.items() if path.rpartition(".")[2] in TRANSFORMS}


def _joints(
    obj: bpy.types.Object, scene: bpy.types.Scene, frames: FloatArray
) -> tuple[FloatArray, IntArray, list[int]]:
    """Return (F, B, 3) joints in metres, their (B,) parents, and which of them are of feet."""
    motion = armature_motion(obj, scene)
    clip, slots = motion.clip, motion.bone_map.bones()
    # the body alone, where it is known: a coat's or a tail's bones never come back to the same pose
    kept = list(range(len(clip.skeleton)))
    if slots:
        kept = filled(clip.skeleton.indices, dict.fromkeys(slots.values()))
    part = clip.skeleton.part(kept)
    joints = straight_between(clip.positions[:, kept], motion.mapping.frames(clip.times), frames)
    feet = part.indices_of(filled(slots, _FEET))
    return joints, part.parents, feet


def _resting(joints: FloatArray, feet: Sequence[int], fps: float) -> BoolArray:
    """Return (F, N) whether feet, of joints (F, B, 3), rest."""
    times, leg = np.arange(len(joints)) / fps, float(np.ptp(joints[..., 2], axis=1).max()) / 2.0
    found = np.zeros((len(joints), len(feet)), dtype=np.bool_)
    for column, foot in enumerate(feet):
        found[:, column] = contact_of(joints[:, foot], times, leg).rests
    return found


def _ahead(feet: FloatArray, rests: BoolArray, way: GroundMotion, ends: tuple[int, int]) -> FloatArray:
    """Return (3,) metres by which a cycle gets on: the way between standing feet's two places, else the figure's."""
    first, last = ends
    # a foot that stands at both ends is where a cycle must begin again, to the millimetre: hips sway over it
    paths = [way.applied(feet[:, foot]) for foot in np.flatnonzero(rests[first] & rests[last])]
    path = np.mean(paths, axis=0) if paths else way.straight
    return (path[last] - path[first]) * np.array([1.0, 1.0, 0.0])


@dataclass(frozen=True, eq=False)
class _Closing:
    """A loop that is being closed.

    Attributes:
        obj: the armature object.
        values: data path to (F, C) values of the Action, at the loop's frames and one more at each end.
        way: how the figure goes there.
        ends: the loop's first and last row among them.
        ahead: (3,) metres by which a cycle gets on.
        options: the user's choices.
    """

    obj: bpy.types.Object
    values: dict[str, FloatArray]
    way: GroundMotion
    ends: tuple[int, int]
    ahead: FloatArray
    options: LoopOptions

    def channels(self, carriers: Sequence[Carrier]) -> Iterator[tuple[str, FloatArray]]:
        """Yield each data path that the Action keys and its values, closed; those of carriers are taken out."""
        for carrier in carriers:
            yield from self._carried(carrier)
        modes = rotation_modes(self.obj)
        for path, columns in self.values.items():
            if path in modes:
                turned = self._closed_rotations(rotations_of_values(modes[path], columns))
                closed = rotation_values(modes[path], turned)[1]
            else:
                closed = closed_values(columns, *self.ends, self.options.blend_frames)
            yield path, closed

    def _carried(self, carrier: Carrier) -> Iterator[tuple[str, FloatArray]]:
        """Yield the same of a carrier."""
        if carrier.turns:
            turned = multiply(carrier.turned, rotations_of_values(carrier.mode, self._taken(carrier.rotation)))
            turned = self._closed_rotations(multiply(self.way.turns, turned))
            rotations = rotation_values(carrier.mode, multiply(conjugate(carrier.turned), turned))[1]
            yield carrier.rotation, rotations
        if carrier.located:
            path = f"{carrier.prefix}location"
            places, ahead = self._taken(path) @ carrier.axes.T + carrier.origin, self.ahead
            # what is inside of another carrier travels with it
            if carrier.inside:
                places, ahead = rotate(self.way.turns, places), np.zeros(3)
            else:
                places = self.way.applied(places)
            closed = closed_values(places, *self.ends, self.options.blend_frames, ahead)
            if self.options.root_motion == "IN_PLACE":
                closed = closed - np.linspace(0.0, 1.0, len(closed))[:, None] * ahead
            yield path, (closed - carrier.origin) @ np.linalg.inv(carrier.axes).T

    def _taken(self, path: str) -> FloatArray:
        """Take the values of a channel out; one without keys stays as it is."""
        return self.values.pop(path, np.tile(value_now(self.obj, path), (len(self.way.straight), 1)))

    def _closed_rotations(self, rotations: FloatArray) -> FloatArray:
        return closed_rotations(rotations, *self.ends, self.options.blend_frames)


def frames_to_edit(obj: bpy.types.Object) -> tuple[int, int]:
    """Return the first and last whole frame of an armature object's Action, whose keys can be changed.

    Raises:
        Fault: it has none that moves bones, or its keys can't be changed now.
    """
    found = frames_of(obj)
    action = action_of(obj)
    if action is not None and not action.is_editable:
        raise Fault(
            Text("The Action “{action}” is linked from another file and can't be changed here.", action=action.name),
            "Make it local (Object > Relations > Make Local), then try again.",
        )
    return found


def frames_within(obj: bpy.types.Object, first: int, last: int) -> tuple[int, int]:
    """Return a range of frames cut to those of an armature object's Action.

    Raises:
        Fault: as of `frames_to_edit`, the range has no length, or nothing of the Action is in it.
    """
    begins, ends = frames_to_edit(obj)
    if first >= last:
        raise Fault(
            Text("The end, frame {last}, isn't after the start, frame {first}.", first=first, last=last),
            "Choose an end after the start.",
        )
    first, last = max(first, begins), min(last, ends)
    if first >= last:
        raise Fault(
            Text("The Action has no motion there: it has keys from frame {first} to {last}.", first=begins, last=ends),
            "Choose frames within these.",
        )
    return first, last


def free_legs(obj: bpy.types.Object, bone_map: BoneMap) -> list[str] | None:
    """Return the bones of the legs; None if there are no hips, or something else than keys moves the legs."""
    slots = bone_map.bones()
    if "hips" not in slots:
        return None
    # the part begins with the hips
    _, *legs = filled(slots, PARTS["legs"])
    return None if has_influences(obj, legs) else legs


def solved_values(
    obj: bpy.types.Object,
    bones: list[str],
    solved: PoseMotion,
    before: PoseMotion,
    values: Mapping[str, FloatArray],
) -> dict[str, FloatArray]:
    """Return data path to values (F, C) of the bones that were solved.

    Args:
        obj: the armature object.
        bones: which may have been.
        solved: the channels of all bones.
        before: the same before that.
        values: data path to (F, C) values, whose signs and turns are kept.
    """
    found: dict[str, FloatArray] = {}
    for name in bones:
        bone = pose_of(obj).bones[name]
        path, location = rotation_path(bone), bone.path_from_id("location")
        column = solved.bones.index(name)
        # what the solver left alone keeps its own values, to the bit
        if path in values and (solved.rotations[:, column] != before.rotations[:, column]).any():
            found[path] = rotation_values_from(bone.rotation_mode, solved.rotations[:, column], values[path][0])
        if location in values and name in solved.locations:
            found[location] = solved.locations[name]
    return found
