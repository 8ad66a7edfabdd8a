"""Putting a motion onto a character in the scene: from arrays to a new Action."""

from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from contextlib import nullcontext
from dataclasses import dataclass, replace
from functools import partial
from typing import Literal

import bpy
import numpy as np

from ..motion.bones.humanoid import CORE_SLOTS, PART_LABELS, BoneMap
from ..motion.bones.ik_limbs import IkLimb, fk_beside
from ..motion.bones.map_check import doubts_in_words, no_human
from ..motion.control_rig import ControlRig
from ..motion.limb_hinges import hinged_bones, with_hinges
from ..motion.mirroring import mirrored_motion
from ..motion.pose_measure import PoseReport
from ..motion.pose_motion import PoseMotion, RetargetReport, posed
from ..motion.resampling import at_whole_frames
from ..motion.retargeting.retarget_options import RetargetOptions
from ..motion.retargeting.same_skeleton import is_same_skeleton, transfer
from ..motion.rotations import FloatArray
from ..motion.skeleton import Clip, Skeleton
from ..motion.smoothing import smoothed
from ..motion.time_mapping import TimeMapping
from ..texts.faults import Fault
from ..texts.text import Sentence, Text
from .action_contacts import Applied, keep_contacts
from .ahead import Asked, answers_to
from .armature_motion import skeleton_at
from .armatures import deforming_bones, skeleton_of
from .body_part import BodyPart
from .bone_maps import (
    bone_map_of,
    bones_of,
    detected_bone_map,
    keep_bone_map,
    kept_bone_map,
    known_profiles,
)
from .keys.keyframes import ON_A_KEY, require_editable
from .keys.pose_keys import EACH_SAMPLE, KeyOptions, hinges_of, write_pose_motion
from .retarget_check import MOST, MOST_OF_RIGS, Expected, checked, ik_apart, warnings_on
from .rigs.control_rigs import control_rig, forward_spine, has_influences
from .rigs.ik_controls import IkControls, chosen_limbs
from .rigs.rig_keys import SolvedMotion, answers_given, given, key_ik_beside, recorded, write_rig_motion
from .skins import ground_below, skin_of

_FEWEST = 5
"""Core slots that motion and character must have for a useful result."""

_THE_MOTIONS, _USE_ANOTHER = Text("the motion's skeleton"), "Use the motion of a human figure."
_FRAMES = 50
"""Most poses of a motion that are looked at."""

_NOT_LOCKED = "Feet aren't locked in a motion of the character's own skeleton, so they slide at another scale."
_NO_IK = "The add-on doesn't know IK controls of this rig, so only its FK controls were keyed."
_PART_IN_FK = "Parts of the body are keyed on FK controls."
_NOT_ON_GROUND = "Feet aren't put onto the scene's meshes in a motion of the character's own skeleton."


class NoHumanFault(Fault):
    """A character, or a motion's skeleton, is no human figure.

    Attributes:
        of_character: its bones can be reviewed.
        may_go_on: it can be tried nevertheless.
    """

    def __init__(self, what: Sentence, next_step: Sentence, *, of_character: bool, may_go_on: bool) -> None:
        super().__init__(what, next_step)
        self.of_character, self.may_go_on = of_character, may_go_on


