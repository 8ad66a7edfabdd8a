"""A motion put onto a character in the scene: from arrays to a new action."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import cast

import bpy
import numpy as np

from ..motion.bones.humanoid import CORE_SLOTS, BoneMap, Switch
from ..motion.pose_motion import PoseMotion, RetargetReport
from ..motion.retargeting.retarget_options import RetargetOptions
from ..motion.retargeting.same_skeleton import is_same_skeleton, transfer
from ..motion.rotations import FloatArray
from ..motion.skeleton import Clip
from ..motion.time_mapping import TimeMapping
from .armatures import skeleton_of
from .bone_maps import bone_map_of, bones_of, keep_bone_map, kept_bone_map
from .faults import SceneFault
from .keys.keyframes import require_editable
from .keys.pose_keys import EACH_SAMPLE, KeyOptions, write_pose_motion
from .rigs.control_rigs import control_rig, forward_spine
from .rigs.rig_influences import acts_on_its_own, driven
from .rigs.rig_keys import write_rig_motion
from .rigs.rig_solving import SolvedMotion
from .rigs.rig_state import why_stuck

_FEWEST = 5
"""Core slots that must be found on both sides for a motion to mean anything."""

_NOT_LOCKED = "Feet aren't locked in a motion of the character's own skeleton: at another scale they slide."


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
        deviation_degrees: worst angle between how a bone stands on a rig with constraints or drivers and how it should;
            0 for plain rigs, which do what they are told.
        solved_frames: how many samples had to be solved one by one for that.
    """

    action: str
    bones: tuple[str, ...]
    not_found: tuple[str, ...]
    frames: int
    seconds: float
    as_it_is: bool
    report: RetargetReport
    warnings: tuple[str, ...]
    deviation_degrees: float = 0.0
    solved_frames: int = 0


def put_clip_on(
    obj: bpy.types.Object,
    clip: Clip,
    mapping: TimeMapping,
    options: RetargetOptions,
    name: str,
    keys: KeyOptions = EACH_SAMPLE,
    source_map: BoneMap | None = None,
) -> RetargetOutcome:
    """Put a motion onto an armature object as a new action.

    A motion of the character's own skeleton goes over as it is; any other is retargeted by the bone map that is kept
    on the armature, or by one that is detected and kept now. Where constraints or drivers act on its bones, what these
    do is found out first, and the keys are checked against what Blender makes of them. Only the new action, the
    object's animation data, the kept bone map and the properties that switch a control rig differ afterwards.

    Args:
        obj: the character's armature object.
        clip: the motion.
        mapping: its seconds to timeline frames.
        options: what the user chose.
        name: of the action.
        keys: what the user chose of the keys.
        source_map: the motion's humanoid bones; None to detect them.

    Raises:
        SceneFault: the object can't take it. Nothing has changed then.
        MotionFault: the motion can't be used. Nothing has changed then.
    """
    require_editable(obj)
    target = skeleton_of(obj)
    kept = kept_bone_map(obj)
    # a control rig is moved by its controls, also by the motion of its own deforming bones
    as_it_is = is_same_skeleton(clip.skeleton, target) and not bone_map_of(obj).switches
    source_map = source_map or (BoneMap() if as_it_is else bones_of(clip.skeleton))
    if as_it_is:
        bone_map = BoneMap()
        names = tuple(name for name in target.names if name in clip.skeleton.indices)
    else:
        bone_map = require_character(obj)
        _require_bones(source_map, "the motion's skeleton", "Use a motion of a human figure.")
        names = (*bone_map.bones().values(), *bone_map.spine_chain, *bone_map.neck_chain)
    rig = None
    if acts_on_its_own(obj, names):
        _ = target.scale  # refused where it is uneven, before anything is tried out
        rig = control_rig(obj, target, names, bone_map)
    target = rig.body if rig is not None else target
    if as_it_is:
        motion = transfer(clip, target, options)
    else:
        from ..motion.retargeting.retarget import retarget  # noqa: PLC0415 -- large, and not needed to enable the add-on

        target_map = forward_spine(rig, bone_map) if rig is not None else bone_map
        motion = retarget(clip, source_map, target, target_map, options)
        _require_finite(obj, clip, motion)
    solved = None
    if rig is not None:
        action, solved = write_rig_motion(obj, rig, motion, mapping, name, keys, bone_map.switches)
    else:
        action = write_pose_motion(obj, motion, mapping, name, keys)
    if not as_it_is and bone_map != kept:
        keep_bone_map(obj, bone_map)
    return RetargetOutcome(
        action=action.name,
        bones=motion.bones,
        not_found=motion.unmoved,
        frames=len(motion.times),
        seconds=float(motion.times[-1]),
        as_it_is=as_it_is,
        report=motion.report,
        warnings=(
            *_stuck(obj, bone_map.switches),
            *_warnings(obj, solved),
            *((_NOT_LOCKED,) if as_it_is and options.scale != 1.0 and options.root_motion == "FULL" else ()),
        ),
        deviation_degrees=solved.deviation_degrees if solved is not None else 0.0,
        solved_frames=solved.frames if solved is not None else 0,
    )


