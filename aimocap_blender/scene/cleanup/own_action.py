"""The Action of an armature object as something whose keys can be changed, and the values of legs solved again."""

from collections.abc import Mapping

import bpy

from ...motion.bones.humanoid import PARTS, BoneMap, filled
from ...motion.pose_motion import PoseMotion
from ...motion.rotations import FloatArray
from ...texts.faults import Fault
from ...texts.text import Text
from ..armatures import action_of, pose_of
from ..keys.rotation_channels import rotation_path, rotation_values_from
from ..looping import frames_of
from ..rigs.control_rigs import has_influences

FEET_MAY_SLIDE = "Constraints or drivers move the legs, so feet that stand may slide now."


def frames_to_edit(obj: bpy.types.Object) -> tuple[int, int]:
    """Return the first and last whole frame of an armature object's Action, whose keys can be changed.

    Raises:
        Fault: it has none that moves bones, or its keys can't be changed now.
    """
    found = frames_of(obj)
    action = action_of(obj)
    if action is not None and not action.is_editable:
        raise Fault(
            Text("The Action “{action}” is linked from another file and can't be changed here.", action=action.name),
            "Make it local (Object > Relations > Make Local), then try again.",
        )
    return found


def frames_within(obj: bpy.types.Object, first: int, last: int) -> tuple[int, int]:
    """Return a range of frames cut to those of an armature object's Action.

    Raises:
        Fault: as of `frames_to_edit`, the range has no length, or nothing of the Action is in it.
    """
    begins, ends = frames_to_edit(obj)
    if first >= last:
        raise Fault(
            Text("The end, frame {last}, isn't after the start, frame {first}.", first=first, last=last),
            "Choose an end after the start.",
        )
    first, last = max(first, begins), min(last, ends)
    if first >= last:
        raise Fault(
            Text("The Action has no motion there: it has keys from frame {first} to {last}.", first=begins, last=ends),
            "Choose frames within these.",
        )
    return first, last


def free_legs(obj: bpy.types.Object, bone_map: BoneMap) -> list[str] | None:
    """Return the bones of the legs; None if there are no hips, or something else than keys moves the legs."""
    slots = bone_map.bones()
    if "hips" not in slots:
        return None
    _, *legs = filled(slots, PARTS["legs"])
    return None if has_influences(obj, legs) else legs


def solved_values(
    obj: bpy.types.Object,
    bones: list[str],
    solved: PoseMotion,
    before: PoseMotion,
    values: Mapping[str, FloatArray],
) -> dict[str, FloatArray]:
    """Return data path to values (F, C) of the bones that were solved.

    Args:
        obj: the armature object.
        bones: which may have been.
        solved: the channels of all bones.
        before: the same before that.
        values: data path to (F, C) values, whose signs and turns are kept.
    """
    found: dict[str, FloatArray] = {}
    for name in bones:
        bone = pose_of(obj).bones[name]
        path, location = rotation_path(bone), bone.path_from_id("location")
        column = solved.bones.index(name)
        if path in values and (solved.rotations[:, column] != before.rotations[:, column]).any():
            found[path] = rotation_values_from(bone.rotation_mode, solved.rotations[:, column], values[path][0])
        if location in values and name in solved.locations:
            found[location] = solved.locations[name]
    return found