@dataclass(frozen=True)
class RetargetOutcome:
    """The result of putting a motion onto a character.

    Attributes:
        action: the new Action's name.
        bones: names of the bones that were keyed.
        not_found: humanoid slots of the character that the motion could not move.
        frames: number of keyed samples.
        seconds: duration of the motion.
        as_it_is: the motion is of the character's own skeleton and was not retargeted.
        report: numbers of the retargeting itself.
        poses: quality of the poses, as Blender evaluates the keys.
        lacking: main slots that have no bone on the character.
        doubts: a sentence for each slot of the character whose bone can't be right.
        warnings: what in the scene changes the look of the motion, one sentence each.
        deviation_degrees: worst angle between a bone's rotation and the wanted one on a rig with constraints or
            drivers; 0 for plain rigs.
        solved_frames: number of samples that were solved one by one.
    """

    action: str
    bones: tuple[str, ...]
    not_found: tuple[str, ...]
    frames: int
    seconds: float
    as_it_is: bool
    report: RetargetReport
    poses: PoseReport
    lacking: tuple[str, ...]
    doubts: tuple[Text, ...]
    warnings: tuple[Sentence, ...]
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
    source: bpy.types.Object | None = None,
    *,
    any_figure: bool = False,
) -> RetargetOutcome:
    """Put a motion onto an armature object as a new Action.

    A motion of the character's own skeleton is copied unchanged; any other is retargeted with the armature's bone map,
    or one that is detected and stored now. If constraints or drivers act on its bones, their effect is measured first,
    and the keys are checked against Blender's evaluation. Only the new Action, the object's animation data, the stored
    bone map and the switches of a control rig change. With part of the body, the new Action is a copy of the current
    one in which only the part's keys are others.

    Args:
        obj: the character's armature object.
        mapping: the motion's seconds to timeline frames.
        options: the user's choices.
        name: of the Action.
        keys: the user's choices for keyframes.
        source_map: the motion's humanoid bones; None to detect them.
        source: the armature object that shows the motion, if there is one: it is no ground for feet.
        any_figure: also retarget where one of both is no human figure.

    Raises:
        NoHumanFault: one of both isn't. Nothing has changed then.
        Fault: the object can't take the motion. Nothing has changed then.
        Fault: the motion can't be used. Nothing has changed then.
    """
    asked = Asked(clip, mapping, options, keys, source_map, any_figure, bone_map_of(obj))
    put_on = partial(_put_whole_clip_on, obj, clip, mapping, options, name, source_map, source, any_figure=any_figure)
    with answers_given(answers_to(obj, asked)):
        if set(options.parts) == set(PART_LABELS):
            return put_on(keys)
        part = BodyPart(obj, options.parts)
        with part.restored_on_failure():
            # onto a whole Action first: only its keys of the part are laid over those that the character has, and IK
            # is keyed there, for the FK keys that it has then
            done = put_on(replace(keys, limbs="FK"))
            action, bones = part.keep_rest(done.bones, mapping.frames_per_second)
            by_ik = _limbs_of_part(obj, part, keys)
            apart = _keyed_by_ik(obj, by_ik, clip, mapping)
    is_in_fk = bool(bone_map_of(obj).switches) and keys.limbs != "FK" and not by_ik
    return replace(
        done,
        action=action.name,
        bones=bones,
        not_found=tuple(slot for slot in done.not_found if slot in part.slots),
        report=done.report if part.has_legs else RetargetReport(done.report.scale, done.report.yaw_degrees),
        poses=_of_part(done.poses, part),
        warnings=(*done.warnings, *((_PART_IN_FK,) if is_in_fk else ()), *ik_apart(apart)),
    )


def _of_part(poses: PoseReport, part: BodyPart) -> PoseReport:
    """Return what was measured of parts of the body."""
    return PoseReport(
        samples=poses.samples,
        degrees={slot: degrees for slot, degrees in poses.degrees.items() if slot in part.slots},
        wrong_side=tuple(slot for slot in poses.wrong_side if slot in part.slots),
    )


def _limbs_of_part(obj: bpy.types.Object, part: BodyPart, keys: KeyOptions) -> list[tuple[IkLimb, bool]]:
    """Return the limbs of parts of the body that are to be keyed by IK, and whether their pole counts."""
    limbs = chosen_limbs(obj, skeleton_of(obj), bone_map_of(obj), keys.limbs, known_profiles())
    return [each for each in limbs if each[0].upper in part.bones and not each[0].ik.fk_upper]


def _keyed_by_ik(
    obj: bpy.types.Object, limbs: list[tuple[IkLimb, bool]], clip: Clip, mapping: TimeMapping
) -> dict[str, float]:
    """Key limbs by IK where the motion is, and return those that IK poses differently; see `key_ik_beside`."""
    # the whole frames of the motion, whichever way it plays
    ends = sorted(mapping.frames(clip.times[[0, -1]]).tolist())
    within = int(np.ceil(ends[0] - ON_A_KEY)), int(np.floor(ends[1] + ON_A_KEY))
    if not limbs or within[0] >= within[1]:
        return {}
    return key_ik_beside(obj, skeleton_of(obj), bone_map_of(obj), limbs, within)


