"""Which way a character faces, and where a robot stands that shows what it shows: beside it, facing the same way."""

import contextlib
from dataclasses import dataclass

import bpy
import numpy as np

from ..motion.faults import MotionFault
from ..motion.figures.figure import figure_of
from ..motion.g1.motion import G1Motion
from ..motion.rotations import FloatArray, conjugate, rotate
from ..motion.skeleton import Skeleton
from .armatures import skeleton_of
from .bone_maps import bone_map_of
from .faults import SceneFault


@dataclass(frozen=True, eq=False)
class Place:
    """A place in the world.

    Attributes:
        point: (3,) on the ground, metres.
        facing: (3,) the way that a figure there faces.
        apart: metres from the character.
    """

    point: FloatArray
    facing: FloatArray
    apart: float


def place_beside(character: bpy.types.Object) -> Place:
    """One arm's span to a character's left, by its rest pose where its object stands now.

    Raises:
        SceneFault: no armature, or in Edit Mode.
    """
    skeleton = skeleton_of(character)
    left, facing = left_and_facing(character, skeleton)
    ends = np.concatenate([skeleton.heads, skeleton.world_tails])
    apart = max(float(np.ptp(ends @ left)), float(np.ptp(ends[:, 2])))  # arms that hang: a figure is as tall as wide
    middle = (ends.min(axis=0) + ends.max(axis=0)) / 2.0
    ground = np.array([middle[0], middle[1], skeleton.world[2, 3]])
    return Place(ground + apart * left, facing, apart)


def left_and_facing(character: bpy.types.Object, skeleton: Skeleton) -> tuple[FloatArray, FloatArray]:
    """The directions (3,) to a character's left, and the way that it faces in its rest pose, along the ground."""
    to_world = np.array([1.0, 0.0, 0.0, 0.0])  # whose figure is not recognised faces -Y, as Blender's own do
    with contextlib.suppress(SceneFault, MotionFault):
        to_world = conjugate(figure_of(skeleton, bone_map_of(character), "object").to_body)
    left, facing = (_level(rotate(to_world, np.array(axis))) for axis in ((1.0, 0.0, 0.0), (0.0, -1.0, 0.0)))
    return left, facing


def stand_at(rig: bpy.types.Object, motion: G1Motion, place: Place) -> None:
    """Move a G1 rig's object so that its motion starts at the place, the way that this faces."""
    heading = _level(rotate(motion.root_quat[0], np.array([1.0, 0.0, 0.0])))
    turn = np.arctan2(place.facing[1], place.facing[0]) - np.arctan2(heading[1], heading[0])
    cos, sin = np.cos(turn), np.sin(turn)
    x, y, _ = motion.root_pos[0]
    start = np.array([cos * x - sin * y, sin * x + cos * y, 0.0])
    rig.location = tuple(place.point - start)
    rig.rotation_euler = (0.0, 0.0, float(turn))


def _level(direction: FloatArray) -> FloatArray:
    """(3,) of length 1, along the ground; along X where it points up or down."""
    flat = np.array([direction[0], direction[1], 0.0])
    length = float(np.linalg.norm(flat))
    return flat / length if length > 1e-6 else np.array([1.0, 0.0, 0.0])  # noqa: PLR2004 -- of a unit vector
