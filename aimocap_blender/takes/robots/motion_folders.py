"""Folders of robot motion: the files in them, and what is wrong with each motion."""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from ...motion.files.pickle_archive import Several
from ...motion.g1.checks import G1Report, check_g1_motion
from ...motion.g1.choices import Choice, ReadingChoices
from ...motion.g1.files import SUFFIXES, read_g1_file
from ...motion.g1.npz_files import MANIFEST_FILE, META_FILE
from ...motion.g1.sonic_files import motion_file_in
from ...plain_files import open_plain
from ...texts.faults import Fault

SUMMARY_TABLE, SUMMARY_LINES = "summary.csv", "summary.jsonl"
"""Files that the command `g1` writes next to its own; they are no motion."""
_BEGINNING = 65536  # bytes: longer than a table's header and comments
_ROW = re.compile(rb"(?:[-+]?\.?\d[-+.\de]*[,; \t]+){7}", re.IGNORECASE)
"""Some numbers of a table's row: the pelvis alone has seven."""
REPORT_END = "_report.json"
"""End of the names of reports on motion."""
_BESIDE = (META_FILE, MANIFEST_FILE, SUMMARY_TABLE, SUMMARY_LINES, REPORT_END)


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


def motions_below(folder: Path, suffixes: Collection[str] = SUFFIXES, output: Path | None = None) -> Iterator[Path]:
    """Yield the motion files in a folder and below, in an order of their names; a folder that is a motion is one.

    Args:
        folder: any.
        suffixes: of motion files, in lower case.
        output: a folder that is left out.
    """
    for path in sorted(folder.iterdir(), key=lambda path: path.name):
        if path.name.startswith(".") or path == output:
            continue
        if path.is_dir():
            if motion_file_in(path) != path:
                yield path
            else:
                yield from motions_below(path, suffixes, output)
        elif path.suffix.lower() in suffixes and not _is_beside_motion(path):
            yield path


def _is_beside_motion(path: Path) -> bool:
    """Whether a file is what labs and this add-on write beside motion: facts, tables, reports, a README or licence."""
    if path.suffix.lower() != ".txt":
        return path.name.endswith(_BESIDE)
    try:
        with open_plain(path) as file:
            # spreadsheets save text with two bytes a letter; what can't be read is told later
            return _ROW.search(file.read(_BEGINNING).replace(b"\0", b"")) is None
    except OSError:
        return False


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
    except Fault as fault:
        return [CheckedMotion(path, chosen.motion, fault=fault)]
    return [CheckedMotion(path, chosen.motion, unsure=reading.unsure, report=check_g1_motion(reading.motion))]
