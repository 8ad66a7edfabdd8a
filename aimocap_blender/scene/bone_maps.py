"""The humanoid bone map of a character, stored on its armature object as a custom property, and in files.

It is on the object, not on its data, because a library override's data belongs to the linked file. Blender doesn't save
custom properties added to a library override, so its map is stored in the scenes that contain the override. A file in
the user's folder of bone maps is a profile for every rig with the same bones.
"""

import json
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

import bpy

from ..motion.bones.control_profiles import ControlProfile, built_in_profiles, names_in_rig, profile_of, read_profile
from ..motion.bones.humanoid import BoneMap, BoneMatch, filled
from ..motion.files.file_writing import unwritable, write_whole
from ..motion.skeleton import Skeleton
from ..plain_files import read_plain
from ..record_json import object_in
from ..texts.faults import Fault
from ..texts.text import Text
from ..while_enabled import discarded
from .armatures import skeleton_of
from .rigs.control_rigs import switches_to

PROPERTY = "aimocap_bone_map"
SCENE_PROPERTY = "aimocap_bone_maps"
"""Custom property of a scene: the maps of its library overrides, one JSON object."""


def kept_bone_map(obj: bpy.types.Object) -> BoneMap | None:
    """Return the map stored on the armature, without bones it no longer has; None where none is stored."""
    text = kept_text(obj)
    if text is None or not isinstance(obj.data, bpy.types.Armature):
        return None
    kept = _parsed(text)
    # bones may have been removed or renamed since
    names = obj.data.bones.keys()
    return None if kept is None else renamed(kept, dict(zip(names, names, strict=True)))


@lru_cache(maxsize=16)
def _parsed(text: str) -> BoneMap | None:
    """Return the map in a JSON text; None where there is none: edited by hand, or written by a later version."""
    try:
        return BoneMap.from_json(json.loads(text))
    except (ValueError, RecursionError):
        return None


discarded(_parsed.cache_clear)


def kept_text(obj: bpy.types.Object) -> str | None:
    """Return the JSON text of the map stored for the armature; None where none is stored."""
    name = _name_in_scenes(obj)
    text = None
    for scene in obj.users_scene if name else ():
        text = text or _maps_in(scene).get(name)
    # an override shows the linked object's property until it has its own map
    text = text or obj.get(PROPERTY)
    return text if isinstance(text, str) else None


def keep_bone_map(obj: bpy.types.Object, bone_map: BoneMap) -> None:
    """Store the map for the armature, replacing the previous one."""
    text = json.dumps(bone_map.to_json())
    name = _name_in_scenes(obj)
    # an override that is in linked scenes only keeps it on itself, until the file is closed
    scenes = [scene for scene in obj.users_scene if scene.is_editable] if name else []
    for scene in scenes:
        scene[SCENE_PROPERTY] = json.dumps(_maps_in(scene) | {name: text})
    if not scenes:
        obj[PROPERTY] = text


def _name_in_scenes(obj: bpy.types.Object) -> str:
    """Return the key of a library override's map in scenes, file name and own name; '' for other objects."""
    linked = obj.override_library.reference if obj.override_library else None
    if linked is None or linked.library is None:
        return ""
    return f"{bpy.path.basename(linked.library.filepath)}/{obj.name}"


def _maps_in(scene: bpy.types.Scene) -> dict[str, object]:
    """Return the maps stored in a scene: name to JSON text."""
    text = scene.get(SCENE_PROPERTY)
    try:
        return object_in(json.loads(text), "maps") if isinstance(text, str) else {}
    except (ValueError, RecursionError):  # edited by hand
        return {}


def bone_map_of(obj: bpy.types.Object) -> BoneMap:
    """Return the map stored on the armature, else one detected now; store nothing.

    Raises:
        Fault: no map is stored, and bones can't be read (see `skeleton_of`).
    """
    kept = kept_bone_map(obj)
    return kept if kept is not None and kept.matches else detected_bone_map(obj)


def detected_bone_map(obj: bpy.types.Object) -> BoneMap:
    """Detect a map by the user's own maps, control rig profiles, names, hierarchy and geometry.

    Raises:
        Fault: bones can't be read (see `skeleton_of`).
    """
    return with_switches(obj, bones_of(skeleton_of(obj), known_profiles()))


def known_profiles() -> tuple[ControlProfile, ...]:
    """Return the user's own profiles, then those of the add-on."""
    return (*_own(_files())[0], *built_in_profiles())


def with_switches(obj: bpy.types.Object, bone_map: BoneMap) -> BoneMap:
    """Return the map with the switches that the armature's own drivers tell of, if it has none of a profile."""
    return bone_map if bone_map.switches else replace(bone_map, switches=switches_to(obj, bone_map.all_bones()))