def _put_whole_clip_on(
    obj: bpy.types.Object,
    clip: Clip,
    mapping: TimeMapping,
    options: RetargetOptions,
    name: str,
    source_map: BoneMap | None,
    source: bpy.types.Object | None,
    keys: KeyOptions,
    *,
    any_figure: bool,
) -> RetargetOutcome:
    """Put a motion onto the whole body; see `put_clip_on`."""
    require_editable(obj)
    fit = _fit(obj, clip, source_map, options, keys, any_figure=any_figure)
    rig = _measured(obj, fit.skeleton, fit.names, fit.bone_map)
    if fit.as_it_is:
        motion = transfer(fit.clip, rig.body if rig is not None else fit.skeleton, options)
    else:
        motion = given() or recorded(_retargeted(obj, source, fit, rig, mapping, options))
    if rig is not None:
        keyed = _keyed_on_rig(obj, fit, rig, motion, mapping, name, keys)
    else:
        keyed = _keyed_plainly(obj, fit, motion, mapping, name, keys)
        applied = Applied(*_as_chosen(fit.clip, fit.source_map, options), source.name if source is not None else "")
        keep_contacts(keyed.action, keyed.motion, mapping, options, keys, applied)
    poses = given() or recorded(_checked(obj, fit, rig, keyed, mapping, options))
    # kept only now: a motion that is refused leaves no map behind
    if fit.new_map is not None:
        keep_bone_map(obj, fit.new_map)
    motion, solved, switches = keyed.motion, keyed.solved, fit.bone_map.switches
    return RetargetOutcome(
        action=keyed.action.name,
        bones=motion.bones,
        not_found=motion.unmoved,
        frames=len(motion.times),
        seconds=float(motion.times[-1]),
        as_it_is=fit.as_it_is,
        report=motion.report,
        poses=poses,
        lacking=() if fit.as_it_is else _lacking(fit.bone_map),
        doubts=() if fit.as_it_is else doubts_in_words(fit.skeleton, fit.bone_map),
        warnings=(
            *warnings_on(obj, switches, solved, keyed.respected),
            *(_not_done(options) if fit.as_it_is else ()),
            *((_NO_IK,) if switches and keys.limbs != "FK" and not fit.limbs else ()),
        ),
        deviation_degrees=solved.deviation_degrees if solved is not None else 0.0,
        solved_frames=solved.frames if solved is not None else 0,
    )


@dataclass(frozen=True, eq=False)
class _Fit:
    """A motion and a character, and which bones of the character take the motion.

    Attributes:
        clip: the motion, mirrored if that is chosen.
        source_map: its humanoid bones.
        skeleton: all bones of the character at rest.
        bone_map: the character's humanoid bones; empty for a motion of its own skeleton.
        names: the bones to animate.
        limbs: the limbs to key by IK as well, and whether their pole counts.
        as_it_is: the motion is of the character's own skeleton.
        new_map: the bone map to store on the character; None for none.
    """

    clip: Clip
    source_map: BoneMap
    skeleton: Skeleton
    bone_map: BoneMap
    names: tuple[str, ...]
    limbs: list[tuple[IkLimb, bool]]
    as_it_is: bool
    new_map: BoneMap | None


def _fit(
    obj: bpy.types.Object,
    clip: Clip,
    source_map: BoneMap | None,
    options: RetargetOptions,
    keys: KeyOptions,
    *,
    any_figure: bool,
) -> _Fit:
    """Find the bones of a character that take a motion.

    Raises:
        NoHumanFault: one of both is no human figure.
    """
    skeleton = skeleton_of(obj)
    if options.mirror:
        clip, source_map = _as_chosen(clip, source_map or bones_of(clip.skeleton), options)
    # a control rig moves by its controls, even with a motion of its own deforming bones
    if is_same_skeleton(clip.skeleton, skeleton) and not bone_map_of(obj).switches:
        names = tuple(name for name in skeleton.names if name in clip.skeleton.indices)
        return _Fit(clip, bone_map_of(obj), skeleton, BoneMap(), names, [], True, None)
    own_map, source_map = require_character(obj), source_map or bones_of(clip.skeleton)
    _require_figures(obj, (skeleton, own_map), (clip, source_map), any_figure=any_figure)
    limbs = chosen_limbs(obj, skeleton, own_map, keys.limbs, known_profiles())
    # FK bones take the motion in any case: IK is keyed for the poses that these have
    bone_map = fk_beside(own_map, (limb for limb, _ in limbs))
    new_map = own_map if own_map != kept_bone_map(obj) else None
    return _Fit(clip, source_map, skeleton, bone_map, bone_map.all_bones(), limbs, False, new_map)


