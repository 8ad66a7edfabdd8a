"""A copy of some objects for a background Blender, which says whether they move there as they do here."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, cast

import bpy
import numpy as np

from ..motion.rotations import FloatArray
from ..texts.faults import Fault
from ..texts.text import Text
from .armatures import drivers_of
from .isolated_evaluation import isolated, isolated_scene

_COPY, _POSES = "scene.blend", "poses.npy"
_SAME = 1e-4  # of the armature's size: what the same rig may differ by from one process to another


def write_copy(
    obj: bpy.types.Object, others: Iterable[bpy.types.Object], folder: Path, some: Sequence[int]
) -> dict[str, object]:
    """Write an armature object, other objects and what all of them depend on, in a scene like the current one.

    Args:
        obj: the armature object.
        others: to be in its scene, too.
        folder: for the files.
        some: frames at which it must move there as it does here.

    Returns:
        What `open_copy` needs, for a request.

    Raises:
        Fault: the folder can't be written.
    """
    shown, objects = bpy.context.scene, (obj, *others)
    # what is being edited is otherwise in the data only once Edit Mode is left
    for each in objects:
        each.update_from_editmode()
    poses = _poses(obj, some)
    try:
        with isolated_scene(objects) as scene:
            scene.render.fps, scene.render.fps_base = shown.render.fps, shown.render.fps_base
            # exporters scale by the scene's units
            scene.unit_settings.system = shown.unit_settings.system
            scene.unit_settings.scale_length = shown.unit_settings.scale_length
            scene.view_layers[0].objects.active = obj
            bpy.data.libraries.write(str(folder / _COPY), {scene}, path_remap="ABSOLUTE")
        np.save(folder / _POSES, poses)
    except (OSError, RuntimeError) as error:  # RuntimeError from Blender
        raise Fault(
            Text("The scene can't be copied for a background Blender: {error}.", error=str(error).strip()),
            Text("Free up space in {folder}, then try again.", folder=folder),
        ) from error
    return {"folder": str(folder), "scene": shown.name, "armature": obj.name, "some": [*map(int, some)]}


def open_copy(copied: Mapping[str, Any]) -> bpy.types.Object | None:
    """Open it, in the background Blender; return the armature object, None if it moves otherwise there.

    It does where scripts move it that only run in the user's Blender.
    """
    folder = Path(copied["folder"])
    # appended, as exporters would name it as the project's file if it were opened
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True, load_ui=False)
    (empty,), libraries = bpy.data.scenes, cast("Any", bpy.data.libraries)
    with libraries.load(str(folder / _COPY)) as (written, appended):
        appended.scenes = written.scenes
    (cast("Any", bpy.context).window.scene,) = appended.scenes
    bpy.data.scenes.remove(empty)
    bpy.context.scene.name = copied["scene"]
    obj: bpy.types.Object = bpy.data.objects[str(copied["armature"])]
    wanted, here = np.load(folder / _POSES), _poses(obj, copied["some"])
    size = np.ptp(wanted[0, :, :3, 3], axis=0).max(initial=0.0)
    return obj if np.allclose(wanted, here, rtol=0.0, atol=_SAME * max(size, 1.0)) else None


def needs_scripts(keys: bpy.types.Key) -> bool:
    """Return whether shape keys are driven by expressions of Python, which only run in the user's Blender."""
    drivers = [curve.driver for curve in drivers_of(keys)]
    return any(each is not None and each.type == "SCRIPTED" and not each.is_simple_expression for each in drivers)


def _poses(obj: bpy.types.Object, some: Iterable[int]) -> FloatArray:
    with isolated(obj) as alone:
        return np.stack([alone.world() @ alone.at(float(frame)) for frame in some])
