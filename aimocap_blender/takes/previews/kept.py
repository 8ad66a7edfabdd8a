"""Previews on disk, finished and unfinished: a folder for each, in the captures folder.

A finished one has a record and the motion; an unfinished one what was planned and seen so far, in the folder that the
finished preview will have.
"""

import contextlib
import shutil
import threading
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np

from ...record_json import read_record, write_record
from ...scene.preview.seeing import movie_source
from ...scene.video.strips import StripSource
from ...texts.faults import Fault
from ...texts.text import Text
from ...vision.checkpoints import SoFar, folder_of_film, so_far_in
from ...vision.corrections import Correction
from ...vision.kept_solution import KeptSolution, all_arrays, all_in, in_other_world, with_corrections
from ...vision.sighting import Kind as Notable
from ...vision.sighting import Person, Sighting, sighting_in, write_arrays
from ...whole_files import delete_take, renamed
from ..binding import Binding
from ..private_folder import HELD, is_held
from ..take import VideoRange, range_of_source
from .planning import PreviewPlan

FOLDER = ".previews"
MOTION = "motion.npz"
_OTHER_OFFSET = "other_offset.npz"
"""The motion of videos at another offset, at which they fit each other about as well."""
_SPARE = "spare.npz"
"""A copy of the motion while the two are exchanged: whenever Blender is killed, both are on disk."""
_RECORD = "preview.json"
_ENDS = 2
_NEAR, _SOON_SEC = 0.1, 0.5
"""People who are seen first so near each other, of the frame's width, and so soon after each other are one."""
_SAME_SEC = 0.01
"""Ranges that differ by no more are the same one."""

UNFINISHED = "unfinished.json"
SEEN = "seen"
"""Folder of the checkpoints."""


@dataclass(frozen=True)
class Film:
    """A video of a preview.

    Attributes:
        name: of the strip or movie.
        scene: of the strip; '' for a movie.
        shown: the range of the file.
    """

    name: str
    scene: str
    shown: VideoRange


@dataclass(frozen=True)
class UnfinishedRecord:
    """The plan of a preview, as it is kept until that is finished.

    Attributes:
        id: also the name of its folder.
        title: of the preview.
        created_at: seconds since 1970.
        binding: where its motion belongs, as plain JSON.
        films: its videos.
        person: number of the person to follow, from 0.
        offsets: see `PreviewPlan`.
        everyone: see there; as plain JSON.
        per_shot: see there.
    """

    id: str
    title: str
    created_at: float
    binding: Mapping[str, object]
    films: tuple[Film, ...]
    person: int = 0
    offsets: tuple[float, ...] | None = None
    everyone: tuple[Mapping[str, object], ...] = ()
    per_shot: bool = False

    def is_of(self, plan: PreviewPlan) -> bool:
        """Return whether what was seen for it serves another plan, whatever its character."""
        films, known = films_of(plan), [film.shown for film in self.films]
        if len(films) != len(known):
            return False
        same = all(one.shown.is_like(other) for one, other in zip(films, known, strict=True))
        # for whom the motions are doesn't matter, only whether there is one of each person
        mine = self.person, self.offsets, bool(self.everyone), self.per_shot
        return same and mine == (plan.person, plan.offsets, bool(plan.everyone), plan.per_shot)

    def plan(self) -> PreviewPlan:
        """Return the plan, to begin it again.

        Raises:
            Fault: a video is gone or another one now, or an unknown version of the add-on planned it.
        """
        binding = Binding.stored(self.binding)
        if binding is None or not binding.is_known:
            raise Fault("This preview was made by another version of the add-on.", "Remove it and make it again.")
        source, *beside = (_source_of(film, binding) for film in self.films)
        everyone = tuple(filter(None, map(Binding.stored, self.everyone)))
        return PreviewPlan(
            source, self.title, binding, self.person, tuple(beside), self.offsets, everyone, self.per_shot
        )


@dataclass(frozen=True)
class Unfinished:
    """An unfinished preview.

    Attributes:
        record: its plan.
        so_far: how far each of its videos was seen.
    """

    record: UnfinishedRecord
    so_far: tuple[SoFar, ...]

    @property
    def share(self) -> float:
        """How much is done, 0 to 1."""
        return sum(each.share for each in self.so_far) / len(self.so_far)


