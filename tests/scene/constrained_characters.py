"""A character whose rig people have given constraints and drivers, and where its bones stand."""

from __future__ import annotations

from typing import TYPE_CHECKING

import bpy
import numpy as np
from mathutils import Matrix

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import numpy.typing as npt

    Names = Mapping[str, str]
    Constrain = Callable[[bpy.types.Object, Names], None]


def _empty(name: str, matrix: Matrix) -> bpy.types.Object:
    empty = bpy.data.objects.new(name, None)
    bpy.context.scene.collection.objects.link(empty)
    empty.matrix_world = matrix
    return empty


def copy_rotation(obj: bpy.types.Object, names: Names) -> None:
    """A shoulder that has half of the spine's turn, and an arm that has some of the other's."""
    for bone, other, influence in (("left_shoulder", "spine", 0.5), ("left_upper_arm", "right_upper_arm", 0.2)):
        constraint = obj.pose.bones[names[bone]].constraints.new("COPY_ROTATION")
        constraint.target, constraint.subtarget, constraint.influence = obj, names[other], influence
        constraint.owner_space = constraint.target_space = "LOCAL"


def child_of(obj: bpy.types.Object, names: Names) -> None:
    """Hips that hang on something that stands askew, with no inverse set."""
    constraint = obj.pose.bones[names["hips"]].constraints.new("CHILD_OF")
    constraint.set_inverse_pending = False
    constraint.target = _empty("Carrier", Matrix.Translation((1.0, 2.0, 0.3)) @ Matrix.Rotation(0.8, 4, "X"))


def child_of_moving(obj: bpy.types.Object, names: Names) -> None:
    """A head that hangs on something that turns over time."""
    constraint = obj.pose.bones[names["head"]].constraints.new("CHILD_OF")
    constraint.set_inverse_pending = False
    constraint.target = _empty("Carrier", Matrix())
    for axis in ("x", "y", "z"):
        setattr(constraint, f"use_location_{axis}", False)
        setattr(constraint, f"use_scale_{axis}", False)
    for frame, angle in ((1, 0.0), (40, 1.5)):
        constraint.target.rotation_euler = (angle, 0.0, 0.0)
        constraint.target.keyframe_insert("rotation_euler", frame=frame)


def armature_constraint(obj: bpy.types.Object, names: Names) -> None:
    """An arm that has no parent and is hung on the chest by a constraint, as game rigs' controls are."""
    chest, arm = names["upper_chest"], names["left_upper_arm"]
    bpy.context.view_layer.objects.active = obj
    bpy.ops.object.mode_set(mode="EDIT")
    obj.data.edit_bones[arm].parent = None
    bpy.ops.object.mode_set(mode="OBJECT")
    constraint = obj.pose.bones[arm].constraints.new("ARMATURE")
    target = constraint.targets.new()
    target.target, target.subtarget, target.weight = obj, chest, 1.0


def no_inheritance(obj: bpy.types.Object, names: Names) -> None:
    """A head that keeps its attitude, on a neck that has half of the hips'."""
    obj.data.bones[names["head"]].use_inherit_rotation = False
    obj.data.bones[names["left_hand"]].use_inherit_rotation = False
    constraint = obj.pose.bones[names["neck"]].constraints.new("COPY_ROTATION")
    constraint.target, constraint.subtarget, constraint.influence = obj, names["hips"], 0.5


