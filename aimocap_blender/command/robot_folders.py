"""Folders of motion for the verb `g1`: the files in them, where each goes, and a summary that a later call resumes."""

import csv
import html
import io
import json
import os
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Self, cast
from urllib.parse import quote

from ..motion.files.file_writing import write_whole
from ..motion.g1.files import SUFFIXES as ROBOT_SUFFIXES
from ..motion.g1.sonic_files import motion_file_in
from ..plain_files import read_plain
from ..service.video_types import CONTENT_TYPES
from ..takes.robots.motion_folders import SUMMARY_TABLE, motions_below
from ..takes.robots.robot_files import HUMAN_SUFFIXES, RobotFileWishes, report_beside
from .delivery import as_on_disk

_LINES, _PAGE = "summary.jsonl", "summary.html"
_SUFFIXES = frozenset((*ROBOT_SUFFIXES, *HUMAN_SUFFIXES, *CONTENT_TYPES))
_COLUMNS = (
    "label",
    "step",
    "output",
    "frames",
    "fps",
    "variant",
    "grade",
    "findings",
    "estimates",
    "what",
    "next_step",
)


@dataclass(frozen=True)
class Job:
    """A file to make.

    Attributes:
        source: a motion file, or a folder with the tables of one.
        place: the file to write.
        motion: the name of the one to read, in a file with several.
    """

    source: Path
    place: Path
    motion: str = ""

    @property
    def label(self) -> str:
        """Its name in the output."""
        return f"{self.source}#{self.motion}" if self.motion else str(self.source)


def jobs_of(sources: Sequence[Path], output: Path, suffix: str) -> list[Job]:
    """Return what is to be made of files, and of the motion files in folders, whose tree is kept.

    Names that would be the same get the source's own suffix, then a number.
    """
    found: list[Job] = []
    for source in sources:
        if source.is_dir() and motion_file_in(source) == source:
            for file in motions_below(source, _SUFFIXES, output):
                place = output / file.parent.relative_to(source) / f"{file.stem}{suffix}"
                found.append(Job(file, place))
        else:
            found.append(Job(source, output / f"{source.stem}{suffix}"))
    return _with_names_of_their_own(found, suffix)


def jobs_of_set(job: Job, motions: Sequence[str], suffix: str) -> list[Job]:
    """Return what is to be made of each motion in a file."""
    named: list[Job] = []
    for motion in motions:
        name = f"{job.place.stem}_{_as_file_name(motion)}{suffix}"
        named.append(replace(job, motion=motion, place=job.place.with_name(name)))
    return _with_names_of_their_own(named, suffix)


class Summary:
    """The outcome of each file, kept line by line, so that a later call resumes; ended by a table and a page.

    Attributes:
        rows: of all files, as in the JSON lines.
    """

    def __init__(self, output: Path, wishes: RobotFileWishes, *, kept: bool) -> None:
        """Read what earlier calls left, if it is kept, as of folders; what was made by other wishes is made again."""
        self.rows: list[dict[str, Any]] = []
        self._output, self._kept, self._wishes = output, kept, asdict(wishes)
        self._before: dict[str, dict[str, Any]] = {}
        if kept and (output / _LINES).is_file():
            self._before = {row["label"]: row for row in _rows_in(read_plain(output / _LINES))}

    def __enter__(self) -> Self:
        """Begin the lines."""
        return self

    def __exit__(self, fault: type[BaseException] | None, *_: object) -> None:
        """Write the table and the page; after an interruption, the lines that are there tell a later call more."""
        if not self._kept or not self.rows or fault is not None:
            return
        # lines of earlier calls and of what was only begun go: one row remains of each file
        write_whole(self._output / _LINES, (_line(row) for row in self.rows))
        text = io.StringIO(newline="")
        table = csv.writer(text)
        table.writerow(_COLUMNS)
        for row in self.rows:
            table.writerow([_cell(row, column) for column in _COLUMNS])
        write_whole(self._output / SUMMARY_TABLE, [text.getvalue().encode()])
        write_whole(self._output / _PAGE, [_page(self.rows, self._output).encode()])

    def has(self, job: Job) -> bool:
        """Return whether a file was made before of the same source in the same way, and note it again."""
        before = self._before.get(job.label)
        if before is None or before["step"] != "done" or before["made"] != self._made(job):
            return False
        if not (Path(before["output"]).is_file() and Path(before["report"]).is_file()):
            return False
        self._note(before)
        return True

    def knows(self, job: Job) -> bool:
        """Return whether an earlier call made the file, or was making it, so that it may be replaced."""
        return self._before.get(job.label, {}).get("step") in ("begun", "done")

    def begun(self, job: Job) -> None:
        """Note a file that is being made, for a later call if this one is killed."""
        self._append({"step": "begun", "label": job.label})

    def done(self, job: Job, fields: Mapping[str, object]) -> None:
        """Note a file that is made."""
        self._note({"step": "done", **fields, "made": self._made(job)})

    def failed(self, job: Job, what: str, next_step: str) -> None:
        """Note a file that is not."""
        self._note({"step": "failed", "label": job.label, "what": what, "next_step": next_step})

    def _made(self, job: Job) -> list[object]:
        """Return what a file depends on: the source's size and time, and how it is made."""
        state = motion_file_in(job.source).stat() if job.source.exists() else None
        return [state.st_size if state else 0, state.st_mtime_ns if state else 0, self._wishes]

    def _note(self, row: dict[str, Any]) -> None:
        self.rows.append(row)
        self._append(row)

    def _append(self, row: dict[str, Any]) -> None:
        if self._kept:
            self._output.mkdir(parents=True, exist_ok=True)
            with (self._output / _LINES).open("ab") as lines:
                lines.write(_line(row))