def require_character(obj: bpy.types.Object) -> BoneMap:
    """The bone map of an armature that a human's motion can be put on.

    Raises:
        SceneFault: it can't be animated here, is in Edit Mode, or too few of its bones are recognised.
    """
    require_editable(obj)
    bone_map = bone_map_of(obj)
    _require_bones(
        bone_map, f"“{obj.name}”", "Give its bones humanoid names, then detect its bones in the AIMoCap tab."
    )
    return bone_map


def _require_bones(bone_map: BoneMap, whose: str, next_step: str) -> None:
    found = sum(slot in bone_map.matches for slot in CORE_SLOTS)
    if found < _FEWEST or "hips" not in bone_map.matches:
        raise SceneFault(f"Only {found} of {len(CORE_SLOTS)} main bones of {whose} were recognised.", next_step)


def _stuck(obj: bpy.types.Object, switches: Iterable[Switch]) -> Iterator[str]:
    """What isn't moved by the bones that were keyed, since its switch can't be set."""
    for switch in switches:
        if (why := why_stuck(obj, switch)) is not None:
            yield (
                f"The switch “{switch.prop}” of {switch.bone} can't be set, since {why}; "
                "what it switches may not follow the motion until then."
            )


def _require_finite(obj: bpy.types.Object, clip: Clip, motion: PoseMotion) -> None:
    """Refuse bones that no pose comes of, rather than call a motion broken that is whole."""
    travel = () if motion.travel is None else (motion.travel,)
    if _is_finite(clip.positions, clip.rotations) and not _is_finite(
        motion.rotations, *motion.locations.values(), *travel
    ):
        raise SceneFault(
            f"With the bones that “{obj.name}” is known by, the motion leads to no pose.",
            "Choose or detect its bones anew in the AIMoCap tab: two joints of a limb may be at one place.",
        )


def _is_finite(*values: FloatArray) -> bool:
    """In the single precision that Blender keeps."""
    with np.errstate(over="ignore"):
        return all(bool(np.isfinite(each.astype(np.float32)).all()) for each in values)


def _warnings(obj: bpy.types.Object, solved: SolvedMotion | None) -> Iterator[str]:
    """What of the rig keeps the motion from looking as it was keyed."""
    if solved is not None:
        by_drivers = driven(obj)
        for whose, names, remedy in (
            ("Constraints", [name for name in solved.held_back if name not in by_drivers], "mute"),
            ("Drivers", [name for name in solved.held_back if name in by_drivers], "remove"),
        ):
            if names:
                most = max(solved.held_back[name] for name in names)
                yield (
                    f"{whose} of the rig hold back {_listed(names)}, by up to {most:.{0 if most >= 1.0 else 1}f}°: "
                    f"{remedy} them to see the whole motion."
                )
        if solved.held_in_place:
            yield (
                f"Constraints or drivers of the rig keep {_listed(solved.held_in_place)} from where the motion goes: "
                "mute them to see it travel."
            )
    if cast("bpy.types.Armature", obj.data).pose_position == "REST":
        yield f"“{obj.name}” is shown in its Rest Position: choose Pose Position in its armature data to see it move."


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(names[:4])
    return shown if len(names) <= 4 else f"{shown} and {len(names) - 4} more"  # noqa: PLR2004 -- fits a panel's line
