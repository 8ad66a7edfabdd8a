"""Human motion put onto a G1: keyed on its rig, or made into a checked motion file.

It is solved in a thread, and reported limb by limb. The files of a folder are listed with what is wrong with each.
"""

import re
import threading
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import bpy
import numpy as np

from ...motion.bones.humanoid import BoneMap, in_words
from ...motion.files.file_writing import write_whole
from ...motion.files.pickle_archive import Several
from ...motion.g1.adjusting_time import at_fps
from ...motion.g1.checks import G1Report, check_g1_motion
from ...motion.g1.checks_findings import G1Check
from ...motion.g1.choices import Choice, ReadingChoices
from ...motion.g1.feasibility import feasibility_of
from ...motion.g1.files import HDF5_SUFFIXES, SUFFIXES, Format, left_out_of, read_g1_file, write_g1_file
from ...motion.g1.lab_files import motion_file_in
from ...motion.g1.motion import G1Motion
from ...motion.g1.npz_files import MANIFEST_FILE, META_FILE
from ...motion.g1.stick_figures import strip_of
from ...motion.g1.variants import Variant
from ...motion.g1_retargeting.adjusting_fit import adjusted_throughout
from ...motion.g1_retargeting.easing import eased
from ...motion.g1_retargeting.leading import led_in, led_out
from ...motion.g1_retargeting.onto_g1 import retargeted_to_g1
from ...motion.g1_retargeting.options import G1RetargetOptions
from ...motion.g1_retargeting.outcome import OFF_DEGREES, G1Outcome, LimbDistance
from ...motion.skeleton import Clip
from ...motion.stopping import Stopped, stopped_by
from ...motion.time_mapping import TimeMapping
from ...options import options_of
from ...plain_files import open_plain
from ...scene.action_source import ActionSource
from ...scene.bone_maps import bones_of
from ...scene.fbx.fbx_sampling import OTHER_SUFFIXES
from ...scene.g1.rig import RobotPlacement, is_g1_rig, place_robot
from ...scene.operator_calls import threads
from ...scene.preview.action_trust import doubts_in_words
from ...scene.windows import select_only
from ...texts.counts import frames_in_words
from ...texts.faults import Fault
from ...texts.text import Sentence, Text
from ..applying import put_motion_on
from ..messages import Note
from ..reading import MotionKind, MotionReading, ReadMotion

_MOST_SPANS = 4  # named per limb
_BUSIEST = 4  # joints named that are at their limits

HUMAN_SUFFIXES = (".fbx", *OTHER_SUFFIXES)
"""Of files with a human's motion; others are a robot's."""

SUMMARY_TABLE, SUMMARY_LINES = "summary.csv", "summary.jsonl"
"""Files that the command `g1` writes next to its own; they are no motion."""
_BEGINNING = 65536  # bytes: longer than a table's header and comments
_ROW = re.compile(rb"(?:[-+]?\.?\d[-+.\de]*[\"',; \t]+){7}", re.IGNORECASE)
"""Some numbers of a table's row: the pelvis alone has seven."""
_NUMBER, _FEWEST = re.compile(rb"\d[.\de]*"), 26  # of the pelvis and of the robot with the fewest joints
REPORT_END = "_report.json"
"""End of the names of reports on motion."""
_BESIDE = (META_FILE, MANIFEST_FILE, SUMMARY_TABLE, SUMMARY_LINES, REPORT_END)


@dataclass(frozen=True, eq=False)
class HumanMotion:
    """A motion to put onto the robot.

    Attributes:
        clip: the motion.
        bone_map: its humanoid bones.
        mapping: its seconds to timeline frames.
        name: of the new Action.
        source: what is noted on the Action.
        place: where a new robot stands; None for the world's origin.
    """

    clip: Clip
    bone_map: BoneMap
    mapping: TimeMapping
    name: str
    source: ActionSource
    place: RobotPlacement | None = None


