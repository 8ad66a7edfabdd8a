"""Applies motion to a character or a G1 rig: keyed, stamped with its source, and reported in a few short sentences."""

import json
import logging
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from dataclasses import replace
from itertools import chain
from types import MappingProxyType
from typing import TYPE_CHECKING, LiteralString, cast

import bpy

from ..motion.bones.humanoid import in_words, listed
from ..motion.g1.motion import G1Motion
from ..motion.pose_measure import PoseReport
from ..motion.pose_motion import RetargetReport
from ..motion.retargeting.retarget_options import KeyOptions
from ..motion.skeleton import Clip
from ..motion.time_mapping import TimeMapping
from ..options import Choice
from ..record_json import object_in
from ..scene.action_source import UNKNOWN, ActionSource, Worst, keep_added, keep_worst, source_of, stamped
from ..scene.ahead import Asked, WorkingAhead, answers_to, is_long
from ..scene.armatures import action_of, pose_of
from ..scene.bone_maps import bone_map_of
from ..scene.g1.keys import apply_g1_motion, joints_left_out
from ..scene.g1.rig import RobotPlacement, add_g1_rig, is_g1_rig, place_robot, placement_next_to
from ..scene.keys.keyframes import curves_of, removed_on_failure
from ..scene.keys.pose_keys import stood_before
from ..scene.preview.action_trust import (
    doubts_in_words,
    keep_alternative,
    keep_corrections,
    keep_mapping,
    keep_trust,
)
from ..scene.retargeting import RetargetOutcome, put_clip_on, require_character
from ..texts.counts import frames_in_words
from ..texts.faults import Fault
from ..texts.text import Sentence, Text
from .binding import key_options, read_choices, retarget_options
from .configuration import configuration
from .messages import Note
from .private_folder import PrivateFolder
from .reading import Motion, ReadMotion
from .take import ROBOT, Kind, Take

if TYPE_CHECKING:
    from ..motion.rest_measure import OffRest

UNCHANGED: Mapping[str, Choice] = MappingProxyType({})
"""The choices if none were made."""
_CHOICES = "aimocap_choices"
"""Custom property of an Action: how a take was applied."""
_ENOUGH = 0.9
_FEW_SEC = 0.5
"""A motion counts as complete if it has this share of its range, or lacks at most this many seconds."""

_WRONG = 10.0  # degrees: a part that is further off looks wrong

_TOO_HIGH: LiteralString = "{part} should rest in frame {frame:.0f}, but is {cm:.0f} cm too high."
_UNDER: LiteralString = "{part} is {cm:.0f} cm under the ground in frame {frame:.0f}."
_APART: LiteralString = "{part} should touch something in frame {frame:.0f}, but is {cm:.0f} cm too far from it."
_NOT_ALL = "The character's proportions don't allow all contacts at once."
_OFF_REST = 0.02  # metres, of a figure of a human's size: so far above the ground, or under it, is seen
# Of 255 pairs of floor motion and character, toys beyond 57 and 52; of human proportions at most 10 and 26, 34 where a
# foot lands in recorded motion.
_SLIDES = 50.0  # cm/s, of a figure of a human's size, that a planted foot slides at
_FOLDED = 45.0  # degrees that contacts rotate legs by: a figure with arms too short for its bar pulls its legs up

_JOINTS = {
    "left_lower_arm": Text("left elbow"),
    "right_lower_arm": Text("right elbow"),
    "left_lower_leg": Text("left knee"),
    "right_lower_leg": Text("right knee"),
}

_log = logging.getLogger(__name__)
_SHORT = 150_000
"""Bones times frames that are put onto a rig within about a second: beginning another Blender takes longer."""


