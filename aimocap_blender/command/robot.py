"""The verb `g1` of the command line: videos and files of motion made into checked motion files of a robot."""

import argparse
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import cast

import bpy

from ..motion.g1.choices import ReadingChoices
from ..motion.g1.files import SUFFIX_OF, Format, written_file
from ..motion.g1.options import TRAINERS, FileStepOptions, G1ExportOptions, RobotOptions
from ..motion.g1.variants import ROBOTS, variant_of_robot
from ..scene.background_blender import BackgroundWorker
from ..scene.preview.movie_source import movie_source
from ..scene.video.strips import StripSource
from ..takes.previews.planning import require_previewable
from ..takes.previews.running import SeeingRun
from ..takes.private_folder import PrivateFolder
from ..takes.reading import MotionKind
from ..takes.robots.robot_files import RobotFileWishes, kind_of_file, picture_beside, report_beside
from ..texts.faults import Fault
from ..texts.text import Text
from .batch import DONE, FAILED
from .delivery import require_place
from .files import from_scene_start, is_video, require_folder, require_range
from .flags import chosen, given
from .output import Output, wrong
from .robot_folders import Job, Summary, jobs_of, jobs_of_set

FINDINGS = 3
"""Exit status: all is written, but the check found faults."""
_CHILD = Path(__file__).parents[1] / "takes" / "robots" / "robot_file_child.py"
_TICK_SEC = 0.05
_ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1"}
"""Of numpy in each process, as there is one for each core."""


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
    jobs = jobs_of(options.files, options.output, suffix)
    if not jobs:
        raise Fault("There is no motion in the folder.", "Name a folder with files of motion, or the files.")
    _require_sources_kept(jobs, wishes.format)
    kept = any(file.is_dir() for file in options.files)
    # only the page of a folder shows pictures
    wishes = replace(wishes, pictured=kept)
    with Summary(options.output, wishes, kept=kept) as summary:
        waiting, running, workers, idle = deque(jobs), list[_Making](), list[_Worker](), list[_Worker]()
        try:
            while waiting or running:
                while waiting and len(running) < options.parallel:
                    job = waiting.popleft()
                    if summary.has(job):
                        output.step("kept", f"{job.source}: made before.", label=job.label, output=str(job.place))
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
    return _status(summary, estimates_count=options.estimates)


def _require_sources_kept(jobs: Sequence[Job], format_: Format) -> None:
    """Exit if a file would be written over one of those that are read, which are the user's own work."""
    sources = {job.source.resolve() for job in jobs}
    for job in jobs:
        if written_file(job.place, format_).resolve() in sources:
            wrong(f"{job.place.name} would be overwritten.", "Give another folder with --output.")


def _status(summary: Summary, *, estimates_count: bool) -> int:
    """Return the exit status: by the worst of the files, also by what was estimated if that counts."""
    if any(row["step"] == "failed" for row in summary.rows):
        return FAILED
    found = any(row["findings"] or (row["estimates"] and estimates_count) for row in summary.rows)
    return FINDINGS if found else DONE


def _wishes_of(options: argparse.Namespace) -> RobotFileWishes:
    """Return how files are made; exit if that can't be meant."""
    wanted, export = chosen(options, RobotOptions), chosen(options, G1ExportOptions)
    steps = chosen(options, FileStepOptions)
    if options.trainer is not None:
        trainer, stated = TRAINERS[options.trainer], given(options, G1ExportOptions)
        # what is stated counts for more than what the trainer needs
        export = replace(export, **{"format": trainer.format, "fps": trainer.fps} | stated)
        steps = replace(steps, **{"lead_in": trainer.lead_in} | given(options, FileStepOptions))
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
    job: Job, wishes: RobotFileWishes, options: argparse.Namespace, worker: _Worker, summary: Summary
) -> _Making:
    """Start one, which may replace what an earlier call wrote if it is made again.

    Raises:
        Fault: it can't be read or written.
    """
    source = job.source
    if not (source.is_file() or source.is_dir()):
        raise Fault(Text("The file {file} is missing.", file=source), "Check its path.")
    for file in (written_file(job.place, wishes.format), report_beside(job.place)):
        require_place(file, overwrite=options.overwrite or summary.knows(job))
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


def _reported(making: _Making, output: Output, summary: Summary, suffix: str) -> list[Job]:
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
        return jobs_of_set(job, cast("list[str]", result["several"]), suffix)
    findings = cast("dict[str, int]", result["findings"])
    found = ", ".join(f"{kind} {count}" for kind, count in findings.items()) or "no faults found"
    grade = cast("dict[str, object]", result["difficulty"])["grade"]
    notes = [str(Text.from_json(one)) for one in cast("list[object]", result["told"])]
    fields = {**result, "told": notes, "label": job.label, "output": written}
    fields |= {"report": str(report_beside(job.place)), "clean": not findings}
    if making.wishes.pictured:
        fields["picture"] = str(picture_beside(job.place))
    sentence = f"{job.label}: {written}, {result['frames']} frames at {result['fps']:g} fps, {found}; {grade}."
    output.step("done", " ".join((sentence, *notes)), **fields)
    summary.done(job, fields)
    return []
