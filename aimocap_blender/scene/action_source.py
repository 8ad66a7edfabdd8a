"""The source of an Action's motion and its worst joint, stored on the Action, where the Asset Browser finds them.

An Action that is an asset stores the skeleton too that it was keyed for, and so is seen and read without its armature.
"""

import itertools
import json
import math
import uuid
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import astuple, dataclass, fields, replace
from pathlib import Path
from typing import Any, cast

import bpy
import numpy as np

from ..motion.bones.humanoid import ARM_SLOTS, LEG_SLOTS, TORSO_SLOTS, BoneMap, slots_of
from ..motion.figures.figure import leftward
from ..motion.pose_motion import PoseMotion, RetargetReport, posed
from ..motion.rotations import IDENTITY, FloatArray, to_matrix
from ..motion.skeleton import BoneOptions, Clip, Skeleton
from ..motion.time_mapping import TimeMapping
from ..texts.faults import Fault
from ..texts.text import Text
from .armature_motion import ArmatureMotion, in_world
from .armatures import TRANSFORMS, action_of, bone_property, pose_of, skeleton_of
from .bone_maps import bone_map_of, kept_bone_map
from .g1.rig import is_g1_rig, model_of
from .keyed_motion import KeyedPoses
from .keys.keyframes import curves_in, is_as_written, take_as_edited, values_of
from .keys.pose_keys import rotation_property, rotations_of_values

_PREFIX = "aimocap_"
ASSET_TAG = "AIMoCap"
"""Of every Action that the add-on marks as an asset."""
_TAGS: tuple[str, ...] = (ASSET_TAG, "mocap")
LIBRARY = "AIMoCap"
"""Name of the asset library and of the catalog above all others, and the author of what no person made."""
_CATALOGS = ("Captures", "Previews", "Imported", "Robots")
_NO_CATALOG = "00000000-0000-0000-0000-000000000000"

_PROPERTY = "aimocap_worst"
_ADDED = "aimocap_added"
"""Custom property of an Action: ids of captures and previews whose motion is on part of the body, with spaces."""
_SKELETON = "aimocap_skeleton"
_MODES = {"QUATERNION", "AXIS_ANGLE", "XYZ", "XZY", "YXZ", "YZX", "ZXY", "ZYX"}
_MOST_FRAMES = 100_000
_SIZE = 128
"""Pixels of a side."""
_MIDDLES: FloatArray = np.linspace(0.5, _SIZE - 0.5, _SIZE)
"""Of the pixels of a row or column."""
_MOMENTS = (0.15, 0.5, 0.85)
_CENTRES = (28.0, 64.0, 100.0)
_COLOURS = ((0.33, 0.43, 0.6), (0.5, 0.64, 0.86), (0.78, 0.88, 1.0))
"""Of each moment."""
_CHAINS = (
    TORSO_SLOTS,
    ("hips", *slots_of("left", LEG_SLOTS)),
    ("hips", *slots_of("right", LEG_SLOTS)),
    slots_of("left", ARM_SLOTS),
    slots_of("right", ARM_SLOTS),
)
_TURNED = np.radians(35.0)
"""From the front."""
_TALLEST, _WIDEST = 112.0, 44.0
"""Pixels of a figure that stands, and of half a figure's width."""
_BELOW = 6.0
"""Pixels below the lowest joint."""
_TINY = 1e-6
_THICK, _HEAD = 0.024, 0.062
"""Half a limb's thickness, and a head's radius, as shares of the height."""


@dataclass(frozen=True)
class ActionSource:
    """The source of a motion. Each known value is a custom property of the Action, `aimocap_` and its name.

    Attributes:
        file: name of the file that was read or captured, never a path.
        armature: name of the armature in the scene that the motion was copied from.
        capture: id of the capture that made it.
        job: id of the capture's job at the service.
        target: the character or robot that the service made the motion for.
        range_sec: first and last second of the video.
        captured_at: date and time, ISO 8601.
        service: the service's host.
        preview: id of the preview on this computer that made it.
        checksum: of a motion file, as another one may have the same name.
    """

    file: str = ""
    armature: str = ""
    capture: str = ""
    job: str = ""
    target: str = ""
    range_sec: tuple[float, ...] = ()
    captured_at: str = ""
    service: str = ""
    preview: str = ""
    checksum: str = ""

    @property
    def sentence(self) -> str:
        """All of it in a sentence; '' if nothing is known."""
        if self.preview:
            return "Preview of {}, {:.2f} to {:.2f} s.".format(self.file or "a strip", *self.range_sec)
        if not self.capture:
            origin = self.file or (f"the armature “{self.armature}”" if self.armature else "")
            return f"Motion of {origin}." if origin else ""
        text = f"Captured from {self.file}" if self.file else f"Captured by job {self.job}"
        if self.range_sec:
            text += ", {:.2f} to {:.2f} s".format(*self.range_sec)
        return f"{text}, on {self.captured_at.partition('T')[0]}." if self.captured_at else f"{text}."