def action_constraint(obj: bpy.types.Object, names: Names) -> None:
    """An arm that is lifted by an action, as far as another bone is turned."""
    arm = obj.pose.bones[names["right_upper_arm"]]
    lift = bpy.data.actions.new("Lift")
    data = obj.animation_data_create()
    data.action = lift
    arm.rotation_mode = "QUATERNION"
    for frame, turn in ((1, (1.0, 0.0, 0.0, 0.0)), (21, (0.8, 0.6, 0.0, 0.0))):
        arm.rotation_quaternion = turn
        arm.keyframe_insert("rotation_quaternion", frame=frame)
    data.action = None
    arm.rotation_quaternion = (1.0, 0.0, 0.0, 0.0)
    constraint = arm.constraints.new("ACTION")
    constraint.target, constraint.subtarget = obj, names["left_upper_arm"]
    constraint.transform_channel, constraint.target_space = "ROTATION_X", "LOCAL"
    constraint.action, constraint.frame_start, constraint.frame_end = lift, 1, 21
    constraint.min, constraint.max = 0.0, 1.0
    if hasattr(constraint, "action_slot"):
        constraint.action_slot = lift.slots[0]


REACHED: tuple[Constrain, ...] = (
    copy_rotation,
    child_of,
    child_of_moving,
    armature_constraint,
    no_inheritance,
    action_constraint,
)
"""Constraints that leave a bone free to follow the motion."""


def limit_rotation(obj: bpy.types.Object, names: Names) -> None:
    """An elbow that bends a little only."""
    constraint = obj.pose.bones[names["left_lower_arm"]].constraints.new("LIMIT_ROTATION")
    constraint.owner_space = "LOCAL"
    for axis in ("x", "y", "z"):
        setattr(constraint, f"use_limit_{axis}", True)
        setattr(constraint, f"max_{axis}", 0.1)
        setattr(constraint, f"min_{axis}", -0.1)


def inverse_kinematics(obj: bpy.types.Object, names: Names) -> None:
    """An arm that reaches for a thing."""
    constraint = obj.pose.bones[names["left_lower_arm"]].constraints.new("IK")
    hand = obj.matrix_world @ obj.data.bones[names["left_hand"]].head_local
    constraint.target = _empty("Thing", Matrix.Translation(hand))
    constraint.chain_count = 2


def driver(obj: bpy.types.Object, names: Names) -> None:
    """A hand that a driver turns."""
    hand = obj.pose.bones[names["left_hand"]]
    hand.rotation_mode = "XYZ"
    for curve in hand.driver_add("rotation_euler"):
        curve.driver.expression = "0.2"


def damped_track(obj: bpy.types.Object, names: Names) -> None:
    """A head that looks at something."""
    constraint = obj.pose.bones[names["head"]].constraints.new("DAMPED_TRACK")
    constraint.target = _empty("Seen", Matrix.Translation((5.0, -5.0, 3.0)))


HELD: tuple[tuple[Constrain, frozenset[str]], ...] = (
    (limit_rotation, frozenset({"left_lower_arm"})),
    (inverse_kinematics, frozenset({"left_upper_arm", "left_lower_arm"})),
    (driver, frozenset({"left_hand"})),
    (damped_track, frozenset({"head"})),
)
"""Constraints that keep bones, named by their slots, from following the motion."""


def turns_at(obj: bpy.types.Object, bones: list[str], frames: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """(F, B, 3, 3) axes of the bones in the world, unscaled, as Blender evaluates them."""
    found = np.empty((len(frames), len(bones), 3, 3))
    for row, frame in enumerate(frames):
        bpy.context.scene.frame_set(int(np.floor(frame)), subframe=float(frame % 1))
        shown = obj.evaluated_get(bpy.context.evaluated_depsgraph_get())
        for column, bone in enumerate(bones):
            axes = np.array(shown.matrix_world @ shown.pose.bones[bone].matrix)[:3, :3]
            found[row, column] = axes / np.linalg.norm(axes, axis=0)
    return found


def degrees_apart(a: npt.NDArray[np.float64], b: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Angles of the turns between axes (..., 3, 3)."""
    # a chord's length keeps small angles, which a cosine loses
    chord = np.sqrt(((a - b) ** 2).sum(axis=(-1, -2)) / 2.0)
    return np.degrees(2.0 * np.arcsin(np.clip(chord / 2.0, 0.0, 1.0)))
