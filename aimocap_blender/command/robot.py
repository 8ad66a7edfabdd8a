"""The verb `g1` of the command line: videos and files of motion made into checked motion files of a robot."""

import argparse
import csv
import html
import io
import json
import os
import re
import time
from collections import Counter, deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Self, cast
from urllib.parse import quote

import bpy

from ..motion.files.file_writing import write_whole
from ..motion.g1.choices import ReadingChoices
from ..motion.g1.files import SUFFIX_OF, Format, written_file
from ..motion.g1.files import SUFFIXES as ROBOT_SUFFIXES
from ..motion.g1.lab_files import motion_file_in
from ..motion.g1.options import TRAINERS, FileStepOptions, G1ExportOptions, RobotOptions
from ..motion.g1.variants import ROBOTS, variant_of_robot
from ..plain_files import read_plain
from ..scene.background_blender import BackgroundWorker
from ..scene.preview.seeing import movie_source
from ..scene.video.strips import StripSource
from ..service.contract import CONTENT_TYPES
from ..takes.previews.planning import require_previewable
from ..takes.previews.running import SeeingRun
from ..takes.private_folder import PrivateFolder
from ..takes.reading import MotionKind
from ..takes.robots.robot_retargeting import (
    HUMAN_SUFFIXES,
    SUMMARY_LINES,
    SUMMARY_TABLE,
    RobotFileWishes,
    kind_of_file,
    motions_below,
    picture_beside,
    report_beside,
)
from ..texts.counts import frames_in_words
from ..texts.faults import Fault
from ..texts.text import Text
from .batch import DONE, FAILED
from .delivery import as_on_disk, require_place
from .files import from_scene_start, is_video, require_file, require_folder, require_range
from .flags import chosen, given
from .output import Output, wrong

FINDINGS = 3
"""Exit status: all is written, but the check found faults."""
_CHILD = Path(__file__).parents[1] / "takes" / "robots" / "robot_file_child.py"
_TICK_SEC = 0.05
_ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1"}
"""Of numpy in each process, as there is one for each core."""
_PAGE = "summary.html"
_MOST_NAMED = 5
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


def _jobs_of(sources: Sequence[Path], output: Path, suffix: str) -> list[Job]:
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


def _jobs_of_set(job: Job, motions: Sequence[str], suffix: str) -> list[Job]:
    """Return what is to be made of each motion in a file."""
    named: list[Job] = []
    for motion in motions:
        name = f"{job.place.stem}_{_as_file_name(motion)}{suffix}"
        named.append(replace(job, motion=motion, place=job.place.with_name(name)))
    return _with_names_of_their_own(named, suffix)


class _Summary:
    """The outcome of each file, kept line by line, so that a later call resumes; ended by a table and a page.

    Attributes:
        rows: of all files, as in the JSON lines.
    """

    def __init__(self, output: Path, wishes: RobotFileWishes, *, kept: bool) -> None:
        """Read what earlier calls left, if it is kept, as of folders; what was made by other wishes is made again."""
        self.rows: list[dict[str, Any]] = []
        self._output, self._kept, self._wishes = output, kept, asdict(wishes)
        self._before: dict[str, dict[str, Any]] = {}
        if kept and (output / SUMMARY_LINES).is_file():
            # of several rows of one file the last one tells how it is: begun, then done
            self._before = {row["label"]: row for row in _rows_in(read_plain(output / SUMMARY_LINES))}
        self._own: set[str] = set()
        for label, row in self._before.items():
            if row["step"] in ("begun", "done") or row.get("replaceable"):
                self._own.add(label)

    def __enter__(self) -> Self:
        """Begin the lines."""
        return self

    def __exit__(self, fault: type[BaseException] | None, *_: object) -> None:
        """Write the table and the page; after an interruption, the lines that are there tell a later call more."""
        if not self._kept or not self.rows or fault is not None:
            return
        # lines of earlier calls and of what was only begun go: one row remains of each file
        write_whole(self._output / SUMMARY_LINES, map(_line, self.rows))
        text = io.StringIO(newline="")
        table = csv.writer(text)
        table.writerow(_COLUMNS)
        for row in self.rows:
            table.writerow(_cells(row))
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
        return job.label in self._own

    def earlier_files(self) -> list[str]:
        """Return the files of earlier calls that are still there, and that this one didn't make again."""
        now = {row.get("output") for row in self.rows}
        earlier: dict[str, None] = {}
        for row in self._before.values():
            file = row.get("output")
            if file is not None and file not in now and Path(file).is_file():
                earlier[file] = None
        return list(earlier)

    def begun(self, job: Job) -> None:
        """Note a file that is being made, for a later call if this one is killed."""
        self._own.add(job.label)
        self._append({"step": "begun", "label": job.label})

    def done(self, job: Job, fields: Mapping[str, object]) -> None:
        """Note a file that is made."""
        self._note({"step": "done", **fields, "made": self._made(job)})

    def failed(self, job: Job, what: str, next_step: str) -> None:
        """Note a file that is not."""
        row: dict[str, Any] = {"step": "failed", "label": job.label, "what": what, "next_step": next_step}
        # written in part, or by an earlier call, of a source that was sound then
        written = report_beside(job.place), written_file(job.place, self._wishes["format"])
        if self.knows(job) and any(file.exists() for file in written):
            row["replaceable"] = True
        self._note(row)

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
            with (self._output / SUMMARY_LINES).open("ab") as lines:
                lines.write(_line(row))