def _with_names_of_their_own(jobs: list[Job], suffix: str) -> list[Job]:
    """Return jobs whose places differ, on a disk that ignores capitals too, and so do their reports."""
    counts = Counter(_as_on_disk(job.place) for job in jobs)
    # names that are unique as they are stay
    taken = {place for place, count in counts.items() if count == 1}
    named: list[Job] = []
    for job in jobs:
        place = job.place
        if counts[_as_on_disk(place)] > 1:
            stem = f"{place.stem}_{job.source.suffix.removeprefix('.').lower()}".rstrip("_")
            place, number = place.with_name(f"{stem}{suffix}"), 1
            # two files may differ in their folder alone
            while _as_on_disk(place) in taken:
                number += 1
                place = job.place.with_name(f"{stem}_{number}{suffix}")
            taken.add(_as_on_disk(place))
        named.append(replace(job, place=place))
    return named


def _as_on_disk(place: Path) -> str:
    return as_on_disk(str(report_beside(place)))


def _as_file_name(name: str) -> str:
    return re.sub(r"[^\w.-]+", "_", name).strip("._")[:100] or "motion"


def _rows_in(lines: bytes) -> Iterator[dict[str, Any]]:
    """Yield the rows in JSON lines; one that a killed call broke off is left out."""
    for line in lines.decode("utf-8", "replace").splitlines():
        try:
            row: object = json.loads(line)
        except ValueError:
            continue
        if isinstance(row, dict) and {"label", "step"} <= row.keys():
            yield cast("dict[str, Any]", row)


def _line(row: Mapping[str, object]) -> bytes:
    return (json.dumps(row, ensure_ascii=True) + "\n").encode()


def _cell(row: Mapping[str, Any], column: str) -> str:
    if column == "grade":
        return str(row.get("difficulty", {}).get("grade", ""))
    value = row.get(column, "")
    if not isinstance(value, dict):
        return str(value)
    return ", ".join(f"{kind} {count}" for kind, count in cast("dict[str, int]", value).items())


def _page(rows: Sequence[Mapping[str, Any]], folder: Path) -> str:
    """Return a page with a picture and a row of each file, those that failed first, then those with most findings."""
    in_order = sorted(rows, key=lambda row: (row["step"] != "failed", -sum(row.get("findings", {}).values())))
    body = ""
    for row in in_order:
        body += f"<tr>{_picture(row, folder)}"
        for column in _COLUMNS:
            # titles, paths and the service's words may hold anything
            body += f"<td>{html.escape(_cell(row, column))}</td>"
        body += "</tr>"
    head = f"<th></th><th>{'</th><th>'.join(_COLUMNS)}</th>"
    counts = Counter(row["step"] for row in rows)
    return (
        "<!DOCTYPE html><meta charset='utf-8'><title>Robot motion</title>"
        "<style>td,th{padding:2px 8px;text-align:left;font:14px sans-serif}tr:nth-child(even){background:#eee}</style>"
        f"<p>{len(rows)} files: {counts['done']} made, {counts['failed']} failed.</p>"
        f"<table><tr>{head}</tr>{body}</table>"
    )


def _picture(row: Mapping[str, Any], folder: Path) -> str:
    """Return the cell with a file's picture, which is fetched when it is scrolled to."""
    if "picture" not in row:
        return "<td></td>"
    file = quote(Path(os.path.relpath(row["picture"], folder)).as_posix())
    return f"<td><img src='{html.escape(file)}' height='90' loading='lazy' alt=''></td>"
