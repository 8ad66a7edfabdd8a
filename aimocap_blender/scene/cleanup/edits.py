"""Edits of an armature object's Action: chosen limbs smoothed, frames trimmed, part of it retimed, sides mirrored.

Smoothing and mirroring give keys other values, and nothing else changes. When the timing changes, feet that stand
stay.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, cast

import bpy
import numpy as np

from ...motion.bones.bone_names import BoneName, read_names
from ...motion.bones.humanoid import (
    ARM_SLOTS,
    FINGER_SLOTS,
    LEG_SLOTS,
    SIDES,
    BoneMap,
    filled,
    mapped_slots,
    mirrored,
    nearest_slots,
    slots_of,
)
from ...motion.feet.contact_edits import Bars
from ...motion.feet.kept_feet import held_legs, in_world, with_feet_kept, with_feet_reached, with_leg
from ...motion.figures.figure import Figure, figure_of
from ...motion.mirroring import mirrored_channels
from ...motion.own_motion_options import Limb
from ...motion.pose_motion import PosedBones, posed
from ...motion.resampling import on_a_spline
from ...motion.rotations import FloatArray, conjugate, continuous, from_matrix, norm, rotate, slerp, to_matrix
from ...motion.skeleton import Skeleton
from ...motion.smoothing import calm_rotations, calm_vectors, jitter
from ...motion.time_mapping import FrameMap
from ...texts.faults import Fault
from ...texts.text import Sentence, Text
from ..action_contacts import contacts_on, move_frames, store_contacts
from ..armature_motion import armature_motion
from ..armatures import TRANSFORMS, action_of, bone_property, on_other_bone, pose_of, skeleton_of
from ..bone_maps import bone_map_of
from ..keyed_motion import channels_of
from ..keys.keyframes import (
    LINEAR,
    ON_A_KEY,
    change_keys,
    columns_at,
    curves_of,
    keyed_frames,
    keyed_values,
    require_keys,
    set_keys,
    values_at,
)
from ..keys.pose_keys import CurveKeys, rotation_path, rotation_values, rotation_values_from, rotations_of_values
from ..scene_values import scene_fps
from .own_action import FEET_MAY_SLIDE, frames_to_edit, frames_within, free_legs, solved_values, transforms_in

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

_SIMPLE = (0, LINEAR)  # of Keyframe.interpolation: a part of these is of the same kind; 0 is constant
_FREE = 0  # of Keyframe.handle_left_type


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
    The feet of legs that aren't chosen swing as before, too.

    Args:
        obj: the armature object, which has an Action with keyframes of bones.
        scene: its frame rate gives the seconds.
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
        # a leg that nobody chose has its foot go where it went, however the hips move now
        others = [f"{side}_foot" for side in SIDES if f"{side}_leg" not in moving]
        kept = _with_feet_kept(obj, scene, skeleton, bone_map, frames, values, changed, others)
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
    # the map names the bones of the limbs' slots; twist bones and fingers that it doesn't name hang on them
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
    keys = np.unique(keyed_frames(curves_of(obj).values()))
    spacing = np.diff(keys)
    spacing = spacing[spacing > _LEAST_SPACING]
    if not len(spacing):
        # nothing to smooth, and no step to sample at
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
    always: Collection[str],
) -> dict[str, FloatArray] | None:
    """Return the changed values with standing feet where they were; None if they can't be held.

    Feet with some slots also swing as they did.
    """
    legs = free_legs(obj, bone_map)
    before, after = channels_of(obj, values, frames), channels_of(obj, {**values, **changed}, frames)
    if legs is None or before is None or after is None:
        return None
    times = (frames - frames[0]) / scene_fps(scene)
    figure = figure_of(replace(skeleton, world=before[1][0]), bone_map, "object")
    kept = with_feet_kept(figure, before[0], after[0], before[1], times, always)
    return {**changed, **solved_values(obj, [*legs, bone_map.bones()["hips"]], kept, after[0], values)}


def _jitter(obj: bpy.types.Object, scene: bpy.types.Scene, limbs: Collection[Limb]) -> float:
    """Return the mean acceleration of the limbs' ends, as Blender evaluates them, metres a second squared."""
    motion = armature_motion(obj, scene)
    clip, skeleton = motion.clip, motion.clip.skeleton
    slots = motion.bone_map.indices_in(skeleton.indices)
    ends: list[FloatArray] = []
    for limb in limbs:
        side, _, part = limb.rpartition("_")
        bones = filled(slots, slots_of(side, _ENDS[part]) if side else _ENDS[part])
        if bones:
            bone = bones[0]
            rest = skeleton.rest_rotations[bone]
            arm = cast("Any", skeleton.world[:3, :3]) @ (skeleton.tails[bone] - skeleton.rest[bone, :3, 3])
            # at the bone's tail, where a jitter of its rotation shows; hips have their own place
            arm = rotate(conjugate(rest), arm) * (limb != "hips")
            ends.append(clip.positions[:, bone] + rotate(clip.rotations[:, bone], arm))
    return jitter(np.stack(ends, axis=1), clip.fps) if ends else 0.0


