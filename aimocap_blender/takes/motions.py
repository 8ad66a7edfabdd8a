"""The motions of takes: read in the background, one at a time, and the last few kept in memory."""

import logging
from collections import OrderedDict
from dataclasses import dataclass

from ..texts.faults import Fault
from .messages import source_line_of
from .reading import MotionKind, MotionReading, ReadMotion
from .take import Take

_log = logging.getLogger(__name__)

DAMAGED = Fault(
    "The motion's file is not what the service delivered.",
    "It is fetched again, free of charge; it can be applied then.",
)
_KEPT = 4
_File = tuple[str, MotionKind]
"""A take's id, and which of its motions."""


@dataclass(frozen=True)
class Unread:
    """A motion that could not be read.

    Attributes:
        take_id: of its take.
        kind: which of its motions.
        fault: why not.
    """

    take_id: str
    kind: MotionKind
    fault: Fault

    @property
    def is_damaged(self) -> bool:
        """Whether the file is no longer what was made."""
        return self.fault is DAMAGED


class Motions:
    """The motions of this session's takes."""

    def __init__(self) -> None:
        self._readings: dict[_File, MotionReading] = {}
        self._kept: OrderedDict[_File, ReadMotion] = OrderedDict()

    @property
    def busy(self) -> bool:
        """Whether one is being read."""
        return bool(self._readings)

    def of(self, take_id: str, kind: MotionKind) -> ReadMotion | None:
        """Return a motion if it is in memory, else None."""
        return self._kept.get((take_id, kind))

    def keep(self, take_id: str, kind: MotionKind, motion: ReadMotion) -> None:
        """Keep a motion in memory, until others take its place."""
        self._kept[take_id, kind] = motion
        # a long one takes a hundred megabytes
        while len(self._kept) > _KEPT:
            self._kept.popitem(last=False)

    def read(self, take: Take, kind: MotionKind) -> MotionReading:
        """Start reading a motion of a take, unless that is in progress."""
        file = take.id, kind
        # asked for at each tick until it is read
        if file not in self._readings:
            on_disk = take.files[kind]
            self._readings[file] = MotionReading(kind, on_disk.path, is_whole=on_disk.is_whole, layer=on_disk.layer)
        return self._readings[file]

    def wait_for(self, take: Take, kind: MotionKind) -> ReadMotion | Unread:
        """Return a motion, or why there is none; reading it, if needed, blocks Blender for a second or two."""
        if (kept := self.of(take.id, kind)) is not None:
            return kept
        self.read(take, kind).wait()
        return self._end((take.id, kind))

    def pump(self) -> list[ReadMotion | Unread]:
        """Return what was read since the last call."""
        over = [file for file, reading in self._readings.items() if reading.poll()]
        return list(map(self._end, over))

    def close(self) -> None:
        """Stop reading."""
        for reading in self._readings.values():
            reading.close()

    def _end(self, file: _File) -> ReadMotion | Unread:
        reading = self._readings.pop(file)
        reading.close()
        if reading.read is not None:
            self.keep(*file, reading.read)
            return reading.read
        # what is wrong in a file that was changed is not the service's fault
        fault = DAMAGED if reading.is_damaged else reading.fault
        assert fault is not None  # noqa: S101 -- a motion or a fault is set
        _log.warning("%s: its motion can't be read: %s", file[0], source_line_of(fault))
        return Unread(*file, fault)
