"""A take: a motion, made or being made, where it comes from and where it belongs, whatever makes it; and its source.

Takes of the same video are told by their ranges of it.
"""

import math
import zlib
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path
from typing import Protocol

import bpy

from ..motion.time_mapping import TimeMapping
from ..scene.action_source import UNKNOWN, ActionSource, source_of
from ..scene.armature_motion import ArmatureMotion, armature_motion
from ..scene.armatures import action_of
from ..scene.g1.rig import is_g1_rig
from ..scene.video.strips import StripSource
from ..texts.faults import Fault
from ..texts.text import Text
from .binding import Binding
from .reading import Motion, MotionKind, ReadMotion, kind_of

SAME_SEC = 1e-3
"""Differences below this are rounding."""


@dataclass(frozen=True)
class VideoRange:
    """A range of a video file, as the file was.

    Attributes:
        path: of the file, absolute.
        size: of the file, bytes.
        mtime_ns: of the file.
        start_sec: where the range starts, in seconds of the file.
        end_sec: where it ends.
    """

    path: str
    size: int
    mtime_ns: int
    start_sec: float
    end_sec: float

    def is_like(self, other: "VideoRange") -> bool:
        """Return whether both are the same, but for rounding."""
        # a strip's ends are whole frames, whose seconds are computed in more than one way
        ends = zip((self.start_sec, self.end_sec), (other.start_sec, other.end_sec), strict=True)
        return self.file == other.file and all(abs(one - two) < SAME_SEC for one, two in ends)

    @property
    def file(self) -> tuple[str, int, int]:
        """The file alone."""
        return self.path, self.size, self.mtime_ns


class Kind(StrEnum):
    """Which source makes a take."""

    CAPTURE = "CAPTURE"
    PREVIEW = "PREVIEW"
    FILE = "FILE"
    ARMATURE = "ARMATURE"


_KINDS = {Kind.CAPTURE: "Capture", Kind.PREVIEW: "Preview"}
ROBOT = "Unitree G1"
"""Name of the rig that a capture of robot motion creates."""


class Standing(StrEnum):
    """How far a take is, roughly."""

    RUNNING = "RUNNING"
    READY = "READY"
    APPLIED = "APPLIED"
    FAILED = "FAILED"


@dataclass(frozen=True)
class MotionFile:
    """A motion on disk.

    Attributes:
        path: of the file.
        is_whole: returns whether it is still what was made; called in any thread, before each use.
        layer: file with the corrections that lie over it, if there are any; None if it can't have any.
    """

    path: Path
    is_whole: Callable[[], bool] = lambda: True
    layer: Path | None = None


@dataclass(frozen=True)
class Take:
    """A take.

    Attributes:
        kind: which source makes it.
        id: unique among all takes; '' of a file and an armature.
        title: its name.
        standing: how far it is.
        created_at: seconds since 1970; infinite as long as it is being prepared.
        video: what tells its video from others; '' for none.
        binding: where its motion belongs; None if nowhere.
        origin: what is stored on its Actions.
        folder: of its files.
        files: its motions, once they are there.
        without: why they are not.
        continues: it goes on by itself.
        targets: the service's names of whom they are for, by kind.
        shown: the range of the video file that it shows; None if unknown.
        is_paid: its motion is paid for and is here, or is to come.
        paid_sec: the length that was paid for, in seconds; 0 for a free one.
        took: the service's address, the length of the range, and how long its motion took there, in seconds; None if
            unknown.
    """

    kind: Kind
    id: str = ""
    title: str = ""
    standing: Standing = Standing.READY
    created_at: float = math.inf
    video: str = ""
    binding: Binding | None = None
    origin: ActionSource = UNKNOWN
    folder: Path = Path()
    files: Mapping[MotionKind, MotionFile] = field(default_factory=dict[MotionKind, MotionFile])
    without: Fault | None = None
    continues: bool = False
    targets: Mapping[MotionKind, str] = field(default_factory=dict[MotionKind, str])
    shown: VideoRange | None = None
    is_paid: bool = False
    paid_sec: float = 0.0
    took: tuple[str, float, float] | None = None

    @property
    def is_kept(self) -> bool:
        """Whether it is on disk."""
        return self.created_at < math.inf

    @property
    def human(self) -> MotionKind | None:
        """Which of its motions is a human's; None if none is."""
        # one is delivered, or one was seen in a video: never both
        for kind in self.files:
            if kind is not MotionKind.ROBOT:
                return kind
        return None

    @property
    def ends_sec(self) -> tuple[float, ...]:
        """First and last second of the video; empty if unknown."""
        return (self.shown.start_sec, self.shown.end_sec) if self.shown is not None else self.origin.range_sec

    @property
    def shows(self) -> str:
        """Name of the strip, or else of the video file; '' if unknown."""
        return (self.binding.strip if self.binding is not None else "") or self.origin.file

    @property
    def name(self) -> str:
        """Its name in a list."""
        receiver = self.binding.armature if self.binding is not None else ""
        # a robot's rig may only be made when its motion arrives
        return self.name_on(receiver or (ROBOT if MotionKind.ROBOT in self.targets else ""))

    def name_on(self, receiver: str) -> str:
        """Return the name of its motion on a character: as people named it, else by kind, character and range.

        A file and an armature have a name of their own.
        """
        file = self.origin.file
        # a title that only repeats the strip or the file was given by nobody, and says less than the range
        by_itself = {self.binding.strip if self.binding is not None else "", file, Path(file).stem, ""}
        if self.kind not in _KINDS or self.title not in by_itself:
            return self.title
        ends = self.ends_sec
        seconds = f"{ends[0]:.1f}–{ends[1]:.1f} s" if ends and ends[1] > ends[0] else ""
        return " · ".join(filter(None, (_KINDS[self.kind], receiver, seconds)))

    def kinds_for(self, armature: bpy.types.Object | None, *, bound: bool) -> tuple[MotionKind, ...]:
        """Return which of its motions are applied: all to its own armatures, by hand the one that fits."""
        kinds = tuple(self.files)
        # a single one is tried on whatever is selected, and refused in words if it doesn't fit
        if bound or len(kinds) == 1:
            return kinds
        return tuple(kind for kind in kinds if (kind is MotionKind.ROBOT) == is_g1_rig(armature))

    def origin_of(self, motion: Motion) -> ActionSource:
        """Return what is stored on the Action of one of its motions."""
        return replace(self.origin, target=self.targets.get(kind_of(motion), self.origin.target))


