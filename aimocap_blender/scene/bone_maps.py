"""The humanoid bone map of a character, kept on its armature object as a custom property, and in files.

It is kept on the object and not on its data, since the data of a library override is the linked file's own. Blender
saves no custom property that a library override has been given: its map is kept in the scenes that the override is in.
A file in the user's folder of bone maps is the profile of every rig that has its bones.
"""

import json
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

import bpy

from ..motion.bones.control_profiles import ControlProfile, built_in_profiles, counterparts, profile_of, read_profile
from ..motion.bones.humanoid import BoneMap
from ..motion.files.json_values import object_in
from ..motion.skeleton import Skeleton
from .armatures import skeleton_of
from .faults import SceneFault

PROPERTY = "aimocap_bone_map"
SCENE_PROPERTY = "aimocap_bone_maps"
"""Custom property of a scene: the maps of its library overrides, one JSON object."""


def kept_bone_map(obj: bpy.types.Object) -> BoneMap | None:
    """The map that is kept on the armature, without bones that it no longer has; None where none is kept."""
    text = kept_text(obj)
    if text is None or not isinstance(obj.data, bpy.types.Armature):
        return None
    try:
        kept = BoneMap.from_json(json.loads(text))
    except (ValueError, RecursionError):  # written by hand, or by a version that is yet to come
        return None
    return _renamed(kept, {bone.name: bone.name for bone in obj.data.bones})


def kept_text(obj: bpy.types.Object) -> str | None:
    """The JSON text of the map that is kept for the armature; None where none is kept."""
    name = _name_in_scenes(obj)
    own = next((maps[name] for scene in obj.users_scene if name in (maps := _maps_in(scene))), None) if name else None
    text = own or obj.get(PROPERTY)  # an override has the linked object's property until it has a map of its own
    return text if isinstance(text, str) else None


def keep_bone_map(obj: bpy.types.Object, bone_map: BoneMap) -> None:
    """Keep the map for the armature, in place of the one before."""
    text = json.dumps(bone_map.to_json())
    name = _name_in_scenes(obj)
    scenes = [scene for scene in obj.users_scene if scene.is_editable] if name else []
    for scene in scenes:
        scene[SCENE_PROPERTY] = json.dumps(_maps_in(scene) | {name: text})
    if not scenes:
        obj[PROPERTY] = text


def _name_in_scenes(obj: bpy.types.Object) -> str:
    """What a library override's map is kept by in scenes: the linked file's name and its own; '' for other objects."""
    linked = obj.override_library.reference if obj.override_library else None
    if linked is None or linked.library is None:
        return ""
    return f"{bpy.path.basename(linked.library.filepath)}/{obj.name}"


def _maps_in(scene: bpy.types.Scene) -> dict[str, object]:
    """Name to JSON text of the maps that are kept in a scene."""
    text = scene.get(SCENE_PROPERTY)
    try:
        return object_in(json.loads(text), "maps") if isinstance(text, str) else {}
    except (ValueError, RecursionError):  # written by hand
        return {}


def bone_map_of(obj: bpy.types.Object) -> BoneMap:
    """The map that is kept on the armature, else one detected now; keeps nothing.

    Raises:
        SceneFault: no map is kept, and bones can't be read (see `skeleton_of`).
    """
    kept = kept_bone_map(obj)
    return kept if kept is not None and kept.matches else detected_bone_map(obj)


def detected_bone_map(obj: bpy.types.Object) -> BoneMap:
    """A map found now: by the user's own maps, by the profiles of control rigs, by names, hierarchy and geometry.

    Raises:
        SceneFault: bones can't be read (see `skeleton_of`).
    """
    return bones_of(skeleton_of(obj), (*_own(_files())[0], *built_in_profiles()))


def bones_of(skeleton: Skeleton, profiles: Sequence[ControlProfile] | None = None) -> BoneMap:
    """A skeleton's humanoid bones, see `detect_bones`."""
    from ..motion.bones.bone_detection import detect_bones  # noqa: PLC0415 -- large, and not needed to enable the add-on

    return detect_bones(skeleton, profiles)


def bone_map_folder() -> Path:
    """Where the user's own bone maps lie; there may be no such folder yet."""
    return Path(bpy.utils.user_resource("CONFIG", path="aimocap")) / "bone_maps"