@dataclass(frozen=True, eq=False)
class _Keyed:
    """A motion that was put onto a new Action.

    Attributes:
        action: the Action.
        motion: the channels.
        samples: the same at the frames that have keys.
        solved: the solved motion of a rig with constraints or drivers; None for a plain rig.
        respected: bones whose rotation locks were respected.
    """

    action: bpy.types.Action
    motion: PoseMotion
    samples: PoseMotion
    solved: SolvedMotion | None
    respected: AbstractSet[str]


def _keyed_on_rig(
    obj: bpy.types.Object,
    fit: _Fit,
    rig: ControlRig,
    motion: PoseMotion,
    mapping: TimeMapping,
    name: str,
    keys: KeyOptions,
) -> _Keyed:
    """Put a motion onto a rig with constraints or drivers, and onto the IK controls of the chosen limbs."""
    ik = None
    if fit.limbs:
        # between keys IK and FK move differently, so both are keyed where the timeline shows them
        motion, keys = at_whole_frames(motion, mapping), replace(keys, sampling="SAMPLES")
        ik = IkControls(fit.skeleton, rig, fit.limbs, rig.wanted(motion))
    action, solved = write_rig_motion(obj, rig, motion, mapping, name, keys, fit.bone_map.switches, ik)
    # a rig's controls are keyed whatever locks guard them from the mouse
    return _Keyed(action, motion, _as_sampled(motion, mapping, keys), solved, frozenset())


def _keyed_plainly(
    obj: bpy.types.Object, fit: _Fit, motion: PoseMotion, mapping: TimeMapping, name: str, keys: KeyOptions
) -> _Keyed:
    """Put a motion onto bones that nothing but their keys moves."""
    controls = controls_in(fit.skeleton, fit.bone_map)
    respected = {*motion.bones} - controls
    if not fit.as_it_is:
        # a knee that is locked to one axis bends about it, and the thigh takes over what it can't do
        hinges = hinges_of(obj, controls)
        motion = with_hinges(motion, fit.skeleton, fit.bone_map, hinges)
        respected -= hinges.keys() & hinged_bones(fit.skeleton, fit.bone_map)
    samples = _as_sampled(motion, mapping, keys)
    action = write_pose_motion(obj, samples, mapping, name, keys, controls)
    return _Keyed(action, motion, samples, None, respected)


def _as_sampled(motion: PoseMotion, mapping: TimeMapping, keys: KeyOptions) -> PoseMotion:
    """Return a motion at the frames that get keys."""
    return at_whole_frames(motion, mapping) if keys.sampling == "FRAMES" else motion


def _checked(
    obj: bpy.types.Object,
    fit: _Fit,
    rig: ControlRig | None,
    keyed: _Keyed,
    mapping: TimeMapping,
    options: RetargetOptions,
) -> PoseReport:
    """Measure how well a keyed character shows the motion; see `retarget_check`."""
    own = fit.source_map if fit.as_it_is else fit.bone_map
    return checked(
        obj,
        fit.skeleton,
        (fit.source_map, own),
        # as it was keyed: else the check would call what smoothing took out an error
        smoothed(fit.clip, options.smoothing_sec),
        (keyed.samples.times, mapping.frames(keyed.samples.times)),
        _expected(keyed.samples, fit.skeleton, own, rig, keyed.solved),
        most=MOST if rig is None else MOST_OF_RIGS,
        travels=options.root_motion == "FULL",
    )