def _with_names_of_their_own(jobs: list[Job], suffix: str) -> list[Job]:
    """Return jobs whose places differ, on a disk that ignores capitals too, and so do their reports."""
    counts = Counter(_as_on_disk(job.place) for job in jobs)
    # names that are unique as they are stay
    taken = {place for place, count in counts.items() if count == 1}
    # in the order of the call, so that the same call gives the same names
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


def _cells(row: Mapping[str, Any]) -> list[str]:
    """Return the columns of a row in words."""
    return [_cell(row, column) for column in _COLUMNS]


def _cell(row: Mapping[str, Any], column: str) -> str:
    if column == "grade":
        return str(row.get("difficulty", {}).get("grade", ""))
    value = row.get(column, "")
    if not isinstance(value, dict):
        return str(value)
    return _counted(cast("dict[str, int]", value))


def _counted(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{kind} {count}" for kind, count in counts.items())


def _page(rows: Sequence[Mapping[str, Any]], folder: Path) -> str:
    """Return a page with a picture and a row of each file, those that failed first, then those with most findings."""
    in_order = sorted(rows, key=lambda row: (row["step"] != "failed", -sum(row.get("findings", {}).values())))
    body = ""
    for row in in_order:
        # titles, paths and the service's words may hold anything
        cells = map(html.escape, _cells(row))
        body += f"<tr>{_picture(row, folder)}<td>{'</td><td>'.join(cells)}</td></tr>"
    head = f"<th></th><th>{'</th><th>'.join(_COLUMNS)}</th>"
    counts = Counter(row["step"] for row in rows)
    return (
        "<!DOCTYPE html><meta charset='utf-8'><title>Robot motion</title>"
        "<style>td,th{padding:2px 8px;text-align:left;font:14px sans-serif}tr:nth-child(even){background:#eee}</style>"
        f"<p>Files: {len(rows)}, made: {counts['done']}, failed: {counts['failed']}.</p>"
        f"<table><tr>{head}</tr>{body}</table>"
    )


def _picture(row: Mapping[str, Any], folder: Path) -> str:
    """Return the cell with a file's picture, which is fetched when it is scrolled to."""
    if "picture" not in row:
        return "<td></td>"
    file = quote(Path(os.path.relpath(row["picture"], folder)).as_posix())
    return f"<td><img src='{html.escape(file)}' height='90' loading='lazy' alt=''></td>"


class _Worker:
    """A background Blender in a folder of its own, which makes file after file; it starts with the first."""

    def __init__(self) -> None:
        self._folder = PrivateFolder()
        self.blender = BackgroundWorker(_CHILD, self._folder.path, _ONE_THREAD)

    def end(self) -> None:
        """Stop it, and delete its folder."""
        self.blender.kill()
        self._folder.remove()


@dataclass(eq=False)
class _Making:
    """A file that is being made by a worker, of a video's motion once that was seen.

    Attributes:
        job: what it is made of, and the file to write.
        wishes: how.
        worker: that makes it.
        seeing: a video's motion being seen; None of a motion file.
        folder: that motion's.
        begun: whether the worker has it.
        fault: why it has not.
    """

    job: Job
    wishes: RobotFileWishes
    worker: _Worker
    seeing: SeeingRun | None = None
    folder: PrivateFolder | None = None
    begun: bool = False
    fault: Fault | None = None

    def see(self, film: StripSource) -> None:
        """Start seeing a video's motion.

        Raises:
            Fault: it can't be begun.
        """
        self.folder = PrivateFolder()
        self.seeing = SeeingRun(film, self.folder.path)
        self.seeing.begin()

    def make(self, motion: Path, kind: MotionKind) -> None:
        """Have it made of a motion; a fault is kept."""
        request = {"source": str(motion), "kind": kind, "place": str(self.job.place), "wishes": asdict(self.wishes)}
        try:
            self.worker.blender.hand_over(request, Text("{file}", file=self.job.source.name))
            self.begun = True
        except Fault as fault:
            self.fault = fault

    def poll(self) -> bool:
        """Return whether it has ended, successfully or not; never waits."""
        if not self.begun and self.fault is None and self.seeing is not None:
            if not self.seeing.poll():
                return False
            self.fault = self.seeing.fault
            if self.fault is None:
                self.make(self.seeing.seeing.result, MotionKind.SEEN)
        return not self.begun or self.worker.blender.poll()

    @property
    def answer(self) -> dict[str, object]:
        """The result, once it has ended.

        Raises:
            Fault: nothing was.
        """
        if not self.begun:
            raise self.fault or Fault("It was not begun.", "Run this again.")
        return self.worker.blender.answer

    def end(self) -> None:
        """Delete what was seen for it."""
        if self.seeing is not None:
            self.seeing.close()
        if self.folder is not None:
            self.folder.remove()


def robot(options: argparse.Namespace, output: Output) -> int:
    """Make a robot's file of each file, several at the same time; return the exit status."""
    wishes = _wishes_of(options)
    require_folder(options.output)
    suffix = SUFFIX_OF[wishes.format]
    jobs = _jobs_of(options.files, options.output, suffix)
    if not jobs:
        raise Fault("There is no motion in the folder.", "Name a folder with files of motion, or the files.")
    _require_sources_kept(jobs, wishes.format)
    kept = any(map(Path.is_dir, options.files))
    # only the page of a folder shows pictures
    wishes = replace(wishes, pictured=kept)
    with _Summary(options.output, wishes, kept=kept) as summary:
        waiting, running, workers, idle = deque(jobs), list[_Making](), list[_Worker](), list[_Worker]()
        try:
            while waiting or running:
                while waiting and len(running) < options.parallel:
                    job = waiting.popleft()
                    if summary.has(job):
                        output.step("kept", f"{job.label}: made before.", label=job.label, output=str(job.place))
                        continue
                    if not idle:
                        idle.append(_Worker())
                        workers += idle
                    try:
                        running.append(_begun(job, wishes, options, idle[-1], summary))
                        idle.pop()
                    except Fault as fault:
                        output.fault(job.label, fault.what, fault.next_step)
                        summary.failed(job, fault.what, fault.next_step)
                for making in list(filter(_Making.poll, running)):
                    running.remove(making)
                    # its process takes the next file, as starting Blender anew for each would take longer
                    idle.append(making.worker)
                    # a set's motions follow it, in their order
                    waiting.extendleft(reversed(_reported(making, output, summary, suffix)))
                time.sleep(_TICK_SEC)
        finally:
            for one in (*running, *workers):
                one.end()
    if kept:
        _summarize(summary, output, options.output)
    return _status(summary, estimates_count=options.estimates)


def _summarize(summary: _Summary, output: Output, folder: Path) -> None:
    failed = [row["label"] for row in summary.rows if row["step"] == "failed"]
    count, done = len(summary.rows), len(summary.rows) - len(failed)
    sentence = f"Motions made: {done} of {count}; see {folder / _PAGE}."
    # in another format, say, which a trainer that takes the whole folder would read, too
    if earlier := summary.earlier_files():
        listed = ", ".join(earlier[:_MOST_NAMED]) + (", …" if len(earlier) > _MOST_NAMED else "")
        sentence += f" From an earlier call, and not in that list: {listed}."
    output.step("summary", sentence, files=count, done=done, failed=failed, earlier=earlier)


def _require_sources_kept(jobs: Sequence[Job], format_: Format) -> None:
    """Exit if a file would be written over one of those that are read, which are the user's own work."""
    sources = {job.source.resolve() for job in jobs}
    for job in jobs:
        if written_file(job.place, format_).resolve() in sources:
            wrong(f"{job.place.name} would be overwritten.", "Give another folder with --output.")


def _status(summary: _Summary, *, estimates_count: bool) -> int:
    """Return the exit status: by the worst of the files, also by what was estimated if that counts."""
    status = DONE
    for row in summary.rows:
        if row["step"] == "failed":
            return FAILED
        if row["findings"] or (row["estimates"] and estimates_count):
            status = FINDINGS
    return status


def _wishes_of(options: argparse.Namespace) -> RobotFileWishes:
    """Return how files are made; exit if that can't be meant."""
    wanted, export = chosen(options, RobotOptions), chosen(options, G1ExportOptions)
    steps = chosen(options, FileStepOptions)
    if options.trainer is not None:
        trainer, stated = TRAINERS[options.trainer], given(options, G1ExportOptions)
        # what is stated counts for more than what the trainer needs
        export = replace(export, **{"format": trainer.format, "fps": trainer.fps} | stated)  # pyrefly: ignore[bad-argument-type] -- as the options have them
        steps = replace(steps, **{"lead_in": trainer.lead_in} | given(options, FileStepOptions))  # pyrefly: ignore[bad-argument-type] -- as above
    if "variant" in given(options, RobotOptions) and wanted.variant not in ROBOTS[wanted.robot]:
        wrong(f"The robot {wanted.robot} has no variant {wanted.variant}.", "Leave --variant out.")
    require_range(options)
    if (options.start, options.end) != (None, None) and not all(map(is_video, options.files)):
        wrong("--start and --end are for videos only.", "Leave them out, or name only videos.")
    return RobotFileWishes(
        variant_of_robot(wanted.robot, wanted.variant),
        export.format,
        export.fps,
        chosen(options, ReadingChoices),
        adjusts=not options.no_fix,
        **asdict(steps),
    )


def _begun(
    job: Job, wishes: RobotFileWishes, options: argparse.Namespace, worker: _Worker, summary: _Summary
) -> _Making:
    """Start one, which may replace what an earlier call wrote if it is made again.

    Raises:
        Fault: it can't be read or written.
    """
    source = job.source
    if not source.is_dir():
        require_file(source, "Check its path.")
    for file in (report_beside(job.place), written_file(job.place, wishes.format)):
        # a folder for one motion alone is made when there is something to put into it
        create = file.parent == job.place.parent
        require_place(file, overwrite=options.overwrite or summary.knows(job), create=create)
    seen = None
    if is_video(source):
        seen = movie_source(source, from_scene_start(bpy.context.scene), options.start or 0.0, options.end)
        require_previewable(seen)
    if job.motion:
        wishes = replace(wishes, read_as=replace(wishes.read_as or ReadingChoices(), motion=job.motion))
    making = _Making(job, wishes, worker)
    summary.begun(job)
    if seen is not None:
        making.see(seen)
    else:
        making.make(source, kind_of_file(source))
    return making


def _reported(making: _Making, output: Output, summary: _Summary, suffix: str) -> list[Job]:
    """Write what became of one; return what else is to be made, of a file with several motions."""
    job, written = making.job, str(written_file(making.job.place, making.wishes.format))
    try:
        result = making.answer
    except Fault as fault:
        output.fault(job.label, fault.what, fault.next_step)
        summary.failed(job, fault.what, fault.next_step)
        return []
    finally:
        making.end()
    if "several" in result:
        return _jobs_of_set(job, cast("list[str]", result["several"]), suffix)
    findings = cast("dict[str, int]", result["findings"])
    found = _counted(findings) or "no faults found"
    grade = cast("dict[str, object]", result["difficulty"])["grade"]
    # in English, as a farm's log and a table are read by programs, too
    notes = [str(Text.from_json(one)) for one in cast("list[object]", result["told"])]
    fields = {**result, "told": notes, "label": job.label, "output": written}
    fields |= {"report": str(report_beside(job.place)), "clean": not findings}
    if making.wishes.pictured:
        fields["picture"] = str(picture_beside(job.place))
    length = frames_in_words(cast("int", result["frames"]))
    sentence = f"{job.label}: {written}, {length} at {result['fps']:g} fps, {found}; {grade}."
    output.step("done", " ".join((sentence, *notes)), **fields)
    summary.done(job, fields)
    return []