@dataclass(frozen=True)
class PreviewRecord:
    """A finished preview.

    Attributes:
        id: also the name of its folder.
        title: of the preview.
        video: name of the video file; '' for a strip without one.
        range_sec: first and last second of the video.
        created_at: seconds since 1970.
        binding: where its motion belongs, as plain JSON.
        people: how many are in the video.
        captured_by: id of the capture whose motion has replaced it; '' if none has.
        has_other_up: whether another direction of up explains the video about as well.
        beside: names of the other strips or movies that it was seen in, too.
        cuts: how many are in its range.
        has_other_offset: whether its videos fit each other about as well at another offset.
    """

    id: str
    title: str
    video: str
    range_sec: tuple[float, float]
    created_at: float
    binding: Mapping[str, object]
    people: int = 1
    captured_by: str = ""
    has_other_up: bool = False
    beside: tuple[str, ...] = ()
    cuts: int = 0
    has_other_offset: bool = False


@dataclass(eq=False)
class _Solved:
    """A motion that was read or corrected last: one that is corrected keeps its steps.

    Attributes:
        file: its own.
        version: of the file; None until the motion is written.
        seen: the motion.
        solution: its own.
    """

    file: Path
    version: object
    seen: Sighting
    solution: KeptSolution | None


class KeptPreviews:
    """The finished previews of a captures folder, newest first. They are read in a thread.

    Args:
        captures_folder: where their folder is, created when first needed.
        between_parts: called in the thread between two of them; may wait.
        soon: has work on the disk done in a thread.
        wait: return when all are read, instead of at once.

    Attributes:
        folder: theirs.
        unfinished: those that were ended before, by id; nobody works on them.
        listing: grows whenever one is added or removed.
    """

    def __init__(
        self,
        captures_folder: Path,
        between_parts: Callable[[], None] = lambda: None,
        soon: Callable[[Callable[[], None]], object] = lambda work: work(),
        *,
        wait: bool = True,
    ) -> None:
        self.folder = captures_folder / FOLDER
        self.unfinished: dict[str, Unfinished] = {}
        self.listing = 0
        self._records: dict[str, PreviewRecord] = {}
        self._removed: set[str] = set()
        self._found: deque[PreviewRecord | Unfinished] = deque()
        self._between_parts = between_parts
        self._soon = soon
        self._solved: _Solved | None = None
        self._reader = threading.Thread(target=self._read, name="aimocap previews", daemon=True)
        self._reader.start()
        if wait:
            self.wait_until_read()

    @property
    def has_read(self) -> bool:
        """Whether those on disk are all known."""
        return not self._reader.is_alive() and not self._found

    def wait_until_read(self) -> None:
        """Wait until those on disk are all known."""
        self._reader.join()
        self.take_in()

    def take_in(self) -> bool:
        """Take in what was read since the last call; return whether anything was."""
        before = self.listing
        while self._found:
            found = self._found.popleft()
            record = found.record if isinstance(found, Unfinished) else found
            # removed, or made, while the reader was on its way
            if record.id in self._removed or record.id in self._records:
                continue
            if isinstance(found, Unfinished):
                self.listing += 1
                self.unfinished[record.id] = found
            else:
                self.add(found)
        return self.listing != before

    def records(self) -> list[PreviewRecord]:
        """Return all that are known, newest first."""
        return sorted(self._records.values(), key=lambda one: (one.created_at, one.id), reverse=True)

    def record(self, preview_id: str) -> PreviewRecord | None:
        """Return one, or None."""
        return self._records.get(preview_id)

    def keep(
        self, record: PreviewRecord, motion: Path, other_offset: Path | None = None
    ) -> tuple[PreviewRecord, Sighting]:
        """Save a new preview, which `add` then adds; its motion files are moved. Works in any thread.

        Args:
            motion: its file.
            other_offset: that of the motion at another offset; None if there is none.

        Returns:
            Its record with what its motion says, and its motion.

        Raises:
            Fault: it can't be saved, or its motion can't be read.
        """
        folder = self.folder / record.id
        try:
            folder.mkdir(parents=True, exist_ok=True)
            shutil.move(motion, folder / MOTION)
            if other_offset is not None:
                shutil.move(other_offset, folder / _OTHER_OFFSET)
                record = replace(record, has_other_offset=True)
            sighting = sighting_in(self.motion_of(record.id))
            cuts = sum(notice.kind is Notable.CUT for notice in sighting.notices)
            has_other_up = sighting.other is not None
            # the record comes last: a folder without one is no preview
            record = replace(record, people=len(sighting.people), has_other_up=has_other_up, cuts=cuts)
            self._save(record)
        except OSError as error:
            for file in (self.motion_of(record.id), folder / _OTHER_OFFSET):
                file.unlink(missing_ok=True)
            # what it was seen from is there, to try again
            with contextlib.suppress(OSError):
                folder.rmdir()
            raise _unsaved(error) from error
        return record, sighting

    def add(self, record: PreviewRecord) -> None:
        """Add a preview that was saved."""
        self.listing += 1
        self._records[record.id] = record

    def put_aside(self, unfinished: Unfinished) -> None:
        """Add one that was ended before it was finished, with the next `take_in`. Works in any thread."""
        self._found.append(unfinished)

    def taken_up(self, plan: PreviewPlan) -> Unfinished | None:
        """Return an unfinished one that serves this plan, which is no longer put aside; None if there is none."""
        for found in self.unfinished.values():
            if found.record.is_of(plan):
                return self.unfinished.pop(found.record.id)
        return None

    def change(self, preview_id: str, **values: object) -> None:
        """Change fields of a record; nothing if it is gone."""
        # it may have been removed since a thread began to do what it is changed for
        if (record := self._records.get(preview_id)) is not None:
            changed = replace(record, **values)  # pyrefly: ignore[bad-argument-type] -- the caller knows the fields
            self._records[preview_id] = changed
            self._soon(partial(self._save, changed))

    def remove(self, preview_id: str) -> bool:
        """Delete one, and return whether there was one; its Actions stay in their files."""
        found = self._records.pop(preview_id, None) or self.unfinished.pop(preview_id, None)
        if found is None:
            return False
        # the reader may find its folder before that is deleted
        self._removed.add(preview_id)
        self.listing += 1
        record = UNFINISHED if isinstance(found, Unfinished) else _RECORD
        self._soon(partial(delete_take, self.folder / preview_id, record))
        return True

    def turn(self, preview_id: str) -> Sighting:
        """Give one the other direction of up, and return its motion.

        Raises:
            Fault: its motion can't be read or written.
        """
        file = self.motion_of(preview_id)
        # as it is on disk: what another Blender has corrected is turned with it
        turned = _Solved(file, None, *in_other_world(*all_in(file)))
        try:
            self._write(turned)
        except OSError as error:
            raise _unsaved(error) from error
        self._solved = turned
        return turned.seen

    def take_other_offset(self, preview_id: str) -> Sighting:
        """Give one the motion at its other offset, which that of now takes the place of, and return it.

        Raises:
            Fault: a motion can't be read, or the files can't be exchanged.
        """
        file = self.motion_of(preview_id)
        other, spare = file.with_name(_OTHER_OFFSET), file.with_name(_SPARE)
        try:
            # Blender was killed between the two renames below
            if not other.exists() and spare.exists():
                renamed(spare, other)
            motions = all_in(other)
            shutil.copyfile(file, spare)
            renamed(other, file)
            renamed(spare, other)
        except OSError as error:
            raise _unsaved(error) from error
        then = self._solved = _Solved(file, _version(file), *motions)
        self.change(preview_id, has_other_up=then.seen.other is not None)
        return then.seen

    def correct(
        self,
        preview_id: str,
        corrections: Sequence[Correction],
        begin: Callable[[Callable[[], None]], None] = lambda write: write(),
    ) -> Sighting:
        """Give one just these corrections, and return its motion.

        Args:
            corrections: in order.
            begin: has the motion written, at once or soon.

        Raises:
            Fault: they can't be, or its motion can't be read.
        """
        seen, solution = self.solved(preview_id)
        corrected = _Solved(self.motion_of(preview_id), None, with_corrections(seen, solution, corrections), solution)
        self._solved = corrected
        begin(partial(self._write, corrected))
        return corrected.seen

    def of_same_range(self, record: PreviewRecord) -> list[PreviewRecord]:
        """Return the previews of the same range of the same video as one, newest first."""
        found: list[PreviewRecord] = []
        for each in self.records():
            # strips without a file are told by nothing
            is_same_video = bool(each.video) and (each.video, each.beside) == (record.video, record.beside)
            if is_same_video and np.allclose(each.range_sec, record.range_sec, atol=_SAME_SEC):
                found.append(each)
        return found

    def as_corrected_before(self, preview_id: str, made: Sighting, earlier: Sequence[PreviewRecord]) -> Sighting:
        """Give a new preview the corrections of an earlier one of the same person, and return its motion.

        Works in any thread.

        Args:
            preview_id: of the new one.
            made: its motion.
            earlier: those of the same range.
        """
        for record in earlier:
            # the new one is as it was made
            with contextlib.suppress(Fault, IndexError, OSError):
                before = sighting_in(self.motion_of(record.id))
                # the newest one of a person counts, also if its corrections were all removed
                if _is_same(before.people[before.person], made.people[made.person]):
                    return self.correct(preview_id, before.corrections) if before.corrections else made
        return made

    def solved(self, preview_id: str) -> tuple[Sighting, KeptSolution]:
        """Return the motion of one, and its solution.

        Raises:
            Fault: it can't be read, or has no solution.
        """
        file, solved = self.motion_of(preview_id), self._solved
        # what was corrected last keeps its solution in memory, unless another Blender has written the file since
        if solved is None or solved.file != file or solved.version not in {None, _version(file)}:
            solved = self._solved = _Solved(file, _version(file), *all_in(file))
        if solved.solution is None:
            raise Fault(
                "An earlier version of the add-on made this preview, without what this needs.",
                "Make the preview again.",
            )
        return solved.seen, solved.solution

    def _write(self, solved: _Solved) -> None:
        write_arrays(solved.file, all_arrays(solved.seen, solved.solution))
        solved.version = _version(solved.file)

    def motion_of(self, preview_id: str) -> Path:
        """Return the file with the motion of one."""
        return self.folder / preview_id / MOTION

    def _read(self) -> None:
        # there is no such folder yet
        with contextlib.suppress(OSError):
            for folder in self.folder.iterdir():
                self._between_parts()
                record = read_record(PreviewRecord, folder / _RECORD)
                if record is not None and record.id == folder.name and len(record.range_sec) == _ENDS:
                    self._found.append(record)
                    # Blender was killed just after it had finished
                    if (folder / UNFINISHED).exists():
                        drop_checkpoints(folder)
                elif (unfinished := _unfinished_in(folder)) is not None:
                    self._found.append(unfinished)

    def _save(self, record: PreviewRecord) -> None:
        write_record(self.folder / record.id / _RECORD, record)