def _retargeted(
    obj: bpy.types.Object,
    source: bpy.types.Object | None,
    fit: _Fit,
    rig: ControlRig | None,
    mapping: TimeMapping,
    options: RetargetOptions,
) -> PoseMotion:
    """Return a motion retargeted to a character's skeleton, or to the body of its rig; see `put_clip_on`."""
    from ..motion.retargeting.reference import References  # noqa: PLC0415 -- as below
    from ..motion.retargeting.retarget import retarget  # noqa: PLC0415 -- large, and not needed to enable the add-on

    clip, target = fit.clip, rig.body if rig is not None else fit.skeleton
    target_map = forward_spine(rig, fit.bone_map) if rig is not None else fit.bone_map
    sample = reference_sample(clip, mapping, options)
    references = References(sample, _reference_skeleton(obj, target, options, plain=rig is None))
    with ground_below((obj, source), mapping) if options.ground == "SCENE" else nullcontext() as cast:
        # a body that stays in place rests on nothing, so where its skin is doesn't matter
        skin = skin_of(obj, target) if options.root_motion == "FULL" else None
        found = retarget(clip, fit.source_map, target, target_map, options, references, cast, skin)
    _require_finite(obj, clip, found)
    return found


def _not_done(options: RetargetOptions) -> Iterator[Sentence]:
    """Yield what the options ask for and isn't done with a motion of the character's own skeleton."""
    if options.scale != 1.0 and options.root_motion == "FULL":
        yield _NOT_LOCKED
    if options.ground == "SCENE":
        yield _NOT_ON_GROUND


def _measured(
    obj: bpy.types.Object, skeleton: Skeleton, names: tuple[str, ...], bone_map: BoneMap
) -> ControlRig | None:
    """Return the rig, if constraints or drivers move its bones."""
    if not has_influences(obj, names):
        return None
    # raises Fault where the object is scaled unevenly, before the rig is posed bone by bone
    _ = skeleton.scale
    return given() or recorded(control_rig(obj, skeleton, names, bone_map))


def _as_chosen(clip: Clip, bone_map: BoneMap, options: RetargetOptions) -> tuple[Clip, BoneMap]:
    """Return a motion mirrored, if that is chosen; of a mirrored one, the motion as it was."""
    return mirrored_motion(clip, bone_map) if options.mirror else (clip, bone_map)


def reference_sample(clip: Clip, mapping: TimeMapping, options: RetargetOptions) -> Literal["AUTO", "REST"] | int:
    """Return the motion's reference; raise Fault if the chosen frame isn't one of the motion."""
    if options.source_reference != "FRAME":
        return options.source_reference
    frames = mapping.frames(clip.times)
    # a strip that plays backwards has its first frame last
    first, last = sorted((round(float(frames[0])), round(float(frames[-1]))))
    if not first <= options.source_frame <= last:
        raise Fault(
            Text("The motion has no frame {frame}.", frame=options.source_frame),
            Text("Choose a reference frame from {first} to {last}.", first=first, last=last),
        )
    return int(np.argmin(np.abs(frames - options.source_frame)))


def _reference_skeleton(
    obj: bpy.types.Object, target: Skeleton, options: RetargetOptions, *, plain: bool
) -> Skeleton | None:
    """Return the character as it is posed in the chosen frame, None for its rest pose.

    Raises:
        Fault: constraints or drivers move its bones.
    """
    if options.target_reference != "FRAME":
        return None
    if not plain:
        raise Fault(
            Text("Constraints or drivers move “{name}”, so a frame can't be its reference.", name=obj.name),
            "Choose Rest Pose as the character's reference.",
        )
    return skeleton_at(obj, target, options.target_frame)


def require_character(obj: bpy.types.Object) -> BoneMap:
    """Return the bone map of an armature that can take a human's motion.

    Raises:
        Fault: it can't be animated here, is in Edit Mode, is scaled unevenly, or too few of its bones are recognised.
    """
    require_editable(obj)
    # raises where it is scaled unevenly
    _ = skeleton_of(obj).scale
    bone_map = bone_map_of(obj)
    _require_bones(
        bone_map,
        Text("“{name}”", name=obj.name),
        "Give its bones humanoid names, then detect its bones in the AIMoCap tab.",
        of_character=True,
    )
    return bone_map