@dataclass(frozen=True, eq=False)
class AssetSkeleton:
    """The skeleton of an Action, and how its channels are read.

    Attributes:
        skeleton: all bones at rest; its world matrix is the object's when the Action was written.
        bone_map: the humanoid bones.
        modes: rotation mode of each bone.
        mode: rotation mode of the object.
        above: (4, 4) of the object's parents: its world matrix is this one by its own transform.
    """

    skeleton: Skeleton
    bone_map: BoneMap
    modes: tuple[str, ...]
    mode: str
    above: FloatArray


UNKNOWN = ActionSource()


def catalogs() -> tuple[str, ...]:
    """Return the paths of the asset catalogs."""
    return tuple(f"{LIBRARY}/{name}" for name in _CATALOGS)


def catalog_id(path: str) -> str:
    """Return the ID of a catalog, which is the same in every file and library."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, path))


def is_described(asset: bpy.types.AssetMetaData) -> bool:
    """Return whether people have given an asset an author or a catalog, other than what the add-on gives it."""
    given = {_NO_CATALOG, *map(catalog_id, catalogs())}
    return asset.author not in {"", LIBRARY} or asset.catalog_id not in given


def _catalog_of(source: ActionSource, *, is_robot: bool) -> str:
    captures, previews, imported, robots = catalogs()
    if is_robot:
        return robots
    return captures if source.capture or source.job else previews if source.preview else imported


def source_of(action: bpy.types.Action | None) -> ActionSource:
    """Return the source that is stored on an action; `UNKNOWN` for one without."""
    if action is None:
        return UNKNOWN
    kept = {field.name: action.get(_PREFIX + field.name, field.default) for field in fields(ActionSource)}
    # Blender gives an array back as one of its own types, and anybody may have written something else there
    seconds = kept["range_sec"]
    kept["range_sec"] = tuple(seconds.to_list()) if hasattr(seconds, "to_list") and len(seconds) > 1 else ()
    return ActionSource(**kept)


def keep_added(action: bpy.types.Action, source: ActionSource) -> None:
    """Store on an Action that it has a motion of this source on part of the body."""
    if take_id := source.capture or source.preview:
        action[_ADDED] = " ".join(sorted({*added_to(action), take_id}))


def added_to(action: bpy.types.Action) -> set[str]:
    """Return the ids of the captures and previews whose motion an Action has on part of the body."""
    return set(str(action.get(_ADDED, "")).split())


@contextmanager
def stamped(obj: bpy.types.Object, source: ActionSource | None, *, as_asset: bool) -> Generator[None]:
    """Store the source on the action that an armature object gets in the block; on an error nothing is changed.

    A motion that replaces one of the same job, or the one that it was repaired from, takes over its asset data: there
    is one asset of each. One of the same capture, preview or file is removed, unless a key in it was changed or it was
    given a fake user.

    Args:
        obj: the armature object.
        source: of the motion; None if it is the object's own motion, repaired.
        as_asset: mark it as an asset.
    """
    before = action_of(obj)
    last = source_of(before)
    # what the block pushes down is told from strips that were there by their addresses
    strips: set[int] = set()
    for _, strip in strips_of(obj, before) if before is not None else ():
        strips.add(strip.as_pointer())
    is_kept = source is not None and bool(source.capture or source.preview or source.checksum)
    # asked before the block, which replaces the Action: afterwards nothing tells whether its keys were edited
    again = is_kept and source == last and is_as_written(obj) and not _is_protected(before)
    yield
    action = cast("bpy.types.AnimData", obj.animation_data).action
    assert action is not None  # noqa: S101 -- narrows the type; the block wrote it
    if source is None:
        # a step of Adjust Motion or a part of the body was chosen by somebody: the source alone doesn't bring it back
        take_as_edited(action)
    follows = source is None or (bool(source.job) and (source.job, source.target) == (last.job, last.target))
    source = last if source is None else source
    for field in fields(source):
        if value := getattr(source, field.name):
            action[_PREFIX + field.name] = value
    # people may have renamed, tagged or described the asset of the motion that this one replaces
    if follows and before is not None and before.asset_data is not None and before.is_editable:
        take_over_asset(before, action, obj)
    elif as_asset:
        mark_as_asset(obj, action)
    if again and before is not None:
        _remove(before, action, [strip for strip in strips_of(obj, before) if strip[1].as_pointer() not in strips])


def _is_protected(action: bpy.types.Action | None) -> bool:
    """Return whether somebody has given an Action a fake user: an asset has one anyway."""
    return action is not None and action.use_fake_user and action.asset_data is None


def strips_of(obj: bpy.types.Object, action: bpy.types.Action) -> list[tuple[bpy.types.NlaTrack, bpy.types.NlaStrip]]:
    """Return the strips of an Action in an object's NLA, with their tracks."""
    found: list[tuple[bpy.types.NlaTrack, bpy.types.NlaStrip]] = []
    for track in obj.animation_data.nla_tracks if obj.animation_data else ():
        found += [(track, strip) for strip in track.strips if strip.action == action]
    return found