def put_take_on(
    context: bpy.types.Context,
    take: Take,
    motions: Sequence[ReadMotion],
    armature: bpy.types.Object | None,
    robot: bpy.types.Object | None,
    mappings: Sequence[TimeMapping],
    choices: Mapping[str, Choice],
    *,
    any_figure: bool = False,
) -> Note:
    """Apply a take's motions: the character's, then the robot's to its rig or to a new one next to the character.

    Once the character has its motion, a fault of the robot's is only reported.

    Args:
        context: with the scene.
        motions: of the take, at least one; a robot's last.
        armature: the one to apply to; None for none.
        robot: the rig for a robot's motion unless `armature` is one; None for a new one.
        mappings: each motion's seconds to timeline frames.
        choices: of how it is applied.
        any_figure: also apply where character or motion is no human figure.

    Returns:
        What was done, its quality, and what is known of the motions.

    Raises:
        Fault: it can't be done; nothing has changed.
    """
    both, human = len(take.targets) > 1, not is_g1_rig(armature)
    # before the character moves: its rest pose and where it stands now say where there is room
    place = placement_next_to(armature) if both and armature is not None and human else None
    note: Note | None = None
    for read, mapping in zip(motions, mappings, strict=True):
        if not isinstance(read.motion, G1Motion):
            note = _put_on_character(context, take, read, armature, mapping, choices, any_figure=any_figure)
            continue
        # a human that is selected takes no robot's motion
        rig = robot if human else armature
        try:
            robots = _put_on_robot(context, take, read, rig, mapping, choices, place)
        except Fault as fault:
            # without the character's motion nothing was done, and that is a fault of the whole
            if note is None:
                raise
            note = note.with_details(fault.text)
        else:
            note = note.with_details(*robots.sentences) if note is not None else robots
    assert note is not None  # noqa: S101 -- there is a motion
    note = note.with_warning(_shortfall(take, [read.motion for read in motions]))
    return note.with_details(*chain.from_iterable(read.notes for read in motions))


def robot_that_plays(take: Take, scene: bpy.types.Scene) -> bpy.types.Object | None:
    """Return the scene's robot that has a take's motion already: applied again, it needs no second one."""
    for rig in filter(is_g1_rig, scene.objects):
        playing = source_of(action_of(rig))
        if take.id and take.id in {playing.preview, playing.capture}:
            return rig
    return None


def _put_on_character(
    context: bpy.types.Context,
    take: Take,
    read: ReadMotion,
    armature: bpy.types.Object | None,
    mapping: TimeMapping,
    choices: Mapping[str, Choice],
    *,
    any_figure: bool,
) -> Note:
    """Apply a human's motion of a take, and store with it what is known of its frames, trust and corrections."""
    motion, seen, source = read.motion, read.seen, take.origin_of(read.motion)
    name = take.name_on(armature.name if armature is not None else "")
    note = put_motion_on(context, read, armature, mapping, name, choices, source, any_figure=any_figure)
    action = cast("bpy.types.Action", action_of(armature))
    # an Action to which only arms were added is still the one of its legs' motion, with that one's frames
    if plays(action, take):
        keep_mapping(action, motion.times, mapping)
        keep_corrections(action, seen.corrections if seen is not None else ())
        if "legs" in retarget_options(choices).parts:
            action[_CHOICES] = json.dumps({**choices})
    # the trust is in what was seen, which a captured motion wasn't
    if seen is not None and take.kind is Kind.PREVIEW and source_of(action).preview == source.preview:
        keep_trust(action, seen.trust, motion.times, mapping)
        keep_alternative(action, seen)
        note = replace(note, details=(*doubts_in_words(seen), *note.details))
    return note


def plays(action: bpy.types.Action | None, take: Take) -> bool:
    """Return whether an Action has a take's motion, on the legs at least."""
    playing = source_of(action)
    return bool(take.id) and take.id in {playing.preview, playing.capture}


def choices_on(action: bpy.types.Action | None) -> dict[str, Choice]:
    """Return the choices with which an Action's take was applied; none if they aren't known."""
    with suppress(ValueError):
        return read_choices(
            object_in(json.loads(str(action.get(_CHOICES, "") if action is not None else "")), "choices")
        )
    return {}


