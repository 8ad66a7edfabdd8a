"""A motion file of a human or a robot made into a checked motion file of a G1."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ...motion.files.file_writing import write_whole
from ...motion.files.pickle_archive import Several
from ...motion.g1.adjusting_time import at_fps
from ...motion.g1.checks import check_g1_motion
from ...motion.g1.checks_findings import G1Check
from ...motion.g1.choices import ReadingChoices
from ...motion.g1.feasibility import feasibility_of
from ...motion.g1.files import Format, left_out_of, write_g1_file
from ...motion.g1.motion import G1Motion
from ...motion.g1.stick_figures import strip_of
from ...motion.g1.variants import Variant
from ...motion.g1_retargeting.adjusting_fit import adjusted_throughout
from ...motion.g1_retargeting.easing import eased
from ...motion.g1_retargeting.leading import led_in, led_out
from ...motion.g1_retargeting.onto_g1 import retargeted_to_g1
from ...motion.skeleton import Clip
from ...scene.bone_maps import bones_of
from ...scene.fbx.fbx_sampling import OTHER_SUFFIXES
from ...texts.faults import Fault
from ...texts.text import Sentence, Text
from ..previews.trust_words import doubts_in_words
from ..reading import MotionKind, MotionReading
from .motion_folders import REPORT_END
from .robot_retargeting import details_of

HUMAN_SUFFIXES = (".fbx", *OTHER_SUFFIXES)
"""Of files with a human's motion; others are a robot's."""


@dataclass(frozen=True)
class RobotFileWishes:
    """How a file is made.

    Attributes:
        variant: the robot that a human's motion is put onto; a robot's own motion stays on its own.
        format: of the file that is written.
        fps: its frame rate; None for that of the source.
        read_as: how a robot's file is read; None to recognise it.
        adjusts: whether faults are repaired, see `adjusted_throughout`.
        ease: whether it is eased then.
        lead_in: seconds from a standing pose; 0 for none.
        lead_out: seconds to a standing pose; 0 for none.
        pictured: whether a picture of it is written beside it.
    """

    variant: Variant
    format: Format
    fps: float | None
    read_as: ReadingChoices | None
    adjusts: bool
    ease: bool = False
    lead_in: float = 0.0
    lead_out: float = 0.0
    pictured: bool = False


def wishes_of(stored: dict[str, Any]) -> RobotFileWishes:
    """Return what `asdict` made plain."""
    read_as = stored["read_as"]
    wishes = RobotFileWishes(**stored)
    return replace(wishes, read_as=ReadingChoices(**read_as) if read_as is not None else None)


def report_beside(place: Path) -> Path:
    """Return the file of the report on the motion in a file."""
    return place.with_name(f"{place.stem}{REPORT_END}")


def picture_beside(place: Path) -> Path:
    """Return the file of the picture of the motion in a file."""
    return place.with_name(f"{place.stem}_picture.svg")


def kind_of_file(source: Path) -> MotionKind:
    """Return whose motion a motion file of the user's holds."""
    return MotionKind.HUMAN if source.suffix.lower() in HUMAN_SUFFIXES else MotionKind.ROBOT


def make_robot_file(source: Path, kind: MotionKind, place: Path, wishes: RobotFileWishes) -> dict[str, object]:
    """Read a motion, put it onto the robot, repair and check it, and write it and the report.

    Args:
        source: FBX, BVH or glTF of a human, a motion seen in a video, or any motion file of a G1.
        kind: what it holds.
        place: the file to write.
        wishes: how.

    Returns:
        The names of the motions under "several", if the file has several, of which none is chosen; nothing is made
        then. Else what was done, as JSON: frames, fps, the number of findings and of estimates by kind, of frames off
        balance and over a motor's torque, the difficulty, and sentences (`Text.to_json`).

    Raises:
        Fault: it can't be done.
    """
    try:
        motion, told = _motion_of(source, kind, wishes)
    except Several as several:
        return {"several": several.motions}
    # at the rate that is delivered: what is repaired and checked is what trainers get
    if wishes.fps:
        motion, _ = at_fps(motion, wishes.fps)
    if wishes.adjusts:
        motion, change = adjusted_throughout(motion)
        told += () if change.nothing else (Text("{sentence}.", sentence=change.sentence),)
    if wishes.ease:
        motion, change = eased(motion)
        told += (Text("{sentence}.", sentence=change.sentence),)
    if wishes.lead_in:
        motion, change = led_in(motion, wishes.lead_in)
        told += (Text("{sentence}.", sentence=change.sentence),)
    if wishes.lead_out:
        motion, change = led_out(motion, wishes.lead_out)
        told += (Text("{sentence}.", sentence=change.sentence),)
    told += left_out_of(wishes.format, motion)
    report = check_g1_motion(motion)
    forces = feasibility_of(motion, report.ground)
    write_g1_file(place, motion, wishes.format)
    write_whole(report_beside(place), [report.to_json(forces).encode()])
    if wishes.pictured:
        write_whole(picture_beside(place), [strip_of(motion, report.ground).encode()])
    return {
        "frames": len(motion.root_pos),
        "fps": motion.fps,
        "variant": motion.variant,
        "findings": _counts(report.checks),
        "estimates": _counts(forces.checks),
        "difficulty": forces.difficulty.to_json(),
        "frames_off_balance": int(forces.falls.sum()),
        "frames_over_torque": int(forces.over.sum()),
        "told": [Text.of(sentence).to_json() for sentence in told],
    }


def _counts(checks: Iterable[G1Check]) -> dict[str, int]:
    return {check.kind.value: check.count for check in checks if check.count}


def _motion_of(source: Path, kind: MotionKind, wishes: RobotFileWishes) -> tuple[G1Motion, tuple[Sentence, ...]]:
    reading = MotionReading(kind, source, wishes.read_as)
    read = reading.to_the_end()
    motion, how = read.motion, reading.g1_reading
    if isinstance(motion, Clip):
        outcome = retargeted_to_g1(motion, bones_of(motion.skeleton), wishes.variant)
        doubts = doubts_in_words(read.seen) if read.seen is not None else ()
        details = details_of(outcome, outcome.motion.times * outcome.motion.fps)
        return outcome.motion, (*doubts, *read.notes, *details)
    # nobody can be asked here, and a wrong guess would spoil a whole set of files
    if how is not None and how.unsure:
        names = ", ".join(choice.name for choice in how.unsure)
        raise Fault(
            Text("“{file}” can be read in several ways: {names}.", file=source.name, names=names),
            "Give what is missing: --source-fps, --quaternion-order, --joints or --layout; or import it in Blender.",
        )
    return motion, read.notes