class RobotSolving:
    """A motion that is being put onto the robot in a thread.

    Attributes:
        share: how much is done, 0 to 1.
        fault: why it can't be done.
    """

    def __init__(self, motion: HumanMotion, variant: Variant, options: G1RetargetOptions) -> None:
        """Start."""
        self.share = 0.0
        self.fault: Fault | None = None
        self._outcome: G1Outcome | None = None
        self._error: Exception | None = None
        self._stop = threading.Event()
        self._work = (motion.clip, motion.bone_map, variant, options)
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    @property
    def outcome(self) -> G1Outcome:
        """The result, once the thread has ended.

        Raises:
            Fault: it can't be done.
        """
        if self._error is not None:
            raise self._error
        if self._outcome is None:
            raise self.fault or Fault("Retargeting was stopped.", "Start it again.")
        return self._outcome

    def poll(self) -> bool:
        """Return whether it has ended; never waits."""
        return not self._thread.is_alive()

    def wait(self) -> None:
        """Block until it has ended."""
        self._thread.join()

    def stop(self) -> None:
        """End it soon, without a result."""
        self._stop.set()

    def _told(self, share: float) -> None:
        self.share = share

    def _run(self) -> None:
        try:
            with threads.computing(), stopped_by(self._stop):
                self._outcome = retargeted_to_g1(*self._work, told=self._told)
        except Fault as fault:
            self.fault = fault
        except Stopped:
            pass  # whoever stopped it asks for no outcome
        except Exception as error:  # noqa: BLE001 -- raised where somebody sees it, see `outcome`
            self._error = error


def put_on_robot(
    context: bpy.types.Context, motion: HumanMotion, outcome: G1Outcome, rig: bpy.types.Object | None
) -> Note:
    """Key a result on a rig, or on a new one, which is placed and selected.

    Raises:
        Fault: it can't be done; nothing has changed.
    """
    before = set(bpy.data.objects)
    note = put_motion_on(context, ReadMotion(outcome.motion), rig, motion.mapping, motion.name, source=motion.source)
    if rig is None:
        # keying makes the rig itself, so that it goes again if its motion can't be put on
        rig = next(filter(is_g1_rig, set(bpy.data.objects) - before))
        if motion.place is not None:
            place_robot(rig, outcome.motion, motion.place)
        select_only(context, rig)
    frames = motion.mapping.frames(outcome.motion.times)
    return note.with_warning(_warning(outcome, frames)).with_details(*details_of(outcome, frames))


def details_of(outcome: G1Outcome, frames: np.ndarray) -> tuple[Text, ...]:
    """Return sentences on how far the robot is from the source, limb by limb, and what it couldn't do.

    Args:
        frames: (F,) the timeline's frames of its samples.
    """
    said: list[Text] = []
    if outcome.limbs:
        limbs = [_limb_in_words(limb, frames) for limb in outcome.limbs]
        said.append(Text("Deviation (median, max): {limbs}.", limbs=Text.joined(limbs, "; ")))
    if off := [limb for limb in outcome.limbs if limb.off]:
        spans = [Text("{limb} {frames}", limb=in_words(limb.slot), frames=_spans(limb.off, frames)) for limb in off]
        said.append(
            Text("Off by more than {limit:.0f}° at frames: {limbs}.", limit=OFF_DEGREES, limbs=Text.joined(spans, "; "))
        )
    if outcome.at_limits:
        busiest = sorted(outcome.at_limits.items(), key=lambda item: -item[1])[:_BUSIEST]
        shares = ", ".join(f"{joint} {share:.0%}" for joint, share in busiest)
        said.append(Text("Joints at limits (share of frames): {joints}.", joints=shares))
    if outcome.slowed.any():
        count = int(np.count_nonzero(outcome.slowed))
        said.append(Text("The motors are too slow on {frames}.", frames=frames_in_words(count)))
    return tuple(said)


def _limb_in_words(limb: LimbDistance, frames: np.ndarray) -> Text:
    # the median tells of the whole motion, the worst frame where to look
    worst = int(np.argmax(limb.degrees))
    return Text(
        "{limb} {median:.1f}°, {most:.0f}° at frame {frame:.0f}, its end {apart:.1f} cm",
        limb=in_words(limb.slot),
        median=float(np.median(limb.degrees)),
        most=float(limb.degrees[worst]),
        frame=float(frames[worst]),
        apart=float(np.median(limb.centimetres)),
    )


def _warning(outcome: G1Outcome, frames: np.ndarray) -> Text:
    if not outcome.source_jumps:
        return Text("")
    return Text("The source itself jumps at frames: {frames}.", frames=_spans(outcome.source_jumps, frames))