def bones_of(skeleton: Skeleton, profiles: Sequence[ControlProfile] | None = None) -> BoneMap:
    """Return a skeleton's humanoid bones, see `detect_bones`."""
    from ..motion.bones.bone_detection import detect_bones  # noqa: PLC0415 -- large, and not needed to enable the add-on

    return detect_bones(skeleton, profiles)


def bone_map_folder() -> Path:
    """Return the folder of the user's own bone maps; it may not exist yet."""
    return Path(bpy.utils.user_resource("CONFIG", path="aimocap")) / "bone_maps"


def unusable_bone_maps() -> tuple[Text, ...]:
    """Return a sentence for each file in the user's folder that can't serve as a profile."""
    return _own(_files())[1]


def save_bone_map(obj: bpy.types.Object, path: Path) -> None:
    """Write the armature's bone map to a file, as a whole or not at all.

    Raises:
        Fault: its map is empty, or the file can't be written. An existing file is unchanged then.
    """
    bone_map = bone_map_of(obj)
    if not bone_map.matches:
        raise Fault(
            Text("The bone map of “{name}” is empty.", name=obj.name), "Detect or choose its bones, then save the map."
        )
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, [f"{json.dumps(bone_map.to_json(), indent=1, ensure_ascii=False)}\n".encode()])
    except OSError as error:
        raise unwritable(path, error) from error


def load_bone_map(obj: bpy.types.Object, path: Path) -> tuple[str, ...]:
    """Load a bone map from a file, also for a rig whose names all share another prefix or suffix.

    Returns:
        The names in the file that match no bone of the armature; they are skipped.

    Raises:
        Fault: the file can't be read or isn't a bone map, the armature has none of its bones, or the armature's
            bones can't be read (see `skeleton_of`). The armature's map is unchanged then.
    """
    skeleton = skeleton_of(obj)
    try:
        loaded = BoneMap.from_json(_json(path))
    except OSError as error:
        raise Fault(
            Text("“{file}” can't be read: {reason}.", file=path, reason=Text.of(error.strerror or str(error))),
            "Choose a file that you can read.",
        ) from error
    except ValueError as error:
        raise Fault(
            Text("“{file}” is not a bone map: {error}.", file=path.name, error=error), "Choose a saved bone map."
        ) from error
    names = names_in_rig(skeleton, loaded)
    found = renamed(loaded, names)
    if not found.matches:
        raise Fault(
            Text("“{name}” has none of the bones in “{file}”.", name=obj.name, file=path.name),
            "Choose a bone map for this kind of character.",
        )
    keep_bone_map(obj, found)
    return tuple(bone for bone in loaded.all_bones() if bone not in names)


def renamed(bone_map: BoneMap, names: dict[str, str]) -> BoneMap:
    """Return the map with new bone names, without bones that have none."""
    matches: dict[str, BoneMatch] = {}
    for slot, match in bone_map.matches.items():
        if match.bone in names:
            matches[slot] = replace(match, bone=names[match.bone])
    return replace(
        bone_map,
        matches=matches,
        spine_chain=tuple(filled(names, bone_map.spine_chain)),
        neck_chain=tuple(filled(names, bone_map.neck_chain)),
        switches=tuple(replace(each, bone=names[each.bone]) for each in bone_map.switches if each.bone in names),
    )


def _json(path: Path) -> object:
    """Return the JSON value in a file; raise OSError, or ValueError where it is not JSON."""
    try:
        # editors on Windows may begin a text with a byte order mark
        return json.loads(read_plain(path).decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise ValueError("it is not text") from error
    except json.JSONDecodeError as error:
        raise ValueError(f"it is not JSON ({error.msg}, line {error.lineno})") from error
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error


def _files() -> tuple[tuple[Path, int, int], ...]:
    """Return the current files of the user's folder: path, modification time, size."""
    found: list[tuple[Path, int, int]] = []
    try:
        for path in sorted(bone_map_folder().glob("*.json")):
            state = path.stat()
            found.append((path, state.st_mtime_ns, state.st_size))
    except OSError:  # a folder that can't be listed has no maps
        return ()
    return tuple(found)


@lru_cache(maxsize=1)
def _own(files: tuple[tuple[Path, int, int], ...]) -> tuple[tuple[ControlProfile, ...], tuple[Text, ...]]:
    """Return the user's own profiles, those with most bones first, and a message for each unusable file."""
    profiles: list[ControlProfile] = []
    faults: list[Text] = []
    for path, _, _ in files:
        try:
            data = object_in(_json(path), "it")
            # a profile says which bones a rig must have; a saved map is one for rigs that have all of its own
            whole = "required" in data
            profiles.append(read_profile(data) if whole else profile_of(BoneMap.from_json(data), path.stem))
        except (OSError, ValueError) as error:
            faults.append(Text("The bone map “{file}” was skipped: {error}.", file=path.name, error=error))
    # a rig that has all bones of a large profile also has those of a smaller one for its base
    return tuple(sorted(profiles, key=lambda profile: -len(profile.required))), tuple(faults)


discarded(_own.cache_clear)