def _remove(
    before: bpy.types.Action,
    action: bpy.types.Action,
    pushed_down: Sequence[tuple[bpy.types.NlaTrack, bpy.types.NlaStrip]],
) -> None:
    """Remove the previous Action that was pushed down, as the new one takes its place; one that was left is kept."""
    remove_strips(pushed_down)
    # other users, such as another character, keep it
    if pushed_down and before.is_editable and before.users == before.use_fake_user:
        name = before.name
        bpy.data.actions.remove(before)
        # without a number: to people it is the same motion, applied again
        action.name = name


def remove_strips(strips: Sequence[tuple[bpy.types.NlaTrack, bpy.types.NlaStrip]]) -> None:
    """Remove strips from their tracks, and tracks that are empty then."""
    for track, strip in strips:
        track.strips.remove(strip)
        if not track.strips:
            cast("bpy.types.AnimData", cast("bpy.types.Object", track.id_data).animation_data).nla_tracks.remove(track)


def mark_as_asset(obj: bpy.types.Object, action: bpy.types.Action) -> None:
    """Mark an Action of an armature object as an asset, with what its source says."""
    source = source_of(action)
    action.asset_mark()
    data = cast("bpy.types.AssetMetaData", action.asset_data)
    data.description = source.sentence
    data.catalog_id = catalog_id(_catalog_of(source, is_robot=is_g1_rig(obj)))
    # a motion from somebody's file has an author that isn't known here
    if source.capture or source.job or source.preview:
        data.author = LIBRARY
    tags = _TAGS
    if is_g1_rig(obj):
        tags += (model_of(obj).robot.name,)
    elif source.job or kept_bone_map(obj) is not None:  # a captured or mapped character is a person
        tags += ("humanoid",)
    for tag in tags:
        data.tags.new(tag)
    show_motion(action, obj)


def take_over_asset(before: bpy.types.Action, action: bpy.types.Action, obj: bpy.types.Object) -> None:
    """Move the asset data of the previous action, with all that people entered, to the new one."""
    action.asset_mark()
    old, new = cast("bpy.types.AssetMetaData", before.asset_data), cast("bpy.types.AssetMetaData", action.asset_data)
    for name in ("author", "description", "copyright", "license", "catalog_id"):
        setattr(new, name, getattr(old, name))
    for tag in old.tags:
        new.tags.new(tag.name)
    show_motion(action, obj)
    before.asset_clear()  # also clears its fake user, which an Action on no track needs to be saved
    before.use_fake_user = not strips_of(obj, before)


def show_motion(action: bpy.types.Action, obj: bpy.types.Object) -> None:
    """Store what an asset of a character needs to be seen, and to be put onto another character."""
    if is_g1_rig(obj) or not cast("bpy.types.Armature", obj.data).bones:
        return
    if (kept := _keep_skeleton(action, obj)) is not None:
        # takes milliseconds; Blender would need a second or more
        _draw_preview(action, kept)


def _keep_skeleton(action: bpy.types.Action, obj: bpy.types.Object) -> AssetSkeleton | None:
    """Store the skeleton of an armature object on its Action, and return it.

    None, and nothing is stored, if constraints or drivers move bones too.
    """
    skeleton = skeleton_of(obj)
    # a rig's keys pose its controls: without the rig itself they say nothing of the body
    if any(option.driven for option in skeleton.options):
        return None
    own = np.array(cast("Any", obj).matrix_basis, dtype=np.float64)
    found = AssetSkeleton(
        skeleton=skeleton,
        bone_map=bone_map_of(obj),
        modes=tuple(pose_of(obj).bones[name].rotation_mode for name in skeleton.names),
        mode=obj.rotation_mode,
        above=skeleton.world @ np.linalg.inv(own),
    )
    kept = {
        "names": skeleton.names,
        "parents": skeleton.parents.tolist(),
        "rest": skeleton.rest[:, :3].tolist(),
        "tails": skeleton.tails.tolist(),
        "options": list(map(astuple, skeleton.options)),
        "modes": found.modes,
        "world": skeleton.world.tolist(),
        "mode": found.mode,
        "above": found.above.tolist(),
        "bone_map": found.bone_map.to_json(),
    }
    action[_SKELETON] = json.dumps(kept)
    return found