def _spans(spans: tuple[tuple[int, int], ...], frames: np.ndarray) -> str:
    """Return the longest spans for a sentence, in their order."""
    # a flicker of one frame is not what anybody wants to see first
    longest = sorted(sorted(spans, key=lambda span: span[0] - span[1])[:_MOST_SPANS])
    said: list[str] = []
    for first, last in longest:
        said.append(f"{frames[first]:.0f}" if first == last else f"{frames[first]:.0f}–{frames[last]:.0f}")
    return ", ".join((*said, "…") if len(spans) > _MOST_SPANS else said)


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
    # repaired before it is eased, which slows down what is left too fast; the ways in and out come last, as they begin
    # where the motion does then
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
    # of what is written, whatever was done to it: a file's report must not speak of another motion
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
        options = options_of(ReadingChoices)
        flags = [flag.name for choice in how.unsure if (flag := options[choice.name].flag) is not None]
        several = Text("“{file}” can be read in several ways: {names}.", file=source.name, names=names)
        raise Fault(
            Text.joined((several, *(choice.evidence for choice in how.unsure))),
            Text(
                "Correct the file, or give what is right, {flags}, or --layout; or import it in Blender.",
                flags=", ".join(flags),
            ),
        )
    return motion, read.notes


@dataclass(frozen=True, eq=False)
class CheckedMotion:
    """A motion in a file, and what is wrong with it.

    Attributes:
        path: a file, or a folder with the tables of one.
        motion: its name in a file with several.
        fault: why it can't be read; None if it can.
        unsure: what the user is to be asked about it.
        report: its faults; None if it can't be read.
    """

    path: Path
    motion: str = ""
    fault: Fault | None = None
    unsure: tuple[Choice, ...] = ()
    report: G1Report | None = None

    @property
    def faults(self) -> int:
        """How many it has."""
        return sum(check.count for check in self.report.checks) if self.report is not None else 0

    @property
    def order(self) -> tuple[bool, bool, int, str]:
        """Key that sorts motions by what is wrong: unreadable ones, ambiguous ones, then those with most faults."""
        return self.fault is None, not self.unsure, -self.faults, f"{self.path}#{self.motion}"


def motions_below(
    folder: Path, suffixes: Collection[str] = SUFFIXES, output: Path | None = None, above: tuple[Path, ...] = ()
) -> Iterator[Path]:
    """Yield the motion files in a folder and below, in an order of their names; a folder that is a motion is one.

    Files of HDF5 are among them, so that they are told.

    Args:
        folder: any.
        suffixes: of motion files, in lower case.
        output: a folder that is left out.
        above: folders that it is in; links to these are left out.
    """
    above = (*above, folder.resolve())
    for path in sorted(folder.iterdir(), key=lambda path: path.name):
        # its own results, of an earlier run too, are no motion to read
        if path.name.startswith(".") or path == output:
            continue
        if path.is_dir():
            if motion_file_in(path) != path:
                yield path
            elif path.resolve() not in above:
                yield from motions_below(path, suffixes, output, above)
        elif path.suffix.lower() in (*suffixes, *HDF5_SUFFIXES) and not _is_beside_motion(path):
            yield path


def _is_beside_motion(path: Path) -> bool:
    """Whether a file is what labs and this add-on write beside motion: facts, tables, reports, a README or licence."""
    suffix = path.suffix.lower()
    # only text may be either: motion, or something to read
    if path.name.endswith(_BESIDE) or suffix not in (".txt", ".csv", ".json"):
        return path.name.endswith(_BESIDE)
    try:
        with open_plain(path) as file:
            # spreadsheets save text with two bytes a letter; what can't be read is told later
            text = file.read(_BEGINNING).replace(b"\0", b"")
    except OSError:
        return False
    # an empty file is told, too
    if suffix == ".json":
        return bool(text.strip()) and len(text) < _BEGINNING and len(_NUMBER.findall(text)) < _FEWEST
    return (suffix == ".txt" or bool(text.strip())) and _ROW.search(text) is None


def checked_motions(path: Path, chosen: ReadingChoices | None = None) -> list[CheckedMotion]:
    """Read a file of robot motion and check what is in it: one motion, or several."""
    chosen = chosen or ReadingChoices()
    try:
        reading = read_g1_file(path, chosen)
    except Several as several:
        found: list[CheckedMotion] = []
        for name in several.motions:
            found += checked_motions(path, replace(chosen, motion=name))
        return found
    # a row of the list as well: one bad file must not hide a folder
    except Fault as fault:
        return [CheckedMotion(path, chosen.motion, fault=fault)]
    return [CheckedMotion(path, chosen.motion, unsure=reading.unsure, report=check_g1_motion(reading.motion))]