def unusable_bone_maps() -> tuple[str, ...]:
    """A sentence for each file in the user's folder that no rig can be known by."""
    return _own(_files())[1]


def save_bone_map(obj: bpy.types.Object, path: Path) -> None:
    """Write the armature's bone map into a file.

    Raises:
        SceneFault: no bone of it is known, or the file can't be written.
    """
    bone_map = bone_map_of(obj)
    if not bone_map.matches:
        raise SceneFault(f"No bones of “{obj.name}” are known.", "Detect or choose its bones, then save them.")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(bone_map.to_json(), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    except OSError as error:
        raise SceneFault(
            f"“{path}” can't be written: {error.strerror or error}.", "Choose a folder that you can write to."
        ) from error


def load_bone_map(obj: bpy.types.Object, path: Path) -> tuple[str, ...]:
    """Take over a bone map from a file, also one of a rig whose names all begin or end otherwise.

    Returns:
        The names in the file that no bone of the armature answers to; they are left out.

    Raises:
        SceneFault: the file can't be read or holds no bone map, or the armature has none of its bones; or the
            armature's bones can't be read (see `skeleton_of`). What the armature had stays.
    """
    skeleton = skeleton_of(obj)
    try:
        loaded = BoneMap.from_json(_json(path))
    except OSError as error:
        raise SceneFault(
            f"“{path}” can't be read: {error.strerror or error}.", "Choose a file that you can read."
        ) from error
    except ValueError as error:
        raise SceneFault(
            f"“{path.name}” is no bone map: {error}.", "Choose a file that a bone map was saved in."
        ) from error
    names = counterparts(skeleton, loaded)
    found = _renamed(loaded, names)
    if not found.matches:
        raise SceneFault(
            f"“{obj.name}” has none of the bones in “{path.name}”.", "Choose a bone map of such a character."
        )
    keep_bone_map(obj, found)
    wanted = [*loaded.bones().values(), *loaded.spine_chain, *loaded.neck_chain]
    return tuple(bone for bone in dict.fromkeys(wanted) if bone not in names)


def _renamed(bone_map: BoneMap, names: dict[str, str]) -> BoneMap:
    """The map with other names, without bones that have none."""
    return replace(
        bone_map,
        matches={
            slot: replace(match, bone=names[match.bone])
            for slot, match in bone_map.matches.items()
            if match.bone in names
        },
        spine_chain=tuple(names[bone] for bone in bone_map.spine_chain if bone in names),
        neck_chain=tuple(names[bone] for bone in bone_map.neck_chain if bone in names),
        switches=tuple(replace(each, bone=names[each.bone]) for each in bone_map.switches if each.bone in names),
    )


def _json(path: Path) -> object:
    """What a file holds; OSError, or ValueError where it is no JSON."""
    try:
        return json.loads(path.read_text(encoding="utf-8-sig"))
    except UnicodeDecodeError as error:
        raise ValueError("it is not a text") from error
    except json.JSONDecodeError as error:
        raise ValueError(f"it is not JSON ({error.msg}, line {error.lineno})") from error
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error


def _files() -> tuple[tuple[Path, int, int], ...]:
    """The files of the user's folder as they are now: path, time of the last change, size."""
    found: list[tuple[Path, int, int]] = []
    try:
        for path in sorted(bone_map_folder().glob("*.json")):
            state = path.stat()
            found.append((path, state.st_mtime_ns, state.st_size))
    except OSError:  # what can't be listed holds no maps
        return ()
    return tuple(found)


@lru_cache(maxsize=1)
def _own(files: tuple[tuple[Path, int, int], ...]) -> tuple[tuple[ControlProfile, ...], tuple[str, ...]]:
    """The user's own profiles, those with most bones first, and what is wrong with files that hold none."""
    profiles: list[ControlProfile] = []
    faults: list[str] = []
    for path, _, _ in files:
        try:
            data = object_in(_json(path), "it")
            whole = "required" in data
            profiles.append(read_profile(data) if whole else profile_of(BoneMap.from_json(data), path.stem))
        except (OSError, ValueError) as error:
            faults.append(f"The bone map “{path.name}” is left out: {error}.")
    return tuple(sorted(profiles, key=lambda profile: -len(profile.required))), tuple(faults)
