"""Unfinished previews on disk: what was planned and seen so far, in the folder that the finished preview will have."""

import contextlib
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from ...record_json import read_record
from ...scene.preview.movie_source import movie_source
from ...scene.video.strips import StripSource
from ...texts.faults import Fault
from ...texts.text import Text
from ...vision.checkpoints import SoFar, folder_of_film, so_far_in
from ..binding import Binding
from ..private_folder import HELD, is_held
from ..take import VideoRange, range_of_source
from .planning import PreviewPlan

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
        same = len(films) == len(known) and all(
            one.shown.is_like(other) for one, other in zip(films, known, strict=True)
        )
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
        everyone = tuple(each for one in self.everyone if (each := Binding.stored(one)) is not None)
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
        return float(np.mean([each.share for each in self.so_far]))


def films_of(plan: PreviewPlan) -> tuple[Film, ...]:
    """Return the videos of a plan; none if not each of them is a range of a file, unchanged."""
    found = [(source, range_of_source(source)) for source in (plan.source, *plan.beside)]
    films = [Film(source.name, source.scene, shown) for source, shown in found if shown is not None]
    return tuple(films) if len(films) == len(found) else ()


def _source_of(film: Film, binding: Binding) -> StripSource:
    """Return the source of a film.

    Raises:
        Fault: its file is gone, or another one now.
    """
    shown = film.shown
    source = movie_source(Path(shown.path), binding.by_strip, shown.start_sec, shown.end_sec)
    now = range_of_source(source)
    if now is None or not now.is_like(shown):
        raise Fault(
            Text("The video {name} has changed since this preview began.", name=Path(shown.path).name),
            "Remove it and make it again.",
        )
    return replace(source, name=film.name, scene=film.scene)


def unfinished_in(folder: Path) -> Unfinished | None:
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
