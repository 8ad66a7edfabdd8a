"""The captures on disk: one folder each, written so that a crash at any moment leaves the old record or the new one."""

import contextlib
import json
import os
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, cast

from ..service.contract import FBX, ROBOT_MOTION
from .capture import VERSION, Capture, State
from .earlier_records import upgraded
from .file_lock import FileLock
from .record_json import UnreadableRecordError, from_json, to_json

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

RECORD = "capture.json"
LOCK = "lock"
LOG = "ledger.log"
TORN = "capture.torn.json"
APPLIED = "applied"
_DRAFT = State.CREATED.value
"""Noted with a job that was made: it costs nothing before it is submitted."""


@dataclass(frozen=True)
class Stamp:
    """What a record's file looked like: enough to see that it changed."""

    size: int
    mtime_ns: int
    inode: int


class Ledger:
    """A folder of captures.

    Args:
        folder: made when it is first written to.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def folder_of(self, capture_id: str) -> Path:
        """Where a capture's files are."""
        return self.folder / capture_id

    def make_folder(self, capture_id: str) -> None:
        """Make the folder for a new capture.

        Raises:
            OSError: it can't be made.
        """
        self.folder_of(capture_id).mkdir(parents=True)

    def ids(self) -> tuple[str, ...]:
        """The captures that have a record."""
        try:
            entries = sorted(self.folder.iterdir())
        except OSError:
            return ()
        return tuple(entry.name for entry in entries if self.stamp(entry.name) is not None)

    def stamp(self, capture_id: str) -> Stamp | None:
        """What the record's file looks like now, None where there is none."""
        try:
            status = (self.folder_of(capture_id) / RECORD).stat()
        except OSError:
            return None
        return Stamp(status.st_size, status.st_mtime_ns, status.st_ino)

    def load(self, capture_id: str) -> Capture | None:
        """The capture's record, None where it can't be read here: gone, torn, or of a later version of the add-on."""
        with contextlib.suppress(OSError, ValueError, RecursionError):
            found: object = json.loads((self.folder_of(capture_id) / RECORD).read_bytes())
            capture = from_json(Capture, upgraded(found))
            return capture if capture.id == capture_id else None
        return None

    def captures(self) -> list[Capture]:
        """All whose records can be read here."""
        return [capture for capture in map(self.load, self.ids()) if capture is not None]

    def quarantine(self, capture_id: str) -> bool:
        """Set a torn record aside, unread, so that it is kept and no longer in the way; True where that was done.

        A whole record of another version of the add-on stays. The lock must be held.
        """
        record = self.folder_of(capture_id) / RECORD
        try:
            found: object = json.loads(record.read_bytes())
            version = cast("Mapping[str, object]", found).get("v") if isinstance(found, dict) else None
            if isinstance(version, int) and version > VERSION:
                return False
            from_json(Capture, upgraded(cast("object", found)))
        except (UnreadableRecordError, ValueError, RecursionError):
            record.replace(record.with_name(TORN))
            self.note(capture_id, "", "torn record set aside")
            return True
        except OSError:
            return False
        return False

    def save(self, capture: Capture) -> Capture:
        """Make the record durable.

        Returns:
            The record with its new revision number.

        Raises:
            OSError: it isn't on disk.
        """
        capture = replace(capture, revision=capture.revision + 1)
        folder = self.folder_of(capture.id)
        folder.mkdir(parents=True, exist_ok=True)
        record = {"v": VERSION, **cast("dict[str, object]", to_json(capture))}
        text = json.dumps(record, ensure_ascii=True, indent=1, allow_nan=False)
        fresh = folder / f"{RECORD}.new"
        # Only for its owner: a record may hold a presigned link.
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="ascii") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(folder / RECORD)
        _sync_folder(folder)
        return capture

    def note(self, capture_id: str, job_id: str, state: str, base_url: str = "") -> None:
        """One line for the day when a record is lost: which jobs there were, and at which address.

        Raises:
            OSError: it isn't on disk.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        at = datetime.now(UTC).isoformat()
        line = json.dumps({"at": at, "capture": capture_id, "job": job_id, "state": state, "service": base_url})
        with (self.folder / LOG).open("ab+") as file:
            if file.tell() and (file.seek(-1, os.SEEK_END), file.read(1))[1] != b"\n":
                file.write(b"\n")  # a full disk tore the last line: this one must not end it
            file.write(line.encode("ascii") + b"\n")
            file.flush()
            os.fsync(file.fileno())

    def has_motions(self, capture: Capture) -> bool:
        """Whether a capture is done, and all that it was to make is still on disk."""
        return capture.state is State.DONE and not capture.given_up and not self.lost(capture)

    def lost(self, capture: Capture) -> tuple[str, ...]:
        """The kinds of motion that were delivered and are no longer on disk."""
        folder = self.folder_of(capture.id)
        motions = {kind: folder / file.name for kind, file in capture.files.items() if kind in (FBX, ROBOT_MOTION)}
        return tuple(kind for kind, file in motions.items() if not file.is_file())

    def unreadable(self) -> frozenset[str]:
        """The captures whose records can't be read here, those that were set aside among them."""
        found = (path.parent.name for name in (RECORD, TORN) for path in self.folder.glob(f"*/{name}"))
        return frozenset(capture_id for capture_id in found if self.load(capture_id) is None)

    def jobs(self, of: "Collection[str] | None" = None) -> dict[str, str]:
        """Jobs that were, or may have been, submitted, the last one first, and when that was noted, in ISO 8601.

        Args:
            of: the captures whose jobs are asked for; None: all.
        """
        found: dict[str, str] = {}
        with contextlib.suppress(OSError):
            for fields in self._noted():
                job, at = fields.get("job"), fields.get("at")
                if (of is not None and fields.get("capture") not in of) or fields.get("state") == _DRAFT:
                    continue
                if isinstance(job, str) and job and isinstance(at, str):
                    found.pop(job, None)
                    found[job] = at
        return dict(reversed(found.items()))

    def owner(self, job_id: str, base_url: str) -> str | None:
        """The capture that noted a job of this address first; None where none did.

        What was noted without an address, by the version before, counts as of any.

        Raises:
            OSError: the log can't be read.
        """
        for fields in self._noted():
            if fields.get("job") == job_id and fields.get("service", "") in {"", base_url}:
                return str(fields.get("capture"))
        return None

    def _noted(self) -> "Iterator[Mapping[str, object]]":
        """The log's lines, the first one first; a crash may have torn one.

        Raises:
            OSError: the log can't be read.
        """
        try:
            lines = (self.folder / LOG).read_bytes().splitlines()
        except FileNotFoundError:
            return
        for line in lines:
            with contextlib.suppress(ValueError, RecursionError):
                noted: object = json.loads(line)
                if isinstance(noted, dict):
                    yield cast("Mapping[str, object]", noted)

    def is_applied(self, capture_id: str) -> bool:
        """Whether its motion has been put on a character."""
        return (self.folder_of(capture_id) / APPLIED).exists()

    def claim_application(self, capture_id: str) -> bool:
        """Be the one that puts its motion on the character: True for exactly one caller, of all processes.

        Raises:
            OSError: the folder can't be written to.
        """
        folder = self.folder_of(capture_id)
        try:
            os.close(os.open(folder / APPLIED, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        except FileExistsError:
            return False
        _sync_folder(folder)
        return True

    def give_application_back(self, capture_id: str) -> None:
        """Nothing came of a claim: whoever comes next may have it."""
        with contextlib.suppress(OSError):  # then Apply puts it on by hand
            (self.folder_of(capture_id) / APPLIED).unlink()

    def lock(self, capture_id: str) -> FileLock | None:
        """The right to drive the capture, None where somebody else has it.

        Raises:
            OSError: the folder isn't there, or can't be written to.
        """
        return FileLock.take(self.folder_of(capture_id) / LOCK)


def _sync_folder(folder: Path) -> None:
    """Make the new name durable as well; not every system can open a folder."""
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
