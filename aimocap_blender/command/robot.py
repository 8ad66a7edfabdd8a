"""The verb `g1` of the command line: files of human or robot motion made into checked motion files of a G1."""

import argparse
import time
from collections import deque
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import cast

from ..motion.g1.choices import ReadingChoices
from ..motion.g1.files import SUFFIX_OF, written_file
from ..motion.g1.options import G1ExportOptions, RobotOptions
from ..motion.g1.variants import ROBOTS, variant_of_robot
from ..scene.background_blender import BackgroundBlender
from ..takes.private_folder import PrivateFolder
from ..takes.robots.robot_files import RobotFileWishes, report_beside
from ..texts.faults import Fault
from ..texts.text import Text
from .batch import DONE, FAILED, INTERRUPTED
from .delivery import have_same_name, require_place
from .flags import chosen, given
from .output import Output, wrong

FINDINGS = 3
"""Exit status: all is written, but the check found faults."""
_CHILD = Path(__file__).parents[1] / "takes" / "robots" / "robot_file_child.py"
_TICK_SEC = 0.1


@dataclass(frozen=True, eq=False)
class _Making:
    """A file that is being made in a background Blender."""

    source: Path
    place: Path
    written: Path
    folder: PrivateFolder
    blender: BackgroundBlender

    def end(self) -> None:
        """Stop it, and delete its folder."""
        self.blender.kill()
        self.folder.remove()


def robot(options: argparse.Namespace, output: Output) -> int:
    """Make a robot's file of each file, several at the same time; return the exit status."""
    wanted, export = chosen(options, RobotOptions), chosen(options, G1ExportOptions)
    if "variant" in given(options, RobotOptions) and wanted.variant not in ROBOTS[wanted.robot]:
        wrong(f"The robot {wanted.robot} has no variant {wanted.variant}.", "Leave --variant out.")
    wishes = RobotFileWishes(
        variant_of_robot(wanted.robot, wanted.variant),
        export.format,
        export.fps,
        chosen(options, ReadingChoices).fps,
        mends=not options.no_fix,
    )
    places = [options.output / f"{source.stem}{SUFFIX_OF[wishes.format]}" for source in options.files]
    if have_same_name(source.stem for source in options.files):
        wrong("Two files have the same name.", "Write them into separate folders.")
    waiting, running = deque(zip(options.files, places, strict=True)), list[_Making]()
    statuses = {DONE}
    try:
        while waiting or running:
            while waiting and len(running) < options.parallel:
                source, place = waiting.popleft()
                try:
                    running.append(_begun(source, place, wishes, overwrite=options.overwrite))
                except Fault as fault:
                    output.fault(str(source), fault.what, fault.next_step)
                    statuses.add(FAILED)
            for making in [making for making in running if making.blender.poll()]:
                running.remove(making)
                statuses.add(_told(making, output, estimates_count=options.estimates))
            time.sleep(_TICK_SEC)
    except KeyboardInterrupt:
        return INTERRUPTED
    finally:
        for making in running:
            making.end()
    return next(status for status in (FAILED, FINDINGS, DONE) if status in statuses)


def _begun(source: Path, place: Path, wishes: RobotFileWishes, *, overwrite: bool) -> _Making:
    """Start one.

    Raises:
        Fault: it can't be read or written.
    """
    if not source.is_file():
        raise Fault(Text("The file {file} is missing.", file=source), "Check its path.")
    written = written_file(place, wishes.format)
    for file in (written, report_beside(place)):
        require_place(file, overwrite=overwrite)
    folder = PrivateFolder()
    request = {"source": str(source), "place": str(place), "wishes": asdict(wishes)}
    task = Text("{file}", file=source.name)
    try:
        blender = BackgroundBlender(_CHILD, request, folder.path, task=task, private_folder=folder.path).begin()
    except Fault:
        folder.remove()
        raise
    return _Making(source, place, written, folder, blender)


def _told(making: _Making, output: Output, *, estimates_count: bool) -> int:
    """Write what became of one; return its status, also by what was estimated if that counts."""
    label = str(making.source)
    try:
        result = making.blender.answer
    except Fault as fault:
        output.fault(label, fault.what, fault.next_step)
        return FAILED
    finally:
        making.end()
    findings = cast("dict[str, int]", result["findings"])
    estimates = cast("dict[str, int]", result["estimates"])
    found = ", ".join(f"{kind} {count}" for kind, count in findings.items()) or "no faults found"
    grade = cast("dict[str, object]", result["difficulty"])["grade"]
    told = [str(Text.from_json(one)) for one in cast("list[object]", result["told"])]
    output.step(
        "done",
        " ".join(
            (f"{label}: {making.written}, {result['frames']} frames at {result['fps']:g} fps, {found}; {grade}.", *told)
        ),
        **{**result, "told": told, "label": label, "output": str(making.written)},
        report=str(report_beside(making.place)),
        clean=not findings,
    )
    return FINDINGS if findings or (estimates and estimates_count) else DONE