def _is_same(person: Person, other: Person) -> bool:
    return abs(person.place - other.place) < _NEAR and abs(person.start - other.start) < _SOON_SEC


def _version(file: Path) -> object:
    """Return what differs after another Blender has written the file; None if it is missing."""
    with contextlib.suppress(OSError):
        found = file.stat()
        return found.st_mtime_ns, found.st_size, found.st_ino
    return None


def _unsaved(error: OSError) -> Fault:
    return Fault(
        Text("The preview can't be saved: {reason}.", reason=error.strerror),
        "Check the captures folder in the preferences.",
    )


def films_of(plan: PreviewPlan) -> tuple[Film, ...]:
    """Return the videos of a plan; none if not each of them is a range of a file, unchanged."""
    films: list[Film] = []
    for source in (plan.source, *plan.beside):
        shown = range_of_source(source)
        if shown is None:
            return ()
        films.append(Film(source.name, source.scene, shown))
    return tuple(films)


def _source_of(film: Film, binding: Binding) -> StripSource:
    """Return the source of a film.

    Raises:
        Fault: its file is gone, or another one now.
    """
    shown = film.shown
    # of the file and not of the strip, which may have been trimmed or removed since
    source = movie_source(Path(shown.path), binding.by_strip, shown.start_sec, shown.end_sec)
    now = range_of_source(source)
    if now is None or not now.is_like(shown):
        raise Fault(
            Text("The video {name} has changed since this preview began.", name=Path(shown.path).name),
            "Remove it and make it again.",
        )
    return replace(source, name=film.name, scene=film.scene)


def _unfinished_in(folder: Path) -> Unfinished | None:
    """Return the unfinished preview of a folder; None if there is none, or another Blender is making it."""
    record = read_record(UnfinishedRecord, folder / UNFINISHED)
    with contextlib.suppress(OSError):
        # a copied or renamed folder is not the preview that its record says
        if record is not None and record.films and record.id == folder.name and not is_held(folder):
            return Unfinished(record, so_far_of(folder, len(record.films)))
    return None


def so_far_of(folder: Path, films: int) -> tuple[SoFar, ...]:
    """Return how far the videos of an unfinished preview were seen."""
    return tuple(so_far_in(folder_of_film(folder / SEEN, number) or folder) for number in range(films))


def drop_checkpoints(folder: Path) -> None:
    """Delete what a finished preview no longer needs."""
    with contextlib.suppress(OSError):
        for name in (HELD, UNFINISHED):
            (folder / name).unlink(missing_ok=True)
    shutil.rmtree(folder / SEEN, ignore_errors=True)


def from_frame(first: int, count: int, _fps: float) -> Sequence[int]:
    """Return the order of a video's frames in which those from one on come first."""
    return [*range(first, count), *range(min(first, count))]
