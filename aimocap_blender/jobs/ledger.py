"""The captures on disk: one folder each, written so that a crash at any time leaves the old record or the new one.

Beside the records are notes of what was sent: a line each time a capture begins, gets a job or submits it, in files
that only grow. A record may be lost, or rolled back by a backup or a synced folder: then these say what it lacks.
"""

import contextlib
import hashlib
import json
import logging
import os
import re
import time
from collections.abc import Callable, Generator, Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, cast

from ..plain_files import read_plain
from ..record_json import UnreadableRecordError, as_object, as_text, from_json, to_json
from ..texts.faults import Fault
from ..whole_files import make_folders, renamed, sync_folder, write_durably
from .capture import VERSION, Capture, State
from .events import Noted, NotedSubmission
from .leased_lock import FileLock, LeasedLock, LeaseWatch, host_id
from .own_folders import Clips
from .source_file import has_size, is_as_delivered
from .timing import moment

if TYPE_CHECKING:
    from collections.abc import Collection

RECORD = "capture.json"
LOCK = "lock"
LOG = "ledger.log"
TORN = "capture.torn.json"
APPLIED = "applied"
BEGINNING = ".beginning.lock"
_OWN_NAME = re.compile(r"\w[\w.-]{0,99}", re.ASCII)
"""A name that the add-on gives to a file in a capture's folder."""
_LONGEST_NAME = "motion.rejected.00000000.json.part.json"
"""No shorter than any name in a capture's folder."""
_PLACE_LETTERS = 16
"""Of the SHA-256 of a captures folder's path: enough to tell those of one computer apart."""
_DRAFT = State.CREATED.value
"""The noted state of a job that costs nothing, as it was not submitted yet."""

_TICK_SEC = 0.02

_log = logging.getLogger(__name__)


class Notes:
    """A file of notes, one JSON object a line; several processes may append to it.

    Args:
        file: created with the first note.
    """

    def __init__(self, file: Path) -> None:
        self.file = file

    def add(self, capture_id: str, job_id: str, state: str, base_url: str = "", **more: str) -> None:
        """Append a line, with these fields besides.

        Raises:
            OSError: it isn't on disk.
        """
        make_folders(self.file.parent)
        at = datetime.now(UTC).isoformat()
        fields = {"at": at, "capture": capture_id, "job": job_id, "state": state, "service": base_url, **more}
        line = json.dumps(fields)
        # at its end, whoever else writes to it at the same time
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


@dataclass(frozen=True)
class Stamp:
    """The state of a record's file: enough to detect a change."""

    size: int
    mtime_ns: int
    inode: int


