"""Evaluation of a rig in a scene of its own, so that the user's meshes, current frame and view are untouched."""

from collections.abc import Generator, Iterable, Sequence
from contextlib import contextmanager
from typing import Any, cast

import bpy
import numpy as np

from ..motion.rotations import FloatArray
from .armatures import pose_of


class IsolatedRig:
    """An armature object in a scene of its own; see `isolated`."""

    def __init__(self, obj: bpy.types.Object, scene: bpy.types.Scene) -> None:
        self._obj, self._scene = obj, scene
        # the scene's own: the active one would evaluate the user's scene, meshes and all
        self._graph = cast("bpy.types.Depsgraph", scene.view_layers[0].depsgraph)
        self.names = tuple(pose_of(obj).bones.keys())

    def rows(self, bones: Iterable[str]) -> list[int]:
        """Return where bones are among `names`."""
        return list(map(self.names.index, bones))

    def now(self) -> FloatArray:
        """Return (N, 4, 4) bone-to-armature matrices of all bones, ordered as `names`, with the channels as set."""
        self._graph.update()
        return self._read()

    def at(self, frame: float) -> FloatArray:
        """Return the same at a frame (fractions allowed), posed by the object's animation and dependencies."""
        whole = int(np.floor(frame))
        self._scene.frame_set(whole, subframe=float(frame - whole))
        return self._read()

    def along(self, frames: FloatArray, rows: Sequence[int]) -> FloatArray:
        """Return (F, B, 4, 4) such matrices of the bones in some rows, at frames (F,)."""
        return np.stack([self.at(frame)[rows] for frame in frames.tolist()])

    def world(self) -> FloatArray:
        """Return the (4, 4) object-to-world matrix as of the last `now` or `at`."""
        return np.array(self._obj.evaluated_get(self._graph).matrix_world, dtype=np.float64)

    def _read(self) -> FloatArray:
        shown = self._obj.evaluated_get(self._graph)
        columns = np.empty(16 * len(self.names), np.float32)
        # its stub has an array of unknown type
        cast("Any", pose_of(shown).bones).foreach_get("matrix", columns)
        # Blender stores columns one after the other
        return columns.reshape(-1, 4, 4).transpose(0, 2, 1).astype(np.float64)


@contextmanager
def _handlers_silent() -> Generator[None]:
    """Silence frame and depsgraph handlers: those of users and add-ons follow the user's scene only."""
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
    # setting the frame of any scene calls them
    kept = list(map(list, lists))
    for of_one_kind in lists:
        of_one_kind.clear()
    try:
        yield
    finally:
        for of_one_kind, before in zip(lists, kept, strict=True):
            # before any that were added in the block
            of_one_kind[:0] = before


@contextmanager
def in_pose_position(obj: bpy.types.Object) -> Generator[None]:
    """Show the armature in Pose Position for the block."""
    data = cast("bpy.types.Armature", obj.data)
    position = data.pose_position
    if position == "REST":
        data.pose_position = "POSE"
    try:
        yield
    finally:
        if data.pose_position != position:
            data.pose_position = position


@contextmanager
def isolated(obj: bpy.types.Object) -> Generator[IsolatedRig]:
    """Evaluate an armature object in its own scene, see `isolated_scene`, as it is posed.

    One that is hidden, or shown in its Rest Position, is too.
    """
    hidden = obj.hide_viewport
    try:
        # hidden objects aren't evaluated
        obj.hide_viewport = False
        with in_pose_position(obj), isolated_scene((obj,)) as scene:
            yield IsolatedRig(obj, scene)
    finally:
        obj.hide_viewport = hidden


@contextmanager
def isolated_scene(objects: Iterable[bpy.types.Object]) -> Generator[bpy.types.Scene]:
    """Evaluate objects, with what they depend on, in a scene of their own, starting at the user's current frame.

    What depends on them is not evaluated. The user's scene and its evaluated state are unchanged, and no handler runs.
    """
    with _handlers_silent():
        user = bpy.context.scene
        scene = bpy.data.scenes.new("AIMoCap")
        try:
            if user is not None:
                scene.frame_current, scene.frame_subframe = user.frame_current, user.frame_subframe
            for obj in objects:
                scene.collection.objects.link(obj)
            # not the active dependency graph: its results aren't written back to the file
            scene.frame_set(scene.frame_current, subframe=scene.frame_subframe)
            yield scene
        finally:
            bpy.data.scenes.remove(scene)