@contextmanager
def where_it_stood(obj: bpy.types.Object) -> Generator[None]:
    """Have a character whose Action moves its object stand where it stood before; on an error where it stands now."""
    now, stood = tuple(cast("Sequence[float]", obj.location)), stood_before(action_of(obj))
    moving: list[bpy.types.FCurve] = []
    if stood is not None:
        obj.location = stood
        moving = [curve for curve in curves_of(obj).values() if curve.data_path == "location" and not curve.mute]
    # a rig is measured in several frames, in each of which the Action would move it again
    for curve in moving:
        curve.mute = True
    try:
        yield
    except BaseException:
        obj.location = now
        raise
    finally:
        with suppress(ReferenceError):  # the Action was replaced
            for curve in moving:
                curve.mute = False


def _put_on_robot(
    context: bpy.types.Context,
    take: Take,
    read: ReadMotion,
    rig: bpy.types.Object | None,
    mapping: TimeMapping,
    choices: Mapping[str, Choice],
    place: RobotPlacement | None,
) -> Note:
    """Apply a robot's motion of a take to a rig, or to a new one, which is placed beside the character if there is."""
    before, name = set(bpy.data.objects), take.name_on(rig.name if rig is not None else ROBOT)
    note = put_motion_on(context, read, rig, mapping, name, choices, take.origin_of(read.motion))
    # an existing rig stays where the user has put it
    for added in filter(is_g1_rig, set(bpy.data.objects) - before):
        if place is not None and isinstance(read.motion, G1Motion):
            place_robot(added, read.motion, place)
            note = note.with_details(
                Text(
                    "It stands {distance:.1f} m to the left of {armature}.",
                    distance=place.distance,
                    armature=place.beside,
                )
            )
    return note


def put_motion_on(
    context: bpy.types.Context,
    read: ReadMotion,
    armature: bpy.types.Object | None,
    mapping: TimeMapping,
    name: str,
    choices: Mapping[str, Choice] = UNCHANGED,
    source: ActionSource = UNKNOWN,
    *,
    any_figure: bool = False,
) -> Note:
    """Key a motion on a character, or on a G1 rig, which is created if none is given.

    Returns:
        What was done, and its quality.

    Raises:
        Fault: it can't be done; nothing has changed.
    """
    motion = read.motion
    if isinstance(motion, G1Motion):
        rig = armature if armature is not None and is_g1_rig(armature) else None
        # a new rig must not stay without its motion
        with removed_on_failure() if rig is None else nullcontext():
            rig = rig or add_g1_rig(context, motion.variant)
            with stamping(rig, source):
                apply_g1_motion(rig, motion, mapping, name, key_options(choices).previous_action)
        done = Text("Robot motion of {frames} is on {rig}.", frames=frames_in_words(len(motion.root_pos)), rig=rig.name)
        lost = joints_left_out(rig, motion)
        if not lost:
            return Note(done)
        left_out = Text("Moving joints that it is missing: {joints}.", joints=", ".join(lost))
        return Note(done, details=(left_out,))
    if armature is None:
        raise Fault("No character is selected.", "Select the armature for the motion, then apply again.")
    keys, before = keys_for(armature, choices, source), action_of(armature)
    options = retarget_options(choices)
    # a part that is added to a motion leaves the Action what it is
    goes_on = "legs" not in options.parts and bool(before)
    with stamping(armature, None if goes_on else source):
        outcome = put_clip_on(
            armature, motion, mapping, options, name, keys, read.bone_map, read.shown_by, any_figure=any_figure
        )
    _keep_worst(armature, outcome)
    if goes_on:
        keep_added(cast("bpy.types.Action", action_of(armature)), source)
    return note_on(armature.name, outcome)


