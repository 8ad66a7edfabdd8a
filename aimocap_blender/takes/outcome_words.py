"""The outcome of applying a motion to a character, in a few short sentences."""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, LiteralString

from ..motion.bones.slot_words import in_words, listed
from ..motion.pose_measure import PoseReport
from ..motion.pose_motion import RetargetReport
from ..scene.retargeting import RetargetOutcome
from ..texts.text import Sentence, Text
from .messages import Note
from .reading import Motion
from .take import Take

if TYPE_CHECKING:
    from ..motion.rest_measure import OffRest

_ENOUGH = 0.9
_FEW_SEC = 0.5
"""A motion counts as complete if it has this share of its range, or lacks at most this many seconds."""

_WRONG = 10.0  # degrees: a part that is further off looks wrong

_TOO_HIGH: LiteralString = "{part} should rest in frame {frame:.0f}, but is {cm:.0f} cm too high."
_UNDER: LiteralString = "{part} is {cm:.0f} cm under the ground in frame {frame:.0f}."
_APART: LiteralString = "{part} should touch something in frame {frame:.0f}, but is {cm:.0f} cm too far from it."
_NOT_ALL = "The character's proportions don't allow all contacts at once."
_OFF_REST = 0.03  # metres, of a figure of a human's size: so far above the ground, or under it, is seen

_JOINTS = {
    "left_lower_arm": Text("left elbow"),
    "right_lower_arm": Text("right elbow"),
    "left_lower_leg": Text("left knee"),
    "right_lower_leg": Text("right knee"),
}


def shortfall(take: Take, motions: Iterable[Motion]) -> Sentence:
    """Return a warning if a take's motions cover much less than the range that was paid for; else ''."""
    covered, paid = min(float(motion.times[-1] - motion.times[0]) for motion in motions), take.paid_sec
    if covered >= _ENOUGH * paid or paid - covered <= _FEW_SEC:
        return ""
    return Text("The motion covers {covered:.1f} of {paid:.1f} s.", covered=covered, paid=paid)


def note_on(character: str, outcome: RetargetOutcome) -> Note:
    """Return what was done, its quality as measured, what was not moved, and what in the scene affects it."""
    doubts = Text.joined((*outcome.doubts, _warning(outcome.poses, outcome.report)))
    done = Text("Applied to {character}, {seconds:.1f} s.", character=character, seconds=outcome.seconds)
    warning = Text.joined((doubts, *_off_rest(outcome.poses, outcome.report)))
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
        poses: the measured poses.
        report: tells how far limbs were rotated for their contacts.
    """
    of_legs = max(report.ground_degrees, report.leg_change_degrees)
    meant = {"leg": of_legs, "foot": of_legs + report.foot_change_degrees, "arm": report.arm_change_degrees}
    off: list[tuple[str, float]] = []
    for slot, degrees in poses.degrees.items():
        # what a limb was rotated by for its contacts is no error
        if degrees > _WRONG + meant.get(slot.rpartition("_")[2], 0.0):
            off.append((slot, degrees))
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


def _off_rest(poses: PoseReport, report: RetargetReport) -> Iterator[Sentence]:
    """Yield what is seen to be above what it should rest on, under the ground or apart, the worst first; what helps."""
    wrong = sorted(_seen_off(poses), key=lambda seen: -seen[1].of_human)
    for says, off in wrong:
        yield Text(says, part=_limb(off.limb), frame=off.frame, cm=100.0 * off.metres)
    if wrong:
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
        if off is not None and off.of_human > _OFF_REST:
            yield says, off


def _worst_frame(poses: PoseReport) -> float | None:
    """Return the frame in which something is seen to be furthest off its rest; None if nothing is."""
    worst = max((off for _, off in _seen_off(poses)), key=lambda off: off.of_human, default=None)
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


def _held(report: RetargetReport) -> Iterator[Sentence]:
    if round(max(report.leg_change_degrees, report.foot_change_degrees), 1) > 0.0:
        yield Text(
            "Contacts rotated the legs by up to {degrees:.1f}°, the feet by up to {feet:.1f}°.",
            degrees=report.leg_change_degrees,
            feet=report.foot_change_degrees,
        )
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
    if poses.slide is not None:
        before = (
            Text(" ({before:.1f} before they were held)", before=report.slide_before) if report.slide_before else ""
        )
        yield Text(
            "Planted feet slide {median:.1f} cm/s, at most {most:.1f}{before}.",
            median=poses.slide,
            most=poses.most_slide,
            before=before,
        )
    yield from _rest(poses, report)
    yield from _held(report)
    if report.missed:
        yield Text(
            "{missed} of {count} foot contacts have no mesh below and keep the height of the motion.",
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