def _kept_skeleton(action: bpy.types.Action) -> AssetSkeleton | None:
    """Return the skeleton that is stored on an Action; None if there is none, or if somebody spoiled it."""
    try:
        kept = json.loads(action.get(_SKELETON, ""))
        rest = np.tile(np.eye(4), (len(kept["names"]), 1, 1))
        rest[:, :3] = kept["rest"]
        found = AssetSkeleton(
            skeleton=Skeleton(
                names=tuple(kept["names"]),
                parents=np.array(kept["parents"], dtype=np.int64),
                rest=rest,
                tails=np.array(kept["tails"], dtype=np.float64).reshape(len(rest), 3),
                world=np.array(kept["world"], dtype=np.float64).reshape(4, 4),
                options=tuple(itertools.starmap(BoneOptions, kept["options"])),
            ),
            bone_map=BoneMap.from_json(kept["bone_map"]),
            modes=tuple(kept["modes"]),
            mode=kept["mode"],
            above=np.array(kept["above"], dtype=np.float64).reshape(4, 4),
        )
        return found if _is_sound(found) else None
    except (ValueError, TypeError, KeyError, RecursionError):
        return None


def _is_sound(found: AssetSkeleton) -> bool:
    skeleton = found.skeleton
    count = len(skeleton)
    # an asset may be from anybody, and its property hold anything
    of_each = len(set(skeleton.names)) == len(skeleton.parents) == len(skeleton.options) == len(found.modes) == count
    below = bool(((skeleton.parents >= -1) & (skeleton.parents < np.arange(count))).all()) if of_each else False
    finite = all(np.isfinite(values).all() for values in (skeleton.rest, skeleton.tails, skeleton.world, found.above))
    mapped = set(found.bone_map.all_bones())
    return below and finite and {*found.modes, found.mode} <= _MODES and mapped <= set(skeleton.names)


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
        if (found := bpy.data.actions.get((name, None))) is None:
            raise _none(name, "this file")
        yield found
        return
    file, known = Path(library).name, set(bpy.data.libraries)
    try:
        with cast("Any", bpy.data.libraries).load(library, link=False) as (there, here):
            here.actions = [name] if name in there.actions else []
    except OSError as error:
        raise Fault(Text("“{file}” can't be read.", file=file), "Check that the asset's file still exists.") from error
    if not here.actions:
        raise _none(name, file)
    action = cast("bpy.types.Action", here.actions[0])
    try:
        yield action
    finally:
        # 5.3 keeps where it comes from
        bpy.data.batch_remove([action, *(set(bpy.data.libraries) - known)])


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
    kept = _kept_skeleton(action)
    if kept is None:
        raise Fault(
            Text("The Action “{name}” doesn't contain the skeleton that it was made for.", name=action.name),
            "Append its character, then use Retarget from Armature.",
        )
    first, last = action.frame_range
    # a single key far away on the timeline must not ask for memory without end
    if not 0.0 < last - first < _MOST_FRAMES:
        raise _motionless(action)
    frames = np.arange(math.floor(first), math.ceil(last) + 1, dtype=np.float64)
    found = in_world(_asset_poses(action, kept, frames))
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


def _asset_poses(action: bpy.types.Action, kept: AssetSkeleton, frames: FloatArray) -> KeyedPoses:
    """Return the poses that an Action gives its skeleton at timeline frames (F,); unkeyed channels are at rest."""
    bones: dict[str, dict[str, FloatArray]] = {}
    own: dict[str, FloatArray] = {}
    for curve in curves_in(action):
        of_bone = bone_property(curve.data_path)
        name = curve.data_path if of_bone is None else of_bone[1]
        at_rest = TRANSFORMS.get(name, ())
        if curve.array_index >= len(at_rest):
            # of a switch, say
            continue
        of = own if of_bone is None else bones.setdefault(of_bone[0], {})
        columns = of.setdefault(name, np.tile(at_rest, (len(frames), 1)))
        columns[:, curve.array_index] = values_of(curve, frames)
    skeleton = kept.skeleton
    turned: list[FloatArray] = []
    for name, mode in zip(skeleton.names, kept.modes, strict=True):
        values = bones.get(name, {}).get(rotation_property(mode))
        unkeyed = np.tile(IDENTITY, (len(frames), 1))
        turned.append(unkeyed if values is None else rotations_of_values(mode, values))
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