def keys_for(armature: bpy.types.Object, choices: Mapping[str, Choice], source: ActionSource) -> KeyOptions:
    """Return the choices for the keyframes of a motion from this source."""
    keys = key_options(choices)
    if source.capture and source_of(action_of(armature)).preview and keys.previous_action == "IN_TURN":
        # a capture replaces a preview, it doesn't follow it
        return replace(keys, previous_action="PUSH_DOWN")
    return keys


def _keep_worst(armature: bpy.types.Object, outcome: RetargetOutcome) -> None:
    """Store the joint that deviates most on the new Action, for review clips."""
    slot, degrees = outcome.poses.worst
    # nothing is measured on a skeleton whose bones aren't known
    bone = bone_map_of(armature).bones().get(slot)
    action = action_of(armature)
    if bone is not None and action is not None:
        keep_worst(action, Worst(slot, bone, degrees))


def stamping(obj: bpy.types.Object, source: ActionSource | None) -> AbstractContextManager[None]:
    """Stamp the action that an armature object gets in this context with its source; mark it as an asset if set so.

    Args:
        obj: the armature object.
        source: of the motion; None if it is the object's own, repaired.
    """
    return stamped(obj, source, as_asset=configuration().mark_assets)


def _shortfall(take: Take, motions: Iterable[Motion]) -> Sentence:
    """Return a warning if a take's motions cover much less than the range that was paid for; else ''."""
    # the shorter one of a job for both: whoever paid for two got less of one
    covered, paid = min(float(motion.times[-1] - motion.times[0]) for motion in motions), take.paid_sec
    if covered >= _ENOUGH * paid or paid - covered <= _FEW_SEC:
        return ""
    return Text("The motion covers {covered:.1f} of {paid:.1f} s.", covered=covered, paid=paid)


def note_on(character: str, outcome: RetargetOutcome) -> Note:
    """Return what was done, its quality as measured, what was not moved, and what in the scene affects it."""
    wrong = _warning(outcome.poses, outcome.report)
    doubts = Text.joined((*outcome.doubts, wrong))
    done = Text("Applied to {character}, {seconds:.1f} s.", character=character, seconds=outcome.seconds)
    warning = Text.joined((doubts, *_off_rest(outcome.poses, outcome.report, is_explained=bool(wrong))))
    return Note(
        done,
        warning=warning,
        details=tuple(_details(outcome)),
        doubtful_bones=bool(doubts),
        frame=_worst_frame(outcome.poses),
    )


def _warning(poses: PoseReport, report: RetargetReport) -> Sentence:
    """Return what looks wrong on the character; '' for nothing.

    Args:
        report: tells how far bones were rotated for contacts.
    """
    off: list[tuple[str, float]] = []
    for slot, degrees in poses.degrees.items():
        # what a bone was rotated by for contacts is no error
        if degrees > _WRONG + report.contact_degrees.get(slot, 0.0):
            off.append((slot, degrees))
    # the worst one is named, the others are counted
    off.sort(key=lambda item: -item[1])
    sentences: list[Text] = []
    if off:
        (slot, degrees), *others = off
        more: Sentence = ""
        if len(others) == 1:
            more = Text(", and one more part by over 10°")
        elif others:
            more = Text(", and {count} more parts by over 10°", count=len(others))
        sentences.append(
            Text(
                "{part} deviates from the motion by {degrees:.0f}°{others}.",
                part=Text.of(in_words(slot).capitalize()),
                degrees=degrees,
                others=more,
            )
        )
        sentences.append(Text("Review Bones shows the bone map."))
    if poses.wrong_side:
        sentences.append(
            Text(
                "Bent to the wrong side: {joints}.",
                joints=Text.joined((_JOINTS[slot] for slot in poses.wrong_side), ", "),
            )
        )
    return Text.joined(sentences)


