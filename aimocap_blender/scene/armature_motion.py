"""The motion of an armature that is in the scene, whatever moves it: keys, NLA, constraints, drivers, parents.

It is sampled in a scene of its own that holds the armature alone. So nothing else is evaluated (a character's mesh
would take longer than all the rest), and neither the current frame nor any pose of the user's scene changes.
"""

import contextlib
from collections.abc import Generator, Iterator
from dataclasses import replace
from typing import Any, cast

import bpy
import numpy as np

from ..motion.rotations import FloatArray, from_matrix
from ..motion.skeleton import Clip
from ..motion.time_mapping import TimeMapping
from .armatures import pose_of, skeleton_of
from .faults import SceneFault
from .keyframes import curves_of, keyed_values

_UNEVEN = 1e-2
"""Frames by which keys may lie off an even spacing: Blender keeps them in single precision."""

_LEAST_SPACING = 1e-3
_WIDEST_SPACING = 1.5
"""Frames from key to key above which Blender's own way between them matters."""
_NO_LENGTH = 1e-12
_AT_ONCE = 256
"""Frames whose matrices are held in memory at a time."""


def armature_motion(obj: bpy.types.Object, scene: bpy.types.Scene) -> tuple[Clip, TimeMapping]:
    """The motion of an armature object, sampled from Blender's own evaluation.

    It is sampled over the frames of its action, of its NLA and of those of its parents; where none of these has any,
    of what its constraints follow. Samples lie on its keys where those are evenly spaced and so dense that they are
    samples themselves, whatever the file's frames a second are; else on whole frames.

    Args:
        obj: the armature object; it may be linked from another file.
        scene: whose frame rate tells the seconds.

    Returns:
        The clip, in the world, its skeleton standing where the armature stands at the first sample; and the mapping
        that puts its samples back on the frames where they were taken.

    Raises:
        SceneFault: it is no armature, in Edit Mode, disabled in viewports, or nothing moves it.
    """
    skeleton = skeleton_of(obj)
    if obj.hide_viewport:
        raise SceneFault(
            f"“{obj.name}” is disabled in viewports, where Blender doesn't evaluate it.",
            "Enable it in the Outliner (the screen icon), then try again.",
        )
    frames = _sample_frames(obj)
    with _alone(obj) as apart:
        standing, positions, turns = _sampled(apart, obj, skeleton.names, frames)
    fps = scene.render.fps / scene.render.fps_base
    clip = Clip(
        skeleton=replace(skeleton, world=standing),
        times=(frames - frames[0]) / fps,
        fps=(len(frames) - 1) * fps / (frames[-1] - frames[0]),
        positions=positions,
        rotations=turns,
    )
    return clip, TimeMapping(float(frames[0]), fps)


def _sample_frames(obj: bpy.types.Object) -> FloatArray:
    """(F,) ascending timeline frames to sample at, two at least."""
    movers = [obj, *_parents(obj)]
    ranges = [found for mover in movers for found in _animated_ranges(mover)]
    ranges = ranges or [found for target in _targets(movers) for found in _animated_ranges(target)]
    first = min((start for start, _ in ranges), default=0.0)
    last = max((end for _, end in ranges), default=0.0)
    if last - first < _LEAST_SPACING:
        raise SceneFault(f"Nothing moves “{obj.name}”: it has no animation.", "Choose an armature that has a motion.")
    keys = _even_keys(obj)
    if keys is not None and np.allclose(ranges, [(keys[0], keys[-1])], rtol=0.0, atol=_LEAST_SPACING):
        return keys
    return np.asarray(np.arange(np.floor(first), np.ceil(last) + 1.0), dtype=np.float64)


def _parents(obj: bpy.types.Object) -> Iterator[bpy.types.Object]:
    while obj.parent is not None:
        obj = obj.parent
        yield obj


def _targets(movers: list[bpy.types.Object]) -> Iterator[bpy.types.Object]:
    """What the constraints of objects and of their bones follow."""
    for mover in movers:
        bones = mover.pose.bones if mover.pose else ()
        constraints = [constraint for owner in (mover, *bones) for constraint in owner.constraints]
        for constraint in constraints:
            target = getattr(constraint, "target", None)
            if target is not None and not constraint.mute and target not in movers:
                yield target


def _animated_ranges(obj: bpy.types.Object) -> Iterator[tuple[float, float]]:
    """First and last frame of what animates an object: its own action, and each strip of its NLA that plays."""
    data = obj.animation_data
    if data is None:
        return
    if data.action is not None:
        first, last = data.action.frame_range
        yield float(first), float(last)
    if data.use_nla:
        solo = any(track.is_solo for track in data.nla_tracks)
        for track in data.nla_tracks:
            if track.is_solo if solo else not track.mute:
                yield from ((strip.frame_start, strip.frame_end) for strip in track.strips if not strip.mute)


def _even_keys(obj: bpy.types.Object) -> FloatArray | None:
    """(F,) frames on which the action's keys lie, if they are evenly spaced and dense."""
    curves = curves_of(obj)
    if not curves:
        return None
    keys = np.unique(np.concatenate([keyed_values(curve)[0] for curve in curves.values()]))
    keys = keys[np.diff(keys, prepend=-np.inf) > _LEAST_SPACING]  # one frame, rounded in different ways
    steps = np.diff(keys)
    if not len(steps) or steps.max() - steps.min() > _UNEVEN or steps.mean() > _WIDEST_SPACING:
        return None
    return np.asarray(np.linspace(keys[0], keys[-1], len(keys)), dtype=np.float64)


@contextlib.contextmanager
def _alone(obj: bpy.types.Object) -> Generator[bpy.types.Scene]:
    """A scene that holds the object and nothing else; what it hangs on is evaluated with it."""
    apart = bpy.data.scenes.new("AIMoCap Sampling")
    try:
        apart.collection.objects.link(obj)
        yield apart
    finally:
        bpy.data.scenes.remove(apart)


def _sampled(
    scene: bpy.types.Scene, obj: bpy.types.Object, bones: tuple[str, ...], frames: FloatArray
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """The object's world matrix at the first frame (4, 4), bones' heads (F, B, 3) in metres and turns (F, B, 4)."""
    order = [pose_of(obj).bones.find(name) for name in bones]
    posed = np.empty(len(order) * 16, np.float32)
    positions, turns = np.empty((len(frames), len(bones), 3)), np.empty((len(frames), len(bones), 4))
    standing = np.eye(4)
    for start in range(0, len(frames), _AT_ONCE):
        part = slice(start, min(start + _AT_ONCE, len(frames)))
        matrices = np.empty((part.stop - part.start, len(bones), 4, 4))
        for row, frame in enumerate(frames[part]):
            whole = int(np.floor(frame))
            scene.frame_set(whole, subframe=float(frame - whole))
            shown = obj.evaluated_get(cast("bpy.types.Depsgraph", scene.view_layers[0].depsgraph))
            cast("Any", pose_of(shown).bones).foreach_get("matrix", posed)
            world = np.array(shown.matrix_world, dtype=np.float64)
            standing = world if start + row == 0 else standing
            matrices[row] = world @ posed.reshape(-1, 4, 4).swapaxes(1, 2)[order]  # Blender keeps columns in a row
        if not np.isfinite(matrices).all():
            raise SceneFault(f"“{obj.name}” moves beyond all bounds.", "Mend its animation, then try again.")
        axes = matrices[..., :3, :3]
        positions[part] = matrices[..., :3, 3]
        turns[part] = from_matrix(axes / np.maximum(np.linalg.norm(axes, axis=-2, keepdims=True), _NO_LENGTH))
    return standing, positions, turns
