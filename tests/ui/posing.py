"""Where a character's joints are on the timeline, as Blender evaluates them."""

from collections.abc import Iterable
from typing import Any

import bpy
import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]


def world_matrices(armature: bpy.types.Object, bones: Iterable[str], frames: Iterable[float]) -> dict[str, Array]:
    """Bone → (F, 4, 4) bone-to-world at timeline frames, in their order."""
    names = list(bones)
    rows: dict[str, list[Any]] = {name: [] for name in names}
    for frame in frames:
        bpy.context.scene.frame_set(int(np.floor(frame)), subframe=float(frame % 1))
        shown = armature.evaluated_get(bpy.context.evaluated_depsgraph_get())
        for name in names:
            rows[name].append(np.array(shown.matrix_world @ shown.pose.bones[name].matrix))
    return {name: np.array(row) for name, row in rows.items()}


def heads(armature: bpy.types.Object, bones: Iterable[str], frames: Iterable[float]) -> dict[str, Array]:
    """Bone → (F, 3) its head in the world at timeline frames, in their order."""
    return {name: matrices[:, :3, 3] for name, matrices in world_matrices(armature, bones, frames).items()}


def hips_at(character: bpy.types.Object, frame: int) -> Array:
    """(3,) the head of the demo character's hips in the world."""
    hips = "mixamorig:Hips"
    return heads(character, [hips], [frame])[hips][0]