def _off_rest(poses: PoseReport, report: RetargetReport, *, is_explained: bool) -> Iterator[Sentence]:
    """Yield what is seen to be above what it should rest on, under the ground or apart, the worst first; what helps.

    Where the pose itself is wrong, such as by the rig's constraints, that `is_explained`.
    """
    # of a human's size: five centimetres are nothing on a giant, and a hand's width on a child
    wrong = sorted(_seen_off(poses), key=lambda seen: -seen[1].metres)
    for says, off in wrong:
        yield Text(says, part=_limb(off.limb), frame=off.frame, cm=100.0 * off.metres)
    is_forced = False
    for sentence, is_seen in (_slide(poses, report), _legs(report)):
        if is_seen:
            is_forced = True
            yield sentence
    if (wrong or is_forced) and not is_explained:
        yield _NOT_ALL if report.body_held else "Choose Whole Body as Contacts to keep it where it rests."


def _seen_off(poses: PoseReport) -> "Iterator[tuple[LiteralString, OffRest]]":
    """Yield what is furthest off where it rests or what it touches, so far that it is seen, with what says so."""
    above, under = poses.off_rest or (None, None)
    told: tuple[tuple[LiteralString, OffRest | None], ...] = (
        (_TOO_HIGH, above),
        (_UNDER, under),
        (_APART, poses.off_touch),
    )
    for says, off in told:
        if off is not None and off.metres > _OFF_REST * poses.size:
            yield says, off


def _worst_frame(poses: PoseReport) -> float | None:
    """Return the frame in which something is seen to be furthest off its rest; None if nothing is."""
    worst = max((off for _, off in _seen_off(poses)), key=lambda off: off.metres, default=None)
    return worst.frame if worst is not None else None


def _rest(poses: PoseReport, report: RetargetReport) -> Iterator[Sentence]:
    if poses.off_rest is not None:
        above, under = poses.off_rest
        yield Text(
            "What rests is at most {above:.1f} cm too high, and nothing more than {under:.1f} cm under the ground.",
            above=max(100.0 * above.metres, 0.0),
            under=max(100.0 * under.metres, 0.0),
        )
    if poses.off_touch is not None:
        yield Text("Hands are at most {cm:.1f} cm too far from what they touch.", cm=100.0 * poses.off_touch.metres)
    if report.ground is not None:
        yield Text("The motion's ground is at a height of {height:.2f} m in its file.", height=report.ground)


def _limb(slot: str) -> Text:
    """Return a limb as a sentence begins with it: “Left knee”."""
    return Text.of(_JOINTS.get(slot, in_words(slot)).capitalize())


def _slide(poses: PoseReport, report: RetargetReport) -> tuple[Sentence, bool]:
    """Return how fast planted feet slide, '' if none is planted, and whether that is seen and not chosen."""
    if poses.slide is None:
        return "", False
    before = Text(" ({before:.1f} before they were held)", before=report.slide_before) if report.slide_before else ""
    says = Text(
        "Planted feet slide {median:.1f} cm/s, at most {most:.1f}{before}.",
        median=poses.slide,
        most=poses.most_slide,
        before=before,
    )
    return says, report.body_held and poses.most_slide > _SLIDES * poses.size


def _legs(report: RetargetReport) -> tuple[Sentence, bool]:
    """Return how far contacts rotated legs, '' if they didn't, and whether the motion is lost by it."""
    if round(max(report.leg_change_degrees, report.foot_change_degrees), 1) <= 0.0:
        return "", False
    says = Text(
        "Contacts rotated the legs by up to {degrees:.1f}°, the feet by up to {feet:.1f}°.",
        degrees=report.leg_change_degrees,
        feet=report.foot_change_degrees,
    )
    return says, report.body_held and report.leg_change_degrees > _FOLDED


def _held(report: RetargetReport) -> Iterator[Sentence]:
    legs, is_told = _legs(report)
    if legs and not is_told:
        yield legs
    if report.touches:
        yield Text(
            "Contacts besides feet: {count}. They rotated the arms by up to {degrees:.0f}°.",
            count=report.touches,
            degrees=report.arm_change_degrees,
        )


