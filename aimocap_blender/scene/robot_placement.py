"""Placement of a robot next to the character whose motion it shows, facing the same way."""

import contextlib
from dataclasses import dataclass

import bpy
import numpy as np

from ..motion.figures.figure import figure_of
from ..motion.g1.motion import G1Motion
from ..motion.rotations import IDENTITY, FloatArray, conjugate, rotate
from ..motion.skeleton import Skeleton
from ..texts.faults import Fault
from .armatures import skeleton_of
from .bone_maps import bone_map_of


@dataclass(frozen=True, eq=False)
class RobotPlacement:
    """The position and facing direction of a robot in the world.

    Attributes:
        position: (3,) on the ground, metres.
        facing: (3,) direction in which the robot faces.
        distance: metres from the character.
    """

    position: FloatArray
    facing: FloatArray
    distance: float


def placement_next_to(character: bpy.types.Object) -> RobotPlacement:
    """Return the placement one arm span to a character's left, from its rest pose and current object transform.

    Raises:
        Fault: not an armature, or in Edit Mode.
    """
    skeleton = skeleton_of(character)
    left, facing = left_and_facing(character, skeleton)
    ends = np.concatenate([skeleton.heads, skeleton.world_tails])
    # with hanging arms the width is too small
    distance = max(float(np.ptp(ends @ left)), float(np.ptp(ends[:, 2])))
    middle = (ends.min(axis=0) + ends.max(axis=0)) / 2.0
    ground = np.array([middle[0], middle[1], skeleton.world[2, 3]])
    return RobotPlacement(ground + distance * left, facing, distance)


def left_and_facing(character: bpy.types.Object, skeleton: Skeleton) -> tuple[FloatArray, FloatArray]:
    """Return the horizontal directions (3,) to a character's left, and in which it faces in its rest pose."""
    # an unrecognised figure is taken to face -Y, Blender's front
    to_world = IDENTITY
    with contextlib.suppress(Fault):
        to_world = conjugate(figure_of(skeleton, bone_map_of(character), "object").to_body)
    left = horizontal(rotate(to_world, np.array([1.0, 0.0, 0.0])))
    facing = horizontal(rotate(to_world, np.array([0.0, -1.0, 0.0])))
    return left, facing


def place_robot(rig: bpy.types.Object, motion: G1Motion, placement: RobotPlacement) -> None:
    """Move and rotate a G1 rig's object so that its motion starts at a placement."""
    heading = horizontal(rotate(motion.root_quat[0], np.array([1.0, 0.0, 0.0])))
    angle = np.arctan2(placement.facing[1], placement.facing[0]) - np.arctan2(heading[1], heading[0])
    cos, sin = np.cos(angle), np.sin(angle)
    x, y, _ = motion.root_pos[0]
    start = np.array([cos * x - sin * y, sin * x + cos * y, 0.0])
    rig.location = tuple(placement.position - start)
    rig.rotation_euler = (0.0, 0.0, float(angle))


def horizontal(direction: FloatArray) -> FloatArray:
    """Return the horizontal part (3,) at length 1; X for a vertical direction."""
    flat = np.array([direction[0], direction[1], 0.0])
    length = float(np.linalg.norm(flat))
    return flat / length if length > 1e-6 else np.array([1.0, 0.0, 0.0])  # noqa: PLR2004 -- of a unit vector
