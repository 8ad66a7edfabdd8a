"""A motion put onto a character in the scene: from arrays to a new action."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import cast

import bpy

from ..motion.bone_detection import detect_bones
from ..motion.humanoid import CORE_SLOTS, BoneMap
from ..motion.pose_motion import RetargetReport
from ..motion.retarget import retarget
from ..motion.retarget_options import RetargetOptions
from ..motion.same_skeleton import is_same_skeleton, transfer
from ..motion.skeleton import Clip
from ..motion.time_mapping import TimeMapping
from .armatures import pose_of, skeleton_of
from .bone_maps import bone_map_of, keep_bone_map, kept_bone_map
from .faults import SceneFault
from .pose_keys import EACH_SAMPLE, KeyOptions, write_pose_motion

_FEWEST = 5
"""Core slots that must be found on both sides for a motion to mean anything."""


@dataclass(frozen=True)
class RetargetOutcome:
    """What was put onto a character.

    Attributes:
        action: the new action's name.
        bones: names of the bones that were keyed.
        not_found: humanoid slots of the character that the motion could not move.
        frames: how many samples were keyed.
        seconds: how long the motion is.
        as_it_is: the motion is of the character's own skeleton and was not retargeted.
        report: how well it went over.
        warnings: what in the scene changes how the motion looks, one sentence each.
    """

    action: str
    bones: tuple[str, ...]
    not_found: tuple[str, ...]
    frames: int
    seconds: float
    as_it_is: bool
    report: RetargetReport
    warnings: tuple[str, ...]

    @property
    def summary(self) -> str:
        """One line for the panel."""
        moved = f"{len(self.bones)} bones moved, {self.frames} frames, {self.seconds:.1f} s"
        if not self.not_found:
            return moved
        return f"{moved}; not moved: {', '.join(slot.replace('_', ' ') for slot in self.not_found)}"


def put_clip_on(
    obj: bpy.types.Object,
    clip: Clip,
    mapping: TimeMapping,
    options: RetargetOptions,
    name: str,
    keys: KeyOptions = EACH_SAMPLE,
) -> RetargetOutcome:
    """Put a motion onto an armature object as a new action.

    A motion of the character's own skeleton goes over as it is; any other is retargeted by the bone map that is kept
    on the armature, or by one that is detected and kept now. Only the new action, the object's animation data and
    the kept bone map differ afterwards.

    Args:
        obj: the character's armature object.
        clip: the motion.
        mapping: its seconds to timeline frames.
        options: what the user chose.
        name: of the action.
        keys: what the user chose of the keys.

    Raises:
        SceneFault: the object can't take it. Nothing has changed then.
        MotionFault: the motion can't be used. Nothing has changed then.
    """
    _require_editable(obj)
    target = skeleton_of(obj)
    as_it_is = options.root_motion == "FULL" and is_same_skeleton(clip.skeleton, target)
    bone_map = None
    if as_it_is:
        motion = transfer(clip, target)
    else:
        source_map, bone_map = detect_bones(clip.skeleton), require_character(obj)
        _require_bones(source_map, "the motion's skeleton", "Use a motion of a human figure.")
        motion = retarget(clip, source_map, target, bone_map, options)
    warnings = tuple(_warnings(obj, {*motion.bones, *motion.locations}))
    action = write_pose_motion(obj, motion, mapping, name, keys)
    if bone_map is not None and bone_map != kept_bone_map(obj):
        keep_bone_map(obj, bone_map)
    return RetargetOutcome(
        action=action.name,
        bones=motion.bones,
        not_found=motion.unmoved,
        frames=len(motion.times),
        seconds=float(motion.times[-1]),
        as_it_is=as_it_is,
        report=motion.report,
        warnings=warnings,
    )


def require_character(obj: bpy.types.Object) -> BoneMap:
    """The bone map of an armature that a human's motion can be put on.

    Raises:
        SceneFault: it can't be animated here, is in Edit Mode, or too few of its bones are recognised.
    """
    _require_editable(obj)
    bone_map = bone_map_of(obj)
    _require_bones(
        bone_map, f"“{obj.name}”", "Give its bones humanoid names, then detect its bones in the AIMoCap tab."
    )
    return bone_map


def _require_editable(obj: bpy.types.Object) -> None:
    if not obj.is_editable:
        raise SceneFault(
            f"“{obj.name}” is linked from another file and can't be animated here.",
            "Make a library override of it (Object > Library Override > Make), or append it.",
        )


def _require_bones(bone_map: BoneMap, whose: str, next_step: str) -> None:
    found = sum(slot in bone_map.matches for slot in CORE_SLOTS)
    if found < _FEWEST or "hips" not in bone_map.matches:
        raise SceneFault(f"Only {found} of {len(CORE_SLOTS)} main bones of {whose} were recognised.", next_step)


def _warnings(obj: bpy.types.Object, moved: set[str]) -> Iterator[str]:
    """What of the rig keeps the motion from looking as it was keyed."""
    held = [bone.name for bone in pose_of(obj).bones if bone.name in moved & _constrained(obj)]
    if held:
        yield f"Constraints of the rig also move {_listed(held)}: mute them to see the whole motion."
    driven = [bone.name for bone in pose_of(obj).bones if bone.name in moved and _is_driven(obj, bone)]
    if driven:
        yield f"Drivers of the rig move {_listed(driven)}: remove them to see the whole motion."
    if cast("bpy.types.Armature", obj.data).pose_position == "REST":
        yield f"“{obj.name}” is shown in its Rest Position: choose Pose Position in its armature data to see it move."


def _constrained(obj: bpy.types.Object) -> set[str]:
    """Bones that constraints act on now, those along IK chains included."""
    found: set[str] = set()
    for bone in pose_of(obj).bones:
        for constraint in bone.constraints:
            if constraint.mute or constraint.influence <= 0.0:
                continue
            found.add(bone.name)
            if isinstance(constraint, (bpy.types.KinematicConstraint, bpy.types.SplineIKConstraint)):
                count = constraint.chain_count or None
                tip = (
                    [] if isinstance(constraint, bpy.types.KinematicConstraint) and not constraint.use_tail else [bone]
                )
                found.update(link.name for link in [*tip, *bone.parent_recursive][:count])
    return found


def _is_driven(obj: bpy.types.Object, bone: bpy.types.PoseBone) -> bool:
    data = obj.animation_data
    prefix = f"{bone.path_from_id()}."
    channels = ("location", "rotation_quaternion", "rotation_euler", "rotation_axis_angle")
    return data is not None and any(
        driver.data_path.startswith(prefix) and driver.data_path.removeprefix(prefix) in channels
        for driver in data.drivers
    )


def _listed(names: list[str]) -> str:
    shown = ", ".join(names[:4])
    return shown if len(names) <= 4 else f"{shown} and {len(names) - 4} more"  # noqa: PLR2004 -- fits a panel's line