@dataclass(frozen=True)
class Retimed:
    """The result of retiming, in frames of the timeline.

    Attributes:
        first: frame at which the retimed part begins.
        last: at which it ended.
        ends: at which it ends now.
        warnings: what people should know, one sentence each.
    """

    first: int
    last: int
    ends: int
    warnings: tuple[Sentence, ...]


def retime(obj: bpy.types.Object, scene: bpy.types.Scene, first: int, last: int, speed: float) -> Retimed:
    """Play the Action between two frames at another speed; the pose at each end stays, and what comes after is moved.

    There is a key on each whole frame between them then. The speed is rounded so that the last pose is on a frame.

    Args:
        obj: the armature object, which has an Action with keyframes of bones.
        scene: its frame rate gives the seconds.
        first: frame of the timeline.
        last: another one.
        speed: factor.

    Raises:
        Fault: nothing of the Action is between the frames, or it can't be changed. Nothing has changed then.
    """
    first, last = frames_within(obj, first, last)
    require_keys(obj)
    ends = first + max(1, round((last - first) / speed))
    frames: FloatArray = np.arange(first, ends + 1.0, dtype=np.float64)
    change = FrameMap((first, last), (first, ends))
    # frames of the Action as it is
    played = change.back(frames)
    values, warnings = _values(obj, scene, played)
    for (path, index), curve in curves_of(obj).items():
        keys = CurveKeys.of(cast("Any", curve.keyframe_points))
        if not len(keys.columns["co"]):
            continue
        new = keys.moved(change.moved)
        if path in values and np.ptp(values[path][:, index]) > 0.0:
            baked = keys.alike(frames, values[path][:, index])
            # the keys around keep their handles, else the curves beside the new keys would change
            new = new.outside(first, ends).freed().joined(baked)
        new.write(cast("Any", curve.keyframe_points))
        curve.update()
    action = cast("bpy.types.Action", action_of(obj))
    move_frames(action, change)
    action.update_tag()
    return Retimed(first, last, ends, warnings)


def _values(
    obj: bpy.types.Object, scene: bpy.types.Scene, played: FloatArray
) -> tuple[dict[str, FloatArray], tuple[Sentence, ...]]:
    """Return data path to values (F, C) of transforms at frames (F,) between keys, and what people should know."""
    whole: FloatArray = np.arange(np.floor(played[0]) - 1.0, np.ceil(played[-1]) + 2.0, dtype=np.float64)
    at = played - whole[0]
    before: dict[str, FloatArray] = {}
    found: dict[str, FloatArray] = {}
    # a switch has no values between its own
    for path, columns in transforms_in(values_at(obj, whole)).items():
        before[path] = columns
        # keys of the same rotation may have either sign, and a curve between both would go through 0
        even = continuous(columns) if path.endswith("quaternion") else columns
        found[path] = on_a_spline(even, at)
    skeleton, bone_map = skeleton_of(obj), bone_map_of(obj)
    legs = free_legs(obj, bone_map)
    was, now = channels_of(obj, before, whole), channels_of(obj, found, played)
    if legs is None or was is None or now is None:
        return found, (FEET_MAY_SLIDE,)
    figure = figure_of(replace(skeleton, world=was[1][0]), bone_map, "object")
    shown = _between(in_world(posed(skeleton, was[0]), was[1]), at, figure)
    solved = now[0]
    for leg in held_legs(figure, shown, played / scene_fps(scene), creeping=True):
        if leg.arm is not None or leg.stances.known.any():
            solved = with_leg(figure, solved, shown, leg, now[1])
    return {**found, **solved_values(obj, legs, solved, now[0], found)}, ()


