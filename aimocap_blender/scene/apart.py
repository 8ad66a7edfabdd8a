"""A rig evaluated by itself: in a scene of its own, so that no mesh, no frame and no view of the user's is touched."""

from collections.abc import Generator
from contextlib import contextmanager
from typing import Any, cast

import bpy
import numpy as np

from ..motion.rotations import FloatArray
from .armatures import pose_of


class RigApart:
    """An armature object in a scene of its own; see `apart`."""

    def __init__(self, obj: bpy.types.Object, scene: bpy.types.Scene) -> None:
        self._obj, self._scene = obj, scene
        self._graph = cast("bpy.types.Depsgraph", scene.view_layers[0].depsgraph)
        self.names = tuple(bone.name for bone in pose_of(obj).bones)

    def now(self) -> FloatArray:
        """(N, 4, 4) bone-to-armature matrices of all bones, in the order of `names`, after all that was set."""
        self._graph.update()
        return self._read()

    def at(self, frame: float) -> FloatArray:
        """The same at a frame, fractions allowed, as the object's animation and what it depends on make it."""
        whole = int(np.floor(frame))
        self._scene.frame_set(whole, subframe=float(frame - whole))
        return self._read()

    def world(self) -> FloatArray:
        """(4, 4) object-to-world matrix, as of the last `now` or `at`."""
        return np.array(self._obj.evaluated_get(self._graph).matrix_world, dtype=np.float64)

    def _read(self) -> FloatArray:
        shown = self._obj.evaluated_get(self._graph)
        columns = np.empty(16 * len(self.names), np.float32)
        cast("Any", pose_of(shown).bones).foreach_get("matrix", columns)  # its stub has an array of unknown type
        return columns.reshape(-1, 4, 4).transpose(0, 2, 1).astype(np.float64)


@contextmanager
def _handlers_silent() -> Generator[None]:
    """Handlers of add-ons and of the user's don't hear of frames and updates: what they follow is the user's scene."""
    handlers = bpy.app.handlers
    lists = cast(
        "tuple[list[object], ...]",
        (
            handlers.frame_change_pre,
            handlers.frame_change_post,
            handlers.depsgraph_update_pre,
            handlers.depsgraph_update_post,
        ),
    )
    kept = [list(of_one_kind) for of_one_kind in lists]
    for of_one_kind in lists:
        of_one_kind.clear()
    try:
        yield
    finally:
        for of_one_kind, before in zip(lists, kept, strict=True):
            of_one_kind[:0] = before  # ahead of any that were added meanwhile


@contextmanager
def apart(obj: bpy.types.Object) -> Generator[RigApart]:
    """Evaluate an armature object by itself, with what it depends on, at the user's present frame to begin with.

    Setting its channels and evaluating costs what the rig costs: what hangs on it isn't evaluated. The user's scene
    and its evaluated state stay as they are, and no handler hears of it. Hidden objects are evaluated too.
    """
    with _handlers_silent():
        user, hidden = bpy.context.scene, obj.hide_viewport
        scene = bpy.data.scenes.new("AIMoCap")
        try:
            obj.hide_viewport = False  # what is hidden isn't evaluated
            if user is not None:
                scene.frame_current, scene.frame_subframe = user.frame_current, user.frame_subframe
            scene.collection.objects.link(obj)
            # this makes a dependency graph that isn't the active one: what it evaluates isn't written back to the file
            scene.frame_set(scene.frame_current, subframe=scene.frame_subframe)
            yield RigApart(obj, scene)
        finally:
            bpy.data.scenes.remove(scene)
            obj.hide_viewport = hidden