def _require_figures(
    obj: bpy.types.Object, character: tuple[Skeleton, BoneMap], source: tuple[Clip, BoneMap], *, any_figure: bool
) -> None:
    """Raise NoHumanFault if the source has too few bones, or if one of both is no human and has to be."""
    (target, bone_map), (clip, source_map) = character, source
    _require_bones(source_map, _THE_MOTIONS, _USE_ANOTHER, of_character=False)
    if any_figure:
        return
    if why := why_no_human(obj, target, bone_map):
        raise NoHumanFault(
            why,
            "Look at its bones with Review Bones, then apply again.",
            of_character=True,
            may_go_on=True,
        )
    some = clip.positions[:: max(1, len(clip.positions) // _FRAMES)]
    if why := no_human(clip.skeleton, source_map, some):
        raise NoHumanFault(
            Text("The motion's skeleton isn't a human figure: {why}.", why=Text.of(why)),
            _USE_ANOTHER,
            of_character=False,
            may_go_on=True,
        )


def why_no_human(obj: bpy.types.Object, skeleton: Skeleton, bone_map: BoneMap) -> Text | None:
    """Return why an armature object is no human figure, in a sentence; None if it is, or its bones were chosen."""
    why = no_human(skeleton, bone_map)
    # what was chosen by hand is meant
    if not why or bone_map != detected_bone_map(obj):
        return None
    return Text("“{name}” isn't a human figure: {why}.", name=obj.name, why=Text.of(why))


def _require_bones(bone_map: BoneMap, whose: Text, next_step: Sentence, *, of_character: bool) -> None:
    found = sum(slot in bone_map.matches for slot in CORE_SLOTS)
    if found < _FEWEST or "hips" not in bone_map.matches:
        raise NoHumanFault(
            Text(
                "Only {found} of {count} main bones of {whose} were recognised.",
                found=found,
                count=len(CORE_SLOTS),
                whose=whose,
            ),
            next_step,
            of_character=of_character,
            may_go_on=False,
        )


def _expected(
    motion: PoseMotion, skeleton: Skeleton, bone_map: BoneMap, rig: ControlRig | None, solved: SolvedMotion | None
) -> Expected:
    """Return the poses that the keys of a motion should give, of the bone map's bones."""
    if rig is not None:
        known = solved.off if solved is not None and len(solved.off) == len(motion.times) else None
        return Expected(rig.body, posed(rig.body, motion), known, motion.rests)
    resting = motion.rests.bones if motion.rests is not None else ()
    mapped = {skeleton.index(name) for name in (*bone_map.bones().values(), *resting)}
    # a rig has hundreds of bones: only those that are keyed are posed, and those that carry them
    part = skeleton.part(sorted(mapped.union(*map(skeleton.ancestors, mapped))))
    return Expected(part, posed(part, motion), rests=motion.rests)


def controls_in(skeleton: Skeleton, bone_map: BoneMap) -> frozenset[str]:
    """Return the map's bones that are controls: they deform nothing, while others do; all if the map has switches."""
    mapped = {*bone_map.all_bones()}
    deforming = {*deforming_bones(skeleton)}
    return frozenset(mapped if bone_map.switches else mapped - deforming if deforming else ())


def _lacking(bone_map: BoneMap) -> tuple[str, ...]:
    """Return the main slots that have no bone."""
    # a chain of spine bones is a spine, whatever fills the slot
    filled = {*bone_map.matches, "spine"} if bone_map.spine_chain else {*bone_map.matches}
    return tuple(slot for slot in CORE_SLOTS if slot not in filled)


def _require_finite(obj: bpy.types.Object, clip: Clip, motion: PoseMotion) -> None:
    """Raise if the bone map gives no finite pose, rather than blame a sound motion."""
    travel = () if motion.travel is None else (motion.travel,)
    is_sound = _is_finite(clip.positions, clip.rotations)
    if is_sound and not _is_finite(motion.rotations, *motion.locations.values(), *travel):
        raise Fault(
            Text("The bone map of “{name}” can't produce a valid pose.", name=obj.name),
            "Choose or detect its bones again in the AIMoCap tab: two joints of a limb may be at the same position.",
        )


def _is_finite(*values: FloatArray) -> bool:
    """Return whether all values are finite in the single precision that Blender stores."""
    with np.errstate(over="ignore"):
        for each in values:
            single = each.astype(np.float32)
            if not np.isfinite(single).all():
                return False
    return True