def _between(bones: PosedBones, at: FloatArray, figure: Figure) -> PosedBones:
    """Return poses at samples (N,) with fractions, straight between those at whole ones; what stands there stays.

    A foot turns about its ankle or its ball, whichever moves less.
    """
    lower = np.minimum(at.astype(np.int64), len(bones.heads) - 2)
    share = (at - lower)[:, None]
    heads = bones.heads[lower] + (bones.heads[lower + 1] - bones.heads[lower]) * share[..., None]
    rotations = slerp(bones.rotations[lower], bones.rotations[lower + 1], share)
    steps = norm(bones.heads[lower + 1] - bones.heads[lower])
    # between two frames a heel lifts while the ball stands: on a straight line both would slide
    for side in SIDES:
        if figure.has(f"{side}_foot", f"{side}_toes"):
            foot, toes = figure.slots[f"{side}_foot"], figure.slots[f"{side}_toes"]
            arm = rotate(conjugate(bones.rotations[0, foot]), bones.heads[0, toes] - bones.heads[0, foot])
            by_ball = heads[:, toes] - rotate(rotations[:, foot], arm)
            heads[:, foot] = np.where((steps[:, toes] < steps[:, foot])[:, None], by_ball, heads[:, foot])
    return PosedBones(rotations, heads)


@dataclass(frozen=True)
class Trimmed:
    """The result of trimming, in frames of the timeline.

    Attributes:
        first: frame of the first pose that was kept, before keys were moved.
        last: of the last one.
        shift: by which keys were moved.
    """

    first: int
    last: int
    shift: int


def trim(obj: bpy.types.Object, first: int, last: int, *, keep_start: bool) -> Trimmed:
    """Remove the keys outside a range; where its ends lie between keys, keys with the pose there are inserted.

    Between an inserted key and the next one, there is one on each frame unless the curve is straight there. A manual
    frame range of the Action becomes the range.

    Args:
        obj: the armature object, which has an Action with keyframes of bones.
        first: frame of the timeline at which the motion shall begin.
        last: at which it shall end.
        keep_start: move the keys so that the motion begins at the frame where it began.

    Raises:
        Fault: nothing would be removed, or all, or the Action can't be changed. Nothing has changed then.
    """
    begins, ends = frames_to_edit(obj)
    action = cast("bpy.types.Action", action_of(obj))
    first, last = frames_within(obj, first, last)
    if (first, last) == (begins, ends):
        raise Fault(
            Text("The Action has no keys outside frames {first} to {last}.", first=first, last=last),
            "Set a preview range over the part to keep (P in the Timeline), then try again.",
        )
    require_keys(obj)
    shift = begins - first if keep_start else 0
    for curve in curves_of(obj).values():
        if curve.keyframe_points:
            _trim_curve(curve, first, last, shift)
    move_frames(action, FrameMap((first,), (first + shift,)), (first, last))
    action.update_tag()
    return Trimmed(first, last, shift)


def _trim_curve(curve: bpy.types.FCurve, first: int, last: int, shift: int) -> None:
    # its stub has arrays of unknown type
    points = cast("Any", curve.keyframe_points)
    keys = CurveKeys.of(points)
    frames, kinds = keys.columns["co"][:, 0], keys.columns["interpolation"]
    inside = (frames > first - ON_A_KEY) & (frames < last + ON_A_KEY)
    within = frames[inside].tolist()
    added: dict[int, int] = {}  # frame to interpolation
    edges = np.flatnonzero(inside)[[0, -1]] if within else np.empty(0, np.intp)
    # a key on each frame keeps the shape of a curve that is neither straight nor constant
    if frames[0] < first < frames[-1] and not (within and within[0] - first < ON_A_KEY):
        kind = int(kinds[np.flatnonzero(frames < first)[-1]])
        stop = int(np.ceil(within[0] - ON_A_KEY)) if within else last
        added |= dict.fromkeys([first], kind) if kind in _SIMPLE else dict.fromkeys(range(first, stop), LINEAR)
    if frames[0] < last < frames[-1] and not (within and last - within[-1] < ON_A_KEY):
        kind = int(kinds[np.flatnonzero(frames < last)[-1]])
        start = int(np.floor(within[-1] + ON_A_KEY)) if within else first
        if kind in _SIMPLE:
            added[last] = kind
        else:
            added |= dict.fromkeys(range(start + 1, last + 1), LINEAR)
            kinds[edges[-1:]] = LINEAR
    # a curve that rests there
    if not within and not added:
        added[first] = LINEAR
    # as they are, whatever their new neighbours are
    for name in ("handle_left_type", "handle_right_type"):
        keys.columns[name][edges] = _FREE
    # asked for before the keys go that they lie between
    values = {frame: curve.evaluate(frame) for frame in added}
    kept = keys.part(inside).joined(keys.new(values, added))
    kept.moved(lambda at: at + shift).write(points)
    curve.update()


