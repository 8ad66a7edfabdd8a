"""The verb `retarget` of the command line: files of human motion, each put onto a character and written."""

import argparse
import logging
from collections import deque
from collections.abc import Mapping, Sequence
from pathlib import Path

import bpy

from ..takes.applying import put_take_on
from ..takes.reading import MotionKind, MotionReading
from ..takes.robots.robot_files import HUMAN_SUFFIXES
from ..takes.take import take_of_file
from ..texts.faults import Fault
from .batch import DONE, FAILED, INTERRUPTED
from .files import choices_for, from_scene_start, open_human, require_human_motion
from .motion_files import places_of, require_places, write_files
from .output import Output, wrong

_log = logging.getLogger(__name__)


def retarget(options: argparse.Namespace, output: Output) -> int:
    """Put each file's motion onto the character, and write it; return the exit status.

    What can't be done is reported, the others go on. Files are read ahead, each in a background Blender.

    Raises:
        Fault: the character can't be used.
    """
    files = _files_in(options.files)
    waiting = deque(zip(files, places_of(options, files), strict=True))
    open_human(options)
    reading = deque[tuple[Path, Mapping[str, Path], MotionReading | Fault]]()
    failed: list[str] = []
    status = DONE
    try:
        while waiting or reading:
            while waiting and len(reading) < options.parallel:
                file, places = waiting.popleft()
                reading.append((file, places, _begun(file, places, options)))
            file, places, begun = reading[0]
            if not _is_done(file, places, begun, options, output):
                failed.append(str(file))
            _close(reading.popleft()[2])
    except KeyboardInterrupt:
        status = INTERRUPTED
    finally:
        for *_, begun in reading:
            _close(begun)
    left = len(waiting) + len(reading)
    done = len(files) - len(failed) - left
    output.step(
        "summary",
        f"{done} of {len(files)} files are on the character."
        + (f" Failed: {', '.join(failed)}." if failed else "")
        + (f" Interrupted before {left} of them." if left else ""),
        files=len(files),
        done=done,
        failed=failed,
    )
    return status or (FAILED if failed else DONE)


def _files_in(named: Sequence[Path]) -> list[Path]:
    """Return the files; a folder stands for the motion files in it."""
    files: list[Path] = []
    for path in named:
        if not path.is_dir():
            files.append(path)
            continue
        found = sorted(file for file in path.iterdir() if file.suffix.lower() in HUMAN_SUFFIXES)
        if not found:
            wrong(f"{path} contains no FBX, BVH or glTF files.", "Name the files, or another folder.")
        files.extend(found)
    return files


def _begun(file: Path, places: Mapping[str, Path], options: argparse.Namespace) -> MotionReading | Fault:
    """Return the file being read, or why it isn't."""
    try:
        require_human_motion(file)
        require_places(places, options)
    except Fault as fault:
        return fault
    return MotionReading(MotionKind.HUMAN, file)


def _is_done(
    file: Path, places: Mapping[str, Path], begun: MotionReading | Fault, options: argparse.Namespace, output: Output
) -> bool:
    """Put one file's motion onto the character and write it; return whether that could be done."""
    try:
        sentences = _written(file, places, begun, options)
    except Fault as fault:
        output.fault(str(file), fault.what, fault.next_step)
        return False
    except Exception as error:  # noqa: BLE001 -- an error in the add-on must not stop the others
        _log.exception("%s was not put on the character", file.name)
        output.fault(str(file), f"The add-on failed ({type(error).__name__}).", "See its log for details.")
        return False
    output.done(str(file), places.values(), sentences)
    return True


def _written(
    file: Path, places: Mapping[str, Path], begun: MotionReading | Fault, options: argparse.Namespace
) -> tuple[str, ...]:
    if isinstance(begun, Fault):
        raise begun
    read = begun.to_the_end()
    armature = open_human(options)
    scene, take = bpy.context.scene, take_of_file(file)
    choices, mappings = choices_for(scene, options), [from_scene_start(scene)]
    note = put_take_on(bpy.context, take, [read], armature, None, mappings, choices)
    written = write_files(places, armature, None, options)
    return tuple(map(str, (*note.sentences, *written)))


def _close(begun: MotionReading | Fault) -> None:
    if isinstance(begun, MotionReading):
        begun.close()