def take_of_file(path: Path) -> Take:
    """Return the take of a motion file."""
    # tells whether the same file is applied again, which replaces its Action; nothing is guarded by it
    checksum = f"{zlib.crc32(path.read_bytes()):08x}"
    return Take(Kind.FILE, title=path.stem, origin=ActionSource(file=path.name, checksum=checksum))


def take_of_armature(source: bpy.types.Object, scene: bpy.types.Scene) -> tuple[Take, ReadMotion, TimeMapping]:
    """Return the take of an armature in a scene, its motion, and its seconds to timeline frames.

    Raises:
        Fault: it has no motion.
    """
    motion, action = armature_motion(source, scene), action_of(source)
    # constraints and drivers move an armature without any Action, too
    title = action.name if action is not None else source.name
    take = Take(Kind.ARMATURE, title=title, origin=replace(source_of(action), armature=source.name))
    return take, read_from(motion, source), motion.mapping


def read_from(motion: ArmatureMotion, source: bpy.types.Object | None = None) -> ReadMotion:
    """Return an armature's motion as one that was read."""
    return ReadMotion(motion.clip, bone_map=motion.bone_map, shown_by=source)


@dataclass(frozen=True)
class Doing:
    """Work in progress for a take.

    Attributes:
        title: of the take.
        what: in words.
        moved: how much is done of how much; None while unknown.
    """

    title: str
    what: Text
    moved: tuple[float, float] | None = None


class Source(Protocol):
    """A source of takes that are kept on disk."""

    @property
    def busy(self) -> bool:
        """Whether anything needs redrawing ten times per second."""
        ...

    @property
    def listing(self) -> object:
        """A value that differs whenever a take is added or removed."""
        ...

    def pump(self) -> bool:
        """Do the main thread's pending work; return whether anything visible has changed."""
        ...

    def take(self, take_id: str) -> Take | None:
        """Return one of its takes as it is now; None if it is none."""
        ...

    def unfinished(self) -> Sequence[str]:
        """Return the ids of those that are not on disk yet, in the order in which they began."""
        ...

    def order(self) -> Sequence[tuple[float, str]]:
        """Return when each of the others was created, in seconds since 1970, and its id, newest first."""
        ...

    def doing(self) -> Iterable[Doing]:
        """Return what is being done for its takes."""
        ...

    def under_way(self) -> Iterable[Take]:
        """Return those that continue, or were just made: their thumbnails are worth keeping."""
        ...

    def rename(self, take_id: str, title: str) -> None:
        """Give a take another title.

        Raises:
            Fault: it is refused.
        """
        ...

    def remove(self, take_id: str) -> None:
        """Remove a take from the list and the disk; some sources can restore it for some days.

        Raises:
            Fault: it is refused.
        """
        ...


def file_as_it_is(path: Path | None) -> tuple[str, int, int] | None:
    """Return a file's path, size in bytes and modification time in ns; None if there is no such file."""
    with suppress(OSError):
        if path is not None:
            status = path.stat()
            return str(path), status.st_size, status.st_mtime_ns
    return None


def range_of_source(source: StripSource) -> VideoRange | None:
    """Return the range that a strip shows of its file as it is now; None if it is none, or the file is gone."""
    # what is retimed, cropped or coloured in the sequencer is no range of a file
    file = file_as_it_is(source.path) if source.by_formula else None
    return VideoRange(*file, source.trim_start_sec, source.trim_end_sec) if file is not None else None


def key_of_range(source: StripSource) -> Hashable:
    """Return what tells one range from another, also when its file changes."""
    looks = file_as_it_is(source.path) or ()
    # what is rendered from the timeline depends on more than the file's frames
    strip = () if source.by_formula else (source.scene, source.name, source.timeline_start, source.timeline_end)
    return (*looks, source.first_frame, source.last_frame, *strip)