def mirror(obj: bpy.types.Object) -> None:
    """Exchange the motion of left and right, as a mirror along the character's middle shows it; twice restores it.

    Contacts that the Action knows change their feet, too.

    Args:
        obj: the armature object, which has an Action with keyframes of bones.

    Raises:
        Fault: the Action can't be changed, or moves the object itself. Nothing has changed then.
    """
    frames_to_edit(obj)
    curves = curves_of(obj)
    if any(path.removeprefix("delta_") in TRANSFORMS for path, _ in curves):
        raise Fault(
            Text("The Action of “{name}” moves the armature object itself.", name=obj.name),
            "Apply the motion again with Mirror, or with another choice for Root Motion On.",
        )
    keyed = {of_bone[0] for path, _ in curves if (of_bone := bone_property(path)) is not None}
    skeleton, bone_map = skeleton_of(obj), bone_map_of(obj)
    others = counterparts(skeleton.names)
    # what the map says of a bone counts for more than its name
    mapped = bone_map.bones()
    for slot, bone in mapped.items():
        other = mapped.get(mirrored(slot), bone)
        if other != bone:
            others[bone] = other
    across = _across(obj, bone_map)
    rest = dict(zip(skeleton.names, skeleton.rest[:, :3, :3], strict=True))
    frames = np.unique(keyed_frames(curves.values()))
    values = values_at(obj, frames)
    changed: dict[str, tuple[str, FloatArray]] = {}
    opposite = {others.get(bone, bone) for bone in keyed}
    for name in sorted(opposite.union(keyed) & rest.keys()):
        other = others.get(name, name)
        # bones of both sides seldom are exact mirrors of each other at rest: their channels are read in their own axes
        by = mirrored_channels(rest[name], rest[other], across)
        changed |= _mirrored(obj, (name, other), by, across, values)
    changed |= _reached(obj, skeleton, bone_map, frames, values, changed)
    changed |= _exchanged_switches(values, others)
    # all channels of a property get the same keys: half a rotation can't be mirrored
    at: dict[str, FloatArray] = {}
    for (path, _), curve in curves.items():
        at[path] = np.union1d(at.get(path, frames[:0]), keyed_values(curve)[0])
    # where only one of two bones is keyed, its counterpart needs curves to take the motion
    _insert_missing(obj, changed, float(frames[0]))
    curves = curves_of(obj)
    for path, (source, columns) in changed.items():
        for index in range(columns.shape[1]):
            _give(curves[path, index], at.get(source, frames[:1]), frames, columns[:, index])
    action = cast("bpy.types.Action", action_of(obj))
    contacts = contacts_on(action)
    if contacts is not None:
        options = replace(contacts.options, mirror=not contacts.options.mirror)
        found, feet = _exchanged(contacts.found), _exchanged(contacts.feet)
        store_contacts(action, replace(contacts, found=found, feet=feet, options=options))
    action.update_tag()


def _exchanged(bars: Bars) -> Bars:
    """Return each foot's bars as the other one's."""
    sides = zip(SIDES, reversed(SIDES), strict=True)
    return {side: bars[other] for side, other in sides if other in bars}


def _across(obj: bpy.types.Object, bone_map: BoneMap) -> FloatArray:
    """Return (3,) factors of a mirror between left and right, in the armature's space."""
    bones = cast("bpy.types.Armature", obj.data).bones
    mapped = bone_map.bones()
    # the axis along which bones of the left side lie furthest from those of the right, all pairs together
    step = np.zeros(3)
    for slot, left in mapped.items():
        right = mapped.get(mirrored(slot))
        if slot.startswith("left_") and right is not None:
            step += np.array(bones[left].head_local) - np.array(bones[right].head_local)
    axis = int(np.argmax(np.abs(step)))
    return np.where(np.arange(3) == axis, -1.0, 1.0)


