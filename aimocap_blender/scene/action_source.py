"""The source of an Action's motion and its worst joint, stored on the Action, where the Asset Browser finds them."""

import uuid
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields
from typing import Any, cast

import bpy

from .armatures import action_of
from .asset_motion import show_motion
from .bone_maps import kept_bone_map
from .g1.rig import is_g1_rig, model_of
from .keys.keyframes import is_as_written

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
    seconds = kept["range_sec"]
    kept["range_sec"] = tuple(seconds.to_list()) if hasattr(seconds, "to_list") and len(seconds) > 1 else ()
    return ActionSource(**kept)  # pyright: ignore[reportArgumentType] -- as it was written below


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
    is one asset of each. One of the same capture, preview or file, in which no key was changed, is removed.

    Args:
        obj: the armature object.
        source: of the motion; None if it is the object's own motion, repaired.
        as_asset: mark it as an asset.
    """
    before = action_of(obj)
    last = source_of(before)
    # what the block pushes down is told from strips that were there by their addresses
    strips = {strip.as_pointer() for _, strip in strips_of(obj, before)} if before is not None else set[int]()
    is_kept = source is not None and bool(source.capture or source.preview or source.checksum)
    again = is_kept and source == last and is_as_written(obj)
    yield
    action = cast("bpy.types.AnimData", obj.animation_data).action
    assert action is not None  # noqa: S101 -- narrows the type; the block wrote it
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
    if pushed_down and before.is_editable and before.users == before.use_fake_user:
        name = before.name
        bpy.data.actions.remove(before)
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