def _details(outcome: RetargetOutcome) -> Iterator[Sentence]:
    report, poses = outcome.report, outcome.poses
    yield Text("{count} bones moved in {frames} frames.", count=len(outcome.bones), frames=outcome.frames)
    if outcome.as_it_is:
        yield "The motion uses the same skeleton and was copied unchanged."
    slot, degrees = poses.worst
    held_back = round(outcome.deviation_degrees, 2) > round(degrees, 2)
    if held_back:
        yield Text(
            "Worst bone: {degrees:.2f}° off, because of the rig's constraints or drivers.",
            degrees=outcome.deviation_degrees,
        )
    elif slot:
        yield Text(
            "Worst part: {part}, {degrees:.2f}° off, measured on {samples} frames.",
            part=in_words(slot),
            degrees=degrees,
            samples=poses.samples,
        )
    slide, is_told = _slide(poses, report)
    if slide and not is_told:
        yield slide
    yield from _rest(poses, report)
    yield from _held(report)
    if report.missed:
        yield Text(
            "Foot contacts without a mesh below, at the height of the motion: {missed} of {count}.",
            missed=report.missed,
            count=report.contacts,
        )
    if outcome.solved_frames:
        off = "" if held_back else Text(", at most {degrees:.1f}° off", degrees=outcome.deviation_degrees)
        yield Text("The rig's constraints were solved on {frames} frames{off}.", frames=outcome.solved_frames, off=off)
    if outcome.not_found:
        yield Text("Not moved: {parts}.", parts=listed(outcome.not_found))
    if outcome.lacking:
        yield Text("The character has no bones for: {parts}.", parts=listed(outcome.lacking))
    yield from outcome.warnings


class Ahead:
    """One that is being worked out, in a private folder.

    Raises:
        Fault: it can't begin.
    """

    def __init__(self, armature: bpy.types.Object, asked: Asked) -> None:
        self._folder = PrivateFolder()
        try:
            self._working = WorkingAhead(armature, asked, self._folder.path).begin()
        except BaseException:
            # a copy of the user's character is in it
            self._folder.remove()
            raise

    def poll(self) -> bool:
        """Return whether it has ended; then what it worked out will be taken over."""
        over = self._working.poll()
        if over:
            self._working.keep()
        return over

    def close(self) -> None:
        """End it, and delete what it wrote."""
        self._working.kill()
        self._folder.remove()


def takes_long(armature: bpy.types.Object | None, motion: Clip | G1Motion, choices: Mapping[str, Choice]) -> bool:
    """Return whether a motion is worked out ahead for an armature."""
    if armature is None or isinstance(motion, G1Motion) or is_g1_rig(armature):
        return False
    if len(motion.times) * len(pose_of(armature).bones) < _SHORT:
        return False
    try:
        return is_long(armature, require_character(armature), retarget_options(choices))
    except Fault:  # applying it reports this
        return False


def begin_ahead(
    armature: bpy.types.Object | None,
    read: ReadMotion,
    mapping: TimeMapping,
    choices: Mapping[str, Choice],
    source: ActionSource,
    *,
    any_figure: bool = False,
) -> Ahead | None:
    """Begin to work out what `put_motion_on` will do; None if that doesn't take long, is known, or is refused."""
    motion, options = read.motion, retarget_options(choices)
    if armature is None or isinstance(motion, G1Motion) or not takes_long(armature, motion, choices):
        return None
    keys, bones = keys_for(armature, choices, source), bone_map_of(armature)
    asked = Asked(motion, mapping, options, keys, read.bone_map, any_figure, bones)
    try:
        return None if answers_to(armature, asked) else Ahead(armature, asked)
    except Fault as fault:
        _log.warning("not worked out ahead: %s", fault)
        return None