def _mirrored(
    obj: bpy.types.Object,
    bones: tuple[str, str],
    by: FloatArray,
    across: FloatArray,
    values: Mapping[str, FloatArray],
) -> dict[str, tuple[str, FloatArray]]:
    """Return data path to the one that it comes from, and values (F, C), of a bone that takes another one's motion."""
    own, other = pose_of(obj).bones[bones[0]], pose_of(obj).bones[bones[1]]
    found: dict[str, tuple[str, FloatArray]] = {}
    turned, moved = rotation_path(other), other.path_from_id("location")
    turning, moving = rotation_path(own), own.path_from_id("location")
    if turned in values or turning in values:
        now = to_matrix(rotations_of_values(other.rotation_mode, columns_at(obj, values, turned)))
        rotations = by @ now @ by.T
        found[turning] = turned, rotation_values(own.rotation_mode, from_matrix(rotations))[1]
    if moved in values or moving in values:
        # without Local Location, the channels run along the axes of the armature
        factor = by if own.bone.use_local_location else np.diag(across)
        found[moving] = moved, columns_at(obj, values, moved) @ factor.T
    return found


def _reached(
    obj: bpy.types.Object,
    skeleton: Skeleton,
    bone_map: BoneMap,
    frames: FloatArray,
    values: Mapping[str, FloatArray],
    changed: Mapping[str, tuple[str, FloatArray]],
) -> dict[str, tuple[str, FloatArray]]:
    """Return, as `_mirrored`, legs that reach feet which hang on none: at rest, both seldom are equally far away."""
    now = {**values, **{path: columns for path, (_, columns) in changed.items()}}
    legs, found = free_legs(obj, bone_map), channels_of(obj, now, frames)
    if legs is None or found is None:
        return {}
    motion, worlds = found
    figure = figure_of(replace(skeleton, world=worlds[0]), bone_map, "object")
    solved = solved_values(obj, legs, with_feet_reached(figure, motion, worlds), motion, now)
    return {path: (changed[path][0], columns) for path, columns in solved.items() if path in changed}


def _exchanged_switches(
    values: Mapping[str, FloatArray], others: Mapping[str, str]
) -> dict[str, tuple[str, FloatArray]]:
    """Return, as `_mirrored`, the single numbers that both sides have keyed besides their motion, such as switches."""
    found: dict[str, tuple[str, FloatArray]] = {}
    for path in values:
        other = on_other_bone(path, others)
        if bone_property(path) is None and other != path and other in values and values[other].shape[1] == 1:
            found[path] = other, values[other]
    return found


def _insert_missing(obj: bpy.types.Object, changed: Mapping[str, tuple[str, FloatArray]], frame: float) -> None:
    """Insert a key into each channel that has none."""
    known = set(curves_of(obj))
    for path, (_, columns) in changed.items():
        if any((path, index) not in known for index in range(columns.shape[1])):
            bone, _, channel = path.rpartition(".")
            cast("Any", obj.path_resolve(bone)).keyframe_insert(channel, frame=frame)


def _give(curve: bpy.types.FCurve, at: FloatArray, frames: FloatArray, values: FloatArray) -> None:
    """Give a curve keys at frames `at`: those it has if they are there, else straight ones. It has values at (F,)."""
    if not np.array_equal(keyed_values(curve)[0], at):
        set_keys(curve, np.stack([at, np.interp(at, frames, values)], axis=1).astype(np.float32).reshape(-1))
    change_keys(curve, frames, values)


def counterparts(names: Iterable[str]) -> dict[str, str]:
    """Return bone to the one on the other side, by Blender's flipped name or by its words, where there is one."""
    read = dict(zip(names := list(names), read_names(names), strict=True))
    alike: dict[BoneName, list[str]] = {}
    for name, meant in read.items():
        alike.setdefault(meant, []).append(name)
    found: dict[str, str] = {}
    for name, meant in read.items():
        # Blender flips no names such as `mixamorig:LeftHand`: of these, only their words tell the side
        flipped = bpy.utils.flip_name(name)
        if flipped != name and flipped in read:
            found[name] = flipped
        elif meant.side is not None:
            others = alike.get(replace(meant, side=SIDES[1 - SIDES.index(meant.side)]), [])
            if len(others) == 1:
                found[name] = others[0]
    return found
