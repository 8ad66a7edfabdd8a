"""Making a loop of the Action of an armature object: reading its curves, and writing them as a new Action."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import cast

import bpy
import numpy as np

from ..motion.bones.humanoid import filled
from ..motion.contacts import contact_of
from ..motion.loops import GroundMotion, best_loop, closed_rotations, closed_values, straightened
from ..motion.own_motion_options import LoopOptions
from ..motion.resampling import straight_between
from ..motion.rotations import (
    FloatArray,
    IntArray,
    conjugate,
    multiply,
    rotate,
)
from ..texts.faults import Fault
from ..texts.text import Text
from .armature_motion import armature_motion
from .armatures import bone_property, value_now
from .carriers import Carrier, carriers_of
from .keys.keyframes import (
    ON_A_KEY,
    Channel,
    curves_of,
    property_channels,
    range_of,
    require_editable,
    values_at,
    write_action,
)
from .keys.rotation_channels import rotation_modes, rotation_values, rotations_of_values
from .playback_range import scene_fps

_FEET = ("left_foot", "left_toes", "right_foot", "right_toes")


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
    if data is None or not any(bone_property(path) for path, _ in curves):
        raise Fault(
            Text("“{name}” has no Action with keyframes of bones.", name=obj.name),
            "Apply a motion to it, then try again.",
        )
    if data.use_tweak_mode:
        raise Fault(
            Text("An NLA strip of “{rig}” is being tweaked.", rig=obj.name), "Leave Tweak Mode (Tab), then try again."
        )
    first, last = range_of(curves.values())
    return int(np.ceil(first - ON_A_KEY)), int(np.floor(last + ON_A_KEY))


def make_loop(obj: bpy.types.Object, scene: bpy.types.Scene, options: LoopOptions) -> MadeLoop:
    """Put the best loop within the Action of an armature object onto a new, cyclic Action, keyed on whole frames.

    The previous Action is pushed down to a muted NLA track. Curves repeat outside the loop's frames.

    Raises:
        Fault: there is nothing to loop, too little of it, or no match. Nothing has changed then.
    """
    first, last = frames_of(obj)
    first, last = max(first, options.first_frame), min(last, options.last_frame)
    fps = scene_fps(scene)
    # rounding must not ask for a frame more
    shortest = max(2, int(np.ceil(options.shortest_sec * fps - 1e-6)))
    if last - first < shortest:
        raise Fault(
            Text(
                "The Action has {count} frames to search, and the shortest loop would have {shortest}.",
                count=max(0, last - first + 1),
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
            "Search other frames, or set a shorter length.",
        )
    around = slice(max(loop.first - 1, 0), loop.last + 2)
    start = loop.first - around.start
    way = straightened(joints[around], loop, start)
    ends = start, start + loop.last - loop.first
    ahead = _ahead(joints[around], feet, way, ends, fps)
    values = values_at(obj, frames[around])
    carriers = carriers_of(obj, values)
    channels = list(_channels(obj, carriers, values, way, ends, ahead, options))
    name = cast("bpy.types.Action", cast("bpy.types.AnimData", obj.animation_data).action).name
    action = write_action(obj, f"{name} Loop", frames[loop.first : loop.last + 1], channels)
    action.use_frame_range = True
    action.frame_start, action.frame_end = float(frames[loop.first]), float(frames[loop.last])
    action.use_cyclic = True
    travelling = {f"{carrier.prefix}location" for carrier in carriers}
    for (path, _), curve in curves_of(obj).items():
        cycles = cast("bpy.types.FModifierCycles", curve.modifiers.new("CYCLES"))
        # each cycle begins where the one before led to; all else repeats in its place
        cycles.mode_before = cycles.mode_after = "REPEAT_OFFSET" if path in travelling else "REPEAT"
    return MadeLoop(int(frames[loop.first]), int(frames[loop.last]), loop.degrees, float(np.degrees(abs(loop.turn))))


def _joints(
    obj: bpy.types.Object, scene: bpy.types.Scene, frames: FloatArray
) -> tuple[FloatArray, IntArray, list[int]]:
    """Return (F, B, 3) joints in metres, their (B,) parents, and which of them are of feet."""
    motion = armature_motion(obj, scene)
    clip, slots = motion.clip, motion.bone_map.bones()
    body = [bone for bone in dict.fromkeys(slots.values()) if bone in clip.skeleton.indices]
    kept = [clip.skeleton.index(bone) for bone in body] if slots else list(range(len(clip.skeleton)))
    part = clip.skeleton.part(kept)
    joints = straight_between(clip.positions[:, kept], motion.mapping.frames(clip.times), frames)
    feet = [part.index(bone) for bone in filled(slots, _FEET)]
    return joints, part.parents, feet


def _ahead(joints: FloatArray, feet: Sequence[int], way: GroundMotion, ends: tuple[int, int], fps: float) -> FloatArray:
    """Return (3,) metres by which a cycle gets on: the way between standing feet's two places, else the figure's."""
    first, last = ends
    times, leg = np.arange(len(joints)) / fps, float(np.ptp(joints[..., 2], axis=1).max()) / 2.0
    stands = [foot for foot in feet if contact_of(joints[:, foot], times, leg).rests[[first, last]].all()]
    path = np.mean([way.applied(joints[:, foot]) for foot in stands], axis=0) if stands else way.straight
    return (path[last] - path[first]) * np.array([1.0, 1.0, 0.0])


def _channels(
    obj: bpy.types.Object,
    carriers: Sequence[Carrier],
    values: dict[str, FloatArray],
    way: GroundMotion,
    ends: tuple[int, int],
    ahead: FloatArray,
    options: LoopOptions,
) -> Iterator[Channel]:
    """Yield everything that the Action keys over the loop, closed."""
    blend = options.blend_frames
    for carrier in carriers:
        yield from _carried(obj, carrier, values, way, ends, ahead, options)
    modes = rotation_modes(obj)
    for path, columns in values.items():
        if path in modes:
            turned = closed_rotations(rotations_of_values(modes[path], columns), *ends, blend)
            closed = rotation_values(modes[path], turned)[1]
        else:
            closed = closed_values(columns, *ends, blend)
        yield from property_channels(path, closed)


def _carried(
    obj: bpy.types.Object,
    carrier: Carrier,
    values: dict[str, FloatArray],
    way: GroundMotion,
    ends: tuple[int, int],
    ahead: FloatArray,
    options: LoopOptions,
) -> Iterator[Channel]:
    """Yield the closed channels of a carrier, and take them out of the values."""
    first, last = ends
    count = len(way.straight)

    def taken(path: str) -> FloatArray:
        return values.pop(path, np.tile(value_now(obj, path), (count, 1)))

    if carrier.turns:
        turned = multiply(carrier.turned, rotations_of_values(carrier.mode, taken(carrier.rotation)))
        turned = closed_rotations(multiply(way.turns, turned), first, last, options.blend_frames)
        rotations = rotation_values(carrier.mode, multiply(conjugate(carrier.turned), turned))[1]
        yield from property_channels(carrier.rotation, rotations)
    if carrier.located:
        path = f"{carrier.prefix}location"
        places = taken(path) @ carrier.axes.T + carrier.origin
        if carrier.inside:
            places, ahead = rotate(way.turns, places), np.zeros(3)
        else:
            places = way.applied(places)
        closed = closed_values(places, first, last, options.blend_frames, ahead)
        if options.root_motion == "IN_PLACE":
            closed = closed - np.linspace(0.0, 1.0, len(closed))[:, None] * ahead
        yield from property_channels(path, (closed - carrier.origin) @ np.linalg.inv(carrier.axes).T)
