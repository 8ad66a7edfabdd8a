"""The real characters and motions beside the checkout, opened here, with the true names of their bones."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING

import bpy
import numpy as np

if TYPE_CHECKING:
    from pathlib import Path

    import numpy.typing as npt

    Heads = dict[str, npt.NDArray[np.float64]]

CHARACTERS = (
    "gdquest_mannequiny.glb",
    "kaykit_rig_medium.glb",
    "kenney.fbx",
    "m2m_def.glb",
    "maya_character.fbx",
    "mh_cmu_mb.blend",
    "mh_default.blend",
    "mh_game_engine.blend",
    "mh_mixamo.blend",
    "quaternius_humanoid.glb",
    "quaternius_knight.glb",
    "rocketbox_male17.fbx",
    "smplx_wooden.blend",
    "vrm_addon_example.vrm",
    "vrm_godette.vrm",
)
LIMBS = (("upper_arm", "lower_arm"), ("lower_arm", "hand"), ("upper_leg", "lower_leg"), ("lower_leg", "foot"))


def true_names(shared_data: Path, file: str) -> dict[str, str]:
    """Humanoid slot → bone, as people read it off the file."""
    conventions = json.loads((shared_data / "bone-names.json").read_text(encoding="utf-8"))
    (found,) = [entry["map"] for entry in conventions.values() if file in entry["files"]]
    return found


def open_character(shared_data: Path, file: str, folder: Path) -> bpy.types.Object:
    """The armature object of a file of characters, in an otherwise empty file."""
    path = shared_data / file
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    if path.suffix == ".blend":
        bpy.ops.wm.open_mainfile(filepath=str(path))
    elif path.suffix == ".fbx":
        import_fbx(path)
    else:  # a .vrm is a glTF binary by another name
        copy = folder / f"{path.stem}.glb"
        shutil.copyfile(path, copy)
        bpy.ops.import_scene.gltf(filepath=str(copy))
    names = set(true_names(shared_data, file).values())
    (obj,) = [o for o in bpy.data.objects if o.type == "ARMATURE" and names <= {bone.name for bone in o.data.bones}]
    return obj


def import_fbx(path: Path, *, use_anim: bool = True) -> float:
    """Import with the importer that the add-on does not use, where there is one; the timeline's frames per second."""
    render = bpy.context.scene.render
    if "fbx_import" in dir(bpy.ops.wm):
        bpy.ops.wm.fbx_import(filepath=str(path), use_anim=use_anim)
        return render.fps / render.fps_base
    bpy.ops.import_scene.fbx(filepath=str(path), use_anim=use_anim)
    return render.fps


def heads_at(obj: bpy.types.Object, names: dict[str, str], frames: npt.NDArray[np.float64]) -> Heads:
    """Slot → (F, 3) heads of its bone in the world, as Blender evaluates them."""
    rows: dict[str, list[tuple[float, ...]]] = {slot: [] for slot in names}
    for frame in frames:
        bpy.context.scene.frame_set(int(np.floor(frame)), subframe=float(frame % 1))
        shown = obj.evaluated_get(bpy.context.evaluated_depsgraph_get())
        for slot, bone in names.items():
            rows[slot].append(tuple(shown.matrix_world @ shown.pose.bones[bone].head))
    return {slot: np.array(row) for slot, row in rows.items()}


def heads_at_rest(obj: bpy.types.Object, names: dict[str, str]) -> Heads:
    return {slot: np.array(obj.matrix_world @ obj.data.bones[bone].head_local) for slot, bone in names.items()}


def facing(rest: Heads) -> float:
    """Angle about the vertical at which a figure at rest faces, to the nearest quarter turn; 0 is towards -Y."""
    left = rest["left_upper_leg"] - rest["right_upper_leg"]
    return float(np.round(np.arctan2(left[1], left[0]) / (np.pi / 2)) * np.pi / 2)


def limb_errors(source: Heads, target: Heads, turn: float) -> npt.NDArray[np.float64]:
    """Degrees between the limbs of both, (limbs, F), the source turned about the vertical."""
    about = np.array([[np.cos(turn), -np.sin(turn), 0], [np.sin(turn), np.cos(turn), 0], [0, 0, 1]])
    errors = []
    for side in ("left", "right"):
        for start, end in ((f"{side}_{start}", f"{side}_{end}") for start, end in LIMBS):
            if all(slot in heads for slot in (start, end) for heads in (source, target)):
                wanted = (source[end] - source[start]) @ about.T
                shown = target[end] - target[start]
                across = np.linalg.norm(np.cross(wanted, shown), axis=-1)
                errors.append(np.degrees(np.arctan2(across, np.sum(wanted * shown, axis=-1))))
    return np.array(errors)
