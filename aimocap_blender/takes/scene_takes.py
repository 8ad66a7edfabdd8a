"""Takes that need no source of their own: a motion file of the user's, an armature in the scene, an Action of it."""

from dataclasses import replace
from pathlib import Path

import bpy

from ..motion.time_mapping import TimeMapping
from ..scene.action_source import ActionSource, source_of
from ..scene.armature_motion import ArmatureMotion, armature_motion
from ..scene.armatures import action_of
from .reading import ReadMotion
from .take import Kind, Take


def take_of_file(path: Path) -> Take:
    """Return the take of a motion file."""
    return Take(Kind.FILE, title=path.stem, origin=ActionSource(file=path.name))


def take_of_armature(source: bpy.types.Object, scene: bpy.types.Scene) -> tuple[Take, ReadMotion, TimeMapping]:
    """Return the take of an armature in a scene, its motion, and its seconds to timeline frames.

    Raises:
        Fault: it has no motion.
    """
    motion, action = armature_motion(source, scene), action_of(source)
    title = action.name if action is not None else source.name
    take = Take(Kind.ARMATURE, title=title, origin=replace(source_of(action), armature=source.name))
    return take, read_from(motion, source), motion.mapping


def read_from(motion: ArmatureMotion, source: bpy.types.Object | None = None) -> ReadMotion:
    """Return an armature's motion as one that was read."""
    return ReadMotion(motion.clip, bone_map=motion.bone_map, shown_by=source)
