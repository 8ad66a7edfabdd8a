"""The ground that a character stands on: the visible surfaces of the user's scene."""

from collections.abc import Collection, Generator
from contextlib import contextmanager
from typing import cast

import bpy
import numpy as np

from ..motion.feet.ground import RayCast
from ..motion.rotations import FloatArray
from ..motion.time_mapping import TimeMapping
from .armatures import armatures_deforming, parents_of
from .isolated_evaluation import isolated_scene


@contextmanager
def ground_below(characters: Collection[bpy.types.Object | None], mapping: TimeMapping) -> Generator[RayCast]:
    """Look for surfaces among the visible objects, except characters and what belongs to them.

    They are evaluated with their modifiers at the frame of each look, in a scene of their own.

    Args:
        characters: armature objects.
        mapping: the motion's seconds to timeline frames.
    """
    layer = bpy.context.view_layer
    shown = [other for other in (layer.objects if layer is not None else ()) if other.visible_get()]
    with isolated_scene([other for other in shown if not _belongs(other, characters)]) as scene:
        graph = cast("bpy.types.Depsgraph", scene.view_layers[0].depsgraph)

        def distances(seconds: float, origins: FloatArray, direction: FloatArray, furthest: float) -> FloatArray:
            frame = float(mapping.frames(np.array([seconds]))[0])
            whole = int(np.floor(frame))
            scene.frame_set(whole, subframe=frame - whole)
            found = np.full(len(origins), np.nan)
            for row, origin in enumerate(origins):
                hit, point, *_ = scene.ray_cast(graph, origin.tolist(), direction.tolist(), distance=furthest)
                if hit:
                    found[row] = float(np.linalg.norm(np.array(point) - origin))
            return found

        yield distances


def _belongs(other: bpy.types.Object, characters: Collection[bpy.types.Object | None]) -> bool:
    """Return whether an object is a character, hangs on one, or is deformed by one."""
    carriers = (other, *parents_of(other), *armatures_deforming(other))
    return any(carrier in characters for carrier in carriers)
