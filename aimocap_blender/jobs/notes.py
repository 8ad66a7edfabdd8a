"""Notes of what was sent: a line each time a capture begins, gets a job or submits it, in a file that only grows.

A record may be lost, or rolled back by a backup or a synced folder: then these say what it lacks.
"""

import contextlib
import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from ..json_values import as_object, as_text
from ..plain_files import read_plain
from ..whole_files import make_folders, sync_folder
from .capture import State
from .timing import moment


@dataclass(frozen=True)
class NotedSubmission:
    """A submission that was noted before it was sent; `at` in seconds since 1970."""

    job_id: str
    at: float


@dataclass(frozen=True)
class Noted:
    """The notes of a capture outside its record.

    Attributes:
        submissions: in order.
        lost: what was noted is not all there, so there may have been more.
    """

    submissions: tuple[NotedSubmission, ...] = ()
    lost: bool = False


class Notes:
    """A file of notes, one JSON object a line; several processes may append to it.

    Args:
        file: created with the first note.
    """

    def __init__(self, file: Path) -> None:
        self.file = file

    def add(self, capture_id: str, job_id: str, state: str, base_url: str = "") -> None:
        """Append a line.

        Raises:
            OSError: it isn't on disk.
        """
        make_folders(self.file.parent)
        at = datetime.now(UTC).isoformat()
        line = json.dumps({"at": at, "capture": capture_id, "job": job_id, "state": state, "service": base_url})
        with self.file.open("ab+") as file:
            is_new = file.tell() == 0
            if not is_new and (file.seek(-1, os.SEEK_END), file.read(1))[1] != b"\n":
                # a full disk tore the last line: this one must not end it
                file.write(b"\n")
            file.write(line.encode("ascii") + b"\n")
            file.flush()
            # the request that costs credits is only sent once this is on disk
            os.fsync(file.fileno())
        if is_new:
            sync_folder(self.file.parent)

    def of(self, capture_id: str) -> tuple[NotedSubmission, ...] | None:
        """Return the submissions of a capture in order; None if nothing is noted of it.

        Raises:
            OSError: the file can't be read.
        """
        lines = [fields for fields in self.lines() if fields.get("capture") == capture_id]
        submissions: list[NotedSubmission] = []
        for fields in lines:
            # each submission is noted before it is sent, also one that repeats another
            if fields.get("state") == State.SUBMITTING.value and fields.get("job"):
                at = moment(as_text(fields.get("at")) or "") or 0.0
                submissions.append(NotedSubmission(as_text(fields.get("job")) or "", at))
        return tuple(submissions) if lines else None

    def lines(self) -> Iterator[Mapping[str, object]]:
        """Yield the lines in order, without those that a crash has torn.

        Raises:
            OSError: the file can't be read.
        """
        try:
            lines = read_plain(self.file).splitlines()
        except FileNotFoundError:
            return
        for line in lines:
            with contextlib.suppress(ValueError, RecursionError):
                noted = as_object(json.loads(line))
                if noted is not None:
                    yield noted