def _draw_preview(action: bpy.types.Action, kept: AssetSkeleton) -> None:
    """Draw an Action's motion as its preview picture, if the skeleton that it stores is a person's."""
    slots = kept.bone_map.indices_in(kept.skeleton.indices)
    if not {"hips", "head"} <= set(slots):
        return
    first, last = action.frame_range
    found = in_world(_asset_poses(action, kept, first + np.array(_MOMENTS) * (last - first)))
    if found is None:
        return
    preview = cast("Any", action.preview_ensure())
    preview.image_size = (_SIZE, _SIZE)
    preview.image_pixels_float.foreach_set(_picture(found.heads, slots).astype(np.float32).ravel())


def _picture(heads: FloatArray, slots: dict[str, int]) -> FloatArray:
    """Return (128, 128, 4) RGBA from the bottom, for heads (3, B, 3) in world space."""
    # one direction for all three, taken from the middle pose: a figure that spins would otherwise face each its own
    left = leftward(heads[1:2], slots)[0]
    # turned a little from the front, so that arms and legs before the body are seen
    direction = np.arctan2(left[1], left[0]) + _TURNED
    across = np.array((np.cos(direction), np.sin(direction)))
    flat = np.stack(((heads[..., :2] - heads[:, slots["hips"], None, :2]) @ across, heads[..., 2]), axis=-1)
    drawn = flat[:, list(slots.values())]
    bottom = float(drawn[..., 1].min())
    height = max(float(np.ptp(drawn[..., 1])), _TINY)
    # one scale for all three poses, so that the tallest and the widest have room
    scale = min(_TALLEST / (height * (1.0 + _HEAD)), _WIDEST / max(float(np.abs(drawn[..., 0]).max()), _TINY))
    picture = np.zeros((_SIZE, _SIZE, 4))
    for pose, centre, colour in zip(flat, _CENTRES, _COLOURS, strict=True):
        joints = (pose - (0.0, bottom)) * scale + (centre, _BELOW)
        top = joints[slots["head"]] + (0.0, _HEAD * height * scale)
        cover = np.zeros((_SIZE, _SIZE))
        _draw_line(cover, top, top, _HEAD * height * scale)
        for chain in _CHAINS:
            bones = [joints[slots[slot]] for slot in chain if slot in slots]
            for start, end in itertools.pairwise(bones):
                _draw_line(cover, start, end, _THICK * height * scale)
        # each pose lies over those before it
        picture += (np.array((*colour, 1.0)) - picture) * cover[..., None]
    return picture


def _draw_line(cover: FloatArray, start: FloatArray, end: FloatArray, radius: float) -> None:
    """Draw a line with round ends, from 0 to 1, into (R, C) pixels; points are (column, row)."""
    # only the pixels around the line are touched
    first = np.clip(np.minimum(start, end) - radius - 1.0, 0, _SIZE).astype(int)
    last = np.clip(np.maximum(start, end) + radius + 2.0, 0, _SIZE).astype(int)
    along = end - start
    x = _MIDDLES[first[0] : last[0]] - start[0]
    y = _MIDDLES[first[1] : last[1], None] - start[1]
    part = np.clip((x * along[0] + y * along[1]) / max(float(along @ along), _TINY), 0.0, 1.0)
    distance = np.hypot(x - part * along[0], y - part * along[1])
    drawn = cover[first[1] : last[1], first[0] : last[0]]
    np.maximum(drawn, np.clip(radius + 0.5 - distance, 0.0, 1.0), out=drawn)


@dataclass(frozen=True)
class Worst:
    """The joint that deviates most.

    Attributes:
        slot: its humanoid slot.
        bone: its bone on the character, which is at the joint with its head.
        degrees: the largest angle between the character's pose and the motion's.
    """

    slot: str
    bone: str
    degrees: float


def keep_worst(action: bpy.types.Action, worst: Worst) -> None:
    """Store it on an Action."""
    action[_PROPERTY] = {"slot": worst.slot, "bone": worst.bone, "degrees": round(worst.degrees, 2)}


def worst_on(action: bpy.types.Action | None) -> Worst | None:
    """Return what is stored on an Action; None if there is nothing."""
    if action is None or _PROPERTY not in action:
        return None
    kept = cast("Any", action)[_PROPERTY]
    return Worst(kept["slot"], kept["bone"], kept["degrees"])