class Ledger:
    """A folder of captures.

    Args:
        folder: created when it is first written to.
        witness: a file outside of it with the same notes as its log, which no backup or sync of the folder rolls back.

    Attributes:
        log: lists jobs and their address, in case a record is lost or rolled back.
    """

    def __init__(self, folder: Path, witness: Path | None = None) -> None:
        self.folder = folder
        self.clips = Clips(folder)
        self.log = Notes(folder / LOG)
        self._witness = Notes(witness) if witness is not None else None
        self._witness_name = f"{host_id()} {witness}" if witness is not None else ""
        # the witness says which folder it means without a path in it
        self._place = hashlib.sha256(os.fsencode(folder.absolute())).hexdigest()[:_PLACE_LETTERS]

    def is_gone(self) -> bool:
        """Return whether captures that the second witness noted as submitted are missing, and the log knows none.

        The log is written before the witness. What is forgotten stays in it, and a restored backup has some of them.
        """
        if self._witness is None:
            return False
        with contextlib.suppress(OSError):
            noted: set[str] = set()
            for fields in self._witness.lines():
                if fields.get("folder") == self._place and fields.get("state") == State.SUBMITTING.value:
                    noted.add(as_text(fields.get("capture")) or "")
            # whoever deleted the log alone still has the records; previews and clips create the folder anew
            logged = (as_text(fields.get("capture")) for fields in self.log.lines())
            return noted.isdisjoint(logged) and any(self.stamp(capture_id) is None for capture_id in noted)
        return False

    def folder_of(self, capture_id: str) -> Path:
        """Return the folder of a capture's files."""
        return self.folder / capture_id

    def begin(self, capture: Capture) -> tuple[Capture, LeasedLock | None]:
        """Save the record of a new capture, and note that it begins; until that can be written, it isn't submitted.

        Returns:
            The record on disk, and the right to drive the capture.

        Raises:
            OSError: it can't be saved.
        """
        self.make_folder(capture.id)
        # locked before there is a record, so that no other Blender takes it up
        lock = self.lock(capture.id)
        with contextlib.suppress(OSError):
            capture = replace(capture, noted=True, witness=self.note(capture))
        return self.save(capture), lock

    @contextlib.contextmanager
    def while_beginning(self, patience_sec: float) -> Generator[None]:
        """Begin captures in one process of this computer at a time, so that the next one sees what this one begins.

        Raises:
            OSError: the folder can't be written to.
            Fault: another process is still at it.
        """
        make_folders(self.folder)
        deadline = time.monotonic() + patience_sec
        while (lock := FileLock.take(self.folder / BEGINNING)) is None:
            if time.monotonic() > deadline:
                raise Fault("Another Blender is starting a capture.", "Try again in a moment.")
            time.sleep(_TICK_SEC)
        try:
            yield
        finally:
            lock.release()

    def make_folder(self, capture_id: str) -> None:
        """Create the folder for a new capture, in which every later name fits: Windows limits a path to 260 letters.

        Raises:
            OSError: it can't be created.
        """
        folder = self.folder_of(capture_id)
        make_folders(self.folder)
        # never one that is there: it would be another capture's
        folder.mkdir()
        try:
            # found out now, not when a paid motion is to be written
            longest = folder / _LONGEST_NAME
            longest.touch()
            longest.unlink()
        except OSError:
            folder.rmdir()
            raise
        sync_folder(self.folder)

    def ids(self) -> tuple[str, ...]:
        """Return the ids of the captures that have a record."""
        return tuple(name for name in self.names() if self.stamp(name) is not None)

    def names(self) -> list[str]:
        """Return the names of what is in the folder, captures and others, sorted."""
        try:
            return sorted(entry.name for entry in self.folder.iterdir())
        except OSError:
            return []

    def stamp(self, capture_id: str) -> Stamp | None:
        """Return the current stamp of the record's file, None if there is none."""
        try:
            status = (self.folder_of(capture_id) / RECORD).stat()
        except OSError:
            return None
        return Stamp(status.st_size, status.st_mtime_ns, status.st_ino)

    def load(self, capture_id: str) -> Capture | None:
        """Return the capture's record.

        None if it is missing, torn, of a later version of the add-on, or names files elsewhere.
        """
        with contextlib.suppress(OSError, ValueError, RecursionError):
            found: object = json.loads(read_plain(self.folder_of(capture_id) / RECORD))
            capture = _capture_of(found)
            # a copied folder has the record of the capture that it was copied from
            return capture if capture.id == capture_id else None
        return None

    def captures(self) -> list[Capture]:
        """Return all captures whose records can be read."""
        return [capture for capture in map(self.load, self.ids()) if capture is not None]

    def quarantine(self, capture_id: str) -> bool:
        """Set a torn record aside, so that it is kept and no longer in the way; return whether that was done.

        An intact record of a later version of the add-on stays. The lock must be held.
        """
        record = self.folder_of(capture_id) / RECORD
        try:
            found: object = json.loads(read_plain(record))
            version = (as_object(found) or {}).get("v")
            if isinstance(version, int) and version > VERSION:
                return False
            _capture_of(found)
        except (UnreadableRecordError, ValueError, RecursionError):
            renamed(record, record.with_name(TORN))
            self.log.add(capture_id, "", "torn record set aside")
            return True
        except OSError:
            return False
        return False

    def save(self, capture: Capture) -> Capture:
        """Write the record to disk durably.

        Returns:
            The record with its new revision number.

        Raises:
            OSError: it isn't on disk.
        """
        capture = replace(capture, revision=capture.revision + 1)
        folder = self.folder_of(capture.id)
        make_folders(folder)
        record = {"v": VERSION, **cast("dict[str, object]", to_json(capture))}
        text = json.dumps(record, ensure_ascii=True, indent=1, allow_nan=False)
        # only for its owner: it may hold a presigned link
        write_durably(folder / RECORD, text.encode("ascii"))
        return capture

    def note(self, capture: Capture) -> str:
        """Note a capture's job and state in the log, and in the second witness if that can be written.

        Returns:
            What names the witness; '' if it wasn't written.

        Raises:
            OSError: it isn't in the log on disk.
        """
        self.log.add(capture.id, capture.job_id, capture.state, capture.base_url)
        if self._witness is None:
            return ""
        # nothing waits for the second one: the log alone is enough to submit
        try:
            self._witness.add(capture.id, capture.job_id, capture.state, capture.base_url, folder=self._place)
        except OSError as error:
            _log.warning("The second witness can't be written: %s", type(error).__name__)
            return ""
        return self._witness_name

    def noted(self, capture: Capture) -> Noted:
        """Return what the log and the second witness have noted of a capture.

        Raises:
            OSError: the log can't be read.
        """
        logged, seen = self.log.of(capture.id), None
        if self._witness is not None:
            with contextlib.suppress(OSError):
                seen = self._witness.of(capture.id)
        # of records of earlier versions without a job there never was a note
        was_noted = capture.noted or capture.job_id != ""
        was_seen_here = capture.witness != "" and capture.witness == self._witness_name
        lost = (was_noted and logged is None and seen is None) or (was_seen_here and seen is None)
        # both only grow, so the longer one knows more
        return Noted(max(logged or (), seen or (), key=len), lost)

    def has_motions(self, capture: Capture) -> bool:
        """Return whether a capture is done, and all of its motion is still on disk."""
        return capture.is_complete and not self.lost(capture)

    def lost(self, capture: Capture) -> tuple[str, ...]:
        """Return the kinds of motion that were delivered and are no longer on disk, or not in their size."""
        folder = self.folder_of(capture.id)
        return tuple(kind for kind in capture.motions if not has_size(folder, capture.files[kind]))

    def damaged(self, capture: Capture) -> tuple[str, ...]:
        """Return the kinds of motion whose files are not what was delivered; the files are read as a whole."""
        folder = self.folder_of(capture.id)
        return tuple(kind for kind in capture.motions if not is_as_delivered(folder, capture.files[kind]))

    def unreadable(self) -> frozenset[str]:
        """Return the captures whose records can't be read, including those that were set aside."""
        files = (*self.folder.glob(f"*/{RECORD}"), *self.folder.glob(f"*/{TORN}"))
        found = {file.parent.name for file in files}
        return frozenset(capture_id for capture_id in found if self.load(capture_id) is None)

    def jobs(self, of: "Collection[str] | None" = None) -> dict[str, str]:
        """Return the jobs that were, or may have been, submitted, newest first, with the time of the note in ISO 8601.

        Args:
            of: the captures whose jobs are wanted; None for all.
        """
        found: dict[str, str] = {}
        with contextlib.suppress(OSError):
            for fields in self.log.lines():
                job, at = as_text(fields.get("job")), as_text(fields.get("at"))
                if (of is not None and fields.get("capture") not in of) or fields.get("state") == _DRAFT:
                    continue
                if job and at is not None:
                    # so that it moves to the end, where the newest are
                    found.pop(job, None)
                    found[job] = at
        return dict(reversed(found.items()))

    def owner(self, job_id: str, base_url: str) -> str | None:
        """Return the capture that first noted a job of this address; None if none did.

        A note without an address, from an earlier version, counts for any address.

        Raises:
            OSError: the log can't be read.
        """
        for fields in self.log.lines():
            if fields.get("job") == job_id and fields.get("service", "") in {"", base_url}:
                return str(fields.get("capture"))
        return None

    def is_applied(self, capture_id: str) -> bool:
        """Return whether its motion has been applied to a character."""
        return (self.folder_of(capture_id) / APPLIED).exists()

    def claim_application(self, capture_id: str) -> bool:
        """Claim the right to apply its motion: return True for exactly one caller of all processes.

        Raises:
            OSError: the folder can't be written to.
        """
        folder = self.folder_of(capture_id)
        try:
            # created exclusively, so that of two Blenders that share the folder just one succeeds
            os.close(os.open(folder / APPLIED, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        except FileExistsError:
            return False
        sync_folder(folder)
        return True

    def give_application_back(self, capture_id: str) -> None:
        """Release a claim that failed, so that another caller may have it."""
        # Apply still works by hand then
        with contextlib.suppress(OSError):
            (self.folder_of(capture_id) / APPLIED).unlink()

    def lock(self, capture_id: str, watch: LeaseWatch | None = None) -> LeasedLock | None:
        """Take the right to drive the capture; return None if another process has it.

        Args:
            watch: see `LeasedLock`.

        Raises:
            OSError: the folder is missing, or can't be written to.
        """
        return LeasedLock.take(self.folder_of(capture_id) / LOCK, watch)


def _capture_of(found: object) -> Capture:
    """Return the capture of a record's JSON.

    Raises:
        UnreadableRecordError: it isn't one, or it names files that can't be in its folder.
    """
    capture = from_json(Capture, _upgraded(found))
    # others may write to a shared folder: a record must not name files elsewhere
    names = [*(one.name for one in capture.files.values()), *capture.rejected]
    if not all(map(_OWN_NAME.fullmatch, names)):
        raise UnreadableRecordError("files")
    return capture


def _upgraded(record: object) -> object:
    """Return a record in the current version's form.

    Args:
        record: JSON as on disk; not modified.

    Raises:
        UnreadableRecordError: not a record of this or an earlier version.
    """
    fields = as_object(record)
    if fields is None:
        raise UnreadableRecordError("v")
    if fields.get("v") == 1:
        fields = _with_several_targets(fields)
    if fields.get("v") != VERSION:
        raise UnreadableRecordError("v")
    return fields


def _with_several_targets(fields: dict[str, object]) -> dict[str, object]:
    """Replace version 1's single target by a list of targets."""
    order = as_object(fields.get("order"))
    if order is None or "target_id" not in order:
        raise UnreadableRecordError("order.target_id")
    several = dict(order)
    several["target_ids"] = [several.pop("target_id")]
    return {**fields, "v": 2, "order": several}


@dataclass(frozen=True)
class Seen:
    """The known state of a capture's folder."""

    stamp: Stamp | None
    applied: bool


@dataclass(frozen=True)
class Found:
    """A record that is new or different.

    Attributes:
        lost: kinds of motion that were delivered and are no longer on disk.
    """

    capture: Capture
    seen: Seen
    lost: tuple[str, ...]


@dataclass(frozen=True)
class Survey:
    """The changes since the last survey.

    Attributes:
        changed: the records that are new or different.
        gone: known captures that no longer exist.
    """

    changed: tuple[Found, ...]
    gone: frozenset[str]


def survey(
    ledger: Ledger,
    known: Mapping[str, Seen],
    resting: AbstractSet[str] = frozenset(),
    between_parts: Callable[[], None] = lambda: None,
) -> Survey:
    """Compare the folder with what is known; set torn records aside.

    Args:
        known: captures, as they were seen before.
        resting: other known captures, whose records are not looked at this time.
        between_parts: called between two captures; may wait.
    """
    names = frozenset(ledger.names())
    there: set[str] = set()
    changed: list[Found] = []
    for capture_id in sorted(names - resting):
        between_parts()
        stamp = ledger.stamp(capture_id)
        if stamp is None:
            continue
        there.add(capture_id)
        seen = Seen(stamp, ledger.is_applied(capture_id))
        # comparing size and time of a file is cheap, reading hundreds is not
        if known.get(capture_id) == seen:
            continue
        capture = ledger.load(capture_id)
        if capture is None:
            _set_aside(ledger, capture_id)
        else:
            changed.append(Found(capture, seen, ledger.lost(capture)))
    return Survey(tuple(changed), (frozenset(known) - there) | (resting - names))


def _set_aside(ledger: Ledger, capture_id: str) -> None:
    try:
        lock = ledger.lock(capture_id)
    except OSError:
        return
    if lock is not None:
        ledger.quarantine(capture_id)
        lock.release()
